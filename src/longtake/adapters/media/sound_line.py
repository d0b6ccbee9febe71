"""The sound of a cut: which frames of the source belong to it, and what happens where pieces of it meet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from longtake.adapters.media.joint import bridge
from longtake.adapters.media.outgoing import OutgoingSound
from longtake.core.adts import SAMPLES_PER_FRAME, AdtsFrame, adts_frames
from longtake.core.mpegts.timestamps import CLOCK_HZ, unwrapped
from longtake.core.mpegts.units import Units

_WARM = 4
"""Frames before a joint that a decoder should have seen, and an encoder: it takes some to get over the silence before."""
_NEEDED = 3
"""Frames of a run that must be known before its first one is joined: perhaps one to warm up, that one, and the next."""
_TOLERANCE = 2
"""Ticks: the times of frames are rounded to them, here and at the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """At the source: ``begin`` and ``end`` of its slot, in ticks."""

    begin: int
    end: int
    frame: AdtsFrame


class SoundLine:
    """Takes the sound of segments in their order, gives that of the cut. Times of the source do not jump at wraps.

    ``ready`` is what can be written. At the end of a run the last frame is held back, since it is coded anew if
    something follows (``joint``). ``hides_priming``: the sound may begin before the pictures, since what is before them
    is not heard.
    """

    def __init__(self, *, hides_priming: bool) -> None:
        self.ready: deque[OutgoingSound] = deque()
        self._hides_priming = hides_priming
        self._start, self._shift = 0, 0
        self._free_from: int | None = None
        self._warm: deque[_Frame] = deque(maxlen=_WARM)
        self._coming: deque[_Frame] = deque()
        self._begun = False
        self._last_end: int | None = None
        self._written: deque[AdtsFrame] = deque(maxlen=_WARM + 1)
        self._held: OutgoingSound | None = None

    def begin_run(self, start: int, shift: int) -> None:
        """From the source's time ``start`` on; ``shift`` later in the result."""
        self._start, self._shift = start, shift
        self._free_from = None if self._held is None else self._held.pts + _length(self._held.frame)
        self._begun, self._last_end = False, None
        self._warm.clear()
        self._coming.clear()

    def feed(self, units: Units | None, near: int) -> None:
        """The sound of one more segment. Raises NotUnderstood if it is damaged."""
        for frame in self._new(units, near):
            if self._is_before_start(frame):
                self._warm.append(frame)
            else:
                self._coming.append(frame)

    def release(self, until: int) -> None:
        """What ends by the source's time ``until`` may be written."""
        if not self._begun and len(self._coming) >= _NEEDED and self._coming[0].end <= until:
            self._begin()
        while self._begun and self._coming and self._coming[0].end <= until:
            self._put(self._coming.popleft())

    def pass_whole(self, units: Units | None, near: int) -> bool:
        """Whether the sound of a segment can be written with it, as it is: all of it, and in its turn.

        If so, what comes before it is ready, and it counts as written.
        """
        if units is None:
            return True
        if not self._begun or self._last_end is None:
            return False
        if len(units) == 0:
            return True
        begins = unwrapped(units.pts, near)
        if int(begins[0]) < self._last_end - _TOLERANCE:
            return False
        last = list(_frames(units, near, first=max(0, len(units) - _WARM - 1)))
        while self._coming:
            self._put(self._coming.popleft())
        self._let_go()
        self._last_end = last[-1].end if last else int(begins[-1])
        self._written.extend(frame.frame for frame in last)
        return True

    def may_follow_by(self, end: int) -> bool:
        """Whether another frame may still come that ends by the source's time ``end``."""
        if self._last_end is None or not self._written:
            return True
        return self._last_end + _length(self._written[-1]) <= end + _TOLERANCE

    def end_run(self, end: int) -> None:
        """What ends after the source's time ``end`` is left out."""
        if not self._begun and len(self._coming) >= _NEEDED:
            self._begin()
        self.release(end + _TOLERANCE)
        self._coming.clear()

    def finish(self) -> None:
        """Nothing follows: the frame that was held back is the last one."""
        self._let_go()

    def _new(self, units: Units | None, near: int) -> Iterator[_Frame]:
        for frame in _frames(units, near) if units is not None else ():
            if self._last_end is None or frame.begin >= self._last_end - (frame.end - frame.begin) // 2:
                self._last_end = frame.end
                yield frame  # else its segment repeats the end of the one before it

    def _is_before_start(self, frame: _Frame) -> bool:
        """At a joint less than a frame's time is left empty: the first one may begin a little before its pictures."""
        if self._free_from is not None and frame.begin + self._shift < self._free_from - _TOLERANCE:
            return True
        if self._hides_priming or self._free_from is not None:
            return frame.end <= self._start
        return frame.begin < self._start - _TOLERANCE

    def _begin(self) -> None:
        """Joins the first frames of a run to what was written before, or gives the decoder what it needs to begin."""
        self._begun = True
        if self._held is None:
            self._prime()
        else:
            self._held = self._joint(self._held)

    def _prime(self) -> None:
        """A frame gives its sound only with the one before it: that goes along, from within a frame before the start."""
        first = self._coming[0]
        if self._warm and abs(self._warm[-1].end - first.begin) <= _TOLERANCE:
            self._put(self._warm[-1])

    def _joint(self, held: OutgoingSound) -> OutgoingSound:
        """What takes the place of the last frame before the joint.

        Where nothing is recorded before a run, its first frame gives no sound of its own: the next one is joined.
        """
        if not self._warm:
            self._warm.append(self._coming.popleft())
        after = [frame.frame for frame in (*self._warm, *list(self._coming)[:2])]
        raw = bridge(list(self._written), after, len(self._warm))
        if raw is None:
            return held
        kind = held.frame.format
        data = kind.wrapped(raw)
        frame = AdtsFrame(format=kind, data=data, raw_at=len(data) - len(raw))
        return OutgoingSound(pts=held.pts, frame=frame)

    def _put(self, frame: _Frame) -> None:
        self._let_go()
        self._held = OutgoingSound(pts=frame.begin + self._shift, frame=frame.frame)
        self._written.append(frame.frame)

    def _let_go(self) -> None:
        if self._held is not None:
            self.ready.append(self._held)
            self._held = None


def _length(frame: AdtsFrame) -> int:
    return SAMPLES_PER_FRAME * CLOCK_HZ // frame.format.rate_hz


def _frames(units: Units, near: int, first: int = 0) -> Iterator[_Frame]:
    """Each frame at its time, from a unit on: a unit's PTS is that of its first frame."""
    for number, pts in enumerate(unwrapped(units.pts[first:], near).tolist(), first):
        for count, frame in enumerate(adts_frames(units.content(number))):
            rate_hz = frame.format.rate_hz
            begin = pts + count * SAMPLES_PER_FRAME * CLOCK_HZ // rate_hz
            yield _Frame(begin=begin, end=begin + _length(frame), frame=frame)
