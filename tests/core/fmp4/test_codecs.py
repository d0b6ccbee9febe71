"""The words of RFC 6381 for what sample entries say."""

from __future__ import annotations

import pytest

from longtake.core.fmp4.codecs import codec_word


def esds(object_type: int, specific: bytes, *, flags: int = 0, long: bool = False) -> bytes:
    """ISO/IEC 14496-1, 7.2.6; with ``long`` each length takes four bytes."""

    def descriptor(tag: int, body: bytes) -> bytes:
        size = b"\x80\x80\x80" + bytes((len(body),)) if long else bytes((len(body),))
        return bytes((tag,)) + size + body

    config = bytes((object_type,)) + bytes(12) + (descriptor(5, specific) if specific else b"")
    extra = (
        (b"\0\0" if flags & 0x80 else b"")
        + (b"\x02ab" if flags & 0x40 else b"")
        + (b"\0\0" if flags & 0x20 else b"")
    )
    return bytes(4) + descriptor(3, b"\0\1" + bytes((flags,)) + extra + descriptor(4, config))


WORDS: dict[str, tuple[str, bytes, str | None]] = {
    "H.264": ("avc1", bytes.fromhex("0164001fff"), "avc1.64001f"),
    "H.264 with sets in the stream": ("avc3", bytes.fromhex("014d401eff"), "avc3.4d401e"),
    # ISO/IEC 14496-15, E.3, has these examples.
    "HEVC main": ("hvc1", bytes.fromhex("01 01 60000000 b00000000000 5d"), "hvc1.1.6.L93.B0"),
    "HEVC with a profile space and more": (
        "hev1",
        bytes.fromhex("01 61 60000000 b02300000000 5d"),
        "hev1.A1.6.H93.B0.23",
    ),
    "AV1": ("av01", bytes.fromhex("81 04 0c00"), "av01.0.04M.08"),
    "AV1 high tier of 10 bits": ("av01", bytes.fromhex("81 29 c000"), "av01.1.09H.10"),
    "VP9": ("vp09", bytes.fromhex("01000000 02 1f a0"), "vp09.02.31.10"),
    "AAC LC": ("mp4a", esds(0x40, b"\x11\x90"), "mp4a.40.2"),
    "HE-AAC": ("mp4a", esds(0x40, b"\x2b\x92\x08\x00"), "mp4a.40.5"),
    "xHE-AAC, escaped": ("mp4a", esds(0x40, b"\xf9\x46\x00\x00"), "mp4a.40.42"),
    "MP3": ("mp4a", esds(0x6B, b""), "mp4a.6b"),
    "long lengths and all fields": ("mp4a", esds(0x40, b"\x11\x90", flags=0xE0, long=True), "mp4a.40.2"),
    "AC-3": ("ac-3", b"", "ac-3"),
    "Opus": ("Opus", b"", "opus"),
    "unknown": ("abcd", b"", None),
}


@pytest.mark.parametrize(("entry", "configuration", "word"), WORDS.values(), ids=WORDS.keys())
def test_a_sample_entry_has_its_word(entry: str, configuration: bytes, word: str | None) -> None:
    assert codec_word(entry, configuration) == word


@pytest.mark.parametrize("entry", ["avc1", "hvc1", "av01", "vp09", "mp4a"])
@pytest.mark.parametrize("size", range(0, 40, 3))
def test_what_is_cut_short_has_a_word_or_none(entry: str, size: int) -> None:
    word = codec_word(entry, esds(0x40, b"\x11\x90", flags=0xE0)[:size])
    assert word is None or word.startswith(entry)
