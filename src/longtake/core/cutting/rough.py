"""A rough cut: the whole files that touch each range, one after the other.

Files of MPEG-TS make one file by standing behind each other. All else is packed anew (``repacked``): nothing is
decoded, but the pictures and the sound of the files go into one container, with times that run on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from longtake.core.cutting.gaps import accepted_gaps, accepted_sound_gaps
from longtake.core.cutting.request import CutContainer, CutRange, CutRequest
from longtake.core.cutting.search import contiguous
from longtake.core.facts import Container, SegmentFacts
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, Timeline

_SOUND_WORDS = ("mp4a", "ac-3", "ec-3", "opus", "flac", "mp3")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparateSound:
    """The sound of a quality that is recorded as a quality of its own; ``timelines`` are parallel to the ranges."""

    quality: str
    timelines: tuple[Timeline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughRun:
    """Files without a hole between them, and those of their separate sound."""

    segments: tuple[Segment, ...]
    sound: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughPlan:
    """Runs in the order of the result, and the holes that were accepted: ``sound_gaps`` are those of the sound alone."""

    container: CutContainer
    runs: tuple[RoughRun, ...]
    gaps: tuple[Gap, ...]
    repacked: bool = False
    sound_quality: str | None = None
    sound_gaps: tuple[Gap, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The files of all runs, without those of separate sound."""
        return tuple(segment for run in self.runs for segment in run.segments)

    @property
    def sound(self) -> tuple[Segment, ...]:
        """The files of separate sound."""
        return tuple(segment for run in self.runs for segment in run.sound)


def plan_rough(
    request: CutRequest,
    timelines: Sequence[Timeline],
    *,
    sound: SeparateSound | None = None,
    joins: bool = True,
) -> RoughPlan:
    """The files of each range, as their timelines have them; ``timelines`` are parallel to ``request.ranges``.

    ``joins`` says that the files are of MPEG-TS, which joins. Raises Incomplete if a range has nothing at all, or if
    there are holes, of the sound too, and none are allowed.
    """
    gaps = accepted_gaps(request, timelines)
    sound_gaps = () if sound is None else accepted_sound_gaps(request, timelines, sound.timelines)
    runs = [
        RoughRun(
            segments=tuple(segments), sound=() if sound is None else _beside(segments, sound.timelines[at])
        )
        for at, timeline in enumerate(timelines)
        for segments in contiguous(timeline)
    ]
    return RoughPlan(
        container=request.container,
        runs=tuple(runs),
        gaps=gaps,
        repacked=not joins or sound is not None or request.container is not CutContainer.TS,
        sound_quality=None if sound is None else sound.quality,
        sound_gaps=sound_gaps,
    )


def extent(timeline: Timeline, wanted: CutRange) -> CutRange:
    """From the first to the last moment of a range's files."""
    if not timeline.segments:
        return wanted
    return replace(
        wanted,
        start_us=timeline.segments[0].start_us,
        end_us=max(timeline.segments[0].start_us + 1, *(segment.end_us for segment in timeline.segments)),
    )


def _beside(segments: Sequence[Segment], sound: Timeline) -> tuple[Segment, ...]:
    """The files of sound that touch a run."""
    start_us, end_us = segments[0].start_us, max(segment.end_us for segment in segments)
    media = (one for run in contiguous(sound) for one in run)
    return tuple(one for one in media if one.start_us < end_us and one.end_us > start_us)


def has_own_sound(segments: Sequence[Segment], facts: Mapping[str, SegmentFacts]) -> bool:
    """Whether there is sound in the files themselves, for all that is known."""
    return any(word.startswith(_SOUND_WORDS) for word in _words(segments, facts))


def _words(segments: Sequence[Segment], facts: Mapping[str, SegmentFacts]) -> Iterator[str]:
    for segment in segments:
        known = facts.get(segment.name)
        yield from (known.codecs or "").split(",") if known is not None else ()


def joins(segments: Sequence[Segment], facts: Mapping[str, SegmentFacts], first: Container) -> bool:
    """Whether files, one after the other, are a file that can be played, as MPEG-TS is.

    Fragmented MP4 is not: each file begins with an init section of its own. Nor is sound alone, which may have tags.
    Where facts say nothing a segment is like the one before it; ``first`` is what a look at the first one says.
    """
    known = {one.container for segment in segments if (one := facts.get(segment.name)) is not None}
    return not (known | {first}) & {Container.FMP4, Container.AUDIO}
