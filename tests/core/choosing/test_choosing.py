"""Hours, each chosen by itself: by tables, against an oracle that knows no hours, and how they fit together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.core.choosing import oracle
from tests.core.choosing.some_rivals import (
    FULL,
    PARTIAL,
    SUSPECT,
    UNDECODABLE,
    ZERO_US,
    a_rival,
    a_source,
    choose,
    in_hour,
    many,
    numbered,
    rivals_at,
    very_many,
)

from longtake.core.choosing import Rival, choose_hour
from longtake.core.times import HOUR_US

# rivals -> positions of the chosen
CHOSEN = {
    "nothing": ([], []),
    "a run": (a_source(0, 4), [0, 1, 2, 3]),
    "an overlap of 15 ms drops nothing": ([a_rival(0, 2), a_rival(1.985, 3.985)], [0, 1]),
    "of two fulls of one start the longer, though it is smaller": (
        [a_rival(0, 2, size=9), a_rival(0, 2.1, size=1)],
        [1],
    ),
    "a suspect of 100 bytes before a partial of 500": (
        [a_rival(0, 2, SUSPECT, size=100), a_rival(0, 2, PARTIAL, size=500)],
        [0],
    ),
    "the longer of two suspects, though it is smaller": (
        [a_rival(0, 2, SUSPECT, size=9), a_rival(0, 2.1, SUSPECT, size=1)],
        [1],
    ),
    "not the earliest one, where another gives full coverage": (
        [a_rival(0, 3), a_rival(0.1, 2), a_rival(2, 4), a_rival(4, 6)],
        [1, 2, 3],
    ),
    "a long one does not hide a better pair from the same start": (
        [a_rival(0, 3), a_rival(0, 2), a_rival(2, 6)],
        [1, 2],
    ),
    "one content dated twice is shown once": (
        [a_rival(0, 2, digest=b"a"), a_rival(1.6, 3.6, digest=b"a")],
        [0],
    ),
    "an undecodable one ranks last, however long": (
        [a_rival(0, 30, UNDECODABLE), a_rival(1, 3, PARTIAL)],
        [1],
    ),
    "an undecodable one is chosen where nothing else is": (
        [a_rival(0, 2), a_rival(2, 4, UNDECODABLE), a_rival(4, 6)],
        [0, 1, 2],
    ),
    "what covers no time hides nothing": ([a_rival(0, 0), a_rival(0, 2, SUSPECT)], [1]),
    "a short one within the end of another is left out": (
        [a_rival(0, 2), a_rival(1.95, 1.97), a_rival(2.005, 4)],
        [0, 2],
    ),
    "a name that claims a day counts for twenty minutes": (
        [a_rival(0, 86_400), a_rival(1200, 1202), a_rival(1202, 1204)],
        [0, 1, 2],
    ),
    "a run of another node, shifted by half a segment, adds only its end": (
        [*a_source(0, 3), *a_source(1, 2), a_rival(5, 8)],
        [0, 1, 5],
    ),
}


@pytest.mark.parametrize(("rivals", "positions"), CHOSEN.values(), ids=CHOSEN.keys())
def test_chosen(rivals, positions: list[int]) -> None:
    assert choose(rivals) == choose(rivals[::-1]) == [rivals[at] for at in positions]


def test_an_hour_of_overlapping_segments_is_chosen_whole_across_its_borders() -> None:
    run = a_source(3000, 2400, 2.0, stated_s=2.4)
    assert choose(run, hours=3) == run


def test_an_island_across_a_border_is_chosen_as_a_whole() -> None:
    rivals = [a_rival(3598, 3600), a_rival(3599, 3601.5), a_rival(3600, 3602)]
    assert choose(rivals, hours=2) == [rivals[0], rivals[2]]
    rivals[2] = a_rival(3600, 3601)
    assert choose(rivals, hours=2) == [rivals[0], rivals[2]]
    rivals[0] = a_rival(3598.9, 3600)
    assert choose(rivals, hours=2) == [rivals[1]]


def test_the_hour_before_counts_what_the_anchor_covers_once() -> None:
    more_of_its_own, more_in_all, anchor = a_rival(3582, 3592), a_rival(3580.5, 3590), a_rival(3590, 3700)
    assert choose([more_of_its_own, more_in_all, anchor], hours=2) == [more_in_all, anchor]


def test_the_hour_after_counts_what_the_anchor_covers_once() -> None:
    anchor, more_of_its_own, more_in_all = a_rival(3590, 3662), a_rival(3661, 3670), a_rival(3662, 3670.5)
    assert choose([anchor, more_of_its_own, more_in_all], hours=2) == [anchor, more_in_all]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 199), st.integers(0, 199), st.sampled_from([2.0, 2.1, 2.4]))
def test_two_sources_out_of_step_cost_one_joint_at_a_border_at_most(
    shift: int, phase: int, stated_s: float
) -> None:
    begin_s = 3450 + phase / 100
    both = [
        *a_source(begin_s, 150, stated_s=stated_s),
        *a_source(begin_s + shift / 100, 150, stated_s=stated_s),
    ]
    chosen = choose(both, hours=2)
    assert oracle.is_chain(chosen)
    assert chosen[0].start_us <= min(both).start_us + 2_000_000
    assert chosen[-1].end_us >= ZERO_US + 3_748_000_000
    holes = [
        (left.end_us, right.start_us) for left, right in pairwise(chosen) if left.end_us < right.start_us
    ]
    settled = [hole for hole in holes if hole[0] < ZERO_US + 3_740_000_000]
    assert len(settled) <= 1
    assert all(end_us - start_us < 2_000_000 for start_us, end_us in settled), "less than a segment"


# Against the oracle, which knows no hours: all islands are shorter than a minute.
LENGTHS_S = [0, 0.02, 0.05, 0.1, 0.11, 0.5, 1, 1.05, 2, 4]
steps = st.integers(0, 70).map(lambda step: step * 0.05) | st.integers(0, 350).map(lambda step: step * 0.01)
within = rivals_at(steps, LENGTHS_S, most=9)
across = rivals_at(steps.map(lambda second: 3598 + second), LENGTHS_S, most=9)


def as_the_oracle_says(rivals: list[Rival], hours: int, order: random.Random) -> None:
    expected = oracle.best_choice(rivals)
    shuffled = list(rivals)
    order.shuffle(shuffled)
    assert choose(shuffled, hours=hours) == expected


@many
@given(within, st.randoms(use_true_random=False))
def test_no_other_choice_is_better(rivals, order: random.Random) -> None:
    as_the_oracle_says(rivals, 1, order)


LOST_TO_ONE_THAT_IS_NOT_CHOSEN = [
    a_rival(3599.81, 3603.81, SUSPECT),
    a_rival(3599.95, 3601, SUSPECT, digest=b"a"),
    a_rival(3600.85, 3600.9, digest=b"a"),
    a_rival(3600.85, 3604.85),
]


@many
@example(LOST_TO_ONE_THAT_IS_NOT_CHOSEN, random.Random(0))
@given(across, st.randoms(use_true_random=False))
def test_hours_chosen_by_themselves_are_as_good_as_both_at_once(rivals, order: random.Random) -> None:
    as_the_oracle_says(rivals, 2, order)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("sets", "hours"), [(within, 1), (across, 2)], ids=["one hour", "across a border"])
def test_no_other_choice_of_many_is_better(sets: st.SearchStrategy[list[Rival]], hours: int) -> None:
    @very_many
    @given(sets, st.randoms(use_true_random=False))
    def check(rivals: list[Rival], order: random.Random) -> None:
        as_the_oracle_says(rivals, hours, order)

    check()


# How three hours fit together, whatever is in them: most of it near the borders, some longer than an hour.
anywhere = st.integers(-600, 8 * 1800).map(lambda step: step * 0.75)
at_borders = st.builds(
    lambda border, by: border + by * 0.25,
    st.sampled_from([0.0, 3600.0, 7200.0, 10800.0]),
    st.integers(-600, 600),
)
close = st.builds(
    lambda border, by: border + by * 0.05, st.sampled_from([3600.0, 7200.0]), st.integers(-60, 60)
)
MANY_LENGTHS_S = [0, 0.03, 0.1, 0.15, 0.5, 2, 2, 2.4, 6, 10, 40, 61, 119, 500, 1199, 1201, 3000, 3700, 9000]
three_hours = rivals_at(anywhere | at_borders | close | close, MANY_LENGTHS_S, most=40)


def fits(rivals: Sequence[Rival], order: random.Random) -> None:
    chosen = choose(rivals, hours=3)
    shuffled = list(rivals)
    order.shuffle(shuffled)
    assert choose(shuffled, hours=3) == chosen, "the order does not matter"
    shown = oracle.as_counted(chosen)
    assert len(shown) == len(chosen)
    assert oracle.is_chain(shown)
    for hour in range(3):
        mine = in_hour(rivals, ZERO_US + hour * HOUR_US)
        assert choose(rivals, first=hour) == [rival for rival in chosen if rival in mine]


@many
@given(three_hours, st.randoms(use_true_random=False))
def test_hours_make_one_chain(rivals, order: random.Random) -> None:
    fits(rivals, order)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@very_many
@given(three_hours, st.randoms(use_true_random=False))
def test_many_hours_make_one_chain(rivals, order: random.Random) -> None:
    fits(rivals, order)


@many
@given(three_hours)
def test_more_of_the_neighbours_than_is_needed_changes_nothing(rivals) -> None:
    before, own, after = (in_hour(rivals, ZERO_US + hour * HOUR_US) for hour in range(3))
    indices = choose_hour(numbered(own), start_us=ZERO_US + HOUR_US, tail=before, head=after)
    assert [own[index] for index in indices] == choose(rivals, first=1)


# Hours in which nothing rivals anything need no choice: callers may see that for themselves.
@st.composite
def simple_hours(draw: st.DrawFn) -> tuple[list[Rival], list[Rival]]:
    """An hour whose segments follow each other, give or take the jitter, and others that leave it alone."""
    own: list[Rival] = []
    at_s = draw(st.sampled_from([3600.0, 3600.05, 3605]))
    ranks = st.sampled_from([FULL, SUSPECT, PARTIAL, UNDECODABLE])
    near_end = draw(st.booleans())
    if near_end:
        at_s += 3600 - 20
    for length_s, joint_s in draw(
        st.lists(
            st.tuples(st.sampled_from([0.2, 0.3, 2, 70]), st.sampled_from([-0.1, -0.05, 0, 0.01, 30])),
            min_size=1,
            max_size=12,
        )
    ):
        if at_s < 7200:
            own.append(a_rival(at_s, at_s + length_s, draw(ranks)))
        at_s = max(at_s + length_s + joint_s, at_s + 0.000001)
    last_us = max(rival.end_us for rival in own)
    others = [
        rival
        for rival in draw(three_hours)
        if rival.start_us >= max(ZERO_US + 2 * HOUR_US, last_us - 100_000)
        or (rival.start_us < ZERO_US + HOUR_US and rival.end_us <= own[0].start_us + 100_000)
    ]
    return own, others


@many
@given(simple_hours())
def test_an_hour_without_rivals_is_taken_whole(hours) -> None:
    own, others = hours
    assert choose([*others, *own], first=1) == own


# At the live edge: what comes later changes nothing that is two minutes old, or five around a border.
def arrivals(sources: Sequence[Sequence[Rival]], random_: random.Random) -> list[Rival]:
    """Segments by start, each source with the odd hole."""
    return sorted(rival for source in sources for rival in source if random_.random() > 0.05)


LIVE = {
    "two sources, out of step": lambda begin_s: [a_source(begin_s, 220), a_source(begin_s + 0.9, 220)],
    "two sources of different pace": lambda begin_s: [a_source(begin_s, 220), a_source(begin_s, 180, 2.5)],
    "a source that states its durations too long": lambda begin_s: [a_source(begin_s, 220, stated_s=2.4)],
    "a source with doubtful duplicates": lambda begin_s: [
        a_source(begin_s, 220),
        a_source(begin_s, 220, rank=PARTIAL),
        a_source(begin_s + 0.7, 220, rank=SUSPECT),
    ],
    "a source that is dated twice": lambda begin_s: [
        a_source(begin_s, 220),
        [
            rival._replace(start_us=rival.start_us + 700_000, end_us=rival.end_us + 700_000)
            for rival in a_source(begin_s, 220)
        ],
    ],
    "a source with long doubtful ones across it": lambda begin_s: [
        a_source(begin_s, 220),
        a_source(begin_s + 3, 4, 110.0, rank=PARTIAL),
    ],
}


@pytest.mark.parametrize("seed", range(3), ids="seed {}".format)
@pytest.mark.parametrize(
    ("begin_s", "settled_s"), [(600, 120), (3400, 300)], ids=["within an hour", "across a border"]
)
@pytest.mark.parametrize("sources", LIVE.values(), ids=LIVE.keys())
def test_past_choices_stay(sources, begin_s: int, settled_s: int, seed: int) -> None:
    coming = arrivals(sources(begin_s), random.Random(seed))
    final = choose(coming, hours=2)
    assert oracle.is_chain(final)
    for seen in range(1, len(coming), 3):
        settled_us = coming[seen].start_us - settled_s * 1_000_000
        now = choose(coming[:seen], hours=2)
        assert [one for one in now if one.start_us <= settled_us] == [
            one for one in final if one.start_us <= settled_us
        ]
