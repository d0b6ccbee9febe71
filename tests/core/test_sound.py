"""Frames of coded sound: FFmpeg's encoders write them, their headers say how long they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.coded_media import Media, Sound, media, opinions

from longtake.core.sound import sound_frame, sound_run


def packed(format: str, codec: str, rate_hz: int = 48_000, channels: str = "stereo") -> Media:
    options = (("id3v2_version", "0"), ("write_xing", "0")) if format == "mp3" else ()
    sound = Sound(codec=codec, rate_hz=rate_hz, channels=channels, seconds=1)
    return Media(pictures=None, sound=sound, format=format, options=options)


KINDS: dict[str, tuple[Media, str]] = {
    "AAC": (packed("adts", "aac"), "mp4a.40.2"),
    "AAC, mono, 22.05 kHz": (packed("adts", "aac", 22_050, "mono"), "mp4a.40.2"),
    "MP2": (packed("mp2", "mp2"), "mp4a.40.33"),
    "MP2 of MPEG-2": (packed("mp2", "mp2", 24_000), "mp4a.40.33"),
    "MP3": (packed("mp3", "libmp3lame"), "mp4a.40.34"),
    "MP3 with slots to fill up": (packed("mp3", "libmp3lame", 44_100), "mp4a.40.34"),
    "MP3 of MPEG-2": (packed("mp3", "libmp3lame", 22_050, "mono"), "mp4a.40.34"),
    "MP3 of MPEG-2.5": (packed("mp3", "libmp3lame", 8_000, "mono"), "mp4a.40.34"),
    "AC-3": (packed("ac3", "ac3"), "ac-3"),
    "AC-3, 44.1 kHz": (packed("ac3", "ac3", 44_100), "ac-3"),
    "AC-3, 32 kHz": (packed("ac3", "ac3", 32_000), "ac-3"),
    "E-AC-3": (packed("eac3", "eac3"), "ec-3"),
}
every_kind = pytest.mark.parametrize(("wanted", "codecs"), KINDS.values(), ids=KINDS.keys())


@every_kind
def test_a_file_is_counted_to_its_end(wanted: Media, codecs: str) -> None:
    content = media(wanted)
    run, theirs = sound_run(content), opinions(content)["audio"]
    assert run.first is not None
    assert (run.first.codecs, run.rest_bytes, run.broken_frame) == (codecs, 0, False)
    assert run.frames == len(theirs.packets)
    assert run.seconds == pytest.approx(theirs.duration_ticks / 90_000, abs=0.001)


@every_kind
def test_a_frame_that_is_cut_short_is_told_from_one_that_is_not(wanted: Media, codecs: str) -> None:
    content = media(wanted)
    whole, last = sound_run(content).frames, len(content)
    while sound_run(content[:last]).frames == whole:
        last -= 40
    for size in range(last, len(content), 7):
        run = sound_run(content[:size])
        assert (run.frames, run.broken_frame) == (whole - 1, run.rest_bytes > 0)


def test_frames_may_begin_anywhere_and_end_where_none_is() -> None:
    content = media(KINDS["AAC"][0])
    run = sound_run(b"???" + content + b"abcdefgh", 3)
    assert (run.frames, run.rest_bytes, run.broken_frame) == (sound_run(content).frames, 8, False)


SENSELESS = [
    b"",
    b"\xff\xf1\x4c",
    b"\xff\xf1\x7c\x80\x28\xff\xfc",
    b"\xff\xf1\x4c\x80\x00\x5f\xfc",
    b"\xff\xeb\x90\x64\0\0\0",
    b"\xff\xfb\xf0\x64\0\0\0",
    b"\xff\xfb\x00\x64\0\0\0",
    b"\xff\xfb\x9c\x64\0\0\0",
    b"\xff\xf9\0\0\0\0\0",
    b"\x0b\x77\0\0\xc0\x40\0",
    b"\x0b\x77\0\0\x3f\x40\0",
    b"\x0b\x77\0\0\xf0\x80\0",
    b"\x0b\x77\0\0\0\xff\0",
]


@pytest.mark.parametrize("head", SENSELESS, ids=lambda head: head.hex() or "nothing")
def test_what_makes_no_sense_is_no_frame(head: bytes) -> None:
    assert sound_frame(head) is None


@quick
@given(st.binary(max_size=60), st.sampled_from([b"", b"\xff\xf1", b"\xff\xfb", b"\x0b\x77"]))
def test_any_bytes_come_to_an_end(data: bytes, begin: bytes) -> None:
    run = sound_run(begin + data)
    assert 0 <= run.rest_bytes <= len(begin + data)
