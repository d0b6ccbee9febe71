"""Coded pictures to pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.timestamps import CLOCK_HZ

TICK = Fraction(1, CLOCK_HZ)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedPicture:
    """One access unit of H.264 in Annex B; times in ticks."""

    pts: int
    dts: int
    data: bytes


def open_decoder(threads: int = 2) -> VideoCodecContext:
    """A decoder of H.264.

    Not with frame threads: these may still hold a packet when the decoder is dropped early, and to let go of it they
    wait for the GIL, which whoever drops the decoder holds while it waits for them. Seen with PyAV 18.1.
    """
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = threads
    decoder.thread_type = "SLICE"
    return decoder


def decoded(decoder: VideoCodecContext, pictures: Iterable[CodedPicture]) -> Iterator[av.VideoFrame]:
    """The pictures in the order of display, as soon as they are there; ``pictures`` begin with an IDR.

    Raises NotUnderstood if one is damaged.
    """
    try:
        for picture in pictures:
            packet = av.Packet(picture.data)
            packet.pts, packet.dts, packet.time_base = picture.pts, picture.dts, TICK
            yield from _sound_ones(decoder.decode(packet))
        yield from _sound_ones(decoder.decode(None))
    except FFmpegError as error:
        raise NotUnderstood(f"the recorded picture cannot be decoded: {error.strerror}") from error


def _sound_ones(frames: Iterable[av.VideoFrame]) -> Iterator[av.VideoFrame]:
    for frame in frames:
        if frame.is_corrupt:
            raise NotUnderstood("a recorded picture is damaged: it cannot be decoded whole")
        yield frame
