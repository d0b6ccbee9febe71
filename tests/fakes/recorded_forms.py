"""Recordings in all the forms that a recorder leaves: fragmented MP4 with its init section in front, separate sound.

All are one ``ToneStream``, packed anew from its MPEG-TS: the pictures and the sound are the same, to the bit.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal

import av
from tests.fakes.other_forms import timestamp_tag
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.adts import adts_frames
from longtake.core.facts import SegmentFacts, encode_facts
from longtake.core.inspection import inspect
from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP
from longtake.core.segments import Segment, SegmentType, named_segment

Form = Literal["mpegts", "mp4", "adts", "bare adts"]
_TICK = Fraction(1, CLOCK_HZ)
_FRAGMENTS = {
    "movflags": "empty_moov+default_base_moof+frag_keyframe+frag_discont+skip_trailer",
    "use_editlist": "0",
    "avoid_negative_ts": "disabled",
}
_TRANSPORT = {"mpegts_copyts": "1", "max_delay": "100000"}


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A stored segment, its content, and what a recorder notes of it."""

    segment: Segment
    content: bytes
    facts: SegmentFacts


@dataclass(frozen=True, kw_only=True)
class Forms:
    """How pictures are stored, and sound: with the pictures if that is None."""

    pictures: Form
    sound: Form | None = None


FORMS = {
    "fMP4": Forms(pictures="mp4"),
    "TS and TS": Forms(pictures="mpegts", sound="mpegts"),
    "TS and packed AAC": Forms(pictures="mpegts", sound="adts"),
    "TS and packed AAC without times": Forms(pictures="mpegts", sound="bare adts"),
    "fMP4 and fMP4": Forms(pictures="mp4", sound="mp4"),
    "fMP4 and packed AAC": Forms(pictures="mp4", sound="adts"),
}


def recorded_forms(stream: ToneStream, forms: Forms, start_us: int) -> dict[str, list[Recorded]]:
    """By quality: ``source``, and ``source.audio`` where the sound is separate. Frame 0 shows at ``start_us``."""
    found = {"source": _quality(stream, forms.pictures, "video", start_us, both=forms.sound is None)}
    if forms.sound is not None:
        found["source.audio"] = _quality(stream, forms.sound, "audio", start_us, both=False)
    return found


def laid_into(folder: Path, recorded: dict[str, list[Recorded]]) -> None:
    """Files and facts below a channel's folder, as a recorder leaves them."""
    for quality, segments in recorded.items():
        for one in segments:
            path = folder / quality / one.segment.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.content)
            facts = folder / quality / ".longtake" / "facts" / f"{one.segment.hour}.jsonl"
            facts.parent.mkdir(parents=True, exist_ok=True)
            with facts.open("a") as lines:
                lines.write(encode_facts(one.facts) + "\n")


def _quality(stream: ToneStream, form: Form, kind: str, start_us: int, *, both: bool) -> list[Recorded]:
    kinds = ("video", "audio") if both else (kind,)
    found = []
    for content in made(stream):
        packed, first_pts = _packed(content, form, kinds, stream.first_pts)
        seconds = Fraction((first_pts - stream.first_pts + WRAP // 2) % WRAP - WRAP // 2, CLOCK_HZ)
        found.append(_recorded(packed, start_us + round(seconds * 1_000_000)))
    return found


def _recorded(content: bytes, start_us: int) -> Recorded:
    seen = inspect(content)
    assert seen.flaw is None, seen
    assert seen.duration_us is not None
    segment = named_segment(
        start_us=start_us,
        duration_s=seen.duration_us / 1_000_000,
        type=SegmentType.FULL,
        digest=hashlib.sha256(content).digest(),
    )
    facts = SegmentFacts(
        name=segment.name,
        size_bytes=len(content),
        container=seen.container,
        init_bytes=seen.init_bytes,
        codecs=seen.codecs,
        width=seen.width,
        height=seen.height,
        frame_rate=seen.frame_rate,
        first_pts=seen.first_pts,
        duration_us=seen.duration_us,
        target_duration_s=2,
    )
    return Recorded(segment=segment, content=content, facts=facts)


@lru_cache(maxsize=256)
def _packed(content: bytes, form: Form, kinds: tuple[str, ...], stream_first: int) -> tuple[bytes, int]:
    """The streams of some kinds in another container, and the PTS of what is first shown of the first."""
    with av.open(io.BytesIO(content), "r") as source:
        packets = [packet for packet in source.demux() if packet.size and packet.stream.type in kinds]
        for packet in packets:  # as a source that counts on over a wrap
            turns = 1 if stream_first - (packet.pts or 0) > WRAP // 2 else 0
            packet.pts, packet.dts = (packet.pts or 0) + turns * WRAP, (packet.dts or 0) + turns * WRAP
        first = min(packet.pts or 0 for packet in packets if packet.stream.type == kinds[0])
        if form in ("adts", "bare adts"):
            frames = b"".join(bytes(packet) for packet in packets)
            return (timestamp_tag(first) if form == "adts" else b"") + frames, first
        output = io.BytesIO()
        options = _FRAGMENTS if form == "mp4" else _TRANSPORT
        with av.open(output, "w", format=form, options=options) as target:
            streams = {}
            for stream in source.streams:
                if stream.type in kinds:
                    streams[stream.index] = target.add_stream_from_template(stream)
                    streams[stream.index].time_base = _TICK
                    if form == "mp4" and stream.type == "audio":
                        sound = next(packet for packet in packets if packet.stream is stream)
                        kind = next(adts_frames(bytes(sound))).format
                        streams[stream.index].codec_context.extradata = kind.audio_specific_config()
            for packet in packets:
                stream = streams[packet.stream.index]
                put = packet
                if form == "mp4" and packet.stream.type == "audio":
                    put = av.Packet(next(adts_frames(bytes(packet))).raw)
                    put.pts, put.dts, put.duration = packet.pts, packet.dts, packet.duration
                put.stream, put.time_base = stream, _TICK
                target.mux(put)
    return output.getvalue(), first
