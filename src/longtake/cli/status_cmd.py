"""``longtake status``: what the node's processes say of themselves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from longtake.adapters.store.status_files import read_status
from longtake.adapters.store.status_words import DiskInfo, FactsInfo, RecorderInfo, ServiceStatus, SkewInfo
from longtake.app.wiring.stores import existing_store_dir
from longtake.cli.arguments import StoreOption
from longtake.core.errors import NotFound
from longtake.core.times import SECOND_US, format_size, parse_time, to_us


def status(
    store: StoreOption,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Show what is recorded now, by which processes, and how much room is left."""
    services = read_status(existing_store_dir(store))
    if as_json:
        typer.echo(json.dumps([_as_json(service) for service in services], indent=2))
        return
    if not services:
        raise NotFound(f"no longtake process works on {store}; `longtake run` starts a node")
    _print(services)


def _as_json(service: ServiceStatus) -> dict[str, object]:
    return {
        "name": service.name,
        "service": service.service,
        "pid": service.pid,
        "started": service.started,
        "updated": service.updated,
        "details": dict(service.details),
        "metrics": list(service.metrics),
    }


def _print(services: list[ServiceStatus]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    now_us = time.time_ns() // 1000
    console = Console()
    recorders = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for header in ("stream", "state", "newest", "lag", "segments", "retries", "missed"):
        recorders.add_column(header, no_wrap=True)
    reasons: list[str] = []
    for service in services:
        for recorder in service.recorders:
            recorders.add_row(*_row(recorder, alive=service.is_fresh(now_us=now_us), now_us=now_us))
            if recorder.message:
                reasons.append(f"{recorder.channel}/{recorder.quality}: {recorder.message}")
    if recorders.row_count:
        console.print(recorders)
    for reason in reasons:
        console.print(escape(reason), soft_wrap=True)
    for service in services:
        alive = service.is_fresh(now_us=now_us)
        if alive:
            for disk in service.disks:
                console.print(_disk_line(disk), soft_wrap=True)
        if alive:
            for line in (*_skew_lines(service.skews), *_facts_lines(service.facts)):
                console.print(escape(line), soft_wrap=True)
        word = "running" if alive else "[red]silent[/red]: stopped, killed or stuck"
        console.print(f"{escape(service.name)}: {word}, process {service.pid}")


def _disk_line(disk: DiskInfo) -> str:
    from rich.markup import escape

    parts = [] if disk.free_bytes is None else [f"{format_size(disk.free_bytes)} free"]
    if disk.hours is not None:
        parts.append(f"{disk.hours:,.0f} h of recording")
    if disk.verdict == "none":
        parts.append("[red]nearly full: recording on it pauses[/red]")
    if disk.slow:
        parts.append("[yellow]slow[/yellow]")
    if disk.trouble is not None:
        parts.append(f"[red]{escape(disk.trouble)}: recording on it pauses[/red]")
    return f"disk {escape(disk.name)}: {', '.join(parts) or 'nothing known yet'}"


def _skew_lines(skews: Iterable[SkewInfo]) -> Iterator[str]:
    for skew in skews:
        direction = "later" if skew.skew_s >= 0 else "earlier"
        yield (
            f"skew of {skew.channel}/{skew.quality}: others date the same content {abs(skew.skew_s):.3f} s {direction}"
            f" than this node ({skew.segments} segments, the newest of {skew.newest})"
        )


def _facts_lines(facts: FactsInfo | None) -> Iterator[str]:
    if facts is None:
        return
    if facts.trouble is not None:
        yield f"facts cannot be filled in: {facts.trouble}"
    if facts.segments_to_do:
        yield f"facts to be filled in: of {facts.segments_to_do:,} segments in {facts.hours_to_do:,} hours"
    if facts.damaged:
        more = "" if facts.damaged <= len(facts.damaged_files) else ", …"
        yield f"damaged files: {facts.damaged:,}: {', '.join(facts.damaged_files)}{more}"


def _row(recorder: RecorderInfo, *, alive: bool, now_us: int) -> list[str]:
    from rich.markup import escape

    newest = recorder.last_segment_end
    ago = f"{(now_us - to_us(parse_time(newest))) / SECOND_US:.1f} s ago" if newest else "none"
    state = recorder.state if alive else "unknown"
    colour = "green" if state == "recording" else "yellow"
    return [
        escape(f"{recorder.channel}/{recorder.quality}"),
        f"[{colour}]{escape(state)}[/{colour}]",
        ago,
        "" if recorder.lag_s is None else f"{recorder.lag_s:.1f} s",
        escape(", ".join(f"{count} {kind}" for kind, count in recorder.segments.items()) or "0"),
        str(recorder.retries),
        str(recorder.missed),
    ]
