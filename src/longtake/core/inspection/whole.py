"""Any content: what kind it is, and then what that kind tells."""

from __future__ import annotations

from longtake.core.facts import Container
from longtake.core.inspection.fmp4 import inspect_fmp4
from longtake.core.inspection.model import Inspection
from longtake.core.inspection.packed_audio import inspect_packed_audio, is_packed_audio
from longtake.core.inspection.ts import inspect_ts

_SYNC = b"\x47"
_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"sidx", b"emsg", b"prft", b"mdat", b"free", b"skip"})
_WEB_PAGE = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")


def inspect(content: bytes | memoryview) -> Inspection:
    """Looks at a segment. Never raises.

    Subtitles (RFC 8216, 3.5) are OTHER and have no flaw: nothing in them tells whether they are whole.
    """
    head = bytes(content[:1024])
    if not head:
        return Inspection(container=Container.OTHER, flaw="it is empty", breaks_off=True)
    if _is_ts(head):
        return inspect_ts(content)
    if head[4:8] in _BOXES:
        return inspect_fmp4(memoryview(content))
    if is_packed_audio(content):
        return inspect_packed_audio(content)
    return Inspection(container=Container.OTHER, flaw=_what_else(head))


def _is_ts(head: bytes) -> bool:
    """Whether packets begin at once, or soon, should the beginning be damaged."""
    if head[:1] == _SYNC and head[188:189] in (b"", _SYNC):
        return True
    return any(head[at : at + 565 : 188] == _SYNC * 4 for at in range(188))


def _what_else(head: bytes) -> str | None:
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return None
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_WEB_PAGE):
        return "it is a web page"
    if head[4:5] == _SYNC and head[196:197] == _SYNC:
        return "it is MPEG-TS in packets of 192 bytes, which HLS does not know"
    return "it is neither MPEG-TS nor fragmented MP4 nor sound"
