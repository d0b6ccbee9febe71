"""How ``longtake status`` looks: a table for a tired person, and under it only what needs somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from longtake.adapters.store.status_troubles import room_words, troubles
from longtake.adapters.store.status_view import ABSENT, UNKNOWN, NodeView, RecorderStatus, moment_us, urgency
from longtake.adapters.store.status_words import DiskInfo
from longtake.adapters.store.told_trouble import Trouble, TroubleLevel
from longtake.core.segments import SegmentType
from longtake.core.times import SECOND_US, format_size, from_us

if TYPE_CHECKING:
    from rich.table import Table

_GAP = 2
_DAY_S = 86400
_CALM = frozenset({"down", "starting"})
_SHAPES = {"green": "●", "yellow": "○", "red": "▲"}
_PLAIN_SHAPES = {"green": "*", "yellow": "o", "red": "!"}
_WORDS = {ABSENT: "not recorded", UNKNOWN: "unknown"}
_FULL = SegmentType.FULL.value
"""Other types are doubtful: some of it is missing, or it is not sure that nothing is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """``worth``: in a narrow terminal those worth least are left out first. ``rare``: shown only if one says something."""

    header: str
    cell: Callable[[RecorderStatus, int], str]
    worth: int
    rare: bool = False
    is_number: bool = True


def status_parts(view: NodeView, *, width: int, unicode: bool) -> Iterator[Table | str]:
    """What to print, one after the other: the table, and lines with markup."""
    from rich.markup import escape

    shapes = _SHAPES if unicode else _PLAIN_SHAPES
    if view.recorders:
        yield _table(view, width, shapes)
        yield ""
    found = troubles(view)
    for trouble in found:
        yield _trouble_line(trouble, view.now_us, shapes)
    if not found:
        yield f"[green]{shapes['green']}[/green] {_all_well(view)}"
    yield ""
    for disk in view.disks:
        yield f"[dim]{escape(_disk_line(disk))}[/dim]"
    if view.facts is not None and view.facts.segments_to_do:
        facts = view.facts
        yield f"[dim]facts to be filled in: of {facts.segments_to_do:,} segments in {facts.hours_to_do:,} hours[/dim]"
    running = ", ".join(f"{one.name} {one.pid}" for one in view.living)
    yield f"[dim]processes: {escape(running) or 'none'}[/dim]"


def _all_well(view: NodeView) -> str:
    if not view.recorders:
        return "nothing is set to be recorded: `longtake run --stream NAME=URL` records a stream"
    count = len(view.recorders)
    return f"all is well: {count} {'stream is' if count == 1 else 'streams are'} recorded"


def _table(view: NodeView, width: int, shapes: dict[str, str]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    recorders = _worst_channel_first(view.recorders)
    columns = _fitting(recorders, view.now_us, width)
    # Between two columns: one space of padding, and one that the box draws.
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        side = "right" if column.is_number else "left"
        table.add_column(column.header, no_wrap=True, justify=side, overflow="ellipsis")  # type: ignore[arg-type]
    for recorder in recorders:
        cells = [column.cell(recorder, view.now_us) for column in columns]
        colour = _colour(recorder)
        state = Text(f"{shapes[colour]} {cells[1]}", style=colour)
        table.add_row(Text(cells[0]), state, *(Text(cell) for cell in cells[2:]))
    return table


def _worst_channel_first(recorders: Sequence[RecorderStatus]) -> list[RecorderStatus]:
    worst: dict[str, int] = {}
    for one in recorders:
        worst[one.channel] = min(worst.get(one.channel, 99), urgency(one.state))
    return sorted(recorders, key=lambda one: (worst[one.channel], one.channel))


def _fitting(recorders: Sequence[RecorderStatus], now_us: int, width: int) -> list[_Column]:
    """The columns that say something and have room beside each other."""
    cells = {column.header: [column.cell(recorder, now_us) for recorder in recorders] for column in _COLUMNS}
    kept = [column for column in _COLUMNS if not column.rare or any(cells[column.header])]

    def needed(column: _Column) -> int:
        mark = 2 if column.header == "state" else 0
        return max(len(column.header), *(len(cell) + mark for cell in cells[column.header])) + _GAP

    while len(kept) > 3 and sum(map(needed, kept)) - _GAP > width:
        kept.remove(min(kept, key=lambda column: column.worth))
    return kept


def _colour(recorder: RecorderStatus) -> str:
    if recorder.state == "recording":
        return "green"
    return "yellow" if recorder.state in _CALM else "red"


def _trouble_line(trouble: Trouble, now_us: int, shapes: dict[str, str]) -> str:
    from rich.markup import escape

    colour = "red" if trouble.level is TroubleLevel.LOOK else "yellow"
    since_us = moment_us(trouble.since)
    since = ""
    if since_us is not None:
        since = f"; since {_clock(since_us, now_us)} ({span_words((now_us - since_us) / SECOND_US)})"
    said = f"{escape(trouble.place)}: {escape(trouble.what)}{since}"
    return f"[{colour}]{shapes[colour]}[/{colour}] {said}. [bold]To do:[/bold] {escape(trouble.advice)}"


def _clock(us: int, now_us: int) -> str:
    then, now = from_us(us), from_us(now_us)
    return f"{then:%H:%M:%S} UTC" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M:%S} UTC"


def _disk_line(disk: DiskInfo) -> str:
    parts = [] if disk.free_bytes is None else [f"{format_size(disk.free_bytes)} free"]
    if disk.hours is not None:
        parts.append(f"room for {room_words(disk.hours)} of recording")
    return f"disk {disk.name}: {', '.join(parts) or 'nothing known yet'}"


def span_words(seconds: float) -> str:
    """``4 s``, ``12 min``, ``3 h 05 min``, ``4 d``: as exact as helps."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < _DAY_S:
        return f"{whole // 3600} h {whole // 60 % 60:02} min"
    return f"{whole // _DAY_S} d"


def _since(recorder: RecorderStatus, now_us: int) -> str:
    us = moment_us(recorder.since)
    return "" if us is None else span_words((now_us - us) / SECOND_US)


def _newest(recorder: RecorderStatus, now_us: int) -> str:
    return "none" if recorder.age_s is None else f"{span_words(recorder.age_s)} ago"


def _bitrate(recorder: RecorderStatus, now_us: int) -> str:
    return "" if recorder.bitrate_bps is None else f"{recorder.bitrate_bps / 1e6:.1f}"


def _doubtful(recorder: RecorderStatus, now_us: int) -> str:
    count = sum(count for kind, count in recorder.segments.items() if kind != _FULL)
    return f"{count:,}" if count else ""


def _seconds(value: float | None, form: str) -> str:
    return "" if value is None else f"{value:{form}} s"


def _count(value: int) -> str:
    return f"{value:,}" if value else ""


_COLUMNS = (
    _Column(header="stream", cell=lambda one, _: f"{one.channel}/{one.quality}", worth=99, is_number=False),
    _Column(header="state", cell=lambda one, _: _WORDS.get(one.state, one.state), worth=99, is_number=False),
    _Column(header="for", cell=_since, worth=90),
    _Column(header="newest", cell=_newest, worth=99),
    _Column(header="lag", cell=lambda one, _: _seconds(one.lag_s, ".1f"), worth=30),
    _Column(header="Mbit/s", cell=_bitrate, worth=70),
    _Column(header="full", cell=lambda one, _: f"{one.segments.get(_FULL, 0):,}", worth=40),
    _Column(header="doubtful", cell=_doubtful, worth=60, rare=True),
    _Column(header="missed", cell=lambda one, _: _count(one.missed), worth=80, rare=True),
    _Column(header="retries", cell=lambda one, _: _count(one.retries), worth=20, rare=True),
    _Column(header="ads", cell=lambda one, _: _count(one.ads), worth=25, rare=True),
    _Column(header="skew", cell=lambda one, _: _seconds(one.skew_s, "+.1f"), worth=22, rare=True),
    _Column(
        header="room",
        cell=lambda one, _: "" if one.disk_hours is None else room_words(one.disk_hours),
        worth=75,
        rare=True,
    ),
)
