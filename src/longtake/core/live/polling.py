"""When to ask for the playlist again: just when the next segment is due.

A source publishes in a rhythm, each time a little late. ``Cadence`` follows it like this: after each new segment the
next is expected one duration later, corrected by how the source's pace was against its stated durations. Of the first
polls at that moment two in three should find the segment: more, and we come too late, so the moment moves forward by
20 ms; fewer, and we ask for nothing, so it moves back by 40 ms; twice as far with each further one in a row that chance
would hardly give. (With one in three the median lag is 0.04 s less, for half a poll more per segment: measured on a source
that is up to 0.3 s late.) After the first poll others follow at once, then ever more slowly, down to what RFC 8216 6.3.4 asks for
when nothing comes: half the target duration; and when nothing comes for long, more rarely still.

Whatever the playlist's numbers, two polls are never closer than 50 ms, and never further apart than ten seconds, so that
one odd number does not cost an hour of the stream.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from longtake.core.times import SECOND_US

_SPACING_US = 150_000
_SOONEST_US = 50_000
_SOONEST_AFTER_NEWS_US = 200_000
_LONGEST_POLL_US = 10 * SECOND_US
_EARLIER_US, _LATER_US = 20_000, 40_000
_HITS_BY_CHANCE, _MISSES_BY_CHANCE = 2, 4
"""First polls in a row with one outcome before the steps grow."""
_PACE_OVER = 32
_PACE_FROM = 8
_CHANCE_US = 750_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """What is known of a source's rhythm.

    ``due_us``: when the newest segment was due, or None before one was seen to come. ``step_us``: how much comes at a
    time. ``polled_us``: the last poll, ``misses``: polls since that brought nothing. ``marks``: of the last segments,
    when they were seen and the sum of all durations until then.
    """

    due_us: int | None = None
    step_us: int = 0
    batch_us: int = 0
    polled_us: int = 0
    misses: int = 0
    hits_in_a_row: int = 0
    misses_in_a_row: int = 0
    late_in_a_row: int = 0
    marks: tuple[tuple[int, int], ...] = ()


def after_miss(cadence: Cadence, *, now_us: int) -> Cadence:
    """A poll brought nothing new."""
    return replace(cadence, misses=cadence.misses + 1, polled_us=now_us)


def after_news(cadence: Cadence, *, now_us: int, came_us: int, last_us: int) -> Cadence:
    """A poll brought ``came_us`` of new segments, the last of them ``last_us`` long."""
    marks = _marked(cadence.marks, now_us=now_us, came_us=came_us)
    # Several at a time twice in a row is a habit, once is a stall that is over.
    step_us = max(last_us, min(came_us, cadence.batch_us))
    known = replace(cadence, marks=marks, step_us=step_us, batch_us=came_us, polled_us=now_us, misses=0)
    if cadence.polled_us == 0:  # first sight of all: when the newest was published is not known
        return replace(known, marks=(), due_us=None, batch_us=0, step_us=last_us)
    if cadence.due_us is None:
        due_us = now_us if cadence.misses == 0 else max(cadence.polled_us, now_us - _SPACING_US)
        return replace(known, due_us=due_us)
    return _corrected(known, cadence, cadence.due_us + round(came_us * _pace(marks)), now_us=now_us)


def after_wait(cadence: Cadence, *, now_us: int, came_us: int, last_us: int) -> Cadence:
    """As ``after_news``, of an answer that waited for it: so it came just now."""
    return replace(
        cadence,
        marks=_marked(cadence.marks, now_us=now_us, came_us=came_us),
        due_us=now_us,
        step_us=max(last_us, min(came_us, cadence.batch_us)),
        batch_us=came_us,
        polled_us=now_us,
        misses=0,
        hits_in_a_row=0,
        misses_in_a_row=0,
        late_in_a_row=0,
    )


def _corrected(known: Cadence, before: Cadence, due_us: int, *, now_us: int) -> Cadence:
    """See the module: ``due_us`` moves a little by each outcome, and far if it is far off."""
    if (
        now_us < before.polled_us or due_us - now_us > known.step_us
    ):  # the clock was set, or much came at once
        return replace(known, due_us=now_us - _SPACING_US, hits_in_a_row=0, late_in_a_row=0)
    missed_by_us = before.polled_us - due_us
    if (
        before.misses == 0 or missed_by_us < -_SPACING_US
    ):  # the first poll since it was due, or even before that
        if now_us - due_us > known.step_us // 2:  # we were late ourselves
            return replace(known, due_us=max(due_us, now_us - known.step_us), hits_in_a_row=0)
        hits = known.hits_in_a_row + 1
        moved_us = min(_EARLIER_US << min(max(0, hits - _HITS_BY_CHANCE), 8), known.step_us // 2)
        return replace(known, due_us=due_us - moved_us, hits_in_a_row=hits, misses_in_a_row=0)
    misses = known.misses_in_a_row + 1
    if missed_by_us > 3 * _SPACING_US and known.late_in_a_row == 0:
        # One that is late is an accident, and the next will be in time.
        return replace(known, due_us=due_us + _LATER_US, hits_in_a_row=0, late_in_a_row=1)
    if missed_by_us > 3 * _SPACING_US:
        return replace(known, due_us=before.polled_us - _SPACING_US, hits_in_a_row=0, late_in_a_row=0)
    by_chance = _MISSES_BY_CHANCE if len(known.marks) > 2 * _PACE_FROM else 1
    by_streak_us = _LATER_US << min(max(0, misses - by_chance), 8)
    moved_us = min(by_streak_us, max(_LATER_US, missed_by_us // 2))
    return replace(known, due_us=due_us + moved_us, hits_in_a_row=0, misses_in_a_row=misses, late_in_a_row=0)


def _marked(marks: tuple[tuple[int, int], ...], *, now_us: int, came_us: int) -> tuple[tuple[int, int], ...]:
    total_us = (marks[-1][1] if marks else 0) + came_us
    return (*marks[1 - _PACE_OVER :], (now_us, total_us))


def _pace(marks: tuple[tuple[int, int], ...]) -> float:
    """Real time per stated time, by the last segments; 1 while too few are known, or chance may account for it."""
    if len(marks) < _PACE_FROM:
        return 1.0
    (first_us, first_total_us), (last_us, last_total_us) = marks[0], marks[-1]
    stated_us, real_us = last_total_us - first_total_us, last_us - first_us
    if stated_us <= 0 or abs(real_us - stated_us) < _CHANCE_US:
        return 1.0
    return real_us / stated_us if 0.1 < real_us / stated_us < 10 else 1.0


def next_poll_s(
    cadence: Cadence, *, now_us: int, target_duration_s: int, quiet_us: int, jitter: float
) -> float:
    """When to ask again, in seconds from now. ``quiet_us``: for how long nothing new came."""
    target_us = min(_LONGEST_POLL_US, max(1, target_duration_s) * SECOND_US)
    late_us = _late_us(cadence, now_us=now_us)
    if quiet_us > 2 * target_us and (late_us is None or late_us > target_us):
        at_length_us = max(target_us // 2, min(_LONGEST_POLL_US, quiet_us // 8))
        return at_length_us * (1 + 0.1 * jitter) / SECOND_US
    if late_us is None:  # until the first new one comes, to learn when it does
        delay_us = max(_SOONEST_AFTER_NEWS_US, min(target_us // 2, cadence.step_us // 4))
    elif late_us < 0 or cadence.misses == 0:
        delay_us = max(0 if cadence.misses else _SOONEST_AFTER_NEWS_US, -late_us)
    else:
        delay_us = min(max(_SPACING_US, late_us // 2), target_us // 2)
    delay_us = max(_SOONEST_US, min(delay_us, target_us))
    return (delay_us + jitter * _EARLIER_US / 2) / SECOND_US


def _late_us(cadence: Cadence, *, now_us: int) -> int | None:
    """How late the next segment is by now; negative before it is due."""
    if cadence.due_us is None:
        return None
    return now_us - cadence.due_us - round(cadence.step_us * _pace(cadence.marks))
