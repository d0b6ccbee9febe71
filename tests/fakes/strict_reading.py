"""Reads media so strictly that whatever a library could complain of fails the test."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
from numpy.typing import NDArray
from tests.fakes.smart_cuts import Recording

from longtake.adapters.teststream.marks import read_frame_number
from longtake.core.adts import adts_frames
from longtake.core.mpegts.scan import scan_segment
from longtake.core.mpegts.timestamps import CLOCK_HZ, difference

Samples = NDArray[np.float32]
_STRICT = {"err_detect": "explode"}


@contextmanager
def no_complaints() -> Iterator[None]:
    """Whatever ffmpeg warns of meanwhile, in any thread, is an error."""
    before = av.logging.get_level()
    av.logging.set_level(av.logging.WARNING)
    try:
        with av.logging.Capture(local=False) as complaints:
            yield
    finally:
        av.logging.set_level(before)
    assert not complaints, complaints[:5]


@dataclass(frozen=True, kw_only=True)
class SoundFrame:
    """Decoded sound; ``at`` in seconds after the first picture."""

    at: Fraction
    rate_hz: int
    samples: Samples

    @property
    def end(self) -> Fraction:
        """Where the next one is due."""
        return self.at + Fraction(self.samples.shape[1], self.rate_hz)


@dataclass(frozen=True, kw_only=True)
class StrictlyRead:
    """``frames`` are (PTS in ticks, number in the picture), ``sound`` its frames."""

    frames: list[tuple[int, int | None]]
    sound: list[SoundFrame]

    @property
    def numbers(self) -> list[int | None]:
        """In the order of display."""
        return [number for _, number in self.frames]

    @property
    def pts(self) -> list[int]:
        """Ticks after the first picture."""
        return [pts - self.frames[0][0] for pts, _ in self.frames]


def strictly_read(content: bytes) -> StrictlyRead:
    """All of a file decoded, without a complaint."""
    with no_complaints():
        frames = [
            (_ticks(frame), read_frame_number(frame.to_ndarray(format="gray").astype(np.uint8)))
            for frame in decoded_video(content)
        ]
        return StrictlyRead(frames=frames, sound=_sound(content, Fraction(frames[0][0], CLOCK_HZ)))


def decoded_video(content: bytes) -> Iterator[av.VideoFrame]:
    """Pictures; the first error ends it."""
    with av.open(io.BytesIO(content), "r", options=_STRICT) as container:
        container.streams.video[0].codec_context.options = _STRICT
        yield from container.decode(video=0)


def _sound(content: bytes, begin: Fraction) -> list[SoundFrame]:
    with av.open(io.BytesIO(content), "r", options=_STRICT) as container:
        if not container.streams.audio:
            return []
        container.streams.audio[0].codec_context.options = _STRICT
        return [
            SoundFrame(
                at=_seconds(frame) - begin,
                rate_hz=frame.sample_rate,
                samples=frame.to_ndarray().astype(np.float32),
            )
            for frame in container.decode(audio=0)
        ]


def _seconds(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base


def _ticks(frame: av.VideoFrame) -> int:
    return round(_seconds(frame) * CLOCK_HZ)


@dataclass(frozen=True, kw_only=True)
class SourceSound:
    """All the sound of a recording without holes, decoded in one go. ``begin`` is ticks after its first picture."""

    begin: int
    rate_hz: int
    samples: Samples

    def differs(self, frame: SoundFrame, source_at: Fraction, *, off_by_s: float = 0) -> bool:
        """Whether a frame is not, to the bit, what the source has at that time (in seconds after its first picture).

        Times are rounded to ticks here and there: two samples to either side are the same time.
        """
        place = round((source_at - Fraction(self.begin, CLOCK_HZ)) * self.rate_hz)
        count, off = frame.samples.shape[1], 2 + round(off_by_s * self.rate_hz)
        return not any(
            np.array_equal(self.samples[:, at : at + count], frame.samples)
            for at in range(max(0, place - off), place + off + 1)
        )


@lru_cache(maxsize=32)
def source_sound(recording: Recording) -> SourceSound:
    """Split by our own reader, decoded by ffmpeg."""
    scans = [scan_segment((recording.folder / segment.path).read_bytes()) for segment in recording.segments]
    origin = int(scans[0].video.pts[0])
    decoder = av.CodecContext.create("aac", "r")
    slots: list[Samples] = []
    begin, rate_hz = None, 0
    for scanned in scans:
        assert scanned.audio is not None
        for unit in range(len(scanned.audio)):
            if begin is None:
                begin = difference(int(scanned.audio.pts[unit]), origin)
            for frame in adts_frames(scanned.audio.content(unit)):
                rate_hz = frame.format.rate_hz
                slots += [
                    found.to_ndarray().astype(np.float32) for found in decoder.decode(av.Packet(frame.data))
                ]
    assert begin is not None
    return SourceSound(begin=begin, rate_hz=rate_hz, samples=np.concatenate(slots, axis=1))
