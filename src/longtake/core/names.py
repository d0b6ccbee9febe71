"""Names on disk that are not segments: path parts, hashes, tombstones.

The forms are shared with older nodes, to the byte. What a peer or a URL names is checked here before it touches a
path. Segment file names are in ``core.segments``, hours in ``core.times``.
"""

from __future__ import annotations

import base64
import binascii
import re

from longtake.core.errors import InvalidName

SEGMENT_EXTENSION = ".ts"
CHAT_EXTENSION = ".json"
TOMBSTONE_EXTENSION = ".tombstone"
CHAT = "chat"
"""The word that is reserved, as a quality, for chat batches."""

_HASH_TEXT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9_:=+@,-][A-Za-z0-9_:=+@,.-]{0,254}", re.ASCII)
_LONGEST_BYTES = 255  # of a file name, on every file system in use


def check_part(name: str, what: str) -> str:
    """The name, if it can be one folder or file below a store; ``what`` ('channel') is for the message.

    Refused with InvalidName: empty, with ``/`` or NUL or another control character, with a leading dot (hidden is
    ours), over 255 bytes, or not encodable.
    """
    problem = _problem(name)
    if problem:
        raise InvalidName(f"{what} {name[:60]!r} {problem}")
    return name


def is_part(name: str) -> bool:
    """Whether ``check_part`` takes it: foreign names, like those in no encoding that we know, must not stop anything."""
    return _problem(name) is None


def _problem(name: str) -> str | None:
    if _PLAIN.fullmatch(name):  # as nearly all are
        return None
    if not name:
        return "is empty"
    if name.startswith("."):
        return "begins with a dot"
    if "/" in name:
        return "contains '/'"
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        return "contains a control character"
    try:
        encoded = name.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return f"is longer than {_LONGEST_BYTES} bytes" if len(encoded) > _LONGEST_BYTES else None


def hash_text(digest: bytes) -> str:
    """A SHA-256 digest (32 bytes) as in file names: base64 with ``-`` and ``_``, without padding, 43 characters."""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def parse_hash(text: str) -> bytes:
    """The 32 bytes of a hash text. Strict: alphabet, length and unused bits are checked. Raises InvalidName."""
    if _HASH_TEXT.fullmatch(text) is None:
        raise InvalidName(f"{text[:60]!r} is no SHA-256 in base64")
    try:
        digest = base64.urlsafe_b64decode(text + "=")
    except binascii.Error as error:
        raise InvalidName(f"{text[:60]!r} is no SHA-256 in base64: {error}") from error
    if hash_text(digest) != text:
        raise InvalidName(f"{text[:60]!r} is no SHA-256 in base64: unused bits are set")
    return digest


def tombstone_of(name: str) -> str:
    """The tombstone that suppresses a file: its last extension replaced."""
    return stem(name) + TOMBSTONE_EXTENSION


def stem(name: str) -> str:
    """A name without its last extension."""
    return name.rpartition(".")[0] or name
