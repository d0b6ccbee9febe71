"""``longtake status``: what the node's processes say of themselves."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from longtake.adapters.store.status_files import ServiceStatus, is_fresh, read_status
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
        typer.echo(json.dumps(services, indent=2))
        return
    if not services:
        raise NotFound(f"no longtake process works on {store}; `longtake run` starts a node")
    _print(services)


def _print(services: list[ServiceStatus]) -> None:
    from rich.console import Console
    from rich.table import Table

    now_us = time.time_ns() // 1000
    console = Console()
    recorders = Table("channel", "quality", "state", "newest", "lag", "segments", "retries", "missed", "why")
    for service in services:
        told = service["details"].get("recorders")
        for recorder in told if isinstance(told, list) else []:
            recorders.add_row(*_row(recorder, alive=is_fresh(service, now_us=now_us), now_us=now_us))
    if recorders.row_count:
        console.print(recorders)
    for service in services:
        alive = is_fresh(service, now_us=now_us)
        room = service["details"].get("room")
        if alive and isinstance(room, dict):
            hours = room.get("hours")
            left = "" if hours is None else f", {hours:,.0f} h of recording"
            console.print(f"room on the disk: {format_size(room['free_bytes'])}{left}")
        word = "running" if alive else "[red]silent[/red]: stopped, killed or stuck"
        console.print(f"{service['service']}: {word}, process {service['pid']}")


def _row(recorder: dict[str, object], *, alive: bool, now_us: int) -> list[str]:
    newest = recorder.get("last_segment_end")
    ago = f"{(now_us - to_us(parse_time(str(newest)))) / SECOND_US:.1f} s ago" if newest else "none"
    lag = recorder.get("lag_s")
    segments = recorder.get("segments")
    counts = segments if isinstance(segments, dict) else {}
    state = str(recorder["state"]) if alive else "unknown"
    return [
        str(recorder["channel"]),
        str(recorder["quality"]),
        f"[green]{state}[/green]" if state == "recording" else f"[yellow]{state}[/yellow]",
        ago,
        f"{lag:.1f} s" if isinstance(lag, float) else "",
        ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "0",
        str(recorder.get("retries", "")),
        str(recorder.get("missed", "")),
        str(recorder.get("message") or ""),
    ]
