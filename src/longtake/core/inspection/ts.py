"""What can be said of a segment of MPEG-TS."""

from __future__ import annotations

from longtake.core.facts import Container
from longtake.core.inspection.coding import PictureCoding, SoundCoding, picture_coding, sound_coding
from longtake.core.inspection.model import Inspection
from longtake.core.inspection.rates import covered, frame_rate, shown_ticks, steps_of, usual_step
from longtake.core.mpegts.look import SegmentLook, StreamLook, look_at
from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP, difference, ticks_to_us

Span = tuple[int, int]

_USUAL_FRAME_TICKS = 3000
"""A thirtieth of a second: for a segment of a single picture that does not say more."""


def inspect_ts(content: bytes | memoryview) -> Inspection:
    """Looks at a segment of MPEG-TS."""
    seen = look_at(content)
    pictures = picture_coding(seen.video) if seen.video is not None else PictureCoding()
    sound = sound_coding(seen.audio) if seen.audio is not None else SoundCoding()
    stated = pictures.format.frame_rate if pictures.format is not None else None
    steps = steps_of(seen.video.times) if seen.video is not None else []
    rate = frame_rate(steps, stated) if seen.video is not None else None
    shown, heard = _spans(seen, steps, sound, rate)
    flaw, breaks_off = _flaw(seen, sound)
    return Inspection(
        container=Container.MPEG_TS,
        codecs=_codecs(seen, pictures, sound),
        parameter_sets=pictures.parameter_sets if seen.video is not None else sound.parameter_sets,
        width=pictures.format.width if pictures.format is not None else None,
        height=pictures.format.height if pictures.format is not None else None,
        frame_rate=rate,
        first_pts=_first_pts(seen),
        starts_with_idr=pictures.is_idr,
        duration_us=ticks_to_us(covered(shown or heard)) if shown or heard else None,
        covered_us=ticks_to_us(covered(shown + heard)) if shown or heard else None,
        flaw=flaw,
        breaks_off=breaks_off,
        open_end=seen.open_end,
    )


def _flaw(seen: SegmentLook, sound: SoundCoding) -> tuple[str | None, bool]:
    if not seen.breaks_off and sound.is_cut:
        return "it ends within a sound frame", True
    return seen.flaw, seen.breaks_off


def _codecs(seen: SegmentLook, pictures: PictureCoding, sound: SoundCoding) -> str | None:
    """Of all streams, or nothing: half a list would be a wrong one."""
    words = []
    if seen.video is not None:
        words.append(pictures.format.codecs if pictures.format is not None else None)
    if seen.audio is not None:
        words.append(sound.codecs)
    known = [word for word in words if word is not None]
    return ",".join(known) if known and len(known) == len(words) else None


def _first_pts(seen: SegmentLook) -> int | None:
    for stream in (seen.video, seen.audio):
        if stream is not None and stream.times:
            return int(stream.times[0]) % WRAP
    return None


def _spans(
    seen: SegmentLook, steps: list[int], sound: SoundCoding, rate: float | None
) -> tuple[list[Span], list[Span]]:
    """From when to when in ticks there are pictures (``steps`` are those of the first), and sound; on one time line."""
    streams = [
        stream for stream in (seen.video, seen.audio, *seen.others) if stream is not None and stream.times
    ]
    near = min(streams[0].times) if streams else 0
    pictures = [
        _span(
            stream,
            steps if stream is seen.video else steps_of(stream.times),
            near,
            round(CLOCK_HZ / rate) if rate else _USUAL_FRAME_TICKS,
        )
        for stream in streams
        if stream.is_video
    ]
    sounds = [
        _span(stream, steps_of(stream.times), near, sound.last_ticks if stream is seen.audio else None)
        for stream in streams
        if not stream.is_video
    ]
    return pictures, sounds


def _span(stream: StreamLook, steps: list[int], near: int, last_ticks: int | None) -> Span:
    begin = near + difference(min(stream.times), near)  # by the turn of the clock that is nearer
    usual = usual_step(steps) or 0
    last_ticks = (usual or last_ticks or 0) if stream.is_video else (last_ticks or usual)
    return begin, begin + shown_ticks(steps, last_ticks)
