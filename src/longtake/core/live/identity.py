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
no content is known, but times of what was        a new session, which may begin with ads: the same. What the one
listed lately are there                           before had shown beyond that is known by its time, once it comes
the playlist has nothing but ads                  numbers tell nothing: no new beginning
all disagree in their names alone, and they       the same entries, with a token of the moment in their names
go on where they were, far from any beginning
some disagree, and nothing is known               the source began to count anew: all is new
the highest was not seen for long, and others     the same (an encoder that began again with the same names); what
are shown below it                                came meanwhile stays known
the stream had ended, and goes on below that      the same; all is new
none is known                                     all is new: it slid past us (at once, if it goes on just there)
================================================  ==================================================================

How names and times tell is in ``likeness``. A name is the last part of the path: folders, hosts and queries may hold a
token of the moment. With the same name it is still another entry if its stated time is quite different; and a name that
several entries of a playlist bear tells nothing, since their numbers are elsewhere in their paths (where nothing else tells: ``unnumbered``).

An entry that repeats the one before it (the same address, at the same stated time, or without a time and without a
discontinuity, across which content cannot repeat) is no segment of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.live.likeness import (
    by_time,
    fill_in,
    is_another_moment,
    is_dated_alike,
    is_same,
    moments,
    name_of,
    stated_us,
)
from longtake.core.live.model import LiveState, Sighting
from longtake.core.live.unnumbered import by_address
from longtake.core.times import SECOND_US

FAR_BACK = 10
"""Numbers by which an edge of a CDN does not lag."""
_MOST_STRAYS = 64
_WELL_ON = 10
"""A number so high is none of a new beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """What is known of each entry (None: new), and what stays known at all. ``reset``: the source counts anew.

    ``strays``, ``unnumbered``: see ``LiveState``. ``repeats``: indexes of entries that repeat the one before, if any is new.
    """

    matches: list[Sighting | None]
    sightings: Mapping[int, Sighting]
    names: Mapping[str, Sighting | None]
    reset: bool = False
    strays: tuple[Sighting, ...] = ()
    unnumbered: bool = False
    repeats: frozenset[int] = frozenset()

    @property
    def has_news(self) -> bool:
        """Whether any entry is new."""
        return has_news(self.matches)


def has_news(matches: Sequence[Sighting | None]) -> bool:
    """``None in matches`` asks each for its equality, which is slow."""
    return any(match is None for match in matches)


def recognise(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> Recognition:
    """Compares a playlist, which must have entries, with what was seen before."""
    segments = playlist.segments
    addressed = by_address(state, segments)
    if addressed is not None:
        return Recognition(
            matches=addressed,
            sightings=_known_now(segments, addressed),
            names=state.names,
            unnumbered=True,
            repeats=_repeats(segments, addressed),
        )
    known = _still_counted(state, playlist, now_us=now_us)
    reset = known is not state.sightings
    names = state.names if not reset else named(known)
    matches, disagree = _by_number(known, segments)
    moved = _moved(state, names, known, segments, matches, disagrees=disagree)
    if moved:
        known, names, reset = _known_now(segments, matches), _also_named(state.names, matches), False
    elif known and disagree and not any(matches):
        if only_renamed(known, segments):
            known = _renamed(known, segments)
            matches = [known.get(segment.sequence) for segment in segments]
        elif not _tells_of_numbers(segments):
            known = _without_disagreeing(known, segments, matches)
        else:
            known, reset = {}, True  # names stay: another edge may still show the old ones
    elif known and has_news(matches):
        moved_later = _by_name_in_order(names, segments, matches, before=known.get(segments[0].sequence - 1))
        known = {**known, **moved_later} if moved_later else known
    if disagree and any(matches) and not moved:  # some numbers now stand for other entries, alone
        known = _without_disagreeing(known, segments, matches)
    strays = _strays(state, matches) if moved else state.strays
    if strays and has_news(matches) and fill_in(strays, segments, matches):
        known, names = {**known, **_known_now(segments, matches)}, _also_named(names, matches)
    if strays and not moved:
        strays = _still_to_come(strays, matches)
    return Recognition(
        matches=matches,
        sightings=known,
        names=names,
        reset=reset,
        strays=strays,
        repeats=_repeats(segments, matches),
    )


def _known_now(segments: Sequence[MediaSegment], matches: Sequence[Sighting | None]) -> dict[int, Sighting]:
    pairs = zip(segments, matches, strict=True)
    return {segment.sequence: match for segment, match in pairs if match is not None}


def _also_named(
    names: Mapping[str, Sighting | None], matches: Sequence[Sighting | None]
) -> Mapping[str, Sighting | None]:
    """With the names that known entries bear now."""
    others = {match.name: match for match in matches if match is not None and match.name not in names}
    return {**names, **others} if others else names


def _moved(
    state: LiveState,
    names: Mapping[str, Sighting | None],
    known: Mapping[int, Sighting],
    segments: Sequence[MediaSegment],
    matches: list[Sighting | None],
    *,
    disagrees: bool,
) -> bool:
    """Fills in what bears other numbers than before, if numbers tell nothing. True if there is any."""
    if not state.sightings:
        return False
    if known and not disagrees and not any(matches) and segments[0].sequence == state.newest + 1:
        last = known.get(state.newest)
        follows_ads = last is not None and last.ad
        return by_time(state, segments, matches) if follows_ads else _goes_back(state, segments, matches)
    if known and (disagrees or not any(matches)):
        return _by_name(state, names, segments, matches) | by_time(state, segments, matches)
    is_new_session = all(match is None or match.ad for match in matches) and has_news(matches)
    if is_new_session and (any(matches) or not known):  # one that begins with ads
        return by_time(state, segments, matches)
    return False


def _goes_back(state: LiveState, segments: Sequence[MediaSegment], matches: list[Sighting | None]) -> bool:
    """Where numbers go on by chance: as ``by_time``, if several are known, since a clock that is set back is no session."""
    found = list(matches)
    if len(segments) < 2 or not by_time(state, segments, found) or sum(map(bool, found)) < 2:
        return False
    matches[:] = found
    return True


def _strays(state: LiveState, matches: Sequence[Sighting | None]) -> tuple[Sighting, ...]:
    """What was seen under other numbers, and is later than all that is listed now: it will be."""
    latest_us = max((match.start_us for match in matches if match is not None and not match.ad), default=None)
    if latest_us is None:
        return ()
    known = (one for one in state.sightings.values() if one.order > state.order - _MOST_STRAYS)
    return tuple(one for one in known if one.start_us > latest_us and not (one.ad or one.repeats))


def _still_to_come(strays: Sequence[Sighting], matches: Sequence[Sighting | None]) -> tuple[Sighting, ...]:
    there = {match.order for match in matches if match is not None}
    first_us = min((one.start_us for one in matches if one is not None and not one.ad), default=0)
    return tuple(one for one in strays if one.order not in there and one.start_us >= first_us)


def _tells_of_numbers(segments: Sequence[MediaSegment]) -> bool:
    """Ads alone do not: a session that begins with them may be another one, and go away."""
    return any(segment.ad is None for segment in segments)


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
    if not known or fallen < 0 or not _tells_of_numbers(playlist.segments):
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
    oldest = state.order - 2 * max(len(state.listed), len(segments)) - FAR_BACK
    taken, found = {match.order for match in matches if match}, False
    shared = _shared_names(segments)
    for index, segment in enumerate(segments):
        if matches[index] is None:
            sighting = names.get(name_of(segment))
            if (
                sighting is not None
                and sighting.name not in shared
                and (sighting.order > oldest or is_dated_alike(sighting, segment))
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
    if segments[0].sequence < _WELL_ON or not known or segments[-1].sequence < max(known):
        return False
    again = [
        (sighting, segment, moment_us)
        for segment, moment_us in zip(segments, moments(segments), strict=True)
        if (sighting := known.get(segment.sequence)) is not None and not sighting.repeats
    ]
    return len(again) > 1 and all(_may_be_one(*one) and not is_same(*one[:2]) for one in again)


def _may_be_one(sighting: Sighting, segment: MediaSegment, moment_us: int | None) -> bool:
    """Whatever the names."""
    stated = stated_us(segment)
    if stated is not None and sighting.stated_us is not None and sighting.stated_us != stated:
        return False
    if moment_us is not None and is_another_moment(sighting, moment_us):
        return False
    return sighting.duration_us == round(segment.duration_s * SECOND_US)


def _renamed(known: Mapping[int, Sighting], segments: Sequence[MediaSegment]) -> dict[int, Sighting]:
    names = {one.sequence: name_of(one) for one in segments}
    return {
        number: replace(sighting, name=names.get(number, sighting.name)) for number, sighting in known.items()
    }


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
                is_dated_alike(sighting, segment)
                or (_is_within(order_before, sighting.order, nexts[index]) and is_same(sighting, segment))
            ):
                match = matches[index] = found[segment.sequence] = sighting
        if match is not None:
            order_before = match.order
    return found


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
    if not has_news(matches):
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
