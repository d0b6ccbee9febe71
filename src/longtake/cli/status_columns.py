"""Tables of ``longtake status``: a row for each thing, its state in the second column, and only the columns that fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from longtake.cli.screen import printable

if TYPE_CHECKING:
    from rich.table import Table

SHAPES = {"green": "●", "yellow": "○", "red": "▲"}
PLAIN_SHAPES = {"green": "*", "yellow": "o", "red": "!"}

_GAP = 2
_STATE = 1
"""The index of the column that has a mark before its word."""
_FEWEST = 3
_CUT = "…"
_PLAIN_CUT = "..."

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """``cell`` is given the time, too, in microseconds.

    ``worth``: in a narrow terminal those worth least are left out first. ``rare``: shown only if one says something.
    ``least``: long texts are cut to what room there is, down to so many characters.
    """

    header: str
    cell: Callable[[Row, int], str]
    worth: int
    rare: bool = False
    is_number: bool = True
    least: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Generic[Row]):
    """How a kind of rows is shown. ``colour`` is one of ``SHAPES``."""

    columns: Sequence[Column[Row]]
    colour: Callable[[Row], str]


def status_table(rows: Sequence[Row], look: Look[Row], *, now_us: int, width: int, unicode: bool) -> Table:
    """The rows, in their order, at most ``width`` characters wide if the first three columns are."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    shapes = SHAPES if unicode else PLAIN_SHAPES
    # Between two columns: one space of padding, and one that the box draws.
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    cells = [[printable(column.cell(row, now_us)) for row in rows] for column in look.columns]
    kept = _fitting(look.columns, cells, width)
    for index in kept:
        column = look.columns[index]
        side = "right" if column.is_number else "left"
        table.add_column(column.header, no_wrap=True, justify=side, overflow="ellipsis")  # type: ignore[arg-type]
    limits = _limits(look.columns, cells, kept, width)
    for number, row in enumerate(rows):
        colour = look.colour(row)
        said = {index: _cut(cells[index][number], limits.get(index), unicode) for index in kept}
        said[_STATE] = f"{shapes[colour]} {said[_STATE]}"
        table.add_row(*(Text(said[index], style=colour if index == _STATE else "") for index in kept))
    return table


def _fitting(columns: Sequence[Column[Row]], cells: Sequence[Sequence[str]], width: int) -> list[int]:
    """The columns that say something and have room beside each other."""
    kept = [index for index, column in enumerate(columns) if not column.rare or any(cells[index])]

    def needed(index: int) -> int:
        least, full = columns[index].least, _wide(columns, cells, index)
        return full if least is None else min(full, max(least, len(columns[index].header)))

    while len(kept) > _FEWEST and sum(needed(index) + _GAP for index in kept) - _GAP > width:
        kept.remove(min(kept, key=lambda index: columns[index].worth))
    return kept


def _wide(columns: Sequence[Column[Row]], cells: Sequence[Sequence[str]], index: int) -> int:
    mark = 2 if index == _STATE else 0
    return max(len(columns[index].header), *(len(cell) + mark for cell in cells[index]))


def _limits(
    columns: Sequence[Column[Row]], cells: Sequence[Sequence[str]], kept: Sequence[int], width: int
) -> dict[int, int]:
    """How long what may be cut can be, beside the others."""
    others = sum(_wide(columns, cells, index) + _GAP for index in kept if columns[index].least is None)
    return {index: width - others for index in kept if columns[index].least is not None}


def _cut(text: str, limit: int | None, unicode: bool) -> str:
    if limit is None or len(text) <= limit:
        return text
    end = _CUT if unicode else _PLAIN_CUT
    return text[: max(0, limit - len(end))] + end
