"""``longtake ls``: what is recorded, how much of it, and what is missing."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from longtake.adapters.store.interface import SegmentStore
from longtake.app.config import load_settings
from longtake.app.wiring.stores import existing_store_dir, opened_store
from longtake.cli.arguments import StoreOption
from longtake.cli.recordings.looks import HourLook, QualityLook, as_json, total
from longtake.cli.recordings.recorded import among, looks, sizes_bytes
from longtake.core.errors import InvalidTime, NotFound
from longtake.core.listing import HourListing
from longtake.core.names import check_part
from longtake.core.times import SECOND_US, format_us, hour_name, hour_start_us, parse_time, to_us

_LONG_CELLS = 60
"""Before the name, in a long line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    name: str | None
    quality: str | None
    hour: str | None
    long: bool
    tombstones: bool


def ls(
    store: StoreOption,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A channel: its hours.")] = None,
    quality: Annotated[str | None, typer.Argument(metavar="[Q]", help="One of its qualities.")] = None,
    hour: Annotated[
        str | None, typer.Argument(metavar="[HOUR]", help="One hour, like 2026-11-24T04: its files.")
    ] = None,
    long: Annotated[bool, typer.Option("--long", help="Look at every file, and show sizes.")] = False,
    tombstones: Annotated[
        bool, typer.Option("--tombstones", help="Show tombstones too: counted, or those of HOUR by name.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """List channels and qualities, the hours of one, or the files of one hour.

    Covered is what is recorded without a doubt, between the first and the
    last recorded moment. On a terminal each hour has a strip that shows where
    something is missing; `longtake holes` says it to the millisecond.

    Example: longtake ls mystream source 2026-11-24T04 --long --store ./store
    """
    existing_store_dir(store)
    wanted = _Wanted(
        name=name if name is None else check_part(name, "channel"),
        quality=quality if quality is None else check_part(quality, "quality"),
        hour=hour if hour is None else _hour(hour),
        long=long,
        tombstones=tombstones,
    )
    asyncio.run(_answer(str(store.absolute()), wanted, to_json=as_json))


def _hour(text: str) -> str:
    """``2026-11-24T04``, or any time in it."""
    try:
        hour_start_us(text)
    except InvalidTime:
        if ":" not in text:
            raise
        return hour_name(to_us(parse_time(text)))
    return text


async def _answer(store_dir: str, wanted: _Wanted, *, to_json: bool) -> None:
    with opened_store(load_settings(None, {"store": {"dir": store_dir}})) as store:
        if wanted.name is not None and wanted.quality is not None and wanted.hour is not None:
            await _files(store, wanted.name, wanted.quality, wanted.hour, wanted, to_json=to_json)
            return
        found = [one async for one in _looks(store, store_dir, wanted)]
    if to_json:
        shown = [look for one in found for look in one] if wanted.name else _totals(found)
        kind = "hours" if wanted.name else "qualities"
        _print_json({kind: [as_json(look) for look in shown]})
    else:
        _print(found, wanted)


async def _looks(store: SegmentStore, store_dir: str, wanted: _Wanted) -> AsyncIterator[Sequence[HourLook]]:
    """Of each quality that is wanted, and that has anything. Raises NotFound if none has."""
    channels = await store.channels()
    if wanted.name is not None:
        channels = [among(wanted.name, channels, f"nothing of {wanted.name} is recorded")]
    empty = True
    for channel in channels:
        for quality in await _qualities(store, channel, wanted.quality):
            if hours := await looks(store, channel, quality, with_sizes=wanted.long):
                empty = False
                yield hours
    if empty:
        what = "" if wanted.name is None else f" of {wanted.name}"
        raise NotFound(f"nothing{what} is recorded in {store_dir}")


async def _qualities(store: SegmentStore, channel: str, wanted: str | None) -> list[str]:
    there = await store.qualities(channel)
    if wanted is None:
        return there
    return [among(wanted, there, f"nothing of {channel}/{wanted} is recorded")]


def _totals(found: Iterable[Sequence[HourLook]]) -> list[QualityLook]:
    return [total(hours[0].channel, hours[0].quality, hours) for hours in found]


def _print(found: Sequence[Sequence[HourLook]], wanted: _Wanted) -> None:
    from longtake.cli.recordings.ls_tables import hour_lines, quality_lines
    from longtake.cli.screen import Screen

    screen, marked = Screen(), wanted.tombstones
    if wanted.name is None:
        now_us = time.time_ns() // 1000
        lines = quality_lines(_totals(found), now_us=now_us, width=screen.width, with_tombstones=marked)
    else:
        lines = hour_lines(found, width=screen.width, shapes=screen.has_shapes, with_tombstones=marked)
    for line in lines:
        screen.show(line)


async def _files(
    store: SegmentStore, channel: str, quality: str, hour: str, wanted: _Wanted, *, to_json: bool
) -> None:
    among(channel, await store.channels(), f"nothing of {channel} is recorded")
    await _qualities(store, channel, quality)
    listing = await store.listing(channel, quality, hour)
    if not (listing.names or listing.tombstones):
        raise NotFound(_nothing_in(hour, f"{channel}/{quality}", await store.hours(channel, quality)))
    sizes = await sizes_bytes(store, channel, quality, listing.segments) if wanted.long else {}
    if to_json:
        _print_json({"channel": channel, "quality": quality, "hour": hour, **_as_json(listing, sizes)})
        return
    from longtake.cli.screen import Screen

    screen = Screen()
    for line in _file_lines(listing, sizes, wanted):
        screen.show([(line, "")])


def _nothing_in(hour: str, stream: str, hours: Sequence[str]) -> str:
    others = [one for one in hours if one != hour]
    at_us = hour_start_us(hour)
    nearest = min(others, key=lambda one: abs(hour_start_us(one) - at_us), default=None)
    hint = "" if nearest is None else f"; the nearest hour that is recorded is {nearest}"
    return f"no files of {stream} in {hour}{hint}"


def _file_lines(listing: HourListing, sizes: dict[str, int], wanted: _Wanted) -> list[str]:
    names = [*listing.names, *(listing.tombstones if wanted.tombstones else ())]
    if not wanted.long:
        return names
    known = {segment.name: segment for segment in listing.segments}
    lines = []
    for name in names:
        segment = known.get(name)
        if segment is None:
            lines.append(f"{'':{_LONG_CELLS}}{name}")
            continue
        start, seconds = format_us(segment.start_us, digits=3), segment.duration_us / SECOND_US
        size = f"{sizes[name]:,}" if name in sizes else "gone"
        lines.append(f"{start}  {seconds:8.3f} s  {segment.type.value:7}  {size:>11}  {name}")
    return lines


def _as_json(listing: HourListing, sizes: dict[str, int]) -> dict[str, object]:
    segments = listing.segments
    known = {segment.name for segment in segments}
    return {
        "segments": [
            {
                "name": segment.name,
                "start": format_us(segment.start_us),
                "end": format_us(segment.end_us),
                "seconds": segment.duration_us / SECOND_US,
                "type": segment.type.value,
                "size_bytes": sizes.get(segment.name),
            }
            for segment in segments
        ],
        "others": [name for name in listing.names if name not in known],
        "tombstones": list(listing.tombstones),
        "skipped": listing.skipped,
    }


def _print_json(content: dict[str, object]) -> None:
    now = format_us(time.time_ns() // 1000)
    typer.echo(json.dumps({"now": now, **content}, indent=2))
