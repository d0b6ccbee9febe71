from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.kit.weighed import Weighed


def test_what_was_used_longest_ago_goes_until_there_is_room() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 3)
    kept.put("c", 3, 3)
    assert kept.weight == 10
    assert kept.get("a") == 1
    kept.put("d", 4, 6)
    assert [kept.get(key) for key in "abcd"] == [1, None, None, 4]
    assert kept.weight == 10


def test_a_value_that_is_replaced_weighs_no_more() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 6)
    kept.put("b", 3, 5)
    assert [kept.get(key) for key in "ab"] == [1, 3]
    assert kept.weight == 9


def test_a_value_that_is_replaced_counts_as_used() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    kept.put("a", 3, 4)
    kept.put("c", 4, 4)
    assert [kept.get(key) for key in "abc"] == [3, None, 4]


def test_a_value_as_heavy_as_all_room_is_kept_alone() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 10)
    assert [kept.get(key) for key in "ab"] == [None, 2]


def test_a_value_heavier_than_all_room_is_not_kept_nor_is_the_one_that_it_replaces() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    kept.put("b", 3, 11)
    assert [kept.get(key) for key in "ab"] == [1, None]
    assert kept.weight == 4


def test_what_is_dropped_weighs_nothing() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.drop("a")
    kept.drop("never")
    assert kept.get("a") is None
    assert kept.weight == 0


def test_without_room_nothing_is_kept() -> None:
    kept: Weighed[str, int] = Weighed(0)
    kept.put("a", 1, 1)
    assert kept.get("a") is None


@pytest.mark.parametrize("most", [0, 1, 20])
@quick
@given(
    st.lists(
        st.tuples(st.sampled_from(["put", "get", "drop"]), st.sampled_from("abcdef"), st.integers(0, 25)),
        max_size=60,
    )
)
def test_it_is_a_list_in_order_of_use_of_which_the_oldest_go(
    most: int, did: list[tuple[str, str, int]]
) -> None:
    """Against the plainest model; whatever was done, no more is kept than there is room for."""
    kept: Weighed[str, int] = Weighed(most)
    model: list[tuple[str, int, int]] = []
    for number, (what, key, weight) in enumerate(did):
        found = next((entry for entry in model if entry[0] == key), None)
        others = [entry for entry in model if entry[0] != key]
        if what == "get":
            assert kept.get(key) == (found[1] if found is not None else None)
            model = others if found is None else [*others, found]
        elif what == "drop":
            kept.drop(key)
            model = others
        else:
            kept.put(key, number, weight)
            model = others if weight > most else [*others, (key, number, weight)]
            while sum(entry[2] for entry in model) > most:
                del model[0]
        assert kept.weight == sum(entry[2] for entry in model) <= most
    for key, value, _ in model:
        assert kept.get(key) == value
