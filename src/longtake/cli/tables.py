"""Tables of figures: columns that say something and fit beside each other; in a pipe all of them that say something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from rich.cells import cell_len

from longtake.cli.screen import Run, printable

Row = TypeVar("Row", contravariant=True)
_BETWEEN = "  "
_LEAST_COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """``worth``: in a narrow terminal those worth least are left out first. ``rare``: shown only if a cell says something."""

    header: str
    cell: Callable[[Row], str]
    worth: int
    rare: bool = False
    is_number: bool = True
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """Columns with their widths in cells, for these rows."""

    columns: tuple[Column[Row], ...]
    widths: tuple[int, ...]

    @property
    def width(self) -> int:
        """Of a line, in cells."""
        return sum(self.widths) + len(_BETWEEN) * (len(self.widths) - 1)

    def header(self) -> list[Run]:
        """The line of headers."""
        return self._line([(column.header, "bold") for column in self.columns])

    def line(self, row: Row) -> list[Run]:
        """The line of a row."""
        return self._line([(printable(column.cell(row)), column.style) for column in self.columns])

    def _line(self, cells: Sequence[Run]) -> list[Run]:
        runs: list[Run] = []
        for (text, style), width, column in zip(cells, self.widths, self.columns, strict=True):
            front = _BETWEEN if runs else ""
            runs.append((front + _padded(text, width, to_the_right=column.is_number), style))
        return runs


def fitted(columns: Sequence[Column[Row]], rows: Sequence[Row], width: int | None) -> Table[Row]:
    """The table of ``rows`` that fits in ``width`` cells (None: any); two columns at least stay."""
    widths = dict(_needed(columns, rows))
    kept = list(widths)

    def total() -> int:
        return sum(widths[column] + len(_BETWEEN) for column in kept) - len(_BETWEEN)

    while width is not None and len(kept) > _LEAST_COLUMNS and total() > width:
        kept.remove(min(kept, key=lambda column: column.worth))
    return Table(columns=tuple(kept), widths=tuple(widths[column] for column in kept))


def _needed(columns: Sequence[Column[Row]], rows: Sequence[Row]) -> Iterator[tuple[Column[Row], int]]:
    for column in columns:
        widest = max((cell_len(printable(column.cell(row))) for row in rows), default=0)
        if widest or not column.rare:
            yield column, max(widest, len(column.header))


def _padded(text: str, width: int, *, to_the_right: bool) -> str:
    room = " " * max(0, width - cell_len(text))
    return room + text if to_the_right else text + room
