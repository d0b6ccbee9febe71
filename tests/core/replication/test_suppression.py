from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, quick, us

from longtake.core.errors import InvalidName
from longtake.core.replication.suppression import hash_of, same_recordings
from longtake.core.segments import Segment, parse_segment_name

HOUR = "2024-11-09T04"
START = us("04:00:02")
SHOWN = a_segment(START)


def a_name(offset_us: int = 0, **other: object) -> str:
    return a_segment(START + offset_us, **other).name  # type: ignore[arg-type]


# another name -> whether a tombstone for SHOWN means it as well
SAMENESS = {
    "its own name": (SHOWN.name, True),
    "the same start in another text": (SHOWN.name.replace(".000000", ""), True),
    "the same duration in another text": (SHOWN.name.replace("-2.0-", "-2.000-"), True),
    "a start one millisecond later": (a_name(1000), True),
    "a start one millisecond earlier": (a_name(-1000), True),
    "a start a little later than that": (a_name(1001), False),
    "a start a little earlier than that": (a_name(-1001), False),
    "another duration": (a_name(duration=2.001), False),
    "another type": (a_name(type="suspect"), False),
    "other content": (a_name(content="other"), False),
    "the same content in the next ad break": (a_name(60_000_000), False),
    "an odd name with the same hash": (f"x{SHOWN.name}", False),
    "an empty name": ("", False),
}


@pytest.mark.parametrize(("other", "is_same"), SAMENESS.values(), ids=SAMENESS.keys())
def test_what_a_tombstone_means_besides_its_own_name(other: str, is_same: bool) -> None:
    assert same_recordings(HOUR, [SHOWN.name], [other]) == ({other} if is_same else set())
    assert same_recordings(HOUR, [other], [SHOWN.name]) == ({SHOWN.name} if is_same else set())


def test_what_is_drawn_in_draws_in_its_own_neighbours() -> None:
    """Else two nodes that come by different ways to it would not agree."""
    chain = [a_name(step * 900) for step in range(-4, 5)]
    far = a_name(6000)
    assert same_recordings(HOUR, [chain[4]], [*chain[:4], *chain[5:], far]) == {*chain[:4], *chain[5:]}
    assert same_recordings(HOUR, [chain[0], far], [chain[1], chain[3]]) == {chain[1]}


def test_nothing_suppressed_draws_in_nothing() -> None:
    assert same_recordings(HOUR, [], [SHOWN.name]) == frozenset()
    assert same_recordings(HOUR, [SHOWN.name], []) == frozenset()


def test_equal_hashes_mean_equal_content() -> None:
    assert hash_of(SHOWN.name) == hash_of(a_name(5_000_000, duration=1.5, type="partial"))
    assert hash_of(SHOWN.name) != hash_of(a_name(content="other"))


def test_a_listing_full_of_the_same_recording_takes_no_longer() -> None:
    crowd = [a_name(step % 1000) for step in range(1000)] * 3
    longer = [name.replace("-2.0-", f"-2.{'0' * zeros}-") for zeros in range(3, 8) for name in crowd[:1000]]
    begun = time.perf_counter()
    assert same_recordings(HOUR, crowd, longer) == set(longer)
    assert time.perf_counter() - begun < 2


names = st.builds(
    lambda offset, duration, kind, content, form: form(
        a_segment(START + offset, duration, kind, content).name
    ),
    st.integers(-4, 4).map(lambda step: step * 500),
    st.sampled_from([2.0, 1.5]),
    st.sampled_from(["full", "partial"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from([str, lambda name: name.replace("-2.0-", "-2-"), lambda name: "odd" + name]),
)


def is_same(left: Segment, right: Segment) -> bool:
    return (
        abs(left.start_us - right.start_us) <= 1000
        and left.duration_us == right.duration_us
        and left.type is right.type
        and left.digest == right.digest
    )


def one_by_one(suppressed: set[str], visible: set[str]) -> set[str]:
    """The rule as it is told: whatever is the same as a suppressed one is suppressed."""

    def sound(of: set[str]) -> list[Segment]:
        return [parse_segment_name(HOUR, name) for name in of if not name.startswith("odd")]

    marked, left = sound(suppressed), sound(visible)
    drawn_in: set[str] = set()
    while found := [one for one in left if any(is_same(one, other) for other in marked)]:
        drawn_in |= {segment.name for segment in found}
        marked += found
        left = [segment for segment in left if segment.name not in drawn_in]
    return drawn_in


@quick
@given(st.sets(names, max_size=6), st.sets(names, max_size=12))
def test_it_finds_what_the_rule_says(suppressed: set[str], visible: set[str]) -> None:
    assert same_recordings(HOUR, suppressed, visible) == one_by_one(suppressed, visible)


@quick
@given(st.lists(st.text()), st.lists(st.text()))
def test_no_text_stops_it(suppressed: list[str], visible: list[str]) -> None:
    assert same_recordings(HOUR, suppressed, visible) == frozenset()


def test_the_odd_names_of_these_tests_are_odd() -> None:
    with pytest.raises(InvalidName):
        parse_segment_name(HOUR, "odd" + SHOWN.name)
