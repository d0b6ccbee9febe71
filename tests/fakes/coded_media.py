"""Short pieces of media of every kind that PyAV can make, and what PyAV itself says of them: a second opinion."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

TICKS = 90_000
_LAYOUTS: dict[str, type[np.float32 | np.int16]] = {
    "fltp": np.float32,
    "flt": np.float32,
    "s16p": np.int16,
    "s16": np.int16,
}


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What to code. ``ticks`` are the times of all frames, if they are not steady."""

    codec: str = "libx264"
    size: tuple[int, int] = (256, 144)
    rate: Fraction = Fraction(25)
    count: int = 50
    options: tuple[tuple[str, str], ...] = (("preset", "ultrafast"), ("g", "25"))
    ticks: tuple[int, ...] | None = None
    pixels: str = "yuv420p"

    def times(self) -> list[int]:
        """Of the frames, from 0."""
        steady = [round(at * TICKS / self.rate) for at in range(self.count)]
        return steady if self.ticks is None else list(self.ticks)


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A tone."""

    codec: str = "aac"
    rate_hz: int = 48_000
    channels: str = "stereo"
    seconds: float = 2.0


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file of a format of FFmpeg's, with its muxer's options; its time begins at ``first_ticks``."""

    pictures: Pictures | None = field(default_factory=Pictures)
    sound: Sound | None = field(default_factory=Sound)
    format: str = "mpegts"
    options: tuple[tuple[str, str], ...] = ()
    first_ticks: int = 126_000


@lru_cache(maxsize=128)
def media(wanted: Media) -> bytes:
    """Codes and muxes."""
    out = io.BytesIO()
    options: Mapping[str, str] = dict(wanted.options)
    with av.open(out, "w", format=wanted.format, options=dict(options)) as container:
        packets: list[Packet[Stream]] = []
        if wanted.pictures is not None:
            packets += _pictures(container, wanted.pictures, wanted.first_ticks)
        if wanted.sound is not None:
            packets += _sound(container, wanted.sound, wanted.first_ticks)
        for packet in sorted(packets, key=_decoded_at):
            container.mux(packet)
    return out.getvalue()


def _decoded_at(packet: Packet[Stream]) -> Fraction:
    assert packet.dts is not None
    assert packet.time_base is not None
    return packet.dts * packet.time_base


def _pictures(
    container: av.container.OutputContainer, wanted: Pictures, first_ticks: int
) -> list[Packet[Stream]]:
    stream = container.add_stream(wanted.codec, rate=wanted.rate, options=dict(wanted.options))
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = wanted.size
    stream.pix_fmt = wanted.pixels
    stream.codec_context.time_base = Fraction(1, TICKS)
    stream.codec_context.thread_count = 1
    packets: list[Packet[Stream]] = []
    for at, ticks in enumerate(wanted.times()):
        frame = av.VideoFrame.from_ndarray(_drawn(wanted.size, at), format="rgb24").reformat(
            format=wanted.pixels
        )
        frame.pts, frame.time_base = first_ticks + ticks, Fraction(1, TICKS)
        packets.extend(stream.encode(frame))
    packets.extend(stream.encode(None))
    return packets


def _drawn(size: tuple[int, int], at: int) -> np.ndarray:
    """Some noise that moves: enough bytes for many packets a picture."""
    noise = np.random.default_rng(7).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return np.ascontiguousarray(np.roll(noise // 4 + 60, 2 * at, axis=1))


def _sound(container: av.container.OutputContainer, wanted: Sound, first_ticks: int) -> list[Packet[Stream]]:
    stream = container.add_stream(wanted.codec, rate=wanted.rate_hz)
    assert isinstance(stream, AudioStream)
    context = stream.codec_context
    context.layout = wanted.channels
    if wanted.codec == "libmp3lame":
        context.format = "fltp"
    context.time_base = Fraction(1, wanted.rate_hz)
    context.open()
    size = context.frame_size or 1024
    layout, planar = _LAYOUTS[context.format.name], context.format.is_planar
    channels = 2 if wanted.channels == "stereo" else 1
    packets: list[Packet[Stream]] = []
    first = round(first_ticks * wanted.rate_hz / TICKS)
    for at in range(0, round(wanted.seconds * wanted.rate_hz) // size * size, size):
        tone = 0.3 * np.sin((at + np.arange(size)) * 0.05)
        rows = np.repeat((tone if layout is np.float32 else tone * 30_000)[None], channels, 0).astype(layout)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(rows if planar else rows.T.reshape(1, -1)),
            format=context.format.name,
            layout=wanted.channels,
        )
        frame.sample_rate, frame.pts, frame.time_base = (
            wanted.rate_hz,
            first + at,
            Fraction(1, wanted.rate_hz),
        )
        packets.extend(stream.encode(frame))
    packets.extend(stream.encode(None))
    return packets


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """What PyAV says of one stream: its packets' (PTS, DTS, keyframe) in ticks as the file has them, and the size."""

    packets: tuple[tuple[int, int, bool], ...]
    duration_ticks: int
    """From the first to the end of the last, as packets say how long they are."""
    size: tuple[int, int] | None
    rate: Fraction | None


def opinions(content: bytes) -> dict[str, Opinion]:
    """By kind of stream, of the first of each."""
    found: dict[str, Opinion] = {}
    with av.open(io.BytesIO(content), "r", options={"correct_ts_overflow": "0"}) as container:
        streams = [stream for stream in container.streams if stream.type in ("video", "audio")]
        packets: dict[int, list[Packet[Stream]]] = {stream.index: [] for stream in streams}
        for packet in container.demux(streams):
            if packet.pts is not None and packet.dts is not None:
                packets[packet.stream.index].append(packet)
        for stream in streams:
            found.setdefault(
                stream.type,
                Opinion(
                    packets=tuple(
                        (_ticks(packet, packet.pts), _ticks(packet, packet.dts), packet.is_keyframe)
                        for packet in packets[stream.index]
                    ),
                    duration_ticks=_span(packets[stream.index]),
                    size=(stream.width, stream.height) if isinstance(stream, VideoStream) else None,
                    rate=stream.average_rate if isinstance(stream, VideoStream) else None,
                ),
            )
    return found


def _ticks(packet: Packet[Stream], time: int | None) -> int:
    assert time is not None
    assert packet.time_base is not None
    return round(time * packet.time_base * TICKS)


def _span(packets: list[Packet[Stream]]) -> int:
    ends = [_ticks(packet, packet.pts) + _ticks(packet, packet.duration or 0) for packet in packets]
    return max(ends, default=0) - min((_ticks(packet, packet.pts) for packet in packets), default=0)
