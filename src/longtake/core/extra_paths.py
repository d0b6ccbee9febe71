"""Paths of files in the extra folders (``media``, ``emotes``), as peers list them, and the hash that some of them carry."""

from __future__ import annotations

from longtake.core.errors import InvalidName
from longtake.core.names import check_part, is_part, parse_hash

DEEPEST = 8
"""Parts of a path, below its extra folder."""
_TEMP = ".temp"
_MEDIA, _METADATA = "media", ".metadata.json"


def check_extra_path(path: str) -> tuple[str, ...]:
    """The parts of a file's path below its extra folder. Raises InvalidName for hidden ones, temps, and what leads out."""
    parts = tuple(check_part(part, "path") for part in path.split("/"))
    if len(parts) > DEEPEST:
        raise InvalidName(f"{path[:60]!r} lies over {DEEPEST} folders deep")
    if not is_extra_name(parts[-1]):
        raise InvalidName(f"{path[:60]!r} is a file in flight")
    return parts


def is_extra_name(name: str) -> bool:
    """Whether a file of that name is what it will stay: not hidden, and not on its way (older nodes write ``NAME.UUID.temp``)."""
    return is_part(name) and not name.endswith(_TEMP)


def digest_in(folder: str, parts: tuple[str, ...]) -> bytes | None:
    """The SHA-256 of the content, if the path carries it: ``media/URLHASH/HASH.EXT``, but not ``….metadata.json``."""
    if folder != _MEDIA or len(parts) != 2 or parts[1].endswith(_METADATA):
        return None
    text, dot, _ = parts[1].partition(".")
    try:
        parse_hash(parts[0])
        return parse_hash(text) if dot else None
    except InvalidName:
        return None
