"""The wall time of each entry of a playlist. The first line that gives one is taken:

=========  ============================================================================================
dating     time
=========  ============================================================================================
stated     its own PROGRAM-DATE-TIME, if it can be believed
(as then)  what it was given when it was first seen, by this run or, with ``anchors``, by the one before
carried    the date of the nearest entry before it, within its discontinuity, plus the durations between
carried    the date of the nearest entry after it, within its discontinuity, minus the durations between
carried    the same, from a time that was carried to an entry when that was first seen
carried    the same, across discontinuities
estimated  the end of the entry before it that was estimated
estimated  as many usual durations after the last known one as numbers lie between, if the clock agrees
estimated  the clock, taking the playlist's end for now; from there backwards
=========  ============================================================================================

What a source states is never altered by what this node alone saw, so that two nodes give the same names; and what is
carried comes from the nearest date in the playlist itself where there is one: a source that dates the first entry alone
would else drift away, by what its durations are rounded, for as long as it is followed. So nodes can differ in one case
only: an entry without a date whose dated neighbour had left the playlist, or was another, when a node first saw it.

A date is not believed if it is before HLS was (an encoder without a clock says 1970), or more than five minutes ahead
of our clock. And one that stands still tells nothing: of entries with one and the same date the first has it, if the
playlist shows that it is the first; the others follow from it (an encoder that writes whole seconds, or a packager
that stamps once). A date that jumps, either way, at a discontinuity or not, is the source's word.

Estimated times follow the clock, since stated durations may be a little too long or too short for ever: while a
playlist's end is more than a segment ahead of the clock, or more than a segment and a second behind it, each new
segment is moved by what is too much, but by a tenth of a duration at most: forward of its own, back of the one before.
So times never go back, and two never have one time. Behind by more than three target durations the source has stood still: the clock anew, and a joint there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from longtake.core.facts import Dating
from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.live.identity import Recognition, only_renamed
from longtake.core.live.jumps import NO_JUMP_US
from longtake.core.live.likeness import is_same, stated_us
from longtake.core.live.model import LiveState, Sighting
from longtake.core.times import SECOND_US

_MOST_AHEAD_US = 300 * SECOND_US
_FIRST_HLS_US = 1_241_136_000 * SECOND_US
"""2009-05-01, when HLS was first published."""
_STANDING_US = 1000
_STALE_TARGETS = 3
_TRUSTED_FOR_US = 600 * SECOND_US
"""For so long after it last looked, the times of an earlier run are believed: numbers and names may begin anew."""
_LOOKED_BACK = 100
"""Known entries before the first new one that are looked at: an event's playlist may list a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A time, and where it came from."""

    start_us: int
    dating: Dating


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """A time for each entry from ``first`` on. ``joint``: the entry before which estimated times jump.

    ``undated``: there are entries without a usable date, of whose times a restart would need to be told. ``regular``: each
    begins where the one before it ends.
    """

    first: int
    placed: list[Placed]
    undated: bool
    joint: int | None = None
    regular: bool = False


def date(state: LiveState, playlist: MediaPlaylist, seen: Recognition, *, now_us: int) -> Dates:
    """Times for the new entries, and for those before them that matter. The playlist must have entries."""
    new = next((index for index, match in enumerate(seen.matches) if match is None), 0)
    regular = _regular(state, playlist.segments, seen, new=new, now_us=now_us)
    if regular is not None:
        return regular
    first = _dated_from(playlist.segments, max(0, new - _LOOKED_BACK))
    line = _line(state, playlist, seen, first=first, now_us=now_us)
    _carry(line, across=False)
    _recall(line)
    _carry(line, across=False)
    _carry(line, across=True)
    joint = None
    if line.placed[-1] is None:
        joint = _estimate(line, now_us=now_us)
    return Dates(
        first=first,
        placed=[placed for placed in line.placed if placed is not None],
        undated=line.is_undated,
        joint=None if joint is None else joint + first,
    )


def _regular(
    state: LiveState, segments: Sequence[MediaSegment], seen: Recognition, *, new: int, now_us: int
) -> Dates | None:
    """What most news come to, in a fifth of the time: all is dated, and each new entry begins where the one before it ends."""
    if new == 0 or state.undated or seen.repeats:
        return None
    placed: list[Placed] = []
    end_us: int | None = None
    for index in range(new - 1, len(segments)):
        start_us = stated_us(segments[index])
        if start_us is None or not _FIRST_HLS_US <= start_us <= now_us + _MOST_AHEAD_US:
            return None
        if end_us is not None and (abs(start_us - end_us) > NO_JUMP_US or seen.matches[index] is not None):
            return None
        placed.append(Placed(start_us=start_us, dating=Dating.STATED))
        duration_us = round(segments[index].duration_s * SECOND_US)
        if duration_us < 2 * NO_JUMP_US:  # dates may stand still
            return None
        end_us = start_us + duration_us
    return Dates(first=new - 1, placed=placed, undated=False, regular=True)


def _dated_from(segments: Sequence[MediaSegment], first: int) -> int:
    """``first``, or as far before it as the only date is: that of the first entry of a long playlist."""
    if any(segment.program_date_time is not None for segment in segments[first:]):
        return first
    dated = (index for index in range(first - 1, -1, -1) if segments[index].program_date_time is not None)
    return next(dated, first)


@dataclass(slots=True, kw_only=True)
class _Line:
    """A playlist's entries on their way to times. ``given``: known to an earlier poll or run. ``before``: the known
    entry just before the first, which is listed no more; ``latest``: the newest of all, further back. ``end_us``: where
    the first begins, if the source has told."""

    segments: Sequence[MediaSegment]
    durations_us: list[int]
    given: list[Sighting | None]
    placed: list[Placed | None]
    before: Sighting | None
    latest: tuple[int, Sighting] | None
    target_us: int
    is_undated: bool
    end_us: int | None = None


def _line(state: LiveState, playlist: MediaPlaylist, seen: Recognition, *, first: int, now_us: int) -> _Line:
    segments = playlist.segments[first:]
    anchors = state.anchors if now_us - state.anchored_us <= _TRUSTED_FOR_US and not seen.reset else {}
    number = segments[0].sequence - 1
    before = seen.sightings.get(number) or anchors.get(number)
    if before is not None and before.repeats:  # a mere repetition: what had its number is not sure
        before = None
    before_us = None if before is None else before.stated_us
    if first:
        before_us = stated_us(playlist.segments[first - 1])
    repeats = {index - first for index in seen.repeats}
    dates = usable_dates(segments, before_us=before_us, repeats=repeats, now_us=now_us)
    renamed = only_renamed(anchors, segments)
    given = [
        None
        if index in repeats
        else seen.matches[first + index] or _anchor(anchors, segment, renamed=renamed)
        for index, segment in enumerate(segments)
    ]
    return _Line(
        segments=segments,
        durations_us=[
            0 if index in repeats else round(segment.duration_s * SECOND_US)
            for index, segment in enumerate(segments)
        ],
        given=given,
        placed=[
            None if date_us is None else Placed(start_us=date_us, dating=Dating.STATED) for date_us in dates
        ],
        before=before,
        latest=_latest(seen.sightings or anchors, segments[0].sequence),
        target_us=max(1, playlist.target_duration_s) * SECOND_US,
        is_undated=any(moment is None and index not in repeats for index, moment in enumerate(dates)),
    )


def _anchor(anchors: Mapping[int, Sighting], segment: MediaSegment, *, renamed: bool) -> Sighting | None:
    anchor = anchors.get(segment.sequence)
    return anchor if anchor is not None and (renamed or is_same(anchor, segment)) else None


def _latest(known: Mapping[int, Sighting], first_number: int) -> tuple[int, Sighting] | None:
    """The newest known entry before the first. Only of use when nothing of a playlist is known."""
    if first_number in known:
        return None
    number = max((one for one, seen in known.items() if not seen.repeats), default=first_number)
    return (number, known[number]) if number < first_number else None


def usable_dates(
    segments: Sequence[MediaSegment], *, before_us: int | None, repeats: Collection[int], now_us: int
) -> list[int | None]:
    """The dates that can be believed. ``before_us`` is the date of the entry before, ``repeats`` indexes to pass over."""
    dates = [None if index in repeats else stated_us(segment) for index, segment in enumerate(segments)]
    usable: list[int | None] = [None] * len(dates)
    stated = [index for index, moment in enumerate(dates) if moment is not None]
    # Ads have dates of their own, among which those of the content may come again.
    earlier_us: dict[bool, int | None] = {segments[0].ad is not None: before_us}
    for place, index in enumerate(stated):
        moment, is_ad = dates[index], segments[index].ad is not None
        following = stated[place + 1] if place + 1 < len(stated) else index
        after = (
            dates[following] if following > index and (segments[following].ad is not None) is is_ad else None
        )
        if moment is not None and _FIRST_HLS_US <= moment <= now_us + _MOST_AHEAD_US:
            before = earlier_us.get(is_ad)
            stands = _is_one_moment(before, moment) or (before is None and _is_one_moment(after, moment))
            usable[index] = None if stands else moment
        earlier_us[is_ad] = moment
    return usable


def _is_one_moment(one_us: int | None, other_us: int) -> bool:
    return one_us is not None and abs(one_us - other_us) < _STANDING_US


def _carry(line: _Line, *, across: bool) -> None:
    _carry_forward(line, across=across)
    _carry_backward(line, across=across)


def _carry_forward(line: _Line, *, across: bool) -> None:
    end_us = line.end_us
    for index, segment in enumerate(line.segments):
        placed = line.placed[index]
        if placed is None and end_us is not None and (across or not segment.discontinuity):
            placed = line.placed[index] = Placed(start_us=end_us, dating=Dating.CARRIED)
        end_us = None if placed is None else placed.start_us + line.durations_us[index]


def _carry_backward(line: _Line, *, across: bool) -> None:
    for index in range(len(line.segments) - 2, -1, -1):
        after = line.placed[index + 1]
        reaches = across or not line.segments[index + 1].discontinuity
        if line.placed[index] is None and after is not None and reaches:
            start_us = after.start_us - line.durations_us[index]
            line.placed[index] = Placed(start_us=start_us, dating=Dating.CARRIED)


def _recall(line: _Line) -> None:
    """What has no date keeps the time it was given, and the next may follow from it."""
    for index, given in enumerate(line.given):
        placed = line.placed[index]
        is_stated = placed is not None and placed.dating is Dating.STATED
        if given is not None and given.dating is not Dating.ESTIMATED and not is_stated:
            line.placed[index] = Placed(start_us=given.start_us, dating=Dating.CARRIED)
    if line.before is not None and line.before.dating is not Dating.ESTIMATED:
        line.end_us = line.before.end_us


def _estimate(line: _Line, *, now_us: int) -> int | None:
    """Places all, since the source gave no time. Returns where there is a joint."""
    fresh = 1 + max((index for index, given in enumerate(line.given) if given is not None), default=-1)
    starts = _known_starts(line, fresh)
    durations_us = line.durations_us[fresh:]
    total_us = sum(durations_us)
    begin_us = starts[-1] + line.durations_us[fresh - 1] if starts else _begin_us(line, now_us=now_us)
    joint = None
    if begin_us is None or (durations_us and now_us - begin_us - total_us > _STALE_TARGETS * line.target_us):
        joint = fresh if starts or line.before is not None or line.latest is not None else None
        begin_us = now_us - total_us
    starts += _following(begin_us, durations_us, before_us=_duration_before_us(line, fresh), now_us=now_us)
    line.placed = [Placed(start_us=start_us, dating=Dating.ESTIMATED) for start_us in starts]
    return joint


def _duration_before_us(line: _Line, index: int) -> int:
    if index:
        return line.durations_us[index - 1]
    return 0 if line.before is None else line.before.duration_us


def _known_starts(line: _Line, until: int) -> list[int]:
    """Of the entries up to the last known one: as given; in between as the one before ends, or the one after begins."""
    starts: list[int] = []
    for index in range(until):
        given = line.given[index]
        if given is not None:
            start_us = given.start_us
        elif starts:
            start_us = starts[-1] + line.durations_us[index - 1]
        else:
            known = next(place for place in range(until) if line.given[place] is not None)
            anchor = line.given[known]
            start_us = (0 if anchor is None else anchor.start_us) - sum(line.durations_us[index:known])
        starts.append(start_us)
    return starts


def _begin_us(line: _Line, *, now_us: int) -> int | None:
    """Where a playlist begins of which no entry is known, or None if only the clock can tell."""
    if line.before is not None:
        return line.before.end_us
    if line.latest is None:
        return None
    number, sighting = line.latest
    skipped = line.segments[0].sequence - number - 1
    total_us = sum(line.durations_us)
    begin_us = sighting.end_us + skipped * total_us // len(line.segments)
    agrees = abs(now_us - begin_us - total_us) <= _STALE_TARGETS * line.target_us
    return begin_us if agrees else None


def _following(begin_us: int, durations_us: Sequence[int], *, before_us: int, now_us: int) -> list[int]:
    """One after the other, moved towards the clock where the module says so. ``before_us`` is the duration before."""
    starts: list[int] = []
    behind_us = now_us - begin_us - sum(durations_us)
    longest_us = max(durations_us, default=0)
    excess_us = max(0, behind_us - longest_us - SECOND_US) or min(0, behind_us + longest_us)
    for duration_us in durations_us:
        moved_us = max(-(before_us // 10), min(duration_us // 10, excess_us))
        excess_us -= moved_us
        starts.append(begin_us + moved_us)
        begin_us += moved_us + duration_us
        before_us = duration_us
    return starts
