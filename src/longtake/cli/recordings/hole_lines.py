"""How ``longtake holes`` looks: a line for each hole as soon as it is found, then the whole range as a strip, and the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtake.cli.figures import clock_text, exact_clock_text
from longtake.cli.recordings.hole_sums import HoleSums
from longtake.cli.recordings.stretches import is_doubtful
from longtake.cli.recordings.strips import Strip, drawn
from longtake.cli.screen import Run
from longtake.core.timeline import Gap
from longtake.core.times import format_us

_MOST_CELLS = 120
_ROOMY = 100
"""Cells that a line takes with both times in full."""
_LENGTH_CELLS = 12
_MOMENT_CELLS = 24


class HoleLines:
    """Lines about one quality, for a terminal of ``width`` cells, or for a pipe (None): there each names the quality."""

    def __init__(self, stream: str, *, start_us: int, end_us: int, width: int | None, shapes: bool) -> None:
        self._stream = stream
        self._start_us = start_us
        self._end_us = end_us
        self._width = width
        self._shapes = shapes
        self._none_yet = True
        self._strip = Strip(start_us=start_us, end_us=end_us, cells=self._cells())

    def _cells(self) -> int:
        return 1 if self._width is None else max(1, min(self._width, _MOST_CELLS))

    def first(self) -> Iterator[Sequence[Run]]:
        """What the range is."""
        if self._width is not None:
            times = f"{format_us(self._start_us, digits=3)} to {format_us(self._end_us, digits=3)}"
            yield [(self._stream, "bold"), (f"  {times}  {clock_text(self._end_us - self._start_us)}", "")]

    def of(self, gap: Gap, *, shown: bool) -> Iterator[Sequence[Run]]:
        """What is to be printed of a hole; not ``shown`` ones are in the strip only."""
        self._strip.add(gap)
        if not shown:
            return
        if self._none_yet and self._width is not None:
            yield [(self._line("start", "end", "length", "reason"), "bold")]
        self._none_yet = False
        words = f"{'~' if is_doubtful(gap) else ' '} {gap.reason.value}"
        start, end = format_us(gap.start_us, digits=3), format_us(gap.end_us, digits=3)
        day = start.index("T") + 1
        if self._is_narrow() and start[:day] == end[:day]:
            end = end[day:]
        line = self._line(start, end, exact_clock_text(gap.end_us - gap.start_us), words)
        yield [(line, "yellow" if is_doubtful(gap) else "red")]

    def picture(self) -> Iterator[Sequence[Run]]:
        """The whole range, once all holes are known; in a pipe nothing."""
        if self._width is None:
            return
        yield drawn(self._strip.cells(), shapes=self._shapes)
        first, last = format_us(self._start_us, digits=0), format_us(self._end_us, digits=0)
        yield [(f"{first}{last:>{max(1, self._cells() - len(first))}}", "dim")]

    def sums(self, sums: HoleSums) -> Sequence[Run]:
        """The sums, which may be longer than a line."""
        return [(f"{self._stream}  {sums.words()}", "") if self._width is None else (sums.words(), "bold")]

    def _is_narrow(self) -> bool:
        return self._width is not None and self._width < _ROOMY

    def _line(self, start: str, end: str, length: str, words: str) -> str:
        end_cells = _MOMENT_CELLS // 2 + 1 if self._is_narrow() else _MOMENT_CELLS
        front = f"{self._stream}  " if self._width is None else ""
        return f"{front}{start:{_MOMENT_CELLS}}  {end:{end_cells}}  {length:>{_LENGTH_CELLS}}  {words}"
