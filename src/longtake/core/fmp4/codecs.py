"""The words of RFC 6381 (and of the bindings of AV1, VP9 and HEVC) for what a sample entry says."""

from __future__ import annotations

from longtake.core.hevc import codec_word as hevc_word

_AAC_OBJECT = 0x40
_ES, _DECODER_CONFIG, _SPECIFIC = 3, 4, 5
"""Tags of descriptors (ISO/IEC 14496-1, 7.2.2.1)."""
_PLAIN = {"ac-3": "ac-3", "ec-3": "ec-3", "Opus": "opus", "fLaC": "flac"}


def codec_word(entry: str, configuration: bytes) -> str | None:
    """The word for a sample entry's name and the content of its configuration box; None if it is not known."""
    if entry in ("avc1", "avc3"):
        return f"{entry}.{configuration[1:4].hex()}" if len(configuration) >= 4 else None
    if entry in ("hvc1", "hev1"):
        return hevc_word(entry, configuration[1:13]) if len(configuration) >= 13 else None
    if entry == "av01":
        return _av1(configuration) if len(configuration) >= 4 else None
    if entry == "vp09":
        return _vp9(configuration) if len(configuration) >= 7 else None
    if entry == "mp4a":
        return _mpeg4_audio(configuration)
    return _PLAIN.get(entry)


def _av1(record: bytes) -> str:
    """Of av1C (AV1 in ISOBMFF, 2.3.3)."""
    profile, level = record[1] >> 5, record[1] & 0x1F
    tier = "H" if record[2] & 0x80 else "M"
    depth = {0: 8, 2: 10, 3: 12}.get(record[2] >> 5 & 3, 8)
    return f"av01.{profile}.{level:02}{tier}.{depth:02}"


def _vp9(record: bytes) -> str:
    """Of vpcC, behind its version and flags."""
    return f"vp09.{record[4]:02}.{record[5]:02}.{record[6] >> 4:02}"


def _mpeg4_audio(esds: bytes) -> str | None:
    """Of esds: the object type, and for AAC the audio object type too."""
    config = _descriptor(esds[4:], _ES)
    if config is None:
        return None
    config = _descriptor(_behind_stream_flags(config), _DECODER_CONFIG)
    if not config:
        return None
    specific = _descriptor(config[13:], _SPECIFIC)
    if config[0] != _AAC_OBJECT or not specific:
        return f"mp4a.{config[0]:02x}"
    kind = specific[0] >> 3
    if kind == 31 and len(specific) > 1:  # an escape (ISO/IEC 14496-3, 1.6.2.1)
        kind = 32 + ((specific[0] & 7) << 3 | specific[1] >> 5)
    return f"mp4a.{config[0]:02x}.{kind}"


def _behind_stream_flags(stream: bytes) -> bytes:
    """Of an ES descriptor, what is behind its id and its optional fields."""
    if len(stream) < 3:
        return b""
    flags, at = stream[2], 3
    if flags & 0x80:
        at += 2
    if flags & 0x40:
        at += 1 + (stream[at] if at < len(stream) else 0)
    if flags & 0x20:
        at += 2
    return stream[at:]


def _descriptor(data: bytes, wanted: int) -> bytes | None:
    """The content of a descriptor that stands in front."""
    if data[:1] != bytes((wanted,)):
        return None
    size, at = 0, 1
    while at < min(len(data), 5):
        size = size << 7 | data[at] & 0x7F
        at += 1
        if not data[at - 1] & 0x80:
            break
    return data[at : at + size]
