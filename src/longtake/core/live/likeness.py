"""Whether an entry of a playlist can be one that was seen: by its name, by its time.

A new session of a site gives the same content other names and other numbers, and the same dates; so entries are known by
their time as well. An ad is never taken for content, nor content for an ad: ads have dates of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from longtake.core.facts import Dating
from longtake.core.hls.model import MediaSegment
from longtake.core.live.model import LiveState, Sighting
from longtake.core.times import SECOND_US, to_us

_SAME_MOMENT_US = SECOND_US // 2
_OTHER_MOMENT_US = 10 * SECOND_US
_STANDING_US = 1000
_LONGEST_NAME = 120
_LATELY = 100
"""Entries seen until now of which one may come again: minutes, with all the ads a new session begins with. Not for ever: an
encoder that always begins at one date shows other content."""


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
    is_stated = sighting.dating is Dating.STATED and sighting.ad == (segment.ad is not None)
    return is_stated and apart_us < _SAME_MOMENT_US


def is_another_moment(sighting: Sighting, moment_us: int) -> bool:
    """Whether the time of an entry, as it follows from what is stated, speaks against it."""
    return sighting.dating is not Dating.ESTIMATED and abs(sighting.start_us - moment_us) >= _OTHER_MOMENT_US


def is_dated_alike(sighting: Sighting, segment: MediaSegment) -> bool:
    """Of one name, whether it also has the very date: then its number does not matter."""
    stated = stated_us(segment)
    return stated is not None and stated == sighting.stated_us and sighting.dating is Dating.STATED


def by_time(state: LiveState, segments: Sequence[MediaSegment], matches: list[Sighting | None]) -> bool:
    """Fills in what was seen lately at the same time under other numbers and names. True if there is any."""
    oldest = state.order - 2 * max(len(state.listed), len(segments)) - _LATELY
    known = [*state.sightings.values(), *(one for one in state.names.values() if one is not None)]
    return fill_in({one.order: one for one in known if one.order > oldest}.values(), segments, matches)


def fill_in(
    known: Iterable[Sighting], segments: Sequence[MediaSegment], matches: list[Sighting | None]
) -> bool:
    """Fills in those of ``known`` that are there under other names, by their times; they bear these names from now on.
    True if there is any."""
    taken, found = {match.order for match in matches if match}, False
    dated = [one for one in known if one.dating is not Dating.ESTIMATED and not one.repeats]
    stated = Counter((one.ad, one.stated_us) for one in dated)
    left = [
        one
        for one in dated
        if one.order not in taken
        and (
            one.stated_us is None or stated[one.ad, one.stated_us] < 2
        )  # else dates stand still, and tell nothing
    ]
    if not left:
        return False
    for index, moment_us in enumerate(moments(segments)):
        if matches[index] is None and moment_us is not None:
            sighting = _at_the_same_time(left, segments[index], moment_us)
            if sighting is not None:
                matches[index], found = replace(sighting, name=name_of(segments[index])), True
                left.remove(sighting)
    return found


def moments(segments: Sequence[MediaSegment]) -> list[int | None]:
    """When each begins, as stated, or as follows from what is stated around it."""
    found: list[int | None] = []
    end_us: int | None = None
    before_us: dict[bool, int] = {}  # ads have dates of their own
    for segment in segments:
        stated = stated_us(segment)
        is_ad = segment.ad is not None
        if stated is not None and abs(stated - before_us.get(is_ad, 0)) >= _STANDING_US:
            moment_us: int | None = stated
        else:
            moment_us = None if segment.discontinuity else end_us
        if stated is not None:
            before_us[is_ad] = stated
        found.append(moment_us)
        end_us = None if moment_us is None else moment_us + round(segment.duration_s * SECOND_US)
    for index in range(len(segments) - 2, -1, -1):
        after_us = found[index + 1]
        if found[index] is None and after_us is not None and not segments[index + 1].discontinuity:
            found[index] = after_us - round(segments[index].duration_s * SECOND_US)
    return found


def _at_the_same_time(known: Sequence[Sighting], segment: MediaSegment, moment_us: int) -> Sighting | None:
    duration_us = round(segment.duration_s * SECOND_US)
    within_us = min(_SAME_MOMENT_US, duration_us // 4)
    near = (
        one
        for one in known
        if abs(one.start_us - moment_us) < within_us
        and abs(one.duration_us - duration_us) <= within_us
        and one.ad == (segment.ad is not None)
        and one.name != name_of(segment)
    )
    return min(near, key=lambda one: abs(one.start_us - moment_us), default=None)
