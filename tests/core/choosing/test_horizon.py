"""Long islands, minute by minute."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.choosing import oracle
from tests.core.choosing.some_rivals import PARTIAL, a_rival, a_source, rivals_at, very_many

from longtake.core.choosing.horizon import chain_of_island, is_long
from longtake.core.choosing.rivals import follows

some = settings(max_examples=150, deadline=None)


def test_a_minute_is_not_long() -> None:
    assert not is_long([a_rival(0, 2), a_rival(1, 60)])
    assert is_long([a_rival(0, 2), a_rival(1, 60.000001)])


def test_all_of_a_source_that_states_its_durations_too_long_are_chosen() -> None:
    hour = a_source(0, 1800, 2.0, stated_s=2.4)
    assert chain_of_island(hour) == hour


def test_a_long_doubtful_one_does_not_hide_a_run_that_goes_on_beyond_the_horizon() -> None:
    run, long = a_source(0, 300), a_rival(0.5, 590, PARTIAL)
    assert chain_of_island(sorted([long, *run])) == run


def test_a_long_one_is_chosen_where_there_is_too_little_else() -> None:
    run, long = a_source(0.5, 50), a_rival(0, 590, PARTIAL)
    assert chain_of_island([long, *run]) == [long]


def test_what_follows_one_that_reaches_beyond_the_horizon_is_compared_in_full() -> None:
    long, ends_soon, goes_on = a_rival(0, 300), a_rival(227, 310), a_rival(226, 400)
    assert chain_of_island([long, goes_on, ends_soon]) == [long, goes_on]


def test_of_two_sources_all_the_time_stays_covered() -> None:
    both = sorted([*a_source(0, 300), *a_source(0.9, 300)])
    chosen = chain_of_island(both)
    assert chosen[0].start_us == both[0].start_us
    assert all(left.end_us >= right.start_us for left, right in pairwise(chosen))


sets = rivals_at(st.integers(0, 50).map(lambda step: step * 5), [1, 5, 20, 31, 60, 90, 200], most=9)


def as_good_as_any(rivals) -> None:
    for island in oracle.islands(oracle.without_equals(rivals)):
        assert chain_of_island(island) == oracle.best_of_island(island)


@some
@given(sets)
def test_no_choice_of_a_window_is_better(rivals) -> None:
    as_good_as_any(rivals)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@very_many
@given(sets)
def test_no_choice_of_a_window_of_many_sets_is_better(rivals) -> None:
    as_good_as_any(rivals)


@some
@given(sets, st.data())
def test_a_long_chain_can_be_made_to_follow_one_and_to_end_with_another(rivals, data: st.DataObject) -> None:
    alive = oracle.without_equals(rivals)
    if not alive:
        return
    after, last = (data.draw(st.sampled_from([None, *alive])) for _ in range(2))
    between = [rival for rival in alive if after is None or follows(after, rival)]
    last = last if last in between else None
    between = [rival for rival in between if last is None or rival == last or follows(rival, last)]
    if between:
        chosen = chain_of_island(between, after=after, last=last)
        assert chosen == oracle.best_of_island(between, after=after, last=last)
        assert last is None or chosen[-1] == last
