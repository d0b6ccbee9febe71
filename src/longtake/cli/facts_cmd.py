"""``longtake facts``: what is known of recorded segments beyond their names."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from longtake.app.config import load_settings
from longtake.app.logs import set_up_logs
from longtake.app.process import run_command
from longtake.app.settings import Settings
from longtake.app.wiring.stores import existing_store_dir, opened_store
from longtake.cli.arguments import ChannelArgument, QualityOption, StoreOption
from longtake.core.errors import Corrupt, InvalidInput, InvalidTime, NotFound
from longtake.core.facts import SegmentFacts, encode_facts
from longtake.core.names import check_part
from longtake.core.segments import Segment
from longtake.core.times import (
    HOUR_US,
    SECOND_US,
    format_size,
    format_us,
    hour_name,
    parse_duration,
    parse_time,
    to_us,
)

if TYPE_CHECKING:
    from longtake.app.wiring.custody import OnProgress
    from longtake.services.custody.rebuild import Rebuilt

app = typer.Typer(help="What is known of recorded segments beyond their names.", no_args_is_help=True)

_NAMED = 50
_MOMENTS = frozenset({"recorded_us", "verified_us"})


@app.command("rebuild")
def rebuild(
    store: StoreOption,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A channel.  [default: all]")] = None,
    quality: Annotated[
        list[str] | None,
        typer.Option("--quality", metavar="Q", help="A quality, several times if wanted.  [default: all]"),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="HOURS|TIME",
            help="Only from there on: hours before now (36), a duration (2d), or a time.  [default: all]",
        ),
    ] = None,
) -> None:
    """Read every segment, check it against its hash, look into it, and write what is known of it anew.

    It may run beside a node. What only the recorder knew (where a time came from, discontinuities) is kept if it can still
    be read. Files that are not what their names say are told and left as they are; then the command ends with 1.

    Example: longtake facts rebuild mystream --store ./store --since 36
    """
    from longtake.app.wiring.custody import rebuild_facts

    if name is not None:
        check_part(name, "channel")
    for one in quality or []:
        check_part(one, "quality")
    since_us = 0 if since is None else _since_us(since, now_us=time.time_ns() // 1000)
    settings = _settings(store)
    set_up_logs(settings.log.level, json_lines=settings.log.json_lines)
    done: list[Rebuilt] = []

    async def work() -> None:
        with _progress() as on_progress:
            done.append(
                await rebuild_facts(settings, name, quality, since_us=since_us, on_progress=on_progress)
            )

    began_s = time.monotonic()
    run_command(work())
    _summarise(done[0], time.monotonic() - began_s)


def _settings(store: Path) -> Settings:
    return load_settings(None, {"store": {"dir": str(existing_store_dir(store).absolute())}})


def _since_us(text: str, *, now_us: int) -> int:
    """``36``: hours; ``2d``: a duration; else a time. Raises InvalidInput."""
    try:
        span = timedelta(hours=float(text)) if text.strip().isdigit() else parse_duration(text)
    except InvalidTime:
        return to_us(parse_time(text))
    except OverflowError as error:
        raise InvalidInput(f"{text[:20]} hours are too many") from error
    return max(0, now_us - round(span.total_seconds() * SECOND_US))


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A bar, for who watches."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[size]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("looking", size="", total=None)

        def on_progress(gone_through: int, total: int, done: Rebuilt) -> None:
            bar.update(task, completed=gone_through, total=total, size=format_size(done.bytes))

        yield on_progress


def _summarise(done: Rebuilt, took_s: float) -> None:
    speed = format_size(round(done.bytes / max(took_s, 0.001)))
    folders = "hour folder" if done.hours == 1 else "hour folders"
    typer.echo(
        f"{done.segments:,} segments in {done.hours:,} {folders}, {format_size(done.bytes)} in {took_s:.1f} s ({speed}/s)"
    )
    for count, words in (
        (done.not_understood, "not understood; noted, and not looked at again"),
        (done.gone, "went while they were read"),
        (done.dropped, "were known that are not there any more; forgotten"),
    ):
        if count:
            typer.echo(f"{count:,} {words}")
    if done.damaged:
        named = sorted(done.damaged)[:_NAMED]
        more = [f"and {len(done.damaged) - _NAMED:,} more"] if len(done.damaged) > _NAMED else []
        words = "is damaged: it cannot be read, or is not what its name says"
        raise Corrupt("\n".join([*(f"{path} {words}" for path in named), *more]))


@app.command("show")
def show(
    name: ChannelArgument,
    store: StoreOption,
    at: Annotated[
        str | None, typer.Argument(metavar="[TIME]", help="ISO 8601.  [default: the newest segment]")
    ] = None,
    quality: QualityOption = "source",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one line per segment.")] = False,
) -> None:
    """Show what is known of the segments at a time.

    Example: longtake facts show mystream 2026-11-24T04:00:00Z --store ./store
    """
    found = asyncio.run(_known(_settings(store), name, quality, at))
    for segment, facts in found:
        if as_json:
            typer.echo(encode_facts(facts) if facts else f'{{"name":"{segment.name}"}}')
            continue
        typer.echo(f"{name}/{quality}/{segment.path}")
        for line in _lines(facts):
            typer.echo(f"  {line}")


async def _known(
    settings: Settings, channel: str, quality: str, at: str | None
) -> list[tuple[Segment, SegmentFacts | None]]:
    with opened_store(settings) as store:
        at_us = None if at is None else to_us(parse_time(at))
        if at_us is None:
            hours = (await store.hours(channel, quality))[-1:]
        else:
            hours = [hour_name(at_us - HOUR_US), hour_name(at_us)]
        listed = [one for hour in hours for one in (await store.listing(channel, quality, hour)).segments]
        segments = [one for one in listed if at_us is None or one.start_us <= at_us < one.end_us]
        segments = segments[-1:] if at_us is None else segments
        if not segments:
            raise NotFound(f"nothing of {channel}/{quality} is recorded" + (f" at {at}" if at else ""))
        known = await store.facts(channel, quality, {segment.hour for segment in segments})
        return [(segment, known.get(segment.name)) for segment in segments]


def _lines(facts: SegmentFacts | None) -> Iterator[str]:
    if facts is None:
        yield "nothing is known of it yet"
        return
    for key, value in asdict(facts).items():
        if key != "name" and value is not None:
            yield f"{key.removesuffix('_us') if key in _MOMENTS else key}: {format_us(value) if key in _MOMENTS else value}"
