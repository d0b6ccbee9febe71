"""What of one hour is to be pulled from one peer: a listing of theirs against ours.

Names are compared as text, as digests are: another name of the same recording is a name of its own, and every node ends
with all of them. What a peer lists is taken for nothing but text until its name is understood.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.errors import InvalidName
from longtake.core.listing import HourListing
from longtake.core.names import (
    CHAT_EXTENSION,
    SEGMENT_EXTENSION,
    TOMBSTONE_EXTENSION,
    is_part,
    stem,
    tombstone_of,
)
from longtake.core.replication.suppression import hash_of, same_recordings
from longtake.core.segments import Segment, SegmentType, parse_segment_name
from longtake.core.times import HOUR_US, SECOND_US

_CHAT_BATCH_US = 60 * SECOND_US
_Thing = TypeVar("_Thing", Segment, ChatBatch)


class Skip(StrEnum):
    """Why a name that a peer lists is not pulled."""

    TEMP = "temp"
    """An older node's file in flight."""
    ODD = "odd name"
    """Nothing that replication knows, or no file name at all."""
    SUPPRESSED = "suppressed"
    """A tombstone, here or there, stands for it or for another name of the same recording."""
    OLD = "too old"
    """It ended before the limit."""
    FUTURE = "in the future"
    """It starts over an hour from now: a clock is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondName:
    """The content of ``segment`` is here already, as ``of``, in this hour or a neighbour; ``of`` may be suppressed and gone."""

    segment: Segment
    of: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class HourPlan:
    """What to do, in this order: tombstones, second names, then fetches or chat; and what is not done.

    ``tombstones`` are names to make. ``fetches`` and ``chat`` are in this node's own order. ``waiting`` segments are left
    for a later look: they are so young that the own recorder may bring them, or (``twins`` of them) have the same content as
    one of ``fetches``, and become its second names when the hour is planned again after it.
    """

    hour: str
    tombstones: tuple[str, ...] = ()
    second_names: tuple[SecondName, ...] = ()
    fetches: tuple[Segment, ...] = ()
    chat: tuple[ChatBatch, ...] = ()
    waiting: int = 0
    twins: int = 0
    skipped: Mapping[Skip, int] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do, and will be nothing until the names here or there change."""
        to_do = self.tombstones or self.second_names or self.fetches or self.chat or self.waiting
        return not to_do and Skip.OLD not in self.skipped and Skip.FUTURE not in self.skipped


def plan_hour(
    ours: HourListing,
    theirs: Sequence[str],
    *,
    is_chat: bool,
    now_us: int,
    recent_us: int,
    since_us: int,
    seed: bytes,
    neighbours: Iterable[HourListing] = (),
) -> HourPlan:
    """The plan for the hour of ``ours``. Raises nothing, whatever strings ``theirs`` are.

    Segments that start less than ``recent_us`` ago wait; what ended by ``since_us`` is not wanted. Fetches are ordered by
    a hash of ``seed`` (the node's id) and name, so that each node takes another one first. In ``neighbours``, the hours
    before and after, content is looked for.
    """
    here = {*ours.segments.names(), *ours.others, *ours.tombstones}
    missing = [name for name in dict.fromkeys(theirs) if name not in here]
    ages = _Ages(now_us=now_us, recent_us=recent_us, since_us=since_us)
    if is_chat:
        return _plan_chat(ours, missing, ages, seed)
    return _plan_segments(ours, missing, ages, seed, neighbours)


def _plan_segments(
    ours: HourListing, missing: Sequence[str], ages: _Ages, seed: bytes, neighbours: Iterable[HourListing]
) -> HourPlan:
    names = _understood(ours.hour, missing, _segment, SEGMENT_EXTENSION)
    tombstones = _suppress(ours, names)
    waiting, wanted = 0, []
    for segment in names.things:
        skip = ages.skip(segment.start_us, segment.end_us)
        if skip is not None:
            names.skipped[skip] += 1
        elif ages.is_recent(segment.start_us):
            waiting += 1
        else:
            wanted.append(segment)
    second_names, fetches, twins = _from_here_or_there(_in_order(wanted, seed), ours, neighbours)
    return HourPlan(
        hour=ours.hour,
        tombstones=tombstones,
        second_names=second_names,
        fetches=fetches,
        waiting=waiting + twins,
        twins=twins,
        skipped=names.skipped,
    )


def _plan_chat(ours: HourListing, missing: Sequence[str], ages: _Ages, seed: bytes) -> HourPlan:
    names = _understood(ours.hour, missing, parse_chat_name, CHAT_EXTENSION)
    stems = set(map(stem, (*ours.tombstones, *names.tombstones)))
    wanted = []
    for batch in names.things:
        skip = ages.skip(batch.start_us, batch.start_us + _CHAT_BATCH_US)
        if stem(batch.name) in stems:
            skip = Skip.SUPPRESSED
        if skip is not None:
            names.skipped[skip] += 1
        else:
            wanted.append(batch)
    chat = tuple(_in_order(wanted, seed))
    return HourPlan(hour=ours.hour, tombstones=tuple(names.tombstones), chat=chat, skipped=names.skipped)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ages:
    """The moments that decide what is too young, too old or not yet."""

    now_us: int
    recent_us: int
    since_us: int

    def skip(self, start_us: int, end_us: int) -> Skip | None:
        if start_us > self.now_us + HOUR_US:
            return Skip.FUTURE
        return Skip.OLD if end_us <= self.since_us else None

    def is_recent(self, start_us: int) -> bool:
        return start_us > self.now_us - self.recent_us


@dataclass(slots=True, kw_only=True)
class _Names(Generic[_Thing]):
    """A peer's names as far as they are understood; those that are not are counted."""

    tombstones: list[str] = field(default_factory=list)
    things: list[_Thing] = field(default_factory=list)
    skipped: Counter[Skip] = field(default_factory=Counter)


def _understood(
    hour: str, names: Iterable[str], read: Callable[[str, str], _Thing | Skip], extension: str
) -> _Names[_Thing]:
    found: _Names[_Thing] = _Names()
    for name in names:
        original = name.removesuffix(TOMBSTONE_EXTENSION)
        is_tombstone = original != name
        thing = _quietly(read, hour, original + extension if is_tombstone else name)
        if isinstance(thing, Skip):
            found.skipped[Skip.ODD if is_tombstone else thing] += 1
        elif is_tombstone:
            found.tombstones.append(name)
        else:
            found.things.append(thing)
    return found


def _quietly(read: Callable[[str, str], _Thing | Skip], hour: str, name: str) -> _Thing | Skip:
    try:
        return read(hour, name)
    except InvalidName:
        return Skip.ODD


def _segment(hour: str, name: str) -> Segment | Skip:
    segment = parse_segment_name(hour, name)
    if segment.type is SegmentType.TEMP:
        return Skip.TEMP
    # Nobody may ever be unable to suppress it: the tombstone's name is longer, and has to be one, too.
    return segment if is_part(tombstone_of(name)) else Skip.ODD


def _suppress(ours: HourListing, names: _Names[Segment]) -> tuple[str, ...]:
    """Takes from the names what is suppressed, and returns the tombstones that are to be made.

    What is visible here and is the same recording as a suppressed one gets its tombstone as well: else it would depend on
    who looks first whether it gets one.
    """
    tombstones = (*ours.tombstones, *names.tombstones)
    if not tombstones:
        return ()
    suppressed = {stem(name) + SEGMENT_EXTENSION for name in tombstones}
    visible = {*ours.segments.names(), *(segment.name for segment in names.things)} - suppressed
    drawn_in = same_recordings(ours.hour, suppressed, visible)
    suppressed.update(drawn_in)
    left = [segment for segment in names.things if segment.name not in suppressed]
    if len(left) < len(names.things):
        names.skipped[Skip.SUPPRESSED] += len(names.things) - len(left)
    names.things = left
    return (
        *names.tombstones,
        *(tombstone_of(name) for name in sorted(drawn_in) if is_part(tombstone_of(name))),
    )


def _in_order(things: Iterable[_Thing], seed: bytes) -> list[_Thing]:
    return sorted(things, key=lambda thing: hashlib.sha256(seed + thing.name.encode()).digest())


def _from_here_or_there(
    wanted: Sequence[Segment], ours: HourListing, neighbours: Iterable[HourListing]
) -> tuple[tuple[SecondName, ...], tuple[Segment, ...], int]:
    """Second names, fetches, and how many have to wait for one of these fetches."""
    if not wanted:
        return (), (), 0
    contents = _contents(ours, neighbours)
    second_names, fetches, twins = [], {}, 0
    for segment in wanted:
        of = _known(contents.get(hash_of(segment.name)))
        if of is not None:
            second_names.append(SecondName(segment=segment, of=of))
        elif segment.digest in fetches:
            twins += 1
        else:
            fetches[segment.digest] = segment
    return tuple(second_names), tuple(fetches.values()), twins


def _contents(ours: HourListing, neighbours: Iterable[HourListing]) -> dict[str, tuple[str, str]]:
    """Hour and name of each content that is here, by the text of its hash; of several the one that is most surely there."""
    listings = (*neighbours, ours)
    contents = {}
    for listing in listings:
        for tombstone in listing.tombstones:
            name = stem(tombstone) + SEGMENT_EXTENSION
            contents[hash_of(name)] = (listing.hour, name)
    for listing in listings:
        for name in listing.segments.names():
            contents[hash_of(name)] = (listing.hour, name)
    return contents


def _known(place: tuple[str, str] | None) -> Segment | None:
    thing = _quietly(_segment, *place) if place else None
    return None if isinstance(thing, Skip) else thing
