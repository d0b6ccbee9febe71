"""HLS playlists from text (RFC 8216, and what rfc8216bis adds to it).

Our own, because recording rests on details that others leave out: numbers after EXT-X-SKIP, byte ranges without
offset, dates with any offset, and a refusal instead of an empty playlist when the text is a web page. Generous to other
people's playlists wherever the meaning is clear. Fetching, and what to do about a playlist, belong elsewhere.

Not read, though they may be there: parts and hints of low latency, date ranges, I-frame playlists, EXT-X-DEFINE. Of
several EXT-X-KEY in force at once (one per KEYFORMAT) the last is taken.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from longtake.core.errors import InvalidPlaylist, InvalidTime
from longtake.core.hls import attributes, model
from longtake.core.times import parse_time

# What only one kind of playlist has, known or not to the readers below.
_MASTER_TAG = re.compile(
    r"#EXT-X-(MEDIA|STREAM-INF|I-FRAME-STREAM-INF|SESSION-DATA|SESSION-KEY|CONTENT-STEERING)"
)
_MEDIA_TAG = re.compile(
    r"#EXTINF|#EXT-X-(TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE|PLAYLIST-TYPE|I-FRAMES-ONLY|ENDLIST|GAP|MAP"
    r"|KEY|BYTERANGE|DISCONTINUITY|PROGRAM-DATE-TIME|DATERANGE|BITRATE|SKIP|SERVER-CONTROL|PART|PART-INF|PRELOAD-HINT"
    r"|RENDITION-REPORT)"
)
_LONGEST_S = 1_000_000  # eleven days: beyond any segment, and safe to add to any date

_TagReaders = Mapping[str, Callable[[str], None]]


def parse_playlist(text: str, url: str) -> model.MasterPlaylist | model.MediaPlaylist:
    """The playlist that ``text`` is; ``url`` is where it came from, for its relative URIs (4.1).

    The first tag that only one kind of playlist has decides which kind it is. Raises InvalidPlaylist with a sentence
    that says what was found and on which line, never with the query of a URI.
    """
    lines = _lines(text)
    if _is_master(lines):
        return _MasterReader(url).read(lines)
    return _MediaReader(url).read(lines)


def _lines(text: str) -> list[str]:
    """The lines, stripped. Not ``splitlines``, to which some characters within a title are line ends."""
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = list(map(str.strip, plain.lstrip().split("\n")))
    if lines[0].split(maxsplit=1)[:1] != ["#EXTM3U"]:
        found = f"begins with {attributes.excerpt(lines[0])} instead of #EXTM3U" if lines[0] else "is empty"
        raise InvalidPlaylist(f"This is no HLS playlist: the text {found}.")
    return lines


def _is_master(lines: Iterable[str]) -> bool:
    for line in lines:
        name = line.partition(":")[0]
        if _MASTER_TAG.fullmatch(name):
            return True
        if _MEDIA_TAG.fullmatch(name):
            return False
    raise InvalidPlaylist("The playlist has neither variants nor segments.")


def _read_lines(
    lines: Iterable[str], tags: _TagReaders, on_uri: Callable[[str], None], foreign: re.Pattern[str]
) -> None:
    """Each line to its reader. Unknown tags and comments are passed over (6.3.1), tags of the other kind refused."""
    number = 0
    try:
        for number, line in enumerate(lines, 1):  # noqa: B007 - for the message
            if line[:1] == "#":
                name, _, value = line.partition(":")
                if name in tags:
                    tags[name](value)
                elif foreign.fullmatch(name):
                    raise InvalidPlaylist(f"{name} is mixed with tags of the other kind of playlist")
            elif line:
                on_uri(line)
    except InvalidPlaylist as error:
        raise InvalidPlaylist(f"Line {number} of the playlist: {error}.") from error


class _Reader:
    """What both kinds of playlist have. Without EXT-X-VERSION the version is 1 (4.3.1.2)."""

    def __init__(self, url: str) -> None:
        self.resolve = attributes.UriBase(url).resolve
        self.version = 1
        self.independent_segments = False

    def on_version(self, value: str) -> None:
        self.version = attributes.parse_integer(value, "#EXT-X-VERSION")

    def on_independent_segments(self, _: str) -> None:
        self.independent_segments = True


class _MediaReader(_Reader):
    """What has been read of a media playlist, and what is pending for the next URI."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.segments: list[model.MediaSegment] = []
        self.target_duration_s = 0
        self.media_sequence = self.next_sequence = 0
        self.discontinuity_sequence = self.next_discontinuity_sequence = 0
        self.playlist_type: str | None = None
        self.ended = False
        # In force until changed:
        self.init: model.InitSection | None = None
        self.key: model.Key | None = None
        # For the next segment alone:
        self.duration_s: float | None = None
        self.title, self.discontinuity, self.gap = "", False, False
        self.program_date_time: datetime | None = None
        self.byte_range: tuple[int, int | None] | None = None

    def read(self, lines: Sequence[str]) -> model.MediaPlaylist:
        tags: _TagReaders = {
            "#EXTINF": self.on_extinf,
            "#EXT-X-PROGRAM-DATE-TIME": self.on_program_date_time,
            "#EXT-X-DISCONTINUITY": self.on_discontinuity,
            "#EXT-X-BYTERANGE": self.on_byte_range,
            "#EXT-X-MAP": self.on_map,
            "#EXT-X-KEY": self.on_key,
            "#EXT-X-GAP": self.on_gap,
            "#EXT-X-SKIP": self.on_skip,
            "#EXT-X-TARGETDURATION": self.on_target_duration,
            "#EXT-X-MEDIA-SEQUENCE": self.on_media_sequence,
            "#EXT-X-DISCONTINUITY-SEQUENCE": self.on_discontinuity_sequence,
            "#EXT-X-PLAYLIST-TYPE": self.on_playlist_type,
            "#EXT-X-VERSION": self.on_version,
            "#EXT-X-INDEPENDENT-SEGMENTS": self.on_independent_segments,
            "#EXT-X-ENDLIST": self.on_endlist,
        }
        _read_lines(lines, tags, self.on_uri, _MASTER_TAG)
        return self.playlist()

    def on_uri(self, line: str) -> None:
        if self.duration_s is None:
            raise InvalidPlaylist("there is a segment without #EXTINF before it")
        uri = self.resolve(line)
        byte_range = None if self.byte_range is None else self.continued(uri, *self.byte_range)
        segment = model.segment_of(
            uri,
            self.duration_s,
            self.next_sequence,
            self.next_discontinuity_sequence,
            self.title,
            self.discontinuity,
            self.program_date_time,
            byte_range,
            self.init,
            self.key,
            self.gap,
            None,
            False,
        )
        self.segments.append(segment)
        self.next_sequence += 1
        self.duration_s = self.program_date_time = self.byte_range = None
        self.discontinuity = self.gap = False

    def continued(self, uri: str, length_bytes: int, offset_bytes: int | None) -> model.ByteRange:
        """The range with its offset: a missing one is the end of the previous segment's range (4.3.2.2)."""
        if offset_bytes is None:
            before = self.segments[-1] if self.segments else None
            if before is None or before.byte_range is None or before.uri != uri:
                raise InvalidPlaylist("a byte range has no offset, and does not follow one that it continues")
            offset_bytes = before.byte_range.offset_bytes + before.byte_range.length_bytes
        return model.ByteRange(length_bytes=length_bytes, offset_bytes=offset_bytes)

    def on_extinf(self, value: str) -> None:
        duration, _, title = value.partition(",")
        self.duration_s = attributes.parse_decimal(duration, "the duration in #EXTINF", most=_LONGEST_S)
        self.title = title.strip()

    def on_program_date_time(self, value: str) -> None:
        self.program_date_time = _parse_date(value)

    def on_discontinuity(self, _: str) -> None:
        self.discontinuity = True
        self.next_discontinuity_sequence += 1  # the tags are counted, not the segments (6.2.2)

    def on_byte_range(self, value: str) -> None:
        self.byte_range = attributes.parse_byte_range(value)

    def on_map(self, value: str) -> None:
        self.init = attributes.parse_map(value, self.resolve)

    def on_key(self, value: str) -> None:
        self.key = attributes.parse_key(value, self.resolve)

    def on_gap(self, _: str) -> None:
        self.gap = True

    def on_skip(self, value: str) -> None:
        skipped = attributes.required(attributes.parse_attributes(value), "SKIPPED-SEGMENTS", "#EXT-X-SKIP")
        self.next_sequence += attributes.parse_integer(skipped, "SKIPPED-SEGMENTS")

    def on_target_duration(self, value: str) -> None:
        self.target_duration_s = math.ceil(
            attributes.parse_decimal(value, "#EXT-X-TARGETDURATION", most=_LONGEST_S)
        )

    def on_media_sequence(self, value: str) -> None:
        sequence = self.numbering(value, "#EXT-X-MEDIA-SEQUENCE")
        self.next_sequence += sequence - self.media_sequence
        self.media_sequence = sequence

    def on_discontinuity_sequence(self, value: str) -> None:
        sequence = self.numbering(value, "#EXT-X-DISCONTINUITY-SEQUENCE")
        self.next_discontinuity_sequence += sequence - self.discontinuity_sequence
        self.discontinuity_sequence = sequence

    def numbering(self, value: str, tag: str) -> int:
        if self.segments:
            raise InvalidPlaylist(f"{tag} comes after the first segment, whose number it would change")
        return attributes.parse_integer(value, tag)

    def on_playlist_type(self, value: str) -> None:
        self.playlist_type = kind if (kind := value.strip()) in ("EVENT", "VOD") else None

    def on_endlist(self, _: str) -> None:
        self.ended = True

    def playlist(self) -> model.MediaPlaylist:
        """What was read. Tags after the last URI belong to a segment that is still to come, and are left."""
        return model.MediaPlaylist(
            target_duration_s=self.target_duration_s or self.longest_s(),
            segments=tuple(self.segments),
            media_sequence=self.media_sequence,
            discontinuity_sequence=self.discontinuity_sequence,
            version=self.version,
            ended=self.ended,
            playlist_type=self.playlist_type,
            independent_segments=self.independent_segments,
        )

    def longest_s(self) -> int:
        """Instead of a target duration. At least 1: whoever waits for it between two requests has to wait."""
        return max([1, *(math.ceil(segment.duration_s) for segment in self.segments)])


class _MasterReader(_Reader):
    """What has been read of a master playlist."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.variants: list[model.Variant] = []
        self.renditions: list[model.Rendition] = []
        self.stream: str | None = None  # of the next URI

    def read(self, lines: Sequence[str]) -> model.MasterPlaylist:
        tags: _TagReaders = {
            "#EXT-X-STREAM-INF": self.on_stream,
            "#EXT-X-MEDIA": self.on_media,
            "#EXT-X-VERSION": self.on_version,
            "#EXT-X-INDEPENDENT-SEGMENTS": self.on_independent_segments,
        }
        _read_lines(lines, tags, self.on_uri, _MEDIA_TAG)
        if self.stream is not None:
            raise InvalidPlaylist("The playlist ends after an #EXT-X-STREAM-INF that has no URI.")
        return model.MasterPlaylist(
            variants=tuple(self.variants),
            renditions=tuple(self.renditions),
            version=self.version,
            independent_segments=self.independent_segments,
        )

    def on_stream(self, value: str) -> None:
        if self.stream is not None:
            raise InvalidPlaylist("the #EXT-X-STREAM-INF before this one has no URI")
        self.stream = value

    def on_uri(self, line: str) -> None:
        if self.stream is None:
            raise InvalidPlaylist("there is a URI without #EXT-X-STREAM-INF before it")
        self.variants.append(attributes.parse_variant(self.stream, self.resolve(line)))
        self.stream = None

    def on_media(self, value: str) -> None:
        with suppress(InvalidPlaylist):  # an odd rendition must not cost the variants
            self.renditions.append(attributes.parse_rendition(value, self.resolve))


def _parse_date(text: str) -> datetime | None:
    """``parse_time`` is the rule; the form that nearly all write takes a short cut, since there are thousands.

    A date that cannot be read (packagers write 0001-01-01) is none: it must not cost the segment.
    """
    if text[-1:] == "Z" and text[10:11] == "T" and "1970" <= text[:4] <= "9998":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass  # the rule has the last word
    try:
        return parse_time(text)
    except InvalidTime:
        return None
