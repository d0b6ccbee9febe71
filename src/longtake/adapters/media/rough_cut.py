"""Carries out a rough cut that is packed anew, in a worker: of fragmented MP4, of separate sound, into MP4.

Nothing is decoded. Pictures run on from file to file, and sound lies beside them as ``core.cutting.cut_clock`` says; what
of it is before or behind its run's pictures is left out, and where none is, silence is put.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.packet import Packet

from longtake.adapters.media.cut_file import writing
from longtake.adapters.media.interface import Emit, RepackReport
from longtake.adapters.media.packets import Coded, Track, Tracks, opened_tracks
from longtake.adapters.media.repacked_output import RepackedOutput
from longtake.adapters.media.silence import silent_frame
from longtake.core.adts import SAMPLES_PER_FRAME
from longtake.core.cutting import CutClock, RoughPlan, RoughRun
from longtake.core.errors import MediaFailed, NotUnderstood
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

_STEADY_S = Fraction(5, 1000)
"""Frames of sound follow each other without a gap as long as their stated times are no further off than this."""
_NAMED_STEADY_S = Fraction(1, 10)
"""The same of files of sound that have no times but those in their names."""
PICTURES, SOUND = "pictures", "sound"


def carry_out(
    plan: RoughPlan,
    folder: Path,
    sound_folder: Path | None,
    path: Path | None,
    emit: Emit,
    tell: Callable[[int], None],
) -> RepackReport:
    """Gives the bytes of the cut to ``emit``, or writes them to ``path``; ``tell`` hears how many files are done.

    Raises NotFound, Corrupt, NotUnderstood, Unsupported, StoreUnavailable, MediaFailed.
    """
    with ExitStack() as opened:
        if path is not None:
            opened.enter_context(writing())
        cut = _Repacking(RepackedOutput(plan.container, emit, path), folder, sound_folder, tell)
        cut.announce(plan.sound)
        for run in plan.runs:
            cut.run(run)
        return cut.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    """A frame of sound at its place in the cut."""

    packet: Coded
    at_s: Fraction
    duration_s: Fraction


class _Repacking:
    """A cut under way."""

    def __init__(
        self, output: RepackedOutput, folder: Path, sound_folder: Path | None, tell: Callable[[int], None]
    ) -> None:
        self._output, self._folder, self._sound_folder, self._tell = output, folder, sound_folder, tell
        self._clock = CutClock()
        self._waiting: deque[_Waiting] = deque()
        self._main: str | None = None
        self._begins_s = self._sound_due_s = self._silent_s = Fraction(0)
        self._is_heard = False
        """Whether some sound of this run is known to lie where it does."""
        self._silence: bytes | None = None
        self._frame_s = Fraction(0)
        self._files = 0

    def announce(self, sound: tuple[Segment, ...]) -> None:
        """Separate sound is made known ahead of all pictures, wherever it begins."""
        if sound and self._sound_folder is not None:
            with opened_tracks(self._sound_folder, sound[0]) as tracks:
                self._takes_sound(_sound_of(tracks, sound[0]))

    def run(self, run: RoughRun) -> None:
        """One run of the plan."""
        self._clock.begin_run()
        self._begins_s = self._clock.due_s
        self._sound_due_s = max(self._sound_due_s, self._begins_s)
        self._is_heard = False
        sounds = deque(run.sound)
        for segment in run.segments:
            with self._opened(segment) as main:
                while sounds and sounds[0].start_us < segment.end_us:
                    self._separate(sounds.popleft())
                self._put_main(main)
            self._files += 1
            self._tell(self._files)
        self._end_run()

    def finish(self) -> RepackReport:
        """After the last run."""
        self._output.finish()
        return RepackReport(
            duration_us=round(self._clock.due_s * SECOND_US), silent_us=round(self._silent_s * SECOND_US)
        )

    @contextmanager
    def _opened(self, segment: Segment) -> Iterator[tuple[Track, Fraction]]:
        """What a file adds to the cut in the first place, and where; its own sound waits for its turn."""
        with opened_tracks(self._folder, segment) as tracks:
            if self._main is None:
                self._main = PICTURES if tracks.pictures is not None else SOUND
            track = tracks.pictures if self._main == PICTURES else tracks.sound
            if track is None:
                raise NotUnderstood(
                    f"segment {segment.path} has no {self._main}, unlike what it is to be cut with"
                )
            self._output.takes(self._main, track)
            stamp_s = Fraction(segment.start_us, SECOND_US) if track.stamp_s is None else track.stamp_s
            at_s = self._clock.pictures(segment.start_us, stamp_s)
            sound = tracks.sound if self._main == PICTURES and self._sound_folder is None else None
            if sound is not None and sound.stamp_s is not None:
                self._takes_sound(sound)
                self._queue(sound, at_s + sound.stamp_s - stamp_s)
            yield track, at_s

    def _separate(self, segment: Segment) -> None:
        assert self._sound_folder is not None  # noqa: S101 - where separate sound is planned it has a folder
        with opened_tracks(self._sound_folder, segment) as tracks:
            sound = _sound_of(tracks, segment)
            self._takes_sound(sound)
            at_s = self._clock.sound(segment.start_us, sound.stamp_s)
            follows = self._is_heard and abs(at_s - self._sound_due_s) <= _NAMED_STEADY_S
            self._queue(sound, self._sound_due_s if sound.stamp_s is None and follows else at_s)

    def _takes_sound(self, sound: Track) -> None:
        self._output.takes(SOUND, sound)
        if not self._frame_s:
            self._silence = silent_frame(sound.coding)
            self._frame_s = Fraction(SAMPLES_PER_FRAME, sound.coding.rate_hz or 1)

    def _queue(self, sound: Track, at_s: Fraction) -> None:
        """Frames that are before the run's pictures, or repeat what was, are left out."""
        for unit in sound.units:
            begin_s = at_s + unit.pts_s
            if abs(begin_s - self._sound_due_s) <= _STEADY_S:
                begin_s = self._sound_due_s
            if begin_s < self._sound_due_s:
                continue
            self._fill(begin_s)
            self._wait(unit.packet, begin_s, unit.duration_s)
            self._is_heard = True

    def _fill(self, until_s: Fraction) -> None:
        """Silence up to there, as far as whole frames of it go."""
        while self._silence is not None and self._sound_due_s + self._frame_s <= until_s:
            self._silent_s += self._frame_s
            self._wait(Packet(self._silence), self._sound_due_s, self._frame_s)

    def _wait(self, packet: Coded, at_s: Fraction, duration_s: Fraction) -> None:
        self._waiting.append(_Waiting(packet=packet, at_s=at_s, duration_s=duration_s))
        self._sound_due_s = at_s + duration_s

    def _put_main(self, main: tuple[Track, Fraction]) -> None:
        track, at_s = main
        assert self._main is not None  # noqa: S101 - a file was opened
        for unit in track.units:
            self._put_sound(at_s + unit.dts_s)
            self._output.put(self._main, unit.packet, at_s + unit.pts_s, at_s + unit.dts_s, unit.duration_s)
        self._clock.due_s = max(self._clock.due_s, at_s + track.end_s)

    def _put_sound(self, until_s: Fraction) -> None:
        """What begins before that."""
        while self._waiting and self._waiting[0].at_s < until_s:
            frame = self._waiting.popleft()
            self._output.put(SOUND, frame.packet, frame.at_s, frame.at_s, frame.duration_s)

    def _end_run(self) -> None:
        """Sound ends with the pictures."""
        end_s = self._clock.due_s
        if end_s <= self._begins_s:
            raise MediaFailed("a part of the cut has nothing in it")
        if self._main == PICTURES and self._frame_s:
            self._fill(end_s)
        self._put_sound(end_s)
        self._waiting.clear()
        self._sound_due_s = min(self._sound_due_s, end_s + self._frame_s)


def _sound_of(tracks: Tracks, segment: Segment) -> Track:
    if tracks.sound is None:
        raise NotUnderstood(f"segment {segment.path} was recorded as sound, but none is in it")
    return tracks.sound
