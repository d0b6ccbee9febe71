"""Any number of nodes with any holes end with the same names, in whatever order they pull, and however often they are cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, digest_of, quick, us
from tests.core.replication.modelled_nodes import ModelledNode

from longtake.core.names import hash_text, stem, tombstone_of
from longtake.core.replication.suppression import hash_of, same_recordings
from longtake.core.times import HOUR_US, SECOND_US, hour_name

HOURS = ["2024-11-09T03", "2024-11-09T04", "2024-11-09T05"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    by: int
    of: int
    steps: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something appears on a node (``Record``, ``Suppress``) or is lost there; the node restarts; room is made."""

    node: int
    kind: str
    hour: str
    name: str


names = st.builds(
    lambda second, ms, kind, content, form: form(
        a_segment(us("04:00:00") + second * SECOND_US + ms * 1000, 2.0, kind, content).name
    ),
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from(["full", "full", "full", "suspect", "partial"]),
    st.sampled_from("aab"),
    st.sampled_from([str, str, lambda name: name.replace("-2.0-", "-2-")]),
)
"""Few, so that there are rivals, near duplicates and other names of the same content in plenty."""
chat_names = st.builds(
    lambda minute, content: f"{minute:02}:00-{hash_text(digest_of(content))}.json",
    st.integers(0, 3),
    st.sampled_from("abc"),
)
numbers = st.integers(0, 4)


def changes(of: st.SearchStrategy[str]) -> st.SearchStrategy[Change]:
    kinds = st.sampled_from(["record", "record", "suppress", "lose", "restart", "make room"])
    return st.builds(Change, node=numbers, kind=kinds, hour=st.sampled_from(HOURS), name=of)


pulls = st.builds(Pull, by=numbers, of=numbers, steps=st.none() | st.integers(0, 6))
ways = st.sampled_from(["ring", "ring backwards", "each from each"])


def holdings(of: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, set[str]]]]:
    hour = st.sets(st.one_of(of, of, of, of.map(tombstone_of)), max_size=6)
    return st.lists(st.fixed_dictionaries(dict.fromkeys(HOURS, hour)), min_size=2, max_size=5)


def apply(nodes: Sequence[ModelledNode], step: Pull | Change) -> None:
    if isinstance(step, Pull):
        by, of = nodes[step.by % len(nodes)], nodes[step.of % len(nodes)]
        if by is not of:
            by.pull(of, steps=step.steps)
        return
    node = nodes[step.node % len(nodes)]
    match step.kind:
        case "record":
            node.hours[step.hour].add(step.name)
        case "suppress":
            node.hours[step.hour].add(tombstone_of(step.name))
        case "lose":
            node.hours[step.hour].discard(step.name)
        case "restart":
            node.restart()
        case "make room":
            node.remove_suppressed()


def pairs(count: int, way: str, order: Sequence[int]) -> list[tuple[int, int]]:
    """Who pulls from whom in one round: everything that is anywhere gets everywhere."""
    match way:
        case "ring":
            found = [(number, (number + 1) % count) for number in range(count)]
        case "ring backwards":
            found = [(number, (number - 1) % count) for number in range(count)]
        case _:
            found = [(by, of) for by in range(count) for of in range(count) if by != of]
    return [found[at] for at in sorted(range(len(found)), key=lambda at: order[at % len(order)] ^ at)]


def pull_on(nodes: Sequence[ModelledNode], way: str, order: Sequence[int]) -> None:
    """Until a round changes nothing. That is no more than once around the ring, where each node first fetches and then
    gives second names, and once more for what a tombstone drew in on the way."""
    for _ in range(4 * len(nodes)):
        before = [node.digests() for node in nodes]
        for by, of in pairs(len(nodes), way, order):
            nodes[by].pull(nodes[of])
        if [node.digests() for node in nodes] == before:
            return
    raise AssertionError("they go on and on")


def visible(node: ModelledNode, hour: str) -> set[str]:
    return set(node.listing(hour).names)


def tombstones(node: ModelledNode, hour: str) -> set[str]:
    return set(node.listing(hour).tombstones)


orders = st.lists(st.integers(0, 31), min_size=1, max_size=20)


@quick
@given(holdings(names), st.lists(pulls | changes(names), max_size=25), ways, orders)
def test_all_nodes_end_with_the_same_names(
    held: list[dict[str, set[str]]], steps: list[Pull | Change], way: str, order: list[int]
) -> None:
    nodes = [ModelledNode(number, hours) for number, hours in enumerate(held)]
    for step in steps:
        apply(nodes, step)
    before = {hour: set[str]().union(*(visible(node, hour) for node in nodes)) for hour in HOURS}
    suppressed = {hour: set[str]().union(*(tombstones(node, hour) for node in nodes)) for hour in HOURS}
    pull_on(nodes, way, order)
    first = nodes[0]
    assert all(node.digests() == first.digests() for node in nodes)
    for hour in HOURS:
        gone = {stem(tombstone) + ".ts" for tombstone in suppressed[hour]}
        drawn_in = same_recordings(hour, gone, before[hour])
        for node in nodes:
            assert visible(node, hour) == visible(first, hour)
            assert not visible(node, hour) & gone
            assert before[hour] - gone - drawn_in <= visible(node, hour) <= before[hour]
            assert set(map(hash_of, visible(node, hour))) == set(map(hash_of, visible(first, hour)))


@quick
@given(holdings(chat_names), st.lists(pulls | changes(chat_names), max_size=15), ways, orders)
def test_so_does_chat(
    held: list[dict[str, set[str]]], steps: list[Pull | Change], way: str, order: list[int]
) -> None:
    nodes = [ModelledNode(number, hours, is_chat=True) for number, hours in enumerate(held)]
    for step in steps:
        apply(nodes, step)
    before = {hour: set[str]().union(*(visible(node, hour) for node in nodes)) for hour in HOURS}
    suppressed = {hour: set[str]().union(*(tombstones(node, hour) for node in nodes)) for hour in HOURS}
    pull_on(nodes, way, order)
    assert all(node.digests() == nodes[0].digests() for node in nodes)
    for hour in HOURS:
        expected = {name for name in before[hour] if tombstone_of(name) not in suppressed[hour]}
        assert all(visible(node, hour) == expected for node in nodes)


odd_names = st.sampled_from(
    ["stray.tombstone", "stray.ts", "00:00-a.json", "00:06-2.0-temp-x.ts", "x.tombstone"]
)
odd_hours = st.fixed_dictionaries(dict.fromkeys(HOURS, st.sets(st.one_of(names, odd_names), max_size=6)))


@quick
@given(st.lists(odd_hours, min_size=2, max_size=4), st.lists(pulls, max_size=10), ways, orders)
def test_a_difference_that_stays_is_not_walked_again(
    held: list[dict[str, set[str]]], steps: list[Pull], way: str, order: list[int]
) -> None:
    """Odd tombstones and stray chat count in a digest, but nobody takes them."""
    nodes = [ModelledNode(number, hours) for number, hours in enumerate(held)]
    for step in steps:
        apply(nodes, step)
    pull_on(nodes, way, order)
    for node in nodes:
        node.planned.clear()
    pull_on(nodes, way, order)
    assert not any(node.planned for node in nodes)
    for hour in HOURS:
        segments = [node.listing(hour).segments for node in nodes]
        assert all(one == segments[0] for one in segments)
    nodes[0].hours[HOURS[1]].add(a_segment("04:50:00", content="new").name)
    pull_on(nodes, way, order)
    assert all(a_segment("04:50:00", content="new").name in visible(node, HOURS[1]) for node in nodes)


@quick
@given(holdings(names), ways, orders)
def test_no_content_is_fetched_that_is_visible_in_the_hour_or_beside_it(
    held: list[dict[str, set[str]]], way: str, order: list[int]
) -> None:
    """So a node that has everything under other names downloads nothing."""
    contents = [a_segment(f"03:30:0{number}", content=content) for number, content in enumerate("ab")]
    full = {hour: set(own) for hour, own in held[0].items()}
    full[HOURS[1]] |= {segment.name.replace("30:", "31:") for segment in contents}
    nodes = [ModelledNode(number, hours) for number, hours in enumerate([full, *held[1:]])]
    pull_on(nodes, way, order)
    assert nodes[0].fetched == 0


def test_what_was_lost_comes_back_though_the_hour_was_settled() -> None:
    shared, own, stray = a_segment("04:00:00").name, a_segment("04:00:02").name, "stray.tombstone"
    north = ModelledNode(0, {HOURS[1]: {shared, own}})
    south = ModelledNode(1, {HOURS[1]: {shared, stray}})
    for _ in range(3):
        north.pull(south)
    assert len(north.planned) == 1
    north.hours[HOURS[1]].discard(shared)
    for _ in range(3):
        north.pull(south)
    assert shared in north.hours[HOURS[1]]
    assert len(north.planned) == 2


def test_a_pass_of_a_week_that_is_the_same_plans_nothing() -> None:
    week = {
        hour_name(us("00:00:00") - back * HOUR_US): {a_segment(us("00:00:00") - back * HOUR_US).name}
        for back in range(168)
    }
    north, south = ModelledNode(0, week), ModelledNode(1, week)
    north.pull(south)
    assert north.planned == []
