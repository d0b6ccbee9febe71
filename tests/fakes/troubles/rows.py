"""One row of the table, and the table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.fakes.troubles.stage import Stage

from longtake.core.segments import SegmentType
from longtake.services.capture.report import RecorderState


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What must be on disk of the quality, and what status must have said.

    ``full``: numbers of entries that are there whole, each once; None for all that were published. ``others``: how many
    files of other types there are. ``of``: the other qualities, with the playlist that each is recorded from.
    ``says``: states that it was in, ``never``: that it was not. ``words``: somewhere in what it said. ``counts``: of its status,
    at the end. ``fetched_once``: no address of a segment was asked for twice. ``timed``: names have the dates that the source stated.
    """

    full: tuple[int, ...] | None = None
    others: Mapping[SegmentType, int] = field(default_factory=dict)
    of: Mapping[str, str] = field(default_factory=dict)
    says: frozenset[RecorderState] = frozenset({RecorderState.RECORDING})
    never: frozenset[RecorderState] = frozenset()
    words: tuple[str, ...] = ()
    counts: Mapping[str, object] = field(default_factory=dict)
    fetched_once: bool = False
    timed: bool = True


Play = Callable[[Stage], Awaitable[Expected]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A trouble, by its name."""

    name: str
    play: Play


ROWS: list[Row] = []


def row(name: str) -> Callable[[Play], Play]:
    """Adds what it decorates to the table."""

    def add(play: Play) -> Play:
        assert all(known.name != name for known in ROWS), name
        ROWS.append(Row(name=name, play=play))
        return play

    return add


def says(*states: RecorderState) -> frozenset[RecorderState]:
    """These, and recording."""
    return frozenset({RecorderState.RECORDING, *states})
