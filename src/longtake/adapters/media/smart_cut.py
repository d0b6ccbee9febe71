"""Carries out a smart cut, in a worker.

Pictures go through in the order of decoding, coded anew or copied; the sound beside them (``sound_line``). Where the
source's timestamps do not go on from one segment to the next, nor the segments' names as they do, a joint is made
there as it is at a hole: what follows is moved so that its first picture comes one frame after the last.

The cut is checked as it is written: each run's first and last pictures are those of the plan, each stretch coded anew
has as many as the plan says, and times only grow. A check that fails raises MediaFailed, upon which nobody may
take what was written for a whole cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from longtake.adapters.media.cut_file import into_file, writing
from longtake.adapters.media.interface import CutReport, Emit
from longtake.adapters.media.mp4_output import Mp4Output
from longtake.adapters.media.outgoing import OutgoingPicture, Output, Source
from longtake.adapters.media.segment_reader import SegmentReader
from longtake.adapters.media.sound_line import SoundLine
from longtake.adapters.media.stretch import coded_anew, coding_of, sets_coded_anew
from longtake.adapters.media.ts_output import TsOutput
from longtake.core.adts import AdtsFrame, adts_frames
from longtake.core.cutting import Copy, CutContainer, Reencode, SmartPlan, SmartRun
from longtake.core.errors import Corrupt, MediaFailed, NotFound, NotUnderstood
from longtake.core.h264 import ParameterSets
from longtake.core.mpegts.scan import ScannedSegment
from longtake.core.mpegts.timestamps import (
    CLOCK_HZ,
    difference,
    ticks_to_us,
    unwrapped,
    us_to_ticks,
)
from longtake.core.segments import Segment
from longtake.core.timeline import JITTER_US

_JITTER = us_to_ticks(JITTER_US)
"""A step of the timestamps up to this is the source's own: a frame that it lost, a clock that it set right."""

_SOUND_AHEAD = CLOCK_HZ // 4
"""Sound is written before the pictures that show with it, so that it is there when they are."""

_LOOK_AHEAD = 8
"""Segments of a run in which its sound may begin; later, MP4 has no track for it."""


def carry_out(
    plan: SmartPlan, folder: Path, path: Path | None, emit: Emit, tell: Callable[[int], None]
) -> CutReport:
    """Gives the bytes of the cut to ``emit``, or writes them to ``path``; ``tell`` hears how many frames are done.

    Raises NotFound, Corrupt, NotUnderstood, Unsupported, StoreUnavailable, MediaFailed.
    """
    with ExitStack() as opened:
        if path is not None:
            opened.enter_context(writing())
        reader = opened.enter_context(SegmentReader(folder, _reading_order(plan)))
        if plan.container is CutContainer.TS:
            output: Output = TsOutput(emit if path is None else opened.enter_context(into_file(path)))
        else:
            output = Mp4Output(emit, path)
        cutting = _Cutting(reader, output, tell)
        for run in plan.runs:
            cutting.run(run)
        return cutting.finish()


def _reading_order(plan: SmartPlan) -> list[Segment]:
    order: dict[str, Segment] = {}
    for run in plan.runs:
        around = [run.before, *_segments_of(run), run.after]
        order |= {segment.path: segment for segment in around if segment is not None}
    return list(order.values())


def _segments_of(run: SmartRun) -> Iterator[Segment]:
    for piece in run.pieces:
        for copy in (piece,) if isinstance(piece, Copy) else piece.decode:
            yield copy.segment


class _Cutting:
    """A cut under way. ``_shift`` turns times of the source into those of the cut; ``_due`` is where the next picture
    comes in the cut."""

    def __init__(self, reader: SegmentReader, output: Output, tell: Callable[[int], None]) -> None:
        self._reader, self._output, self._tell = reader, output, tell
        self._sound = SoundLine(hides_priming=output.hides_priming)
        self._due = 0
        self._shift = 0
        self._is_joined = False
        self._near = 0
        """A time of the source that the next one is close to: what wraps are unwrapped by."""
        self._anchor_us, self._anchor_pts = 0, 0
        """The time in the last segment's name, and what it stands for at the source."""
        self._piece_end = 0
        """Where the pictures of this piece end at the source: sound may be written ahead of pictures up to there."""
        self._fed: str | None = None
        self._frame_ticks = 0
        self._segments: list[Segment] = []
        self._codes_anew = False
        self._sets = ParameterSets()
        self._last_dts: int | None = None
        self._frames, self._coded_anew, self._joints = 0, 0, -1

    def run(self, run: SmartRun) -> None:
        """One run of the plan."""
        self._frame_ticks = run.frame_ticks
        self._segments = list(_segments_of(run))
        self._codes_anew = any(isinstance(piece, Reencode) for piece in run.pieces)
        self._is_joined, self._near, self._fed = False, run.first_pts, None
        first_due = self._due
        for at, piece in enumerate(run.pieces):
            before = run.before if at == 0 else None
            following = run.pieces[at + 1] if at + 1 < len(run.pieces) else None
            if isinstance(piece, Reencode):
                self._reencode(piece, before)
            else:
                self._copy(piece, before, following)
            self._tell(self._frames)
        self._end_run(run, first_due)

    def finish(self) -> CutReport:
        """After the last run."""
        self._sound.finish()
        self._write_sound()
        self._output.finish()
        return CutReport(
            frames=self._frames,
            frames_coded_anew=self._coded_anew,
            joints=max(0, self._joints),
            duration_us=ticks_to_us(self._due),
        )

    def _end_run(self, run: SmartRun, first_due: int) -> None:
        end = self._due - self._shift
        if difference(end - self._frame_ticks, run.last_pts) != 0:
            raise MediaFailed("the cut does not end with the frame that was planned: it is not whole")
        if self._due <= first_due:
            raise MediaFailed("a part of the cut has no pictures")
        if run.after is not None and self._sound.may_follow_by(end):
            self._sound.feed(self._reader.scan(run.after).audio, end)
        self._sound.end_run(end)

    def _arrive(
        self, segment: Segment, scanned: ScannedSegment, first_pts: int, delay: int, before: Segment | None
    ) -> None:
        """At pictures that begin with ``first_pts``: they go on from the last ones, or a joint is made."""
        first = self._source_time(first_pts)
        if not self._is_joined and first != self._near:
            raise MediaFailed("a part of the cut does not begin with the frame that was planned")
        if not self._is_joined or not self._goes_on(first, segment, scanned):
            if self._is_joined:
                self._sound.end_run(self._due - self._shift)
            self._join(first, delay)
            self._begin_run(scanned, coding_of(scanned, self._frame_ticks).sets, delay)
            self._sound.begin_run(first, self._shift)
            if before is not None:
                with suppress(Corrupt, NotFound, NotUnderstood):  # it only helps the first sound on its way
                    self._sound.feed(self._reader.scan(before).audio, first)
        elif self._output.lists_sets:
            # Not for others: it would take all pictures of a segment apart that may go through whole.
            sets = coding_of(scanned, self._frame_ticks).sets
            if sets and sets != self._sets:
                self._begin_run(scanned, sets, delay)
        self._near = first
        self._anchor_us, self._anchor_pts = segment.start_us, int(scanned.video.pts[0])

    def _join(self, first: int, delay: int) -> None:
        """The source's time ``first`` comes next in the cut."""
        self._joints += 1
        if self._last_dts is not None:
            # Where reordering reaches further back than before, the first picture has to wait for it.
            self._due = max(self._due, self._last_dts + delay + 1)
        self._shift, self._is_joined = self._due - first, True

    def _begin_run(self, scanned: ScannedSegment, sets: ParameterSets, delay: int) -> None:
        """Tells the output how the source is coded from here on."""
        self._sets = sets
        if self._codes_anew and self._output.lists_sets and sets:
            sets = sets.and_also(sets_coded_anew(scanned, self._frame_ticks))
        self._output.begin_run(
            Source(
                segment=scanned,
                sets=sets,
                frame_ticks=self._frame_ticks,
                delay=delay,
                sound=self._some_sound(scanned),
            )
        )

    def _some_sound(self, scanned: ScannedSegment) -> AdtsFrame | None:
        """A frame of the sound, if there is any; where it is announced but begins late, some segments later."""
        found = _some_frame(scanned)
        if found is None and scanned.audio is not None:
            ahead = (_some_frame(self._reader.scan(segment)) for segment in self._segments[:_LOOK_AHEAD])
            found = next((frame for frame in ahead if frame is not None), None)
        return found

    def _goes_on(self, first: int, segment: Segment, scanned: ScannedSegment) -> bool:
        """Whether ``first``, in a segment, comes right after what was last; or a little later, as the names say too."""
        step = first + self._shift - self._due
        if step <= _JITTER:
            return step >= -self._frame_ticks // 2
        passed = difference(int(scanned.video.pts[0]), self._anchor_pts)
        named = us_to_ticks(segment.start_us - self._anchor_us)
        return abs(passed - named) <= _JITTER

    def _source_time(self, pts: int) -> int:
        return self._near + difference(pts, self._near)

    def _reencode(self, piece: Reencode, before: Segment | None) -> None:
        scans = [self._reader.scan(part.segment) for part in piece.decode]
        part, entered = next(
            pair for pair in zip(reversed(piece.decode), reversed(scans), strict=True) if pair[1].idr.any()
        )
        self._arrive(part.segment, entered, piece.first_pts, piece.delay, before)
        self._piece_end = self._near + difference(piece.end_pts, piece.first_pts)
        for part, scanned in zip(piece.decode, scans, strict=True):
            self._feed(part.segment, scanned)
        count = self._frames
        for picture in coded_anew(piece, scans, self._frame_ticks):
            pts = self._source_time(picture.pts)
            self._picture(pts, pts - piece.delay, picture.data, picture.idr)
        if self._frames - count != piece.frames:
            raise MediaFailed(
                f"{self._frames - count} pictures were coded anew where {piece.frames} were planned"
            )
        self._coded_anew += piece.frames

    def _copy(self, piece: Copy, before: Segment | None, following: Copy | Reencode | None) -> None:
        scanned = self._reader.scan(piece.segment)
        video = scanned.video
        until = len(video) if piece.until is None else piece.until
        delay = int(video.pts[piece.first] - video.dts[piece.first])
        first_pts = int(video.pts[piece.first : until].min())
        first = self._source_time(first_pts)
        if not (self._goes_on(first, piece.segment, scanned) or scanned.idr[piece.first]):
            raise NotUnderstood(
                f"segment {piece.segment.path} neither begins with a key frame nor goes on where the one before"
                " it ends: it cannot be cut to the frame; ask for a rough cut"
            )
        self._arrive(piece.segment, scanned, first_pts, delay, before)
        pts, dts = unwrapped(video.pts, self._near), unwrapped(video.dts, self._near)
        self._piece_end = int(pts[piece.first : until].max()) + self._frame_ticks
        if piece.whole and self._is_inside(following, int(pts.max())) and self._whole(piece, scanned):
            return
        self._feed(piece.segment, scanned)
        for at in range(piece.first, until):
            self._picture(int(pts[at]), int(dts[at]), video.content(at), bool(scanned.idr[at]))

    def _is_inside(self, following: Copy | Reencode | None, last_pts: int) -> bool:
        """Whether the next piece goes on from one whose last picture shows at ``last_pts``."""
        if following is None:
            return False
        if isinstance(following, Reencode):
            first_pts = following.first_pts
        else:
            video = self._reader.scan(following.segment).video
            first_pts = int(video.pts[following.first : following.until].min())
        step = difference(first_pts, last_pts) - self._frame_ticks
        return -self._frame_ticks // 2 <= step <= _JITTER

    def _whole(self, piece: Copy, scanned: ScannedSegment) -> bool:
        """Writes a segment as it is, if that can be."""
        if not (self._output.takes_whole(scanned) and self._sound.pass_whole(scanned.audio, self._near)):
            return False
        self._write_sound()
        video = scanned.video
        turn = self._source_time(int(video.pts[0])) - int(video.pts[0])
        self._output.whole_segment(scanned, turn + self._shift)
        self._advance(
            int(video.dts[0]) + turn, int(video.dts[-1]) + turn, int(video.pts.max()) + turn, len(video)
        )
        return True

    def _feed(self, segment: Segment, scanned: ScannedSegment) -> None:
        """The sound of a segment, once."""
        if self._fed is None or segment.path > self._fed:
            self._fed = segment.path
            self._sound.feed(scanned.audio, self._near)

    def _picture(self, pts: int, dts: int, data: bytes, idr: bool) -> None:
        self._advance(dts, dts, pts, 1)
        self._sound.release(min(dts + _SOUND_AHEAD, self._piece_end))
        self._write_sound()
        self._output.picture(
            OutgoingPicture(pts=pts + self._shift, dts=dts + self._shift, data=data, idr=idr)
        )

    def _advance(self, first_dts: int, last_dts: int, last_pts: int, frames: int) -> None:
        first_dts, last_dts = first_dts + self._shift, last_dts + self._shift
        if self._last_dts is not None and first_dts <= self._last_dts:
            raise MediaFailed("the times of the pictures do not grow at a joint: the cut would not play")
        self._last_dts = last_dts
        self._due = max(self._due, last_pts + self._shift + self._frame_ticks)
        self._near = last_pts
        self._frames += frames

    def _write_sound(self) -> None:
        while self._sound.ready:
            self._output.sound(self._sound.ready.popleft())


def _some_frame(scanned: ScannedSegment) -> AdtsFrame | None:
    if scanned.audio is None or not len(scanned.audio):
        return None
    return next(adts_frames(scanned.audio.content(0)), None)
