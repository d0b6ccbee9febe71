"""A range of time as a strip of cells: where something is recorded, and where not. Looked at sooner than read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import groupby

from longtake.cli.recordings.stretches import is_doubtful
from longtake.cli.screen import Run
from longtake.core.timeline import Gap


class Cell(Enum):
    """What a cell stands for. The worst counts: a hole of a second shows in a cell of an hour."""

    OUTSIDE = "outside"
    """Before the first recorded moment, or after the last."""
    WHOLE = "whole"
    DOUBTFUL = "doubtful"
    MOST = "most"
    """Something is missing, at most half."""
    LITTLE = "little"
    NOTHING = "nothing"


_STYLES = {
    Cell.OUTSIDE: "",
    Cell.WHOLE: "green",
    Cell.DOUBTFUL: "yellow",
    Cell.MOST: "red",
    Cell.LITTLE: "red",
    Cell.NOTHING: "bold red",
}
# They differ in shape too: not everybody sees colours, and not every terminal has them.
_SHAPES = {
    Cell.OUTSIDE: " ",
    Cell.WHOLE: "█",
    Cell.DOUBTFUL: "▒",
    Cell.MOST: "▆",
    Cell.LITTLE: "▂",
    Cell.NOTHING: "·",
}
_PLAIN_SHAPES = {
    Cell.OUTSIDE: " ",
    Cell.WHOLE: "#",
    Cell.DOUBTFUL: "?",
    Cell.MOST: "+",
    Cell.LITTLE: "-",
    Cell.NOTHING: ".",
}
_LEGEND = (
    ((Cell.WHOLE,), "recorded"),
    ((Cell.DOUBTFUL,), "doubtful"),
    ((Cell.MOST, Cell.LITTLE), "some missing"),
    ((Cell.NOTHING,), "nothing"),
)


class Strip:
    """[start_us, end_us) as so many cells, of which [first_us, last_us) is known; gaps are added one by one, in order."""

    def __init__(
        self,
        *,
        start_us: int,
        end_us: int,
        first_us: int | None = None,
        last_us: int | None = None,
        cells: int,
    ) -> None:
        self._edges_us = [start_us + (end_us - start_us) * at // cells for at in range(cells + 1)]
        self._first_us = start_us if first_us is None else max(first_us, start_us)
        self._last_us = end_us if last_us is None else min(last_us, end_us)
        self._missing_us = [0] * cells
        self._doubtful_us = [0] * cells

    def add(self, gap: Gap) -> None:
        """What of it lies in the range."""
        start_us, end_us = max(gap.start_us, self._first_us), min(gap.end_us, self._last_us)
        sums = self._doubtful_us if is_doubtful(gap) else self._missing_us
        at = self._cell_at(start_us)
        while at < len(sums) and self._edges_us[at] < end_us:
            sums[at] += max(0, min(end_us, self._edges_us[at + 1]) - max(start_us, self._edges_us[at]))
            at += 1

    def _cell_at(self, us: int) -> int:
        first_us, length_us = self._edges_us[0], self._edges_us[-1] - self._edges_us[0]
        return (us - first_us) * len(self._missing_us) // max(1, length_us)

    def cells(self) -> list[Cell]:
        """As far as gaps were added."""
        return [self._cell(at) for at in range(len(self._missing_us))]

    def _cell(self, at: int) -> Cell:
        known_us = min(self._edges_us[at + 1], self._last_us) - max(self._edges_us[at], self._first_us)
        missing_us = self._missing_us[at]
        if known_us <= 0:
            return Cell.OUTSIDE
        if missing_us >= known_us:
            return Cell.NOTHING
        if missing_us:
            return Cell.LITTLE if missing_us * 2 > known_us else Cell.MOST
        return Cell.DOUBTFUL if self._doubtful_us[at] else Cell.WHOLE


def drawn(cells: Iterable[Cell], *, shapes: bool) -> list[Run]:
    """The cells as text, one character each; ``shapes``: whether the terminal has more than ASCII."""
    look = _look(shapes)
    return [(look[cell] * len(list(same)), _STYLES[cell]) for cell, same in groupby(cells)]


def legend(*, shapes: bool) -> list[Run]:
    """What the characters of a strip stand for."""
    look = _look(shapes)
    runs: list[Run] = []
    for cells, words in _LEGEND:
        runs += [(look[cell], _STYLES[cell]) for cell in cells]
        runs.append((f" {words}   ", "dim"))
    return runs


def _look(shapes: bool) -> Mapping[Cell, str]:
    return _SHAPES if shapes else _PLAIN_SHAPES
