"""Smart cuts of recorded tone streams, carried out in this process: the plan by the real rules, the files by the real job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tests.fakes.tone_stream import ToneStream, recorded

from longtake.adapters.media.interface import CutReport
from longtake.adapters.media.jobs import SmartCutJob
from longtake.core.cutting import CutContainer, CutRange, CutRequest, SmartPlan, plan_smart
from longtake.core.frames import FrameClock, Stamp, frame_clock
from longtake.core.mpegts.scan import index_segment
from longtake.core.segment_index import SegmentIndex
from longtake.core.segments import Segment
from longtake.core.timeline import Timeline
from longtake.core.times import SECOND_US

START_US = 1_800_000_001 * SECOND_US
"""When frame 0 shows: a second after a minute began, so that a short recording has one clock."""


@lru_cache(maxsize=4096)
def _index(path: Path) -> SegmentIndex:
    return index_segment(path.read_bytes())


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Segments in a folder. ``breaks`` are the places of those that do not go on from the one before."""

    folder: Path
    segments: tuple[Segment, ...]
    breaks: frozenset[int] = field(default=frozenset())

    def index(self, segment: Segment) -> SegmentIndex:
        """See ``KnownSegments``."""
        return _index(self.folder / segment.path)

    def clock(self, segment: Segment) -> FrameClock:
        """See ``KnownSegments``; all lies within a minute."""
        until = self.segments[: self.segments.index(segment) + 1]
        stamps = [Stamp(start_us=each.start_us, first_pts=self.index(each).first_pts) for each in until]
        return frame_clock(stamps, frame_ticks=self.index(segment).frame_ticks)

    def without(self, *places: int) -> Recording:
        """The same with holes."""
        left = [at for at in range(len(self.segments)) if at not in places]
        return Recording(
            folder=self.folder,
            segments=tuple(self.segments[at] for at in left),
            breaks=frozenset(place for place, at in enumerate(left) if place and left[place - 1] != at - 1),
        )

    def plan(self, ranges: Sequence[tuple[int, int]], container: CutContainer) -> SmartPlan:
        """Of ranges [start, end) in microseconds after frame 0."""
        spans = [CutRange(start_us=START_US + start, end_us=START_US + end) for start, end in ranges]
        request = CutRequest(ranges=tuple(spans), container=container, allow_holes=True)
        return plan_smart(request, [self._timeline(span) for span in spans], self)

    def _timeline(self, span: CutRange) -> Timeline:
        return Timeline(
            start_us=span.start_us,
            end_us=span.end_us,
            segments=self.segments,
            breaks=tuple(at in self.breaks for at in range(len(self.segments))),
            gaps=(),
        )


@dataclass(frozen=True, kw_only=True)
class MadeCut:
    """What came of it, and how many bytes were there after each piece that was given out."""

    plan: SmartPlan
    content: bytes
    report: CutReport
    pieces: tuple[int, ...]


def recording_of(stream: ToneStream, folder: Path) -> Recording:
    """All of a stream."""
    return Recording(folder=folder, segments=recorded(stream, folder, START_US))


def cut(
    recording: Recording,
    *ranges: tuple[int, int],
    container: CutContainer = CutContainer.TS,
    path: Path | None = None,
) -> MadeCut:
    """Ranges in microseconds after frame 0; streamed, or into a file."""
    return carried_out(recording, recording.plan(ranges, container), path)


def carried_out(recording: Recording, plan: SmartPlan, path: Path | None = None) -> MadeCut:
    """A plan, whatever it says."""
    pieces: list[bytes] = []
    job = SmartCutJob(plan=plan, folder=recording.folder, path=path)
    report = job.run(lambda data: pieces.append(bytes(data)))
    content = b"".join(pieces) if path is None else path.read_bytes()
    return MadeCut(plan=plan, content=content, report=report, pieces=tuple(map(len, pieces)))


def between(stream: ToneStream, first: int, last: int) -> tuple[int, int]:
    """The range in which just the frames ``first`` to ``last`` show."""
    return stream.time_us(first, 0), stream.time_us(last, 0) + 1


def frames_within(stream: ToneStream, start_us: int, end_us: int) -> list[int]:
    """The numbers of the frames that show in [start, end) after frame 0."""
    return [number for number in stream.numbers if start_us <= stream.time_us(number, 0) < end_us]
