"""Lines of a playlist, each to the reader of its tag; what both kinds of playlist have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls import attributes
from longtake.core.hls.variables import Variables

# What only one kind of playlist has, known or not to its reader.
MASTER_TAG = re.compile(
    r"#EXT-X-(MEDIA|STREAM-INF|I-FRAME-STREAM-INF|SESSION-DATA|SESSION-KEY|CONTENT-STEERING)"
)
MEDIA_TAG = re.compile(
    r"#EXTINF|#EXT-X-(TARGETDURATION|MEDIA-SEQUENCE|DISCONTINUITY-SEQUENCE|PLAYLIST-TYPE|I-FRAMES-ONLY|ENDLIST|GAP|MAP"
    r"|KEY|BYTERANGE|DISCONTINUITY|PROGRAM-DATE-TIME|DATERANGE|BITRATE|SKIP|SERVER-CONTROL|PART|PART-INF|PRELOAD-HINT"
    r"|RENDITION-REPORT)"
)

TagReaders = Mapping[str, Callable[[str], None]]
"""What reads the value of a tag, by the tag's name."""


def read_lines(
    lines: Iterable[str], tags: TagReaders, on_uri: Callable[[str], None], foreign: re.Pattern[str]
) -> None:
    """Each line to its reader. Unknown tags and comments are passed over (6.3.1), tags of the other kind refused.

    Raises InvalidPlaylist with the number of the line.
    """
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


class Reader:
    """What both kinds of playlist have. Without EXT-X-VERSION, or if it cannot be read, the version is 1 (4.3.1.2)."""

    def __init__(self, url: str) -> None:
        self._base = attributes.UriBase(url)
        self._variables = Variables(url)
        self.resolve: attributes.Resolve = self._base.resolve
        self.version = 1
        self.independent_segments = False

    def on_version(self, value: str) -> None:
        with suppress(InvalidPlaylist):
            self.version = attributes.parse_integer(value, "#EXT-X-VERSION")

    def on_define(self, value: str) -> None:
        self.resolve = self._resolve_with_variables
        with suppress(InvalidPlaylist):
            self._variables.define(value)

    def _resolve_with_variables(self, reference: str) -> str:
        return self._base.resolve(self._variables.substituted(reference))

    def on_independent_segments(self, _: str) -> None:
        self.independent_segments = True
