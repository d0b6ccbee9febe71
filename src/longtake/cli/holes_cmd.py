"""``longtake holes``: what is missing of a channel, and what is doubtful."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from longtake.adapters.store.interface import SegmentStore
from longtake.app.config import load_settings
from longtake.app.wiring.stores import existing_store_dir, opened_store
from longtake.cli.arguments import ChannelArgument, StoreOption
from longtake.cli.exits import FAILED
from longtake.cli.recordings.hole_sums import HoleSums, gap_as_json
from longtake.cli.recordings.recorded import Recording, among, gaps, recording
from longtake.core.errors import InvalidTime, NotFound
from longtake.core.names import check_part
from longtake.core.qualities import best_first
from longtake.core.timeline import Gap
from longtake.core.times import SECOND_US, format_us, parse_duration, parse_time, to_us

_LIVE_US = 60 * SECOND_US
"""A newest segment that ended so little ago: what is behind it is not missing, but yet to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    name: str
    qualities: tuple[str, ...]
    start_us: int | None
    end_us: int | None
    least_us: int


def holes(
    name: ChannelArgument,
    store: StoreOption,
    start: Annotated[
        str | None,
        typer.Argument(metavar="[START]", help="ISO 8601; else the first recorded moment."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Argument(metavar="[END]", help="ISO 8601; else the end of the newest segment."),
    ] = None,
    quality: Annotated[
        list[str] | None,
        typer.Option("--quality", metavar="Q", help="A quality, several times if wanted; else all."),
    ] = None,
    least: Annotated[
        str, typer.Option("--least", metavar="DURATION", help="Leave out what is shorter, like 0.5s.")
    ] = "0s",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    check: Annotated[bool, typer.Option("--check", help="End with 1 if anything is listed.")] = False,
) -> None:
    """List what is missing of a channel: each hole, how long it is, and why.

    What is recorded, but doubtful, is listed too, marked with ~.
    What a stream that is being recorded has not sent yet is no hole.

    Example: longtake holes mystream 2026-11-24T04:00:00Z 2026-11-24T06:00:00Z --check --store ./store
    """
    existing_store_dir(store)
    wanted = _Wanted(
        name=check_part(name, "channel"),
        qualities=tuple(check_part(one, "quality") for one in quality or ()),
        start_us=None if start is None else to_us(parse_time(start)),
        end_us=None if end is None else to_us(parse_time(end)),
        least_us=round(parse_duration(least).total_seconds() * SECOND_US),
    )
    if wanted.start_us is not None and wanted.end_us is not None and wanted.start_us >= wanted.end_us:
        raise InvalidTime("the range must end after it starts")
    count = asyncio.run(_answer(str(store.absolute()), wanted, to_json=as_json))
    if check and count:
        raise typer.Exit(FAILED)


async def _answer(store_dir: str, wanted: _Wanted, *, to_json: bool) -> int:
    """Shows all, and says how many holes that were."""
    now_us = time.time_ns() // 1000
    with opened_store(load_settings(None, {"store": {"dir": store_dir}})) as store:
        ranges = [_in_range(one, wanted, now_us) for one in await _recordings(store, wanted)]
        if to_json:
            return await _as_json(store, ranges, wanted, now_us)
        return await _print(store, ranges, wanted)


async def _recordings(store: SegmentStore, wanted: _Wanted) -> list[Recording]:
    """Of the qualities that are wanted, the best first. Raises NotFound for one of which nothing is recorded."""
    nothing = f"nothing of {wanted.name} is recorded"
    among(wanted.name, await store.channels(), nothing)
    there = sorted(await store.qualities(wanted.name), key=best_first)
    for quality in wanted.qualities:
        among(quality, there, f"nothing of {wanted.name}/{quality} is recorded")
    found = []
    for quality in wanted.qualities or there:
        one = await recording(store, wanted.name, quality)
        if one is not None:
            found.append(one)
        elif wanted.qualities:
            raise NotFound(f"nothing of {wanted.name}/{quality} is recorded")
    if not found:
        raise NotFound(nothing)
    return found


def _in_range(found: Recording, wanted: _Wanted, now_us: int) -> Recording:
    """The recording as far as it is asked for. Raises InvalidTime if nothing of that can be there yet."""
    live = now_us - found.last_us <= _LIVE_US
    edge_us = found.last_us if live or wanted.end_us is None else now_us
    start_us = found.first_us if wanted.start_us is None else wanted.start_us
    end_us = edge_us if wanted.end_us is None else min(wanted.end_us, edge_us)
    if start_us >= end_us:
        what = f"{found.channel}/{found.quality}"
        raise InvalidTime(
            f"{what} is recorded from {format_us(found.first_us, digits=3)} to "
            f"{format_us(found.last_us, digits=3)}: nothing to look for in that range"
        )
    return replace(found, first_us=start_us, last_us=end_us)


def _gaps(store: SegmentStore, one: Recording) -> AsyncIterator[Gap]:
    return gaps(store, one.channel, one.quality, one.hours, start_us=one.first_us, end_us=one.last_us)


def _sums(one: Recording, wanted: _Wanted) -> HoleSums:
    return HoleSums(start_us=one.first_us, end_us=one.last_us, least_us=wanted.least_us)


async def _as_json(store: SegmentStore, ranges: Sequence[Recording], wanted: _Wanted, now_us: int) -> int:
    qualities, count = [], 0
    for one in ranges:
        sums = _sums(one, wanted)
        shown = [gap_as_json(gap) async for gap in _gaps(store, one) if sums.add(gap)]
        qualities.append({"quality": one.quality, **sums.as_json(), "gaps": shown})
        count += sums.count
    told = {"now": format_us(now_us), "channel": wanted.name, "qualities": qualities}
    typer.echo(json.dumps(told, indent=2))
    return count


async def _print(store: SegmentStore, ranges: Sequence[Recording], wanted: _Wanted) -> int:
    from longtake.cli.recordings.hole_lines import HoleLines
    from longtake.cli.recordings.strips import legend
    from longtake.cli.screen import Screen

    screen, count = Screen(), 0
    for one in ranges:
        if one is not ranges[0] and screen.width is not None:
            screen.show()
        sums = _sums(one, wanted)
        lines = HoleLines(
            f"{one.channel}/{one.quality}",
            start_us=one.first_us,
            end_us=one.last_us,
            width=screen.width,
            shapes=screen.has_shapes,
        )
        for line in lines.first():
            screen.show(line)
        async for gap in _gaps(store, one):
            for line in lines.of(gap, shown=sums.add(gap)):
                screen.show(line)
        for line in lines.picture():
            screen.show(line)
        screen.show(lines.sums(sums), wrap=True)
        count += sums.count
    if screen.width is not None:
        screen.show()
        screen.show(legend(shapes=screen.has_shapes))
    return count
