"""Where playing on needs a discontinuity: a table, and a plain walk over decoded facts that says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, quick, us

from longtake.core.continuity import NO_EDGE, Edge, edges, torn_by_looks
from longtake.core.facts import Container, SegmentFacts
from longtake.core.hour_looks import LookRows, look_rows
from longtake.core.times import SECOND_US

WRAP = 2**33
FIRST_PTS = WRAP - 200_000
"""It wraps soon."""
START_US = us("04:00:00")


def steady(at: int, **other: object) -> SegmentFacts:
    """Of a segment of 2 s in a steady stream."""
    facts = SegmentFacts(
        name=a_segment(START_US + at * 2 * SECOND_US).name,
        size_bytes=1,
        container=Container.MPEG_TS,
        codecs="avc1.64001f,mp4a.40.2",
        parameter_sets="first",
        first_pts=(FIRST_PTS + at * 180_000) % WRAP,
    )
    return replace(facts, **other)  # type: ignore[arg-type]


def moved(at: int, seconds: float) -> SegmentFacts:
    return steady(at, first_pts=round(FIRST_PTS + at * 180_000 + seconds * 90_000) % WRAP)


def unknown(at: int) -> SegmentFacts:
    return SegmentFacts(name=steady(at).name, size_bytes=1)


def rows_of(facts: Sequence[SegmentFacts]) -> LookRows:
    return look_rows(facts)


def starts_of(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return START_US + np.arange(count, dtype=np.int64) * 2 * SECOND_US


def torn_places(facts: Sequence[SegmentFacts], torn: Sequence[int] = ()) -> list[int]:
    flags = np.zeros(len(facts), dtype=np.bool_)
    flags[list(torn)] = True
    return np.flatnonzero(torn_by_looks(rows_of(facts), starts_of(len(facts)), flags)).tolist()


SECOND_SETS = {"parameter_sets": "second"}
CASES: dict[str, tuple[list[SegmentFacts], list[int]]] = {
    "a steady stream, whose timestamps wrap": ([steady(at) for at in range(9)], []),
    "nothing is known": ([unknown(at) for at in range(4)], []),
    "other parameter sets": ([steady(0), steady(1, **SECOND_SETS), steady(2, **SECOND_SETS)], [1]),
    "and back": ([steady(0), steady(1, **SECOND_SETS), steady(2)], [1, 2]),
    "another container": ([steady(0), steady(1, container=Container.FMP4)], [1]),
    "other tracks": ([steady(0), steady(1, codecs="avc1.64001f")], [1]),
    "parameter sets that come only now and then": (
        [steady(0), steady(1, parameter_sets=None), steady(2), steady(3, parameter_sets=None)],
        [],
    ),
    "other ones after segments without": (
        [steady(0), steady(1, parameter_sets=None), steady(2, **SECOND_SETS)],
        [2],
    ),
    "others, of which the sets come later": (
        [
            steady(0),
            steady(1, codecs="hvc1", parameter_sets=None),
            steady(2, codecs="hvc1", **SECOND_SETS),
        ],
        [1],
    ),
    "an hour's jump": ([steady(0), moved(1, 3600), moved(2, 3600)], [1]),
    "a jump back": ([steady(0), moved(1, -5), moved(2, -5)], [1]),
    "a jump by half a turn": ([steady(0), moved(1, 47_721.8), moved(2, 47_721.8)], [1]),
    "names that jitter": ([steady(0), moved(1, 0.1), moved(2, -0.1), moved(3, 0.1)], []),
    "whole seconds": ([steady(0), moved(1, 0.99), moved(2, 0), moved(3, 0.99)], []),
    "a clock that drifts": ([moved(at, at * 0.01) for at in range(1000)], []),
    "a jump behind unknown ones": ([steady(0), unknown(1), moved(2, 60), moved(3, 60)], [2]),
    "durations in whole seconds behind unknown ones": ([steady(0), unknown(1), moved(2, 1.5)], []),
    "only one is known": ([unknown(0), moved(1, 60), unknown(2)], []),
}


@pytest.mark.parametrize(("facts", "torn"), CASES.values(), ids=CASES.keys())
def test_torn_is_what_does_not_continue(facts: list[SegmentFacts], torn: list[int]) -> None:
    assert torn_places(facts) == torn


def test_behind_a_tear_nothing_is_compared_with_what_was_before() -> None:
    facts = [steady(0), unknown(1), moved(2, 60), steady(3, parameter_sets="b", first_pts=None), steady(4)]
    assert torn_places(facts, [1]) == [1, 3, 4]
    assert torn_places([steady(0), unknown(1), steady(2, **SECOND_SETS)], [1]) == [1]


def test_an_edge_tells_what_was_known_last_of_its_stretch() -> None:
    facts = [steady(0), unknown(1), moved(2, 60), unknown(3)]
    torn = torn_by_looks(rows_of(facts), starts_of(4), np.zeros(4, dtype=np.bool_))
    begin, end = edges(rows_of(facts), starts_of(4), torn)
    assert (begin.steps, begin.start_us, begin.half_pts) == (0, START_US, FIRST_PTS // 2)
    assert (end.steps, end.start_us) == (1, START_US + 4 * SECOND_US)


def test_nothing_has_no_edges() -> None:
    assert edges(rows_of([]), starts_of(0), np.zeros(0, dtype=np.bool_)) == (NO_EDGE, NO_EDGE)
    assert torn_places([]) == []


some_facts = st.lists(
    st.builds(
        lambda container, codecs, sets, seconds: (container, codecs, sets, seconds),
        st.sampled_from([None, Container.MPEG_TS, Container.MPEG_TS, Container.FMP4]),
        st.sampled_from([None, "avc1", "avc1", "avc1", "hvc1"]),
        st.sampled_from([None, None, "a", "a", "b"]),
        st.sampled_from([None, 0, 0, 0, 0.6, 0.99, -0.99, 1.01, 2.5, 60]),
    ),
    max_size=12,
)


def facts_at(at: int, drawn: tuple[Container | None, str | None, str | None, float | None]) -> SegmentFacts:
    container, codecs, sets, seconds = drawn
    pts = None if seconds is None else round(FIRST_PTS + at * 180_000 + seconds * 90_000) % WRAP
    return steady(at, container=container, codecs=codecs, parameter_sets=sets, first_pts=pts)


def walk(facts: Sequence[SegmentFacts], torn: set[int]) -> list[int]:
    """The rule as it is written, segment by segment."""
    found: list[int] = []
    last: dict[str, tuple[int, object]] = {}
    for at, one in enumerate(facts):
        known = {
            key: value
            for key in ("container", "codecs", "parameter_sets", "first_pts")
            if (value := getattr(one, key)) is not None
        }
        if at in torn or any(_breaks(key, value, at, last) for key, value in known.items()):
            found.append(at)
            last = {}
        last |= {key: (at, value) for key, value in known.items()}
    return found


def _breaks(key: str, value: object, at: int, last: dict[str, tuple[int, object]]) -> bool:
    if key not in last:
        return False
    before_at, before = last[key]
    if key != "first_pts":
        return value != before
    assert isinstance(value, int) and isinstance(before, int)
    steps = at - before_at
    off = (value - before - steps * 180_000 + WRAP // 2) % WRAP - WRAP // 2
    return abs(off) > 90_000 * steps + 1  # half a tick is not kept


@quick
@given(some_facts, st.sets(st.integers(1, 11)))
def test_all_places_are_those_of_a_plain_walk(
    drawn: list[tuple[Container | None, str | None, str | None, float | None]], torn: set[int]
) -> None:
    facts = [facts_at(at, one) for at, one in enumerate(drawn)]
    torn = {at for at in torn if at < len(facts)}
    assert torn_places(facts, sorted(torn)) == walk(facts, torn)


@quick
@given(some_facts, some_facts)
def test_edges_say_whether_two_stretches_go_on(
    drawn: list[tuple[Container | None, str | None, str | None, float | None]],
    others: list[tuple[Container | None, str | None, str | None, float | None]],
) -> None:
    """Where the second stretch begins with what is known of it, a tear between the two is what one walk finds."""
    facts = [facts_at(at, one) for at, one in enumerate([*drawn, *others])]
    left, right = facts[: len(drawn)], facts[len(drawn) :]
    if not left or not right or None in others[0]:
        return
    joint = len(left)
    starts_us = starts_of(len(facts))
    _, end = _edges(left, starts_us[:joint])
    begin, _ = _edges(right, starts_us[joint:])
    assert end.is_continued_by(begin) == (joint not in walk(facts, set()))


def _edges(
    facts: Sequence[SegmentFacts], starts_us: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[Edge, Edge]:
    rows = rows_of(facts)
    return edges(rows, starts_us, torn_by_looks(rows, starts_us, np.zeros(len(facts), dtype=np.bool_)))
