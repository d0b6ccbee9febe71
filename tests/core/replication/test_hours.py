from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import digest_of, quick, us

from longtake.core.digests import HourDigest, digest_hour
from longtake.core.listing import read_listing
from longtake.core.replication.hours import hours_to_compare, hours_to_list
from longtake.core.replication.settled import Settled
from longtake.core.times import HOUR_US, SECOND_US, hour_name, hour_start_us

NOW = us("12:30:00")
MINUTE_US = 60 * SECOND_US


def an_hour(clock: int, content: str = "some names") -> HourDigest:
    return HourDigest(hour=f"2024-11-09T{clock:02}", count=1, digest=digest_of(content))


def compare(
    ours: list[HourDigest],
    theirs: list[HourDigest],
    settled: Settled | None = None,
    *,
    since_us: int = 0,
    now_us: int = NOW,
) -> list[str]:
    return hours_to_compare(ours, theirs, settled or Settled(), since_us=since_us, now_us=now_us)


def of(*clocks: int) -> list[str]:
    return [f"2024-11-09T{clock:02}" for clock in clocks]


EMPTY = digest_hour(read_listing("2024-11-09T09", []))

# ours, theirs -> hours
DIGESTS = {
    "hours that agree are not compared": ([an_hour(9)], [an_hour(9)], of()),
    "an hour that differs is compared": ([an_hour(9)], [an_hour(9, "others")], of(9)),
    "an hour that is not here is compared": ([], [an_hour(9)], of(9)),
    "an hour that they do not have is not compared": ([an_hour(9)], [], of()),
    "an hour without a name is no different from one that is not here": ([], [EMPTY], of()),
    "an hour that is here and empty there is looked at, since it differs": ([an_hour(9)], [EMPTY], of(9)),
    "the newest comes first, in whatever order they are listed": (
        [],
        [an_hour(8), an_hour(11), an_hour(9)],
        of(11, 9, 8),
    ),
    "an hour that is listed twice is compared once": ([], [an_hour(9), an_hour(9, "others")], of(9)),
    "an hour that begins within an hour is compared": ([], [an_hour(13)], of(13)),
    "an hour that begins later is not": ([], [an_hour(14)], of()),
    "what is no hour is passed over": (
        [],
        [HourDigest(hour="../../etc", count=1, digest=b""), an_hour(9)],
        of(9),
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "hours"), DIGESTS.values(), ids=DIGESTS.keys())
def test_hours_to_compare(ours: list[HourDigest], theirs: list[HourDigest], hours: list[str]) -> None:
    assert compare(ours, theirs) == hours


def test_an_hour_that_begins_exactly_an_hour_from_now_is_compared() -> None:
    assert compare([], [an_hour(13)], now_us=us("12:00:00")) == of(13)
    assert compare([], [an_hour(13)], now_us=us("12:00:00") - 1) == of()


def test_an_hour_is_too_old_once_it_ended_before_the_limit() -> None:
    """What ends with it may hold a segment that reaches beyond."""
    theirs = [an_hour(8), an_hour(9)]
    assert compare([], theirs, since_us=us("09:00:00")) == of(9, 8)
    assert compare([], theirs, since_us=us("09:00:00") + 1) == of(9)
    assert compare([], theirs, since_us=us("10:00:00") + 1) == of()


def test_a_settled_pair_is_not_compared_and_any_other_is() -> None:
    settled = Settled()
    settled.note(of(9)[0], digest_of("a"), digest_of("b"))
    assert compare([an_hour(9, "a")], [an_hour(9, "b")], settled) == of()
    assert compare([an_hour(9, "a")], [an_hour(9, "c")], settled) == of(9)
    assert compare([an_hour(9, "c")], [an_hour(9, "b")], settled) == of(9)
    assert compare([an_hour(8, "a")], [an_hour(8, "b")], settled) == of(8)


def test_an_hour_that_is_not_here_can_be_settled_too() -> None:
    settled = Settled()
    settled.note(of(9)[0], EMPTY.digest, digest_of("odd names only"))
    assert compare([], [an_hour(9, "odd names only")], settled) == of()


def test_ten_thousand_hours_take_no_time() -> None:
    settled = Settled()
    names = [hour_name(NOW - back * HOUR_US) for back in range(10_000)]
    ours = [HourDigest(hour=name, count=1, digest=digest_of(f"ours {name}")) for name in names]
    theirs = [HourDigest(hour=name, count=1, digest=digest_of(f"theirs {name}")) for name in names]
    for mine, other in zip(ours, theirs, strict=True):
        settled.note(mine.hour, mine.digest, other.digest)
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        assert compare(ours, theirs, settled) == []
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.25


def due(theirs: list[str], looked_us: dict[str, int], *, now_us: int = NOW, since_us: int = 0) -> list[str]:
    return hours_to_list(theirs, looked_us, now_us=now_us, since_us=since_us)


def test_all_hours_that_were_never_looked_at_are_due_newest_first() -> None:
    assert due(of(3, 11, 7), {}) == of(11, 7, 3)


def test_the_newest_two_are_always_due() -> None:
    looked = dict.fromkeys(of(9, 10, 11, 12), NOW)
    assert due(of(9, 10, 11, 12), looked) == of(12, 11)


# how long ago the hour ended, how long ago it was looked at -> due
DUE = {
    "an hour that ended 20 minutes ago waits for a minute": (20 * MINUTE_US, MINUTE_US - 1, False),
    "and is due after it": (20 * MINUTE_US, MINUTE_US, True),
    "a day old hour waits for 72 minutes": (24 * HOUR_US, 72 * MINUTE_US - 1, False),
    "and is due after them": (24 * HOUR_US, 72 * MINUTE_US, True),
    "a year old hour waits for six hours": (365 * 24 * HOUR_US, 6 * HOUR_US - 1, False),
    "and is due after the six": (365 * 24 * HOUR_US, 6 * HOUR_US, True),
    "a look in the future, by another clock, does not count": (24 * HOUR_US, -1, True),
}


@pytest.mark.parametrize(("ended_ago_us", "looked_ago_us", "is_due"), DUE.values(), ids=DUE.keys())
def test_the_older_an_hour_the_less_often_it_is_due(
    ended_ago_us: int, looked_ago_us: int, is_due: bool
) -> None:
    hour = of(4)[0]
    now_us = hour_start_us(hour) + HOUR_US + ended_ago_us
    newer = [hour_name(start_us) for start_us in (now_us, now_us + HOUR_US)]
    hours = due([hour, *newer], {hour: now_us - looked_ago_us}, now_us=now_us)
    assert (hour in hours) is is_due


def test_the_limits_are_those_of_compared_hours() -> None:
    theirs = [*of(3, 9, 13, 14), "chat", "2024-11-09T24", ""]
    assert due(theirs, {}, since_us=us("09:00:00")) == of(13, 9)


def test_hours_out_of_the_limits_are_not_the_newest() -> None:
    """Or a peer with a wrong clock would keep the hours that are recorded now from being looked at."""
    looked = dict.fromkeys(of(10, 11, 12), NOW)
    assert due(of(10, 11, 12, 20, 21), looked) == of(12, 11)


names_of_hours = st.lists(st.one_of(st.text(max_size=14), st.sampled_from(of(*range(24)))), max_size=30)


@quick
@given(names_of_hours, st.dictionaries(st.sampled_from(of(*range(24))), st.integers(0, 2 * NOW)))
def test_whatever_a_peer_calls_an_hour_each_real_one_comes_at_most_once_newest_first(
    theirs: list[str], looked: dict[str, int]
) -> None:
    hours = due(theirs, looked)
    assert hours == sorted(set(hours), reverse=True)
    assert set(hours) <= set(of(*range(14))) & set(theirs)
    digests = [HourDigest(hour=hour, count=1, digest=b"x" * 32) for hour in theirs]
    assert set(compare([], digests)) == set(of(*range(14))) & set(theirs)
