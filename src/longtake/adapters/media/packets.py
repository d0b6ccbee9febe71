"""The packets of a recorded file, whatever its container: nothing is decoded."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.stream import VideoStream

from longtake.adapters.media.segment_reader import read_checked
from longtake.core.adts import AdtsFormat, adts_frames
from longtake.core.errors import NotUnderstood
from longtake.core.inspection.packed_audio import inspect_packed_audio, is_packed_audio
from longtake.core.mpegts.timestamps import CLOCK_HZ
from longtake.core.segments import Segment

Coded: TypeAlias = "Packet[Stream]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A picture, or a frame of sound. Times are in seconds from the first unit of its track that is shown."""

    packet: Coded
    pts_s: Fraction
    dts_s: Fraction
    duration_s: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """What a decoder goes on with as long as it stays the same. ``setup`` is what a container must say in front for it;
    empty where the units do."""

    codec: str
    setup: bytes
    size: tuple[int, int] | None = None
    rate_hz: int | None = None
    channels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Pictures or sound of one file, in the order of decoding. ``stamp_s`` is the timestamp of the first that is shown,
    None if it has none. ``stream`` is there for as long as the file is open."""

    stream: VideoStream | AudioStream
    units: tuple[Unit, ...]
    stamp_s: Fraction | None
    coding: Coding

    @property
    def end_s(self) -> Fraction:
        """When the last one ends, from the first one on."""
        return max(unit.pts_s + unit.duration_s for unit in self.units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracks:
    """What is in a file; None for what is not, or is empty."""

    pictures: Track | None
    sound: Track | None


@contextmanager
def opened_tracks(folder: Path, segment: Segment) -> Iterator[Tracks]:
    """A file, checked against its hash, for as long as its packets are wanted.

    Raises NotFound, Corrupt, NotUnderstood, StoreUnavailable.
    """
    content = read_checked(folder, segment)
    try:
        container = av.open(io.BytesIO(content), "r")
    except FFmpegError as error:
        raise NotUnderstood(f"segment {segment.path} cannot be taken apart: {error.strerror}") from error
    with container:
        yield _tracks(container, segment, _packed_stamp_s(content))


def _packed_stamp_s(content: bytes) -> tuple[bool, Fraction | None]:
    """Whether it is packed sound, and what its tag says."""
    if not is_packed_audio(content):
        return False, None
    first_pts = inspect_packed_audio(content).first_pts
    return True, None if first_pts is None else Fraction(first_pts, CLOCK_HZ)


def _tracks(
    container: av.container.InputContainer, segment: Segment, packed: tuple[bool, Fraction | None]
) -> Tracks:
    video = next(iter(container.streams.video), None)
    audio = next(iter(container.streams.audio), None)
    wanted = [stream for stream in (video, audio) if stream is not None]
    found: dict[int, list[Coded]] = {stream.index: [] for stream in wanted}
    try:
        for packet in container.demux(wanted) if wanted else ():
            if packet.size and packet.dts is not None:
                found[packet.stream.index].append(packet)
    except FFmpegError as error:
        raise NotUnderstood(f"segment {segment.path} cannot be taken apart: {error.strerror}") from error
    is_packed, tagged_s = packed
    pictures = _track(video, found[video.index]) if video is not None else None
    sound = _track(audio, found[audio.index]) if audio is not None else None
    if is_packed and sound is not None:
        sound = replace(sound, stamp_s=tagged_s)
    return Tracks(pictures=pictures, sound=sound)


def _track(stream: VideoStream | AudioStream, packets: Sequence[Coded]) -> Track | None:
    if not packets or stream.time_base is None:
        return None
    shown = [_shown(packet) for packet in packets]
    first, base = min(shown), stream.time_base
    usual = max(1, (max(shown) - first) // max(1, len(shown) - 1))
    setup, adts = bytes(stream.codec_context.extradata or b""), None
    if stream.codec_context.name == "aac" and not setup:
        setup, adts = _adts_setup(packets)
    units = tuple(
        Unit(
            packet=packet if adts is None else _without_header(packet),
            pts_s=(pts - first) * base,
            dts_s=((packet.dts or 0) - first) * base,
            duration_s=(packet.duration or usual) * base,
        )
        for packet, pts in zip(packets, shown, strict=True)
    )
    return Track(stream=stream, units=units, stamp_s=first * base, coding=_coding(stream, setup))


def _coding(stream: VideoStream | AudioStream, setup: bytes) -> Coding:
    codec = stream.codec_context.name
    if isinstance(stream, VideoStream):
        return Coding(codec=codec, setup=setup, size=(stream.width, stream.height))
    return Coding(codec=codec, setup=setup, rate_hz=stream.sample_rate, channels=stream.channels)


def _shown(packet: Coded) -> int:
    return packet.pts if packet.pts is not None else packet.dts or 0


def _adts_setup(packets: Sequence[Coded]) -> tuple[bytes, AdtsFormat | None]:
    """What MP4 wants instead of headers; nothing for AAC that comes in another way (LATM)."""
    if not all(int.from_bytes(bytes(packet)[:2], "big") & 0xFFF0 == 0xFFF0 for packet in packets):
        return b"", None
    kind = next(adts_frames(bytes(packets[0]))).format
    return kind.audio_specific_config(), kind


def _without_header(packet: Coded) -> Coded:
    return Packet(next(adts_frames(bytes(packet))).raw)
