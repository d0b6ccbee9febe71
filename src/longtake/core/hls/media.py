"""Media playlists from their lines.

A line that cannot be read costs the entries that it concerns, not the stream:

==============================  =======================================================================
what cannot be read             is taken as
==============================  =======================================================================
EXTINF, or there is none        the target duration
BYTERANGE, or it continues      a GAP: the entry may be whole in the next version of the playlist
nothing that is known
KEY, MAP                        ``UNREADABLE_KEY``, ``UNREADABLE_MAP`` for all entries under it: they must
                                not be recorded as if they had none
PROGRAM-DATE-TIME               none
VERSION, TARGETDURATION,        not stated
SERVER-CONTROL, PLAYLIST-TYPE
MEDIA-SEQUENCE, SKIP,           InvalidPlaylist: no number could be trusted
DISCONTINUITY-SEQUENCE
==============================  =======================================================================
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from longtake.core.errors import InvalidPlaylist, InvalidTime
from longtake.core.hls import ads, attributes, model
from longtake.core.hls.keys import KeysInForce
from longtake.core.hls.tags import MASTER_TAG, Reader, TagReaders, read_lines
from longtake.core.times import parse_time

_LONGEST_S = 1_000_000  # eleven days: beyond any segment, and safe to add to any date
_DECIMAL_COMMA = re.compile(r"\s*(\d{1,6}),(\d{1,9})\s*(?:,([^,]*))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """What EXT-X-SKIP stands for: segments numbered as in the playlist that is read, and how many discontinuities."""

    segments: Sequence[model.MediaSegment] = ()
    discontinuities: int = 0


class MediaReader(Reader):
    """What has been read of a media playlist, and what is pending for the next URI.

    What was in force for the last segment of ``before`` is in force after the EXT-X-SKIP.
    """

    def __init__(self, url: str, before: Skipped = Skipped()) -> None:
        super().__init__(url)
        self.url = url
        self.before = before
        self.segments: list[model.MediaSegment] = []
        self.unmeasured: list[int] = []  # those whose duration cannot be read
        self.target_duration_s = 0
        self.media_sequence: int | None = None
        self.discontinuity_sequence: int | None = None
        self.next_sequence = self.next_discontinuity_sequence = 0
        self.skipped: int | None = None
        self.server_control: model.ServerControl | None = None
        self.playlist_type: str | None = None
        self.ended = False
        self.ad_tags = ads.AdTags()
        # In force until changed:
        self.keys = KeysInForce()
        self.init: model.InitSection | None = None
        self.key: model.Key | None = None
        self.map_fault: model.Key | None = None
        # For the next segment alone:
        self.duration_s: float | None = None
        self.title, self.discontinuity, self.gap = "", False, False
        self.program_date_time: datetime | None = None
        self.byte_range: tuple[int, int | None] | None = None
        self.previous: model.MediaSegment | None = None

    def read(self, lines: Sequence[str]) -> model.MediaPlaylist:
        """Of all lines. Raises InvalidPlaylist."""
        tags: TagReaders = {
            "#EXTINF": self.on_extinf,
            "#EXT-X-PROGRAM-DATE-TIME": self.on_program_date_time,
            "#EXT-X-DISCONTINUITY": self.on_discontinuity,
            "#EXT-X-BYTERANGE": self.on_byte_range,
            "#EXT-X-MAP": self.on_map,
            "#EXT-X-KEY": self.on_key,
            "#EXT-X-GAP": self.on_gap,
            "#EXT-X-SKIP": self.on_skip,
            "#EXT-X-SERVER-CONTROL": self.on_server_control,
            "#EXT-X-TARGETDURATION": self.on_target_duration,
            "#EXT-X-MEDIA-SEQUENCE": self.on_media_sequence,
            "#EXT-X-DISCONTINUITY-SEQUENCE": self.on_discontinuity_sequence,
            "#EXT-X-PLAYLIST-TYPE": self.on_playlist_type,
            "#EXT-X-VERSION": self.on_version,
            "#EXT-X-DEFINE": self.on_define,
            "#EXT-X-INDEPENDENT-SEGMENTS": self.on_independent_segments,
            "#EXT-X-ENDLIST": self.on_endlist,
            "#EXT-X-DATERANGE": self.on_date_range,
            **{tag: partial(self.on_cue, tag) for tag in ads.CUE_TAGS},
        }
        read_lines(lines, tags, self.on_uri, MASTER_TAG)
        playlist = self.playlist()
        if self.skipped and not self.before.segments:
            return replace(
                playlist, skipped=self.skipped, text=model.PlaylistText(lines=tuple(lines), url=self.url)
            )
        return playlist

    def on_uri(self, line: str) -> None:
        uri = self.resolve(line)
        duration_s = self.duration_s
        if duration_s is None:
            self.unmeasured.append(len(self.segments))
            duration_s = 0.0
        byte_range = None if self.byte_range is None else self.continued(uri, *self.byte_range)
        self.previous = model.segment_of(
            uri,
            duration_s,
            self.next_sequence,
            self.next_discontinuity_sequence,
            self.title,
            self.discontinuity,
            self.program_date_time,
            byte_range,
            self.init,
            self.key,
            self.gap,
            ads.titled(self.title) if self.title else None,
            False,
        )
        self.segments.append(self.previous)
        self.next_sequence += 1
        self.duration_s = self.program_date_time = self.byte_range = None
        self.discontinuity = self.gap = False
        self.title = ""

    def continued(self, uri: str, length_bytes: int, offset_bytes: int | None) -> model.ByteRange | None:
        """The range with its offset: a missing one is the end of the previous segment's range (4.3.2.2)."""
        if offset_bytes is None:
            before = self.previous
            if before is None or before.byte_range is None or before.uri != uri:
                self.gap = True
                return None
            offset_bytes = before.byte_range.offset_bytes + before.byte_range.length_bytes
        return model.ByteRange(length_bytes=length_bytes, offset_bytes=offset_bytes)

    def on_extinf(self, value: str) -> None:
        duration, _, title = value.partition(",")
        self.title = title.strip()
        try:
            self.duration_s = attributes.parse_decimal(duration, "the duration in #EXTINF", most=_LONGEST_S)
        except InvalidPlaylist:
            self.duration_s = None
        if title[:1].isdigit():
            self.take_decimal_comma(value)

    def take_decimal_comma(self, value: str) -> None:
        """``2,5`` and ``2,5,title`` are written where a comma is the decimal sign; ``2.0,5`` has the title 5."""
        match = _DECIMAL_COMMA.fullmatch(value)
        if match is None:
            return
        duration_s = float(f"{match[1]}.{match[2]}")
        if not self.target_duration_s or round(duration_s) <= self.target_duration_s:  # 4.3.3.1
            self.duration_s, self.title = duration_s, (match[3] or "").strip()

    def on_program_date_time(self, value: str) -> None:
        self.program_date_time = _parse_date(value)

    def on_discontinuity(self, _: str) -> None:
        self.discontinuity = True
        self.next_discontinuity_sequence += 1  # the tags are counted, not the segments (6.2.2)

    def on_byte_range(self, value: str) -> None:
        try:
            self.byte_range = attributes.parse_byte_range(value)
        except InvalidPlaylist:
            self.byte_range, self.gap = None, True

    def on_map(self, value: str) -> None:
        try:
            init = attributes.parse_map(value, self.resolve)
        except InvalidPlaylist:
            self.init, self.map_fault = None, model.UNREADABLE_MAP
        else:
            in_force = self.keys.chosen()
            self.init, self.map_fault = replace(init, key=in_force) if in_force else init, None
        self.key = self.map_fault or self.keys.chosen()

    def on_key(self, value: str) -> None:
        self.keys.read(value, self.resolve)
        self.key = self.map_fault or self.keys.chosen()

    def on_gap(self, _: str) -> None:
        self.gap = True

    def on_skip(self, value: str) -> None:
        if self.segments or self.skipped is not None:
            raise InvalidPlaylist("#EXT-X-SKIP is not the first of the segments")
        skipped = attributes.required(attributes.parse_attributes(value), "SKIPPED-SEGMENTS", "#EXT-X-SKIP")
        self.skipped = attributes.parse_integer(skipped, "SKIPPED-SEGMENTS")
        self.next_sequence += self.skipped
        self.next_discontinuity_sequence += self.before.discontinuities
        if self.before.segments:
            self.go_on_from(self.before.segments[-1])

    def go_on_from(self, last: model.MediaSegment) -> None:
        """What is in force after the last skipped segment (rfc8216bis 6.3.7)."""
        self.previous = last
        self.init = last.init or self.init
        self.keys.go_on_from(last.key)
        self.map_fault = last.key if last.key == model.UNREADABLE_MAP else None
        self.key = last.key

    def on_server_control(self, value: str) -> None:
        with suppress(InvalidPlaylist):
            self.server_control = attributes.parse_server_control(value)

    def on_target_duration(self, value: str) -> None:
        with suppress(InvalidPlaylist):
            self.target_duration_s = math.ceil(
                attributes.parse_decimal(value, "#EXT-X-TARGETDURATION", most=_LONGEST_S)
            )

    def on_media_sequence(self, value: str) -> None:
        """Wherever it stands, it is the number of the first segment."""
        sequence = _agreeing(self.media_sequence, value, "#EXT-X-MEDIA-SEQUENCE")
        shift = sequence - (self.media_sequence or 0)
        self.media_sequence = sequence
        self.next_sequence += shift
        if shift:
            self.segments = [replace(segment, sequence=segment.sequence + shift) for segment in self.segments]

    def on_discontinuity_sequence(self, value: str) -> None:
        sequence = _agreeing(self.discontinuity_sequence, value, "#EXT-X-DISCONTINUITY-SEQUENCE")
        shift = sequence - (self.discontinuity_sequence or 0)
        self.discontinuity_sequence = sequence
        self.next_discontinuity_sequence += shift
        if shift:
            self.segments = [
                replace(segment, discontinuity_sequence=segment.discontinuity_sequence + shift)
                for segment in self.segments
            ]

    def on_cue(self, tag: str, value: str) -> None:
        self.ad_tags.on_cue(tag, value, len(self.segments))

    def on_date_range(self, value: str) -> None:
        self.ad_tags.on_date_range(value, len(self.segments))

    def on_playlist_type(self, value: str) -> None:
        self.playlist_type = kind if (kind := value.strip()) in ("EVENT", "VOD") else None

    def on_endlist(self, _: str) -> None:
        self.ended = True

    def playlist(self) -> model.MediaPlaylist:
        """What was read. Tags after the last URI belong to a segment that is still to come, and are left."""
        target_duration_s = self.target_duration_s or self.longest_s()
        for index in self.unmeasured:
            self.segments[index] = replace(self.segments[index], duration_s=float(target_duration_s))
        if self.ad_tags.say_something or self.before.segments:
            self.segments = ads.marked(self.segments, self.ad_tags, self.before.segments)
        return model.MediaPlaylist(
            target_duration_s=target_duration_s,
            segments=(*self.before.segments, *self.segments),
            media_sequence=self.media_sequence or 0,
            discontinuity_sequence=self.discontinuity_sequence or 0,
            version=self.version,
            ended=self.ended,
            playlist_type=self.playlist_type,
            independent_segments=self.independent_segments,
            server_control=self.server_control,
        )

    def longest_s(self) -> int:
        """Instead of a target duration. At least 1: whoever waits for it between two requests has to wait.

        Raises InvalidPlaylist if a duration is needed and none is known: such a text is a list of channels.
        """
        longest_s = max(
            (segment.duration_s for segment in (*self.before.segments, *self.segments)), default=0.0
        )
        if self.unmeasured and not longest_s:
            raise InvalidPlaylist("The playlist does not say of any segment how long it is.")
        return max(1, math.ceil(longest_s))


def _agreeing(before: int | None, value: str, tag: str) -> int:
    number = attributes.parse_integer(value, tag)
    if before is not None and before != number:
        raise InvalidPlaylist(f"{tag} is stated twice, and not the same")
    return number


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
