"""Which entries of a playlist have been seen before: by number, by name, by stated time.

A number is an entry's identity (RFC 8216 3), as long as names and times do not speak against it. Sources that break the
rule are known all the same; the first line that fits is taken:

================================================  ==================================================================
of the playlist's numbers                         then
================================================  ==================================================================
all that are known agree                          a number is an identity. One that is not known may still be an entry
                                                  that another edge showed under its own numbers: if it has the name
                                                  of one that was first seen between the entries around it, or name
                                                  and date of any
some disagree, or none is known; names or times   the source numbers differently (another edge, no MEDIA-SEQUENCE,
of what was listed lately are there               entries that changed places): those are known, under new numbers
all disagree in their names alone, and they       the same entries, with a token of the moment in their names
go on where they were, far from any beginning
some disagree, and nothing is known               the source began to count anew: all is new
the highest was not seen for long, and others     the same (an encoder that began again with the same names); what
are shown below it                                came meanwhile stays known
the stream had ended, and goes on below that      the same; all is new
none is known                                     all is new: it slid past us (at once, if it goes on just there)
================================================  ==================================================================

A name is the last part of the path: folders, hosts and queries may hold a token of the moment. With the same name it is
still another entry if its stated time is quite different; and a name that several entries of a playlist bear tells
nothing, since their numbers are elsewhere in their paths.

An entry that repeats the one before it (the same address, at the same stated time, or without a time and without a
discontinuity, across which content cannot repeat) is no segment of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from longtake.core.facts import Dating
from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.live.model import LiveState, Sighting
from longtake.core.times import SECOND_US, to_us

FAR_BACK = 10
"""Numbers by which an edge of a CDN does not lag."""
_WELL_ON = 10
"""A number so high is none of a new beginning."""
_SAME_MOMENT_US = SECOND_US // 2
_OTHER_MOMENT_US = 10 * SECOND_US
_LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What is known of each entry (None: new), and what stays known at all. ``reset``: the source counts anew.

    ``moved``: known entries bear other numbers than before. ``repeats``: indexes of entries that repeat the one before, if any is new.
    """

    matches: list[Sighting | None]
    sightings: Mapping[int, Sighting]
    names: Mapping[str, Sighting | None]
    reset: bool = False
    moved: bool = False
    repeats: frozenset[int] = frozenset()


def recognise(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> Recognition:
    """Compares a playlist, which must have entries, with what was seen before."""
    segments = playlist.segments
    known = _still_counted(state, playlist, now_us=now_us)
    reset = known is not state.sightings
    names = state.names if not reset else named(known)
    matches, disagree = _by_number(known, segments)
    moved = False
    goes_on = segments[0].sequence == state.newest + 1
    if known and (disagree or not (goes_on or any(matches))):
        moved = _by_name(state, names, segments, matches) | _by_time(state, segments, matches)
        if moved:
            known = {
                segment.sequence: match
                for segment, match in zip(segments, matches, strict=True)
                if match is not None
            }
        elif disagree and not any(matches):
            if only_renamed(known, segments):
                known = _renamed(known, segments)
                matches = [known.get(segment.sequence) for segment in segments]
            else:
                known, reset = {}, True  # names stay: another edge may still show the old ones
    elif None in matches:
        moved_later = _by_name_in_order(names, segments, matches, before=known.get(segments[0].sequence - 1))
        known = {**known, **moved_later} if moved_later else known
    if disagree and any(matches) and not moved:  # some numbers now stand for other entries, alone
        known = _without_disagreeing(known, segments, matches)
    return Recognition(
        matches=matches,
        sightings=known,
        names=names,
        reset=reset,
        moved=moved,
        repeats=_repeats(segments, matches),
    )


def name_of(segment: MediaSegment) -> str:
    """See the module. Of a very long name the end, where its number is."""
    name = segment.uri.partition("?")[0].rpartition("/")[2][-_LONGEST_NAME:]
    return name if segment.byte_range is None else f"{name}@{segment.byte_range.offset_bytes}"


def stated_us(segment: MediaSegment) -> int | None:
    """The time that the source states, believable or not."""
    return None if segment.program_date_time is None else to_us(segment.program_date_time)


def is_same(sighting: Sighting, segment: MediaSegment) -> bool:
    """Whether an entry can be the one that was seen: by its name, unless its time speaks against it, or by its time."""
    same_name = sighting.name == name_of(segment)
    stated = stated_us(segment)
    if stated is None or sighting.stated_us is None:
        return same_name
    apart_us = abs(stated - sighting.stated_us)
    if same_name:
        return apart_us < _OTHER_MOMENT_US
    return sighting.dating is Dating.STATED and apart_us < _SAME_MOMENT_US


def named(sightings: Mapping[int, Sighting]) -> dict[str, Sighting | None]:
    """By name; a name that several bear tells nothing."""
    names: dict[str, Sighting | None] = {}
    for sighting in sightings.values():
        if not sighting.repeats:
            add_name(names, sighting)
    return names


def add_name(names: dict[str, Sighting | None], sighting: Sighting) -> None:
    """Adds one to an index by name, in place."""
    names[sighting.name] = None if sighting.name in names else sighting


def _still_counted(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> Mapping[int, Sighting]:
    """What is known of the source's present way of counting, as far as its numbers alone tell.

    An edge that lags behind the others does so by little, and not for long: what stays below the highest number is a
    new beginning.
    """
    known, last = state.sightings, playlist.segments[-1].sequence
    fallen = state.newest - last
    if not known or fallen < 0:
        return known
    target_us = max(1, playlist.target_duration_s) * SECOND_US
    unseen_us = now_us - state.newest_seen_us
    if state.ended and not playlist.ended and unseen_us > 5 * target_us:
        return {}
    if showed_newest(state):  # until now: after an outage an edge that lags has its time as well
        return known
    if (fallen >= FAR_BACK and unseen_us > 2 * target_us) or (fallen > 0 and unseen_us > 5 * target_us):
        newest = known[state.newest]
        return {
            number: seen
            for number, seen in known.items()
            if seen.order > newest.order or seen.counting > state.resets
        }
    return known


def showed_newest(state: LiveState) -> bool:
    """Whether the last playlist had the highest number of all."""
    return bool(state.listed) and state.listed[-1].sequence >= state.newest


def _by_number(
    known: Mapping[int, Sighting], segments: Sequence[MediaSegment]
) -> tuple[list[Sighting | None], bool]:
    matches: list[Sighting | None] = []
    disagree = False
    for index, segment in enumerate(segments):
        sighting = known.get(segment.sequence)
        if sighting is not None and not is_same(sighting, segment):
            if index and _repeats_before(segments[index - 1], segment):
                sighting = matches[-1]  # its number may still be that of what will be meant
            else:
                disagree |= not sighting.repeats  # and here it is
                sighting = None
        matches.append(sighting)
    return matches, disagree


def _by_name(
    state: LiveState,
    names: Mapping[str, Sighting | None],
    segments: Sequence[MediaSegment],
    matches: list[Sighting | None],
) -> bool:
    """Fills in what was listed lately under other numbers. True if there is any."""
    oldest = state.order - 2 * len(state.listed) - FAR_BACK
    taken, found = {match.order for match in matches if match}, False
    shared = _shared_names(segments)
    for index, segment in enumerate(segments):
        if matches[index] is None:
            sighting = names.get(name_of(segment))
            if (
                sighting is not None
                and sighting.name not in shared
                and sighting.order > oldest
                and sighting.order not in taken
                and is_same(sighting, segment)
            ):
                matches[index], found = sighting, True
                taken.add(sighting.order)
    return found


def _shared_names(segments: Sequence[MediaSegment]) -> set[str]:
    uris: dict[str, str] = {}
    return {name for one in segments if uris.setdefault(name := name_of(one), one.uri) != one.uri}


def only_renamed(known: Mapping[int, Sighting], segments: Sequence[MediaSegment]) -> bool:
    """Where all names are others than they were: whether it is the names alone that changed, as with a new session."""
    again = [
        (sighting, segment)
        for segment in segments
        if (sighting := known.get(segment.sequence)) is not None and not sighting.repeats
    ]
    if len(again) < 2 or segments[0].sequence < _WELL_ON or segments[-1].sequence < max(known):
        return False
    return all(_may_be_one(*pair) and not is_same(*pair) for pair in again)


def _may_be_one(sighting: Sighting, segment: MediaSegment) -> bool:
    """Whatever the names."""
    stated = stated_us(segment)
    if stated is not None and sighting.stated_us is not None and sighting.stated_us != stated:
        return False
    return sighting.duration_us == round(segment.duration_s * SECOND_US)


def _renamed(known: Mapping[int, Sighting], segments: Sequence[MediaSegment]) -> dict[int, Sighting]:
    names = {one.sequence: name_of(one) for one in segments}
    return {
        number: replace(sighting, name=names.get(number, sighting.name)) for number, sighting in known.items()
    }


def _by_time(state: LiveState, segments: Sequence[MediaSegment], matches: list[Sighting | None]) -> bool:
    """As ``_by_name``, for a source that also has other names: another encoder of the same stream."""
    taken, found = {match.order for match in matches if match}, False
    listed = [state.sightings[one.sequence] for one in state.listed if one.sequence in state.sightings]
    stated = Counter(sighting.stated_us for sighting in listed)
    lately = [
        sighting
        for sighting in listed
        if sighting.dating is Dating.STATED
        and sighting.order not in taken
        and stated[sighting.stated_us] == 1  # else dates stand still, and tell nothing
    ]
    for index, segment in enumerate(segments if lately else ()):
        if matches[index] is None and (sighting := _at_the_same_time(lately, segment)) is not None:
            matches[index], found = sighting, True
            lately.remove(sighting)
    return found


def _at_the_same_time(lately: Sequence[Sighting], segment: MediaSegment) -> Sighting | None:
    stated, duration_us = stated_us(segment), round(segment.duration_s * SECOND_US)
    if stated is None:
        return None
    within_us = min(_SAME_MOMENT_US, duration_us // 4)
    near = (
        sighting
        for sighting in lately
        if sighting.name != name_of(segment)
        and abs(sighting.start_us - stated) < within_us
        and abs(sighting.duration_us - duration_us) <= within_us
    )
    return min(near, key=lambda sighting: abs(sighting.start_us - stated), default=None)


def _by_name_in_order(
    names: Mapping[str, Sighting | None],
    segments: Sequence[MediaSegment],
    matches: list[Sighting | None],
    *,
    before: Sighting | None,
) -> dict[int, Sighting]:
    """Fills in what was first seen between the known entries around it; by number. A name that comes again was not."""
    found: dict[int, Sighting] = {}
    nexts = _orders_after(matches)
    order_before = -1 if before is None else before.order
    for index, segment in enumerate(segments):
        match = matches[index]
        if match is None:
            sighting = names.get(name_of(segment))
            if sighting is not None and (
                _is_one(sighting, segment)
                or (_is_within(order_before, sighting.order, nexts[index]) and is_same(sighting, segment))
            ):
                match = matches[index] = found[segment.sequence] = sighting
        if match is not None:
            order_before = match.order
    return found


def _is_one(sighting: Sighting, segment: MediaSegment) -> bool:
    """Of one name, whether it also has the very date: then its number does not matter."""
    stated = stated_us(segment)
    return stated is not None and stated == sighting.stated_us and sighting.dating is Dating.STATED


def _is_within(before: int, order: int, after: int | None) -> bool:
    around = before >= 0 or after is not None
    return around and before < order and (after is None or order < after)


def _orders_after(matches: Sequence[Sighting | None]) -> list[int | None]:
    """For each entry, the order of the next known one."""
    orders: list[int | None] = []
    after: int | None = None
    for match in reversed(matches):
        orders.append(after)
        after = after if match is None else match.order
    orders.reverse()
    return orders


def _without_disagreeing(
    known: Mapping[int, Sighting], segments: Sequence[MediaSegment], matches: Sequence[Sighting | None]
) -> dict[int, Sighting]:
    other = {segment.sequence for segment, match in zip(segments, matches, strict=True) if match is None}
    return {number: sighting for number, sighting in known.items() if number not in other}


def _repeats(segments: Sequence[MediaSegment], matches: Sequence[Sighting | None]) -> frozenset[int]:
    if None not in matches:
        return frozenset()
    return frozenset(
        index for index in range(1, len(segments)) if _repeats_before(segments[index - 1], segments[index])
    )


def _repeats_before(before: MediaSegment, segment: MediaSegment) -> bool:
    return (
        segment.uri == before.uri
        and segment.byte_range == before.byte_range
        and not segment.discontinuity
        and segment.program_date_time in (None, before.program_date_time)
    )
