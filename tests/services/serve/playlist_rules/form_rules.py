"""Rules for the form of any playlist: RFC 8216 4, 4.1, 4.2, 4.3.1 and 7 (rfc8216bis: the same numbers, 4.4.1 and 8)."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from urllib.parse import urlsplit

from tests.services.serve.playlist_rules.snapshot import SEGMENT_TAGS, Snapshot, decimal

MEDIA_TAGS = (
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-DISCONTINUITY-SEQUENCE",
    "EXT-X-ENDLIST",
    "EXT-X-PLAYLIST-TYPE",
    "EXT-X-SERVER-CONTROL",
    "EXT-X-SKIP",
)
"""Those that we may write, each once in a media playlist (4.3.3; SKIP: rfc8216bis 4.4.5)."""
MASTER_TAGS = ("EXT-X-MEDIA", "EXT-X-STREAM-INF")
EITHER_TAGS = ("EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS")
_LISTS = ("EXT-X-MAP", "EXT-X-SERVER-CONTROL", "EXT-X-SKIP", "EXT-X-MEDIA", "EXT-X-STREAM-INF", "EXT-X-KEY")
_NUMBERS = (
    "EXT-X-VERSION",
    "EXT-X-TARGETDURATION",
    "EXT-X-MEDIA-SEQUENCE",
    "EXT-X-DISCONTINUITY-SEQUENCE",
)
_BARE = (
    "EXTM3U",
    "EXT-X-ENDLIST",
    "EXT-X-INDEPENDENT-SEGMENTS",
    "EXT-X-DISCONTINUITY",
    "EXT-X-GAP",
)
_URI = re.compile(r"(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-])+", re.ASCII)
_LARGEST = 2**64 - 1


def rule_utf8_without_bom(playlist: Snapshot) -> list[str]:
    """4.1: "MUST be encoded in UTF-8", "MUST NOT contain any Byte Order Mark", normalized to NFC."""
    found = ["a byte order mark"] if playlist.body.startswith(b"\xef\xbb\xbf") else []
    try:
        text = playlist.body.decode()
    except UnicodeDecodeError as error:
        return [*found, f"no UTF-8: {error}"]
    return found if unicodedata.is_normalized("NFC", text) else [*found, "not normalized (NFC)"]


def rule_no_control_characters(playlist: Snapshot) -> list[str]:
    """4.1: none of U+0000 to U+001F and U+007F to U+009F but CR and LF."""
    odd = {character for character in playlist.text if unicodedata.category(character) == "Cc"} - {"\r", "\n"}
    return [f"the control character {character!r}" for character in sorted(odd)]


def rule_lines_end(playlist: Snapshot) -> list[str]:
    """4.1: "Lines are terminated by" LF or CR LF: what has no end may be half a line."""
    lone = re.search(r"\r(?!\n)", playlist.text)
    return ["a CR alone"] * bool(lone) + ["the last line has no end"] * (not playlist.text.endswith("\n"))


def rule_no_white_space(playlist: Snapshot) -> list[str]:
    """4.1: "White space MUST NOT be present, except for elements in which it is explicitly specified": titles, quotes."""
    bare = [re.sub(r'"[^"]*"|(?<=^#EXTINF:)([^,]*),.*', r"\1", line) for line in playlist.lines]
    return [f"white space in {line[:60]!r}" for line in bare if re.search(r"\s", line)]


def rule_begins_with_extm3u(playlist: Snapshot) -> list[str]:
    """4.3.1.1: EXTM3U "MUST be the first line of every Media Playlist and every Master Playlist"."""
    first, *others = [*playlist.lines, ""]
    found = [] if first == "#EXTM3U" else [f"it begins with {first[:40]!r}"]
    return [*found, *(["EXTM3U again"] if "#EXTM3U" in others else [])]


def rule_tags_are_known(playlist: Snapshot) -> list[str]:
    """4.1: lines with ``#EXT`` are tags, all others with ``#`` comments. A tag of a wrong name is passed over in silence."""
    known = {*MEDIA_TAGS, *MASTER_TAGS, *EITHER_TAGS, *SEGMENT_TAGS}
    comments = [line for line in playlist.lines if line.startswith("#") and not line.startswith("#EXT")]
    return [f"the unknown tag {tag.name!r}" for tag in playlist.tags if tag.name not in known] + [
        f"the comment {line!r}" for line in comments
    ]


def rule_tags_have_their_form(playlist: Snapshot) -> list[str]:
    """4.2 and 4.3: numbers are decimal-integers up to 2^64-1; some tags have no value; others an attribute list."""
    found = []
    for tag in playlist.tags:
        if tag.name in _NUMBERS and not (
            re.fullmatch(r"\d{1,20}", tag.value, re.ASCII) and int(tag.value) <= _LARGEST
        ):
            found.append(f"{tag.name} is {tag.value!r}")
        if tag.name in _BARE and tag.value:
            found.append(f"{tag.name} has the value {tag.value!r}")
        if tag.name in _LISTS and not tag.is_attribute_list():
            found.append(f"{tag.name} has {tag.value!r}, which is no attribute list")
    return found


def rule_attributes_once(playlist: Snapshot) -> list[str]:
    """4.2: "An Attribute/Value pair with a given AttributeName MUST NOT appear more than once in a given attribute-list"."""
    lists = [(tag, [name for name, _ in tag.attribute_list()]) for tag in playlist.tags if tag.name in _LISTS]
    return [f"{tag.name} has {names}" for tag, names in lists if len(names) > len(set(names))]


def rule_uris_are_relative(playlist: Snapshot) -> list[str]:
    """4.1: URIs are those of RFC 3986. Ours are relative, without ``:`` in them, so that they hold below any prefix (4.2)."""
    quoted = [
        tag.attributes["URI"].strip('"')
        for tag in playlist.tags
        if tag.name in _LISTS and "URI" in tag.attributes
    ]
    found = []
    for uri in (*quoted, *(entry.uri for entry in playlist.entries)):
        parts = urlsplit(uri)
        if (
            not _URI.fullmatch(uri)
            or parts.scheme
            or parts.netloc
            or uri.startswith("/")
            or ":" in parts.path
        ):
            found.append(f"the URI {uri[:80]!r}")
    return found


def rule_version_once(playlist: Snapshot) -> list[str]:
    """4.3.1.2: "MUST appear in all Playlists containing tags or attributes that are not compatible with protocol version 1"; once."""
    count = len(playlist.values("EXT-X-VERSION"))
    return [] if count == 1 else [f"{count} EXT-X-VERSION"]


def rule_version_is_what_is_needed(playlist: Snapshot) -> list[str]:
    """7 (rfc8216bis 8), and 6.2.1: "SHOULD NOT be greater than what is required". We write 3 at least.

    8 for EXT-X-GAP is not in the RFC: some strict parsers want it, from the beginning where such entries may come. For EXT-X-MEDIA
    a "server MAY consider indicating an EXT-X-VERSION of 4".
    """
    needed = max(_needed(playlist), 3)
    most = max(needed, 4) if playlist.has("EXT-X-MEDIA") else needed
    return (
        [] if needed <= playlist.version <= most else [f"VERSION {playlist.version}, and {needed} is needed"]
    )


def _needed(playlist: Snapshot) -> int:
    needs = {
        3: any(decimal(value.partition(",")[0]) for value in playlist.values("EXTINF")),
        4: playlist.has("EXT-X-BYTERANGE"),
        5: any("KEYFORMAT" in value for value in playlist.values("EXT-X-KEY")),
        6: playlist.has("EXT-X-MAP"),
        8: playlist.has("EXT-X-GAP") or playlist.lists_gaps,
        9: playlist.has("EXT-X-SKIP"),
        10: any("RECENTLY-REMOVED" in value for value in playlist.values("EXT-X-SKIP")),
    }
    return max((version for version, is_needed in needs.items() if is_needed), default=1)


def rule_independent_segments_once(playlist: Snapshot) -> list[str]:
    """4.3.5: tags that may stand in both kinds of playlists "MUST NOT appear more than once"."""
    count = len(playlist.values("EXT-X-INDEPENDENT-SEGMENTS"))
    return [] if count <= 1 else [f"{count} EXT-X-INDEPENDENT-SEGMENTS"]


def rule_durations_are_decimals(playlist: Snapshot) -> list[str]:
    """4.3.2.1 and 4.2: a duration is a decimal, not negative, with a comma after it: no exponent, no ``inf``."""
    texts = [value.partition(",") for value in playlist.values("EXTINF")]
    return [
        f"EXTINF {''.join(parts)!r}"
        for parts in texts
        if decimal(parts[0]) is None or not parts[1] or decimal(parts[0]) == Decimal(0)
    ]
