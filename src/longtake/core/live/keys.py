"""Which encryption can be undone: AES-128 of whole segments, with a key that anybody may fetch (RFC 8216 4.3.2.4).

SAMPLE-AES and the keys of DRM systems cannot: their keys are not given out. What is encrypted so is not fetched; that
it is, is said in words that complete "encrypted with …".
"""

from __future__ import annotations

from longtake.core.hls.model import Key, MediaSegment

_SYSTEMS = {
    "com.apple.streamingkeydelivery": "FairPlay",
    "com.microsoft.playready": "PlayReady",
    "urn:uuid:9a04f079-9840-4286-ab92-e65be0885f95": "PlayReady",
    "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed": "Widevine",
}
_LONGEST_WORD = 40


def hindrance(segment: MediaSegment) -> str | None:
    """What makes a segment, or its init section, unreadable; None if nothing does."""
    init_key = None if segment.init is None else segment.init.key
    if segment.key is None and init_key is None:  # nearly all
        return None
    return _hindrance(segment.key) or _hindrance(init_key)


def _hindrance(key: Key | None) -> str | None:
    if key is None:
        return None
    if key.key_format != "identity":
        return f"{_method(key)} ({_SYSTEMS.get(key.key_format.lower(), 'a DRM system')})"
    if key.method != "AES-128":
        return _method(key)
    return "AES-128 (a key without an address)" if key.uri is None else None


def _method(key: Key) -> str:
    """As the source names it; where that is no name, it is not repeated."""
    is_name = len(key.method) <= _LONGEST_WORD and key.method.replace("-", "").isalnum()
    return key.method if is_name and key.method != "unreadable" else "a method that cannot be read"
