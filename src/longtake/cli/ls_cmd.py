"""``longtake ls``: what is recorded."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated

import typer

from longtake.app.config import load_settings
from longtake.app.wiring.stores import existing_store_dir, opened_store
from longtake.cli.arguments import StoreOption
from longtake.core.errors import NotFound
from longtake.core.listing import HourListing
from longtake.core.times import SECOND_US, format_us


def ls(
    store: StoreOption,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A channel.")] = None,
    quality: Annotated[str | None, typer.Argument(metavar="[Q]", help="One of its qualities.")] = None,
    hour: Annotated[
        str | None, typer.Argument(metavar="[HOUR]", help="One hour, like 2026-11-24T04: its files.")
    ] = None,
) -> None:
    """List channels and qualities, the hours of one, or the files of one hour."""
    existing_store_dir(store)
    for line in asyncio.run(_lines(str(store.absolute()), name, quality, hour)):
        typer.echo(line)


async def _lines(store_dir: str, name: str | None, quality: str | None, hour: str | None) -> list[str]:
    with opened_store(load_settings(None, {"store": {"dir": store_dir}})) as store:
        if name is not None and quality is not None and hour is not None:
            names = (await store.listing(name, quality, hour)).names
            return _found(list(names), f"no files of {name}/{quality} in {hour}")
        channels = [name] if name is not None else await store.channels()
        lines = []
        for channel in channels:
            for one in [quality] if quality is not None else await store.qualities(channel):
                hours = await store.hours(channel, one)
                if hours and (name is not None):
                    lines += [
                        _hour_line(channel, one, await store.listing(channel, one, each)) for each in hours
                    ]
                elif hours:
                    first, last = (
                        await store.listing(channel, one, hours[0]),
                        await store.listing(channel, one, hours[-1]),
                    )
                    lines.append(_quality_line(channel, one, len(hours), first, last))
        return _found(lines, f"nothing of {name} is recorded" if name else "nothing is recorded")


def _found(lines: list[str], otherwise: str) -> list[str]:
    if not lines:
        raise NotFound(otherwise)
    return lines


def _hour_line(channel: str, quality: str, listing: HourListing) -> str:
    types = Counter(segment.type.value for segment in listing.segments)
    seconds = sum(segment.duration_us for segment in listing.segments) / SECOND_US
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(types.items())) or "empty"
    return f"{channel}/{quality}/{listing.hour}  {seconds:7.1f} s  {counts}"


def _quality_line(channel: str, quality: str, hours: int, first: HourListing, last: HourListing) -> str:
    if not first.segments or not last.segments:
        return f"{channel}/{quality}  {hours} hours"
    start, end = first.segments[0].start_us, max(segment.end_us for segment in last.segments)
    return f"{channel}/{quality}  {format_us(start, digits=3)} to {format_us(end, digits=3)}"
