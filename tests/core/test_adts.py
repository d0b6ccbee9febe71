"""AAC frames and their headers, both ways; headers are also written bit by bit."""

from __future__ import annotations

from contextlib import suppress

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.adts import SAMPLES_PER_FRAME, AdtsFormat, AdtsFrame, adts_frames
from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.scan import scan_segment

LC_STEREO = AdtsFormat(object_type=2, rate_index=3, channel_configuration=2)
FORMATS = st.builds(
    AdtsFormat,
    object_type=st.integers(1, 4),
    rate_index=st.integers(0, 12),
    channel_configuration=st.integers(0, 7),
)


def by_hand(
    raw: bytes, *, mpeg2: int = 0, checksum: bytes = b"", rate_index: int = 3, length: int | None = None
) -> bytes:
    """A frame of AAC LC in stereo, bit by bit as 1.A.2.2 has it."""
    size = len(raw) + 7 + len(checksum) if length is None else length
    header = f"111111111111 {mpeg2} 00 {int(not checksum)}  01 {rate_index:04b} 0 010 0 0 0 0 {size:013b} {0x7FF:011b} 00"
    return int(header.replace(" ", ""), 2).to_bytes(7, "big") + checksum + raw


def raws(content: bytes) -> list[bytes]:
    return [frame.raw for frame in adts_frames(content)]


def test_a_frame_is_wrapped_as_the_standard_says() -> None:
    assert LC_STEREO.wrapped(b"raw") == by_hand(b"raw")


@quick
@given(kind=FORMATS, frames=st.lists(st.binary(max_size=300), max_size=5))
def test_frames_come_back_as_they_were_wrapped(kind: AdtsFormat, frames: list[bytes]) -> None:
    found = list(adts_frames(b"".join(kind.wrapped(raw) for raw in frames)))
    assert [frame.raw for frame in found] == frames
    assert [frame.format for frame in found] == [kind] * len(frames)
    assert [kind.wrapped(frame.raw) for frame in found] == [frame.data for frame in found]


def test_headers_may_have_a_checksum_and_be_of_mpeg2() -> None:
    content = by_hand(b"one", checksum=b"\xab\xcd") + by_hand(b"two", mpeg2=1) + by_hand(b"three")
    assert raws(content) == [b"one", b"two", b"three"]
    assert [frame.raw_at for frame in adts_frames(content)] == [9, 7, 7]
    assert b"".join(frame.data for frame in adts_frames(content)) == content


@pytest.mark.parametrize("cut", [1, 3, 6, 7, 9])
def test_a_frame_that_is_cut_short_at_the_end_is_left_out(cut: int) -> None:
    assert raws(by_hand(b"whole") + by_hand(b"cut")[:cut]) == [b"whole"]


REFUSED = {
    "no header": (b"sound that is none", "does not begin with its header"),
    "another layer": (b"\xff\xf3" + by_hand(b"raw")[2:], "does not begin with its header"),
    "lost in the second frame": (
        by_hand(b"one") + b"\x00" + by_hand(b"two"),
        "does not begin with its header",
    ),
    "an unknown rate": (by_hand(b"raw", rate_index=13), "makes no sense"),
    "a length that is less than the header": (by_hand(b"raw", length=6), "makes no sense"),
    "a length of nothing": (by_hand(b"raw", length=0), "makes no sense"),
    "no room for the checksum": (by_hand(b"", checksum=b"\xab\xcd", length=8), "makes no sense"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_damaged_sound_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        list(adts_frames(content))


def test_the_longest_frame() -> None:
    longest = bytes(8191 - 7)
    assert raws(LC_STEREO.wrapped(longest)) == [longest]
    with pytest.raises(NotUnderstood, match="too long"):
        LC_STEREO.wrapped(longest + b"\x00")


@pytest.mark.parametrize(("configuration", "channels"), [(0, 0), (1, 1), (2, 2), (6, 6), (7, 8)])
def test_channels_of_a_configuration(configuration: int, channels: int) -> None:
    kind = AdtsFormat(object_type=2, rate_index=4, channel_configuration=configuration)
    assert (kind.channels, kind.rate_hz) == (channels, 44_100)


def test_what_mp4_wants_instead_of_headers() -> None:
    assert LC_STEREO.audio_specific_config() == b"\x11\x90"
    mono = AdtsFormat(object_type=2, rate_index=4, channel_configuration=1)
    assert mono.audio_specific_config() == b"\x12\x08"


@quick
@given(content=st.binary(max_size=80), starts=st.lists(st.integers(0, 80), max_size=4))
def test_random_bytes_are_refused_or_read(content: bytes, starts: list[int]) -> None:
    odd = bytearray(content)
    for at in starts:
        odd[at : at + 2] = b"\xff\xf1"
    with suppress(NotUnderstood):
        for frame in adts_frames(bytes(odd)):
            assert frame.raw_at <= len(frame.data)


@pytest.mark.parametrize(("channels", "rate"), [(1, 48_000), (2, 44_100)])
def test_sound_of_an_encoder(channels: int, rate: int) -> None:
    (source,) = made(ToneStream(segments=1, channels=channels, sample_rate=rate))
    audio = scan_segment(source).audio
    assert audio is not None
    frames = [frame for at in range(len(audio)) for frame in adts_frames(audio.content(at))]
    assert {(frame.format.channels, frame.format.rate_hz) for frame in frames} == {(channels, rate)}
    assert len(frames) in range(2 * rate // SAMPLES_PER_FRAME, 2 * rate // SAMPLES_PER_FRAME + 3)
    assert samples_without_headers(frames) == SAMPLES_PER_FRAME * len(frames)


def samples_without_headers(frames: list[AdtsFrame]) -> int:
    """How many a decoder gives that is told the format once, as in MP4."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = frames[0].format.audio_specific_config()
    return sum(decoded.samples for frame in frames for decoded in decoder.decode(av.Packet(frame.raw)))
