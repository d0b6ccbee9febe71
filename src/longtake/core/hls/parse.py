"""HLS playlists from text (RFC 8216, and what rfc8216bis adds to it).

Our own, because recording rests on details that others leave out: numbers after EXT-X-SKIP, byte ranges without
offset, dates with any offset, and a refusal instead of an empty playlist when the text is a web page. Generous to other
people's playlists wherever the meaning is clear. Fetching, and what to do about a playlist, belong elsewhere.

Not read, though they may be there: parts and hints of low latency, I-frame playlists.
"""

from __future__ import annotations

from collections.abc import Iterable

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls import attributes, model
from longtake.core.hls.master import MasterReader
from longtake.core.hls.media import MediaReader
from longtake.core.hls.tags import MASTER_TAG, MEDIA_TAG


def parse_playlist(text: str, url: str) -> model.MasterPlaylist | model.MediaPlaylist:
    """The playlist that ``text`` is; ``url`` is where it came from, for its relative URIs (4.1).

    The first tag that only one kind of playlist has decides which kind it is. Raises InvalidPlaylist with a sentence
    that says what was found and on which line, never with the query of a URI.
    """
    lines = _lines(text)
    if _is_master(lines):
        return MasterReader(url).read(lines)
    return MediaReader(url).read(lines)


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
        if MASTER_TAG.fullmatch(name):
            return True
        if MEDIA_TAG.fullmatch(name):
            return False
    raise InvalidPlaylist("The playlist has neither variants nor segments.")
