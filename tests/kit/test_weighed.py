from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.kit.weighed import Weighed


def test_the_one_that_was_used_longest_ago_goes_first() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    assert kept.get("a") == 1
    kept.put("c", 3, 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert kept.weight == 8


def test_what_is_heavier_than_all_room_is_not_kept_and_neither_is_what_it_replaces() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 4)
    kept.put("b", 2, 4)
    kept.put("a", 3, 11)
    assert (kept.get("a"), kept.get("b"), kept.weight) == (None, 2, 4)


def test_a_value_is_replaced_with_its_weight() -> None:
    kept: Weighed[str, int] = Weighed(10)
    kept.put("a", 1, 9)
    kept.put("a", 2, 3)
    assert (kept.get("a"), kept.weight) == (2, 3)
    kept.drop("a")
    kept.drop("a")
    assert (kept.get("a"), kept.weight) == (None, 0)


calls = st.tuples(st.sampled_from(["get", "put", "drop"]), st.integers(0, 5), st.integers(0, 12))


@quick
@given(st.lists(calls, max_size=40))
def test_what_is_kept_is_what_was_used_last_and_fits(did: list[tuple[str, int, int]]) -> None:
    kept: Weighed[int, int] = Weighed(10)
    model: list[tuple[int, int]] = []
    """(key, weight), the one that was used last at the end."""
    for what, key, weight in did:
        entry = next((each for each in model if each[0] == key), None)
        if what == "get":
            assert kept.get(key) == (None if entry is None else entry[1])
        if entry is not None:
            model.remove(entry)
        if what == "get" and entry is not None:
            model.append(entry)
        elif what == "put":
            kept.put(key, weight, weight)
            if weight <= 10:
                model.append((key, weight))
        elif what == "drop":
            kept.drop(key)
        while sum(one for _, one in model) > 10:
            del model[0]
        assert kept.weight == sum(one for _, one in model) <= 10
