"""Reads what ``ls`` and ``holes`` show: what there is, its first and last moment, its hours and holes.

A long range is asked for in pieces of a day, so that memory does not grow with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches

from longtake.adapters.store.interface import SegmentStore
from longtake.cli.recordings.looks import NO_FILES, Files, HourLook, bounds_us
from longtake.cli.recordings.stretches import joined, shared_out
from longtake.core.errors import NotFound
from longtake.core.listing import HourListing
from longtake.core.names import CHAT_EXTENSION
from longtake.core.segments import Segment, SegmentType
from longtake.core.timeline import Gap, GapReason, JoinedHours
from longtake.core.times import HOUR_US, hour_start_us

_PIECE_HOURS = 24
_NAMED = 8
_LIKENESS = 0.7
"""``1080p`` and ``480p`` are less alike, ``demo`` and ``dmo`` more."""
_TYPES = (SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A quality that something is recorded of, from its first moment to the end of its newest segment."""

    channel: str
    quality: str
    hours: tuple[str, ...]
    first_us: int
    last_us: int


def among(wanted: str, there: Sequence[str], unknown: str) -> str:
    """``wanted``, if it is one of those that are there. Raises NotFound: ``unknown``, with those that may be meant."""
    if wanted in there:
        return wanted
    raise NotFound(f"{unknown}{_hint(wanted, there)}")


def _hint(wanted: str, there: Sequence[str]) -> str:
    lower = {name.lower(): name for name in reversed(there)}
    near = [lower[name] for name in get_close_matches(wanted.lower(), list(lower), n=3, cutoff=_LIKENESS)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(there) - _NAMED:,} more" if len(there) > _NAMED else ""
    return f"; there {'is' if len(there) == 1 else 'are'} {', '.join(there[:_NAMED])}{more}" if there else ""


async def recording(store: SegmentStore, channel: str, quality: str) -> Recording | None:
    """None if there is no segment."""
    hours = await store.hours(channel, quality)
    first = await _first_listing(store, channel, quality, hours)
    last = await _first_listing(store, channel, quality, reversed(hours))
    if first is None or last is None:
        return None
    first_us, last_us = int(first.segments.starts_us[0]), int(last.segments.ends_us().max())
    return Recording(
        channel=channel,
        quality=quality,
        hours=tuple(hours),
        first_us=first_us,
        last_us=max(first_us, last_us),
    )


async def _first_listing(
    store: SegmentStore, channel: str, quality: str, hours: Iterable[str]
) -> HourListing | None:
    for hour in hours:
        listing = await store.listing(channel, quality, hour)
        if listing.segments:
            return listing
    return None


async def gaps(
    store: SegmentStore,
    channel: str,
    quality: str,
    hours: Sequence[str],
    *,
    start_us: int,
    end_us: int,
    piece_hours: int = _PIECE_HOURS,
) -> AsyncIterator[Gap]:
    """The holes of [start_us, end_us), in order, doubtful stretches as one each; ``hours`` are those that exist.

    The range is asked for in pieces of ``piece_hours``, which changes nothing of the answer.
    """
    held: list[Gap] = []
    at_us = start_us
    for border_us in _borders_us(hours[piece_hours - 1 :: piece_hours], start_us=start_us, end_us=end_us):
        piece = await store.joined(channel, quality, start_us=at_us, end_us=border_us)
        found = joined([*held, *piece.gaps()])
        for gap in found[:-1]:
            yield gap
        held = found[-1:]
        # The next piece begins where this one's content ends: slivers at either side of a border are no holes by themselves.
        if border_us < end_us and _is_open(held, border_us):
            at_us, held = held[0].start_us, []
        else:
            at_us = min(border_us, _last_end_us(piece, border_us))
    for gap in held:
        yield gap


def _is_open(held: Sequence[Gap], border_us: int) -> bool:
    """Whether something is missing up to a border."""
    return bool(held) and held[-1].reason is GapReason.MISSING and held[-1].end_us == border_us


def _last_end_us(piece: JoinedHours, otherwise_us: int) -> int:
    """Of the last segment."""
    if not piece.parts:
        return otherwise_us
    part = piece.parts[-1]
    return int(part.hour.ends_us[part.last - 1])


def _borders_us(hours: Iterable[str], *, start_us: int, end_us: int) -> list[int]:
    """The ends of pieces: of those hours, and ``end_us``."""
    ends_us = [hour_start_us(hour) + HOUR_US for hour in hours]
    return [*(us for us in ends_us if start_us < us < end_us), end_us]


async def looks(
    store: SegmentStore, channel: str, quality: str, *, with_sizes: bool = False
) -> list[HourLook]:
    """Every hour of a quality, oldest first, and the times between hours of which there is no folder."""
    found = await recording(store, channel, quality)
    hours = await store.hours(channel, quality) if found is None else list(found.hours)
    first_us, last_us = (0, 0) if found is None else (found.first_us, found.last_us)
    rows = bounds_us(hours, first_us, last_us)
    holes = (
        [gap async for gap in gaps(store, channel, quality, hours, start_us=first_us, end_us=last_us)]
        if last_us > first_us
        else []
    )
    shares = shared_out(holes, [(start_us, end_us) for _, _, start_us, end_us in rows])
    return [
        HourLook(
            channel=channel,
            quality=quality,
            hour=hour,
            has_folder=has_folder,
            start_us=start_us,
            end_us=end_us,
            gaps=share,
            files=await files(store, channel, quality, hour, with_sizes) if has_folder else NO_FILES,
        )
        for (hour, has_folder, start_us, end_us), share in zip(rows, shares, strict=True)
    ]


async def files(store: SegmentStore, channel: str, quality: str, hour: str, with_sizes: bool) -> Files:
    """What is in the folder of an hour."""
    listing = await store.listing(channel, quality, hour)
    counted = Files(
        segments=_types(listing),
        others=sum(name.endswith(CHAT_EXTENSION) for name in listing.others),
        tombstones=len(listing.tombstones),
        skipped=listing.skipped,
    )
    if not with_sizes:
        return counted
    return replace(counted, size_bytes=await _size_bytes(store, channel, quality, listing))


def _types(listing: HourListing) -> dict[str, int]:
    rows = listing.segments
    if rows.are_all_full():
        counts = Counter({SegmentType.FULL: len(rows)})
    else:
        counts = Counter(rows.type(row) for row in range(len(rows)))
    return {kind.value: counts[kind] for kind in _TYPES}


async def _size_bytes(store: SegmentStore, channel: str, quality: str, listing: HourListing) -> int:
    try:
        return await store.size_bytes(channel, quality, listing.segments)
    except NotFound:  # one went since; the others are looked at by themselves
        return sum((await sizes_bytes(store, channel, quality, listing.segments)).values())


async def sizes_bytes(
    store: SegmentStore, channel: str, quality: str, segments: Iterable[Segment]
) -> dict[str, int]:
    """Of each file by its name; those that went since are absent."""
    sizes = {}
    for segment in segments:
        with suppress(NotFound):
            sizes[segment.name] = await store.size_bytes(channel, quality, [segment])
    return sizes
