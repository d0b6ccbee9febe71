"""``longtake replicate``: fill holes from peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from longtake.app.process import run_command, run_service
from longtake.cli.arguments import (
    OptionalStoreOption,
    followed_settings,
    service_settings,
    start_logs,
    supervised_settings,
)
from longtake.cli.exits import FAILED
from longtake.cli.node_options import from_here
from longtake.core.errors import InvalidInput
from longtake.core.replication.addresses import Peer, parse_peer
from longtake.core.times import format_size
from longtake.kit.processes import stand_back

if TYPE_CHECKING:
    from longtake.app.settings import Settings
    from longtake.services.replicate.report import Counts
    from longtake.services.replicate.service import ReplicationService


def replicate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="The channels.  [default: all that the peers have]"),
    ] = None,
    store: OptionalStoreOption = None,
    peer: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="URL", help="A node to pull from, or NAME=URL. May be repeated."),
    ] = None,
    peers_file: Annotated[
        Path | None,
        typer.Option("--peers-file", metavar="FILE", help="A file with one peer a line: NAME URL, or URL."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="URL", help="A database whose nodes are pulled from, like sqlite:///FILE."
        ),
    ] = None,
    quality: Annotated[
        list[str] | None,
        typer.Option(
            "--quality",
            metavar="Q",
            help="Only these qualities, 'chat' for chat. May be repeated.  [default: all]",
        ),
    ] = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="One pass, then end: with 0 only if all that was to be pulled is here."),
    ] = False,
    concurrency: Annotated[
        int | None,
        typer.Option("--concurrency", metavar="N", help="Files pulled at the same time.  [default: 8]"),
    ] = None,
    recent_cutoff: Annotated[
        str | None,
        typer.Option(
            "--recent-cutoff",
            metavar="DURATION",
            help="Leave what began less than this ago to the own recorder.  [default: 120s]",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="HOURS|TIME", help="Only what is younger than so many hours, or than a time."
        ),
    ] = None,
    bandwidth: Annotated[
        str | None, typer.Option("--bandwidth", metavar="SIZE", help="At most so much a second, like 20MiB.")
    ] = None,
) -> None:
    """Pull what is lacking here from other nodes, of longtake or older ones, until stopped.

    Example: longtake replicate mystream --store ./store --from http://north.example.org:8700 --once
    """
    from longtake.app.wiring.replicate import replicate as run_replicate

    told = {
        "channels": names or None,
        "qualities": quality or None,
        "peers_file": None if peers_file is None else str(peers_file.absolute()),
        "concurrency": concurrency,
        "recent_cutoff": recent_cutoff,
        "since": since,
        "bandwidth": bandwidth,
    }
    overrides: dict[str, Any] = {
        "replicate": {key: value for key, value in told.items() if value is not None}
    }
    if database is not None:
        overrides["database"] = {"url": from_here(database)}
    stated = _peers(peer or [])
    settings = supervised_settings() or service_settings(store, overrides, must_exist=False)
    start_logs(settings, "replicate")
    stand_back(settings.replicate.niceness)
    if once:
        _once(settings, stated)
    else:
        run_service(run_replicate(settings, stated, followed_settings()))


def _peers(texts: list[str]) -> list[Peer]:
    """Raises InvalidInput, also if two of one name are at different addresses: one would be passed over without a word."""
    stated = [parse_peer(text) for text in texts]
    by_name: dict[str, Peer] = {}
    for peer in stated:
        if by_name.setdefault(peer.name, peer) != peer:
            raise InvalidInput(f"two peers are called {peer.name}: give them names, like --from north=URL")
    return stated


def _once(settings: Settings, stated: list[Peer]) -> None:
    from longtake.app.wiring.replicate import replicate_once

    done: list[tuple[Counts, list[str]]] = []

    async def work() -> None:
        with _progress() as on_progress:
            done.append(await replicate_once(settings, stated, on_progress))

    run_command(work())
    counts, lacking = done[0]
    for line in (*summary(counts), *lacking):
        typer.echo(line)
    if counts.failed or lacking:
        raise typer.Exit(FAILED)


@contextmanager
def _progress() -> Iterator[Callable[[ReplicationService], None]]:
    """A line, for who watches."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda service: None
        return
    with console.status("asking the peers") as status:
        yield lambda service: status.update(progress_line(service))


def progress_line(service: ReplicationService) -> str:
    """What has come, and what is to do."""
    counts, reports = service.counts(), service.reports
    hours, segments = (
        sum(report.hours_to_do for report in reports),
        sum(report.segments_to_do for report in reports),
    )
    came = f"{sum(counts.done.values()):,} files, {format_size(counts.bytes)}"
    failed = f", {sum(counts.failed.values()):,} failed" if counts.failed else ""
    return f"{came} pulled{failed}; {segments:,} to do in this hour, {hours:,} hours left"


def summary(counts: Counts) -> Iterator[str]:
    """What a pass did, line by line."""
    from longtake.services.replicate.report import Done

    done = counts.done
    yield f"pulled {done[Done.PULLED]:,} segments; {format_size(counts.bytes)} in all"
    others = {
        Done.CHAT: "chat batches",
        Done.EXTRAS: "extra files",
        Done.SECOND_NAMES: "second names of what was here",
        Done.TOMBSTONES: "tombstones",
    }
    if any(done[what] for what in others):
        yield "also: " + ", ".join(f"{done[what]:,} {words}" for what, words in others.items() if done[what])
    for what, reasons in (("skipped", counts.skipped), ("failed", counts.failed)):
        if reasons:
            words = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reasons.items()))
            yield f"{what} {sum(reasons.values()):,}: {words}"
