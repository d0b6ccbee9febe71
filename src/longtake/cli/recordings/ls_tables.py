"""How ``longtake ls`` looks: a table of qualities, or of hours with a strip each, which shows where its holes are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from longtake.cli.figures import clock_text, percent_text, span_words
from longtake.cli.recordings.looks import HourLook, QualityLook, doubtful_us
from longtake.cli.recordings.stretches import FULL, MISSING
from longtake.cli.recordings.strips import Strip, drawn, legend
from longtake.cli.screen import Run
from longtake.cli.tables import Column, fitted
from longtake.core.timeline import GapReason
from longtake.core.times import HOUR_US, SECOND_US, format_size, format_us, hour_name, hour_start_us

_STRIP_CELLS = (60, 30, 20)
"""Each a whole number of minutes."""
_LEAST_CELLS = _STRIP_CELLS[-1]
_DOUBTS = tuple(reason.name.lower() for reason in GapReason if reason is not GapReason.MISSING)


def quality_lines(
    looks: Sequence[QualityLook], *, now_us: int, width: int | None, with_tombstones: bool
) -> Iterator[Sequence[Run]]:
    """A line for each quality, under a header."""
    table = fitted(_quality_columns(now_us, width is None, with_tombstones), looks, width)
    yield table.header()
    yield from map(table.line, looks)


def hour_lines(
    qualities: Sequence[Sequence[HourLook]], *, width: int | None, shapes: bool, with_tombstones: bool
) -> Iterator[Sequence[Run]]:
    """A line for each hour of each quality; on a terminal (that has a width) under its name, and with strips."""
    columns = _hour_columns(with_path=width is None, with_tombstones=with_tombstones)
    if width is None:
        looks = [look for hours in qualities for look in hours]
        table = fitted(columns, looks, None)
        yield table.header()
        yield from map(table.line, looks)
        return
    for hours in qualities:
        yield [(f"{hours[0].channel}/{hours[0].quality}", "bold")]
        yield from _with_strips(columns, hours, width, shapes=shapes)
        yield []
    yield legend(shapes=shapes)


def _with_strips(
    columns: Sequence[Column[HourLook]], hours: Sequence[HourLook], width: int, *, shapes: bool
) -> Iterator[Sequence[Run]]:
    table = fitted(columns, hours, width - _LEAST_CELLS - 2)
    cells = next((cells for cells in _STRIP_CELLS if table.width + 2 + cells <= width), 0)
    if not cells:
        yield from [table.header(), *map(table.line, hours)]
        return
    minutes = "".join(f"{minute:02}".ljust(cells // 4) for minute in (0, 15, 30, 45))
    yield [*table.header(), (f"  {minutes.rstrip()}", "dim")]
    for look in hours:
        yield [*table.line(look), ("  ", ""), *drawn(_strip(look, cells).cells(), shapes=shapes)]


def _strip(look: HourLook, cells: int) -> Strip:
    start_us = hour_start_us(look.hour)
    end_us = start_us + HOUR_US if look.has_folder else look.end_us
    strip = Strip(start_us=start_us, end_us=end_us, first_us=look.start_us, last_us=look.end_us, cells=cells)
    for gap in look.gaps:
        strip.add(gap)
    return strip


def _quality_columns(now_us: int, to_the_second: bool, with_tombstones: bool) -> list[Column[QualityLook]]:
    return [
        Column(header="stream", cell=lambda one: f"{one.channel}/{one.quality}", worth=99, is_number=False),
        Column(
            header="first",
            cell=lambda one: _moment(one.first_us, to_the_second=to_the_second),
            worth=70,
            is_number=False,
        ),
        Column(
            header="last",
            cell=lambda one: _moment(one.last_us, to_the_second=to_the_second),
            worth=50,
            is_number=False,
        ),
        Column(header="newest", cell=lambda one: _age(one.last_us, now_us), worth=95),
        Column(header="recorded", cell=_recorded, worth=90),
        Column(header="missing", cell=lambda one: _length(one, MISSING), worth=94, style="red"),
        Column(
            header="doubtful",
            cell=lambda one: clock_text(doubtful_us(one.lengths_us)),
            worth=85,
            rare=True,
            style="yellow",
        ),
        Column(header="covered", cell=_covered, worth=80),
        Column(header="files", cell=lambda one: f"{one.files.count:,}", worth=35),
        Column(header="hours", cell=lambda one: f"{one.hours:,}", worth=30),
        *_file_columns(with_tombstones),
    ]


def _hour_columns(*, with_path: bool, with_tombstones: bool) -> list[Column[HourLook]]:
    return [
        Column(header="hour", cell=_path if with_path else _hours, worth=99, is_number=False),
        Column(header="covered", cell=_covered, worth=95),
        Column(header="full", cell=lambda one: _length(one, FULL), worth=60),
        *(_doubtful_column(kind) for kind in _DOUBTS),
        Column(header="missing", cell=lambda one: _length(one, MISSING), worth=94, style="red"),
        Column(
            header="files",
            cell=lambda one: f"{one.files.count:,}" if one.has_folder else "",
            worth=70,
        ),
        *_file_columns(with_tombstones),
    ]


def _doubtful_column(kind: str) -> Column[HourLook]:
    return Column(header=kind, cell=lambda one: _length(one, kind), worth=85, rare=True, style="yellow")


def _file_columns(with_tombstones: bool) -> list[Column[HourLook | QualityLook]]:
    return [
        Column(header="size", cell=_size, worth=88, rare=True),
        Column(
            header="tombstones",
            cell=lambda one: _count(one.files.tombstones, or_none=with_tombstones),
            worth=90 if with_tombstones else 40,
            rare=True,
        ),
        Column(header="skipped", cell=lambda one: _count(one.files.skipped), worth=45, rare=True),
    ]


def _hours(look: HourLook) -> str:
    """``2024-11-09T05``; ``2024-11-09T05..07`` for three of which there is no folder."""
    last = hour_name(max(look.start_us, look.end_us - 1))
    if look.has_folder or last == look.hour:
        return look.hour
    shown = last[-2:] if last[:-2] == look.hour[:-2] else last
    return f"{look.hour}..{shown}"


def _path(look: HourLook) -> str:
    return f"{look.channel}/{look.quality}/{_hours(look)}"


def _moment(us: int | None, *, to_the_second: bool) -> str:
    """A terminal is narrow, and the minute enough."""
    if us is None:
        return ""
    text = format_us(us, digits=0)
    return text if to_the_second else f"{text[:-4]}Z"


def _age(us: int | None, now_us: int) -> str:
    return "none" if us is None else f"{span_words((now_us - us) / SECOND_US)} ago"


def _recorded(look: QualityLook) -> str:
    recorded_us = sum(length for kind, length in look.lengths_us.items() if kind != MISSING)
    return clock_text(recorded_us)


def _length(look: HourLook | QualityLook, kind: str) -> str:
    return clock_text(look.lengths_us.get(kind, 0))


def _covered(look: HourLook | QualityLook) -> str:
    return percent_text(look.lengths_us.get(FULL, 0), sum(look.lengths_us.values()))


def _size(look: HourLook | QualityLook) -> str:
    size = look.files.size_bytes
    return "" if size is None else format_size(size)


def _count(count: int, *, or_none: bool = False) -> str:
    return f"{count:,}" if count or or_none else ""
