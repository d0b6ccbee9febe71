from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, digest_of, quick, us

from longtake.core.digests import digest_hour
from longtake.core.errors import InvalidTime
from longtake.core.listing import read_listing
from longtake.core.names import tombstone_of
from longtake.core.replication.settled import Settled, listed_digest
from longtake.core.times import HOUR_US, hour_name

HOUR = "2024-11-09T04"
A, B, C = (digest_of(letter) for letter in "abc")


def a_settled(*pairs: tuple[str, bytes, bytes]) -> Settled:
    settled = Settled()
    for pair in pairs:
        settled.note(*pair)
    return settled


def test_nothing_is_settled_at_first() -> None:
    assert not Settled().is_settled(HOUR, A, B)


def test_a_pair_is_settled_for_its_hour_and_in_its_order() -> None:
    settled = a_settled((HOUR, A, B))
    assert settled.is_settled(HOUR, A, B)
    assert not settled.is_settled(HOUR, B, A)
    assert not settled.is_settled(HOUR, A, C)
    assert not settled.is_settled(HOUR, C, B)
    assert not settled.is_settled("2024-11-09T05", A, B)


def test_the_last_pair_of_an_hour_counts() -> None:
    settled = a_settled((HOUR, A, B), (HOUR, A, C))
    assert settled.is_settled(HOUR, A, C)
    assert not settled.is_settled(HOUR, A, B)
    assert len(settled) == 1


def test_hours_that_are_listed_no_more_are_forgotten() -> None:
    settled = a_settled((HOUR, A, B), ("2024-11-09T05", A, B))
    settled.forget_others([HOUR, "2024-11-09T06"])
    assert len(settled) == 1
    assert settled.is_settled(HOUR, A, B)


def test_it_is_bounded_and_forgets_the_oldest_hours() -> None:
    first_us = us("00:00:00")
    hours = [hour_name(first_us + number * HOUR_US) for number in range(21_000)]
    settled = a_settled(*((hour, A, B) for hour in hours))
    assert 18_000 <= len(settled) <= 20_000
    assert all(settled.is_settled(hour, A, B) for hour in hours[-18_000:])
    assert not settled.is_settled(hours[0], A, B)


def test_ten_thousand_hours_are_cheap() -> None:
    hours = [hour_name(us("00:00:00") + number * HOUR_US) for number in range(10_000)]
    begun = time.perf_counter()
    settled = a_settled(*((hour, A, B) for hour in hours))
    assert all(settled.is_settled(hour, A, B) for hour in hours)
    assert time.perf_counter() - begun < 1


FIRST, SECOND = a_segment("04:00:00"), a_segment("04:00:02")
IN_FLIGHT = "00:06.000000-2.0-temp-3f2504e0.ts"


def test_what_a_peer_lists_has_the_digest_that_it_tells() -> None:
    kept = read_listing(HOUR, [FIRST.name, SECOND.name, tombstone_of(FIRST.name), IN_FLIGHT, "stray.ts", "x"])
    listed = [*kept.names, *kept.tombstones]
    assert listed_digest(HOUR, listed) == digest_hour(kept).digest
    assert listed_digest(HOUR, reversed(listed)) == digest_hour(kept).digest
    assert listed_digest(HOUR, [*listed, *listed]) == digest_hour(kept).digest
    assert listed_digest(HOUR, [*listed, "another stray.ts"]) == digest_hour(kept).digest
    assert listed_digest(HOUR, listed[1:]) != digest_hour(kept).digest


@quick
@given(st.lists(st.text() | st.text().map(lambda text: text + ".ts")))
def test_whatever_a_peer_lists_has_a_digest(names: list[str]) -> None:
    assert len(listed_digest(HOUR, names)) == 32


def test_no_hour_has_no_digest() -> None:
    with pytest.raises(InvalidTime):
        listed_digest("..", [])
