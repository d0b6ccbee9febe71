"""How ``longtake status`` looks: a table for a tired person, and under it only what needs somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from longtake.adapters.store.status_troubles import room_words, troubles
from longtake.adapters.store.status_view import ABSENT, UNKNOWN, NodeView, RecorderStatus, moment_us, urgency
from longtake.adapters.store.status_words import DiskInfo, PeerInfo
from longtake.adapters.store.told_trouble import Trouble, TroubleLevel
from longtake.cli.figures import span_words
from longtake.cli.screen import printable
from longtake.cli.status_columns import PLAIN_SHAPES, SHAPES, Column, Look, status_table
from longtake.cli.status_peers import PEERS, worst_first
from longtake.core.segments import SegmentType
from longtake.core.times import SECOND_US, format_size, from_us

if TYPE_CHECKING:
    from rich.table import Table

_CALM = frozenset({"down", "starting"})
_WORDS = {ABSENT: "not recorded", UNKNOWN: "unknown"}
_FULL = SegmentType.FULL.value
"""Other types are doubtful: some of it is missing, or it is not sure that nothing is."""


def status_parts(view: NodeView, *, width: int, unicode: bool) -> Iterator[Table | str]:
    """What to print, one after the other: the table, and lines with markup."""
    from rich.markup import escape

    shapes = SHAPES if unicode else PLAIN_SHAPES
    if view.recorders:
        recorders = _worst_channel_first(view.recorders)
        yield status_table(recorders, _RECORDERS, now_us=view.now_us, width=width, unicode=unicode)
        yield ""
    if peers := _peers(view):
        yield status_table(worst_first(peers), PEERS, now_us=view.now_us, width=width, unicode=unicode)
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


def _peers(view: NodeView) -> list[PeerInfo]:
    return [] if view.replication is None else list(view.replication.peers)


def _all_well(view: NodeView) -> str:
    if not view.recorders and (peers := _peers(view)):
        return f"all is well: nothing is set to be recorded, and {_counted(len(peers), 'peer')} asked for what is lacking"
    if not view.recorders:
        return "nothing is set to be recorded: `longtake run --stream NAME=URL` records a stream"
    return f"all is well: {_counted(len(view.recorders), 'stream')} recorded"


def _counted(count: int, what: str) -> str:
    return f"{count} {what} is" if count == 1 else f"{count} {what}s are"


def _worst_channel_first(recorders: Sequence[RecorderStatus]) -> list[RecorderStatus]:
    worst: dict[str, int] = {}
    for one in recorders:
        worst[one.channel] = min(worst.get(one.channel, 99), urgency(one.state))
    return sorted(recorders, key=lambda one: (worst[one.channel], one.channel))


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
    said = f"{escape(printable(trouble.place))}: {escape(printable(trouble.what))}{since}"
    return f"[{colour}]{shapes[colour]}[/{colour}] {said}. [bold]To do:[/bold] {escape(trouble.advice)}"


def _clock(us: int, now_us: int) -> str:
    then, now = from_us(us), from_us(now_us)
    return f"{then:%H:%M:%S} UTC" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M:%S} UTC"


def _disk_line(disk: DiskInfo) -> str:
    parts = [] if disk.free_bytes is None else [f"{format_size(disk.free_bytes)} free"]
    if disk.hours is not None:
        parts.append(f"room for {room_words(disk.hours)} of recording")
    return f"disk {disk.name}: {', '.join(parts) or 'nothing known yet'}"


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


_COLUMNS: tuple[Column[RecorderStatus], ...] = (
    Column(header="stream", cell=lambda one, _: f"{one.channel}/{one.quality}", worth=99, is_number=False),
    Column(header="state", cell=lambda one, _: _WORDS.get(one.state, one.state), worth=99, is_number=False),
    Column(header="for", cell=_since, worth=90),
    Column(header="newest", cell=_newest, worth=99),
    Column(header="lag", cell=lambda one, _: _seconds(one.lag_s, ".1f"), worth=30),
    Column(header="Mbit/s", cell=_bitrate, worth=70),
    Column(header="full", cell=lambda one, _: f"{one.segments.get(_FULL, 0):,}", worth=40),
    Column(header="doubtful", cell=_doubtful, worth=60, rare=True),
    Column(header="missed", cell=lambda one, _: _count(one.missed), worth=80, rare=True),
    Column(header="retries", cell=lambda one, _: _count(one.retries), worth=20, rare=True),
    Column(header="ads", cell=lambda one, _: _count(one.ads), worth=25, rare=True),
    Column(header="skew", cell=lambda one, _: _seconds(one.skew_s, "+.1f"), worth=22, rare=True),
    Column(
        header="room",
        cell=lambda one, _: "" if one.disk_hours is None else room_words(one.disk_hours),
        worth=75,
        rare=True,
    ),
)

_RECORDERS = Look(columns=_COLUMNS, colour=_colour)
