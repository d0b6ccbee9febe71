from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from tests.builders import a_segment, digest_of, us
from tests.core.replication.planned import CUTOFF, HOUR, NOW, fetched, plan, seconds

from longtake.core.listing import HourListing, read_listing
from longtake.core.names import hash_text, tombstone_of
from longtake.core.replication.plan import HourPlan, SecondName, Skip, plan_hour
from longtake.core.segments import Segment, SegmentType
from longtake.core.times import HOUR_US, SECOND_US

A, B, C = (
    a_segment(f"04:00:0{second}", content=content) for second, content in ((0, "a"), (2, "b"), (4, "c"))
)
TEMP = "00:06.000000-2.0-temp-3f2504e0-4f89-11d3-9a0c-0305e82c3301.ts"
PLAIN_A = A.name.replace(".000000", "")
"""The name that an older recorder gave A."""
LATER_A = a_segment(us("04:00:00.001"), content="a").name
AGAIN_A = a_segment("04:30:00", content="a").name
"""The same content at quite another time."""


def test_two_empty_hours_need_nothing() -> None:
    assert plan() == HourPlan(hour=HOUR)
    assert plan().is_done


def test_what_is_here_is_not_pulled() -> None:
    same = [A.name, tombstone_of(B.name), "stray.ts", TEMP]
    assert plan(same, same) == HourPlan(hour=HOUR)


def test_what_is_missing_is_fetched() -> None:
    found = plan([A.name], [A.name, B.name, C.name])
    assert set(found.fetches) == {B, C}
    assert (found.second_names, found.tombstones, found.skipped, found.waiting) == ((), (), {}, 0)
    assert not found.is_done


@pytest.mark.parametrize("type", ["full", "suspect", "partial"])
def test_every_type_is_fetched(type: str) -> None:
    assert len(plan([], [a_segment(type=type).name]).fetches) == 1


def test_what_they_lack_is_of_no_concern() -> None:
    assert plan([A.name, B.name], []).is_done


def test_another_text_of_a_name_is_a_name_of_its_own() -> None:
    """Digests are over names as they are written, so nodes agree only once both have both."""
    assert seconds(plan([A.name], [PLAIN_A])) == {PLAIN_A: A.name}


def test_a_name_that_is_listed_again_and_again_counts_once() -> None:
    found = plan([], [B.name, A.name, B.name, "odd", "odd", TEMP, TEMP])
    assert fetched(found) == {A.name, B.name}
    assert len(found.fetches) == 2
    assert found.skipped == {Skip.ODD: 1, Skip.TEMP: 1}


# what no node of ours writes
ODD = {
    "an empty name": "",
    "a stray name": "stray.ts",
    "a way out": f"../{A.name}",
    "a way out behind a file in flight": "00:00-2.0-temp-../../x.ts",
    "an absolute path": "/etc/passwd",
    "a NUL": f"{A.name[:-3]}\0.ts",
    "a newline at the end": f"{A.name}\n",
    "no Unicode": "\udcff.ts",
    "no Unicode in a file in flight": "00:00-2.0-temp-\udcff.ts",
    "a hidden name": f".{A.name}",
    "an infinite duration": A.name.replace("-2.0-", "-inf-"),
    "a duration with an exponent": A.name.replace("-2.0-", "-2e0-"),
    "a short hash": "00:00-2.0-full-AA.ts",
    "minutes beyond the hour": A.name.replace("00:00", "60:00"),
    "a type that is none": A.name.replace("full", "best"),
    "a name that is too long for a file": A.name.replace("-2.0-", f"-2.{'0' * 200}-"),
    "a name that is too long for its tombstone": A.name.replace("-2.0-", f"-2.{'0' * 182}-"),
    "the tombstone of such a name": tombstone_of(A.name.replace("-2.0-", f"-2.{'0' * 200}-")),
    "a tombstone of nothing": ".tombstone",
    "a tombstone of a stray name": "stray.tombstone",
    "a tombstone of a way out": "../stray.tombstone",
    "a tombstone of a file in flight": tombstone_of(TEMP),
    "a tombstone of a name with its extension": f"{A.name}.tombstone",
    "a tombstone of a tombstone": f"{tombstone_of(A.name)}.tombstone",
    "a chat batch among segments": f"00:00-{hash_text(A.digest)}.json",
    "the tombstone of a chat batch": f"00:00-{hash_text(A.digest)}.tombstone",
    "an older node's temporary file": f"{A.name}.3f2504e0.temp",
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD.keys())
def test_an_odd_name_is_passed_over_and_spoils_no_other(name: str) -> None:
    found = plan([], [name, A.name])
    assert fetched(found) == {A.name}
    assert found.skipped == {Skip.ODD: 1}
    assert found.tombstones == ()
    assert plan([A.name], [name, A.name]).is_done


def test_the_longest_name_that_can_be_suppressed_is_fetched() -> None:
    name = A.name.replace("-2.0-", f"-2.{'0' * 181}-")
    assert len(tombstone_of(name)) == 255
    assert fetched(plan([], [name])) == {name}


def test_a_file_in_flight_is_passed_over_and_keeps_nothing_open() -> None:
    found = plan([], [TEMP])
    assert found.skipped == {Skip.TEMP: 1}
    assert found.is_done


# Tombstones


def test_a_tombstone_is_made_and_what_it_suppresses_is_not_fetched() -> None:
    found = plan([], [tombstone_of(A.name), A.name, B.name])
    assert found.tombstones == (tombstone_of(A.name),)
    assert fetched(found) == {B.name}
    assert found.skipped == {Skip.SUPPRESSED: 1}


def test_the_tombstone_of_what_is_visible_here_is_made_once() -> None:
    assert plan([A.name, B.name], [tombstone_of(A.name)]).tombstones == (tombstone_of(A.name),)


def test_a_tombstone_of_what_was_never_here_is_made() -> None:
    assert plan([], [tombstone_of(A.name)]).tombstones == (tombstone_of(A.name),)


@pytest.mark.parametrize(
    "ours", [[tombstone_of(A.name)], [tombstone_of(A.name), A.name]], ids=["the file is gone", "it is there"]
)
def test_what_is_suppressed_here_never_comes_back(ours: Sequence[str]) -> None:
    found = plan(ours, [A.name])
    assert found.skipped == {Skip.SUPPRESSED: 1}
    assert found.is_done


ALIKE = {
    "another text of the start": PLAIN_A,
    "a start a millisecond later": LATER_A,
    "another text of the duration": A.name.replace("-2.0-", "-2-"),
}


@pytest.mark.parametrize("other", ALIKE.values(), ids=ALIKE.keys())
def test_another_name_of_a_suppressed_recording_is_suppressed_wherever_it_is(other: str) -> None:
    tombstone = tombstone_of(A.name)
    there = plan([tombstone], [other])
    assert (there.tombstones, there.skipped, there.fetches) == (
        (tombstone_of(other),),
        {Skip.SUPPRESSED: 1},
        (),
    )
    both_there = plan([], [tombstone, other])
    assert set(both_there.tombstones) == {tombstone, tombstone_of(other)}
    assert both_there.fetches == ()
    here = plan([other], [tombstone])
    assert set(here.tombstones) == {tombstone, tombstone_of(other)}
    both_here = plan([other, tombstone], [])
    assert both_here.tombstones == (tombstone_of(other),)


def test_what_is_here_and_has_too_long_a_name_for_a_tombstone_stops_nothing() -> None:
    name = A.name.replace("-2.0-", f"-2.{'0' * 182}-")
    assert plan([name], [tombstone_of(A.name)]).tombstones == (tombstone_of(A.name),)


def test_the_same_content_at_another_time_is_not_suppressed_with_it() -> None:
    found = plan([tombstone_of(A.name)], [AGAIN_A])
    assert found.tombstones == ()
    assert seconds(found) == {AGAIN_A: A.name}


def test_a_tombstone_is_taken_whatever_the_age_of_what_it_suppresses() -> None:
    tombstone = tombstone_of(A.name)
    assert plan([], [tombstone], since_us=NOW).tombstones == (tombstone,)
    assert plan([], [tombstone], now_us=A.start_us + 1).tombstones == (tombstone,)
    assert plan([], [tombstone], now_us=A.start_us - 2 * HOUR_US).tombstones == (tombstone,)


def test_what_is_suppressed_is_not_waited_for() -> None:
    found = plan([tombstone_of(A.name)], [A.name], now_us=A.start_us + 1)
    assert (found.waiting, found.skipped) == (0, {Skip.SUPPRESSED: 1})


# Content that is here under another name


BEFORE = read_listing("2024-11-09T03", [a_segment("03:59:59.9", content="a").name])
AFTER = read_listing("2024-11-09T05", [a_segment("05:00:00", content="a").name])


def test_content_of_this_hour_gets_a_second_name() -> None:
    assert seconds(plan([A.name], [AGAIN_A])) == {AGAIN_A: A.name}
    suspect = a_segment(type="suspect", content="a")
    assert plan([A.name], [suspect.name]).second_names == (SecondName(segment=suspect, of=A),)


@pytest.mark.parametrize("neighbour", [BEFORE, AFTER], ids=["before", "after"])
def test_content_of_a_neighbouring_hour_gets_a_second_name(neighbour: HourListing) -> None:
    found = plan([], [A.name], neighbours=[neighbour])
    assert found.second_names == (SecondName(segment=A, of=neighbour.segments[0]),)
    assert found.fetches == ()


def test_content_of_this_hour_goes_before_that_of_a_neighbour() -> None:
    found = plan([A.name], [AGAIN_A], neighbours=[BEFORE, AFTER])
    assert [second.of for second in found.second_names] == [A]


def test_visible_content_goes_before_suppressed_content_which_may_be_gone() -> None:
    ours = [tombstone_of(A.name), A.name]
    assert seconds(plan(ours, [AGAIN_A])) == {AGAIN_A: A.name}
    assert seconds(plan(ours, [AGAIN_A], neighbours=[BEFORE])) == {AGAIN_A: BEFORE.segments[0].name}


def test_of_content_that_is_new_one_name_is_fetched_and_the_others_wait_for_it() -> None:
    theirs = [A.name, PLAIN_A, AGAIN_A, B.name]
    found = plan([], theirs)
    assert len(found.fetches) == 2
    assert {segment.digest for segment in found.fetches} == {A.digest, B.digest}
    assert (found.waiting, found.twins, found.second_names) == (2, 2, ())
    after = plan(fetched(found), theirs)
    assert len(after.second_names) == 2
    assert (after.fetches, after.waiting, after.twins) == ((), 0, 0)


def test_an_odd_tombstone_with_a_hash_is_no_content() -> None:
    assert fetched(plan([f"odd-{hash_text(A.digest)}.tombstone"], [A.name])) == {A.name}


# Ages


def test_the_youngest_wait_for_the_own_recorder() -> None:
    at_cutoff = plan([], [A.name], now_us=A.start_us + CUTOFF)
    assert (fetched(at_cutoff), at_cutoff.waiting) == ({A.name}, 0)
    younger = plan([], [A.name], now_us=A.start_us + CUTOFF - 1)
    assert (younger.fetches, younger.waiting, younger.twins, younger.skipped) == ((), 1, 0, {})
    assert not younger.is_done


def test_young_content_that_is_here_waits_as_well() -> None:
    assert plan([A.name], [PLAIN_A], now_us=A.start_us + 1).waiting == 1


def test_what_ended_by_the_limit_is_too_old() -> None:
    reaching = plan([], [A.name], since_us=A.end_us - 1)
    assert fetched(reaching) == {A.name}
    ended = plan([], [A.name], since_us=A.end_us)
    assert (ended.fetches, ended.skipped) == ((), {Skip.OLD: 1})


def test_an_hour_with_what_is_too_old_is_not_done_since_the_limit_may_be_lifted() -> None:
    assert not plan([], [A.name], since_us=NOW).is_done


def test_what_starts_over_an_hour_from_now_is_passed_over_until_its_time() -> None:
    near = plan([], [A.name], now_us=A.start_us - HOUR_US)
    assert (near.waiting, near.skipped) == (1, {})
    far = plan([], [A.name], now_us=A.start_us - HOUR_US - 1)
    assert (far.waiting, far.skipped) == (0, {Skip.FUTURE: 1})
    assert not far.is_done


# Order


def test_each_node_has_an_order_of_its_own() -> None:
    names = [a_segment(f"04:01:{second:02}", content=str(second)).name for second in range(30)]
    orders = {seed: [one.name for one in plan([], names, seed=seed).fetches] for seed in (b"north", b"south")}
    assert orders[b"north"] != orders[b"south"]
    assert all(order != sorted(order) for order in orders.values())
    assert orders[b"north"] == [one.name for one in plan([], reversed(names), seed=b"north").fetches]


# Chat


BATCH = f"13:00-{hash_text(digest_of('batch'))}.json"
OTHER_BATCH = f"14:00-{hash_text(digest_of('other'))}.json"
CHAT = {
    "what is missing is fetched": ([], [BATCH], [BATCH], {}),
    "what is here is not": ([BATCH], [BATCH, OTHER_BATCH], [OTHER_BATCH], {}),
    "what is suppressed here is not": ([tombstone_of(BATCH)], [BATCH], [], {Skip.SUPPRESSED: 1}),
    "a segment is odd": ([], [A.name], [], {Skip.ODD: 1}),
    "a file in flight is odd": ([], [TEMP], [], {Skip.ODD: 1}),
    "the tombstone of a segment is odd": ([], [tombstone_of(A.name)], [], {Skip.ODD: 1}),
    "a way out is odd": ([], [f"../{BATCH}"], [], {Skip.ODD: 1}),
    "a temporary file is odd": ([], [f"{BATCH}.3f2504e0.temp"], [], {Skip.ODD: 1}),
    "the same content at another time is fetched": (
        [BATCH],
        [BATCH.replace("13:", "12:")],
        [BATCH.replace("13:", "12:")],
        {},
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "chat", "skipped"), CHAT.values(), ids=CHAT.keys())
def test_chat_batches(ours: list[str], theirs: list[str], chat: list[str], skipped: dict[Skip, int]) -> None:
    found = plan(ours, theirs, is_chat=True)
    assert [batch.name for batch in found.chat] == chat
    assert found.skipped == skipped
    assert (found.fetches, found.second_names, found.waiting) == ((), (), 0)
    assert found.is_done is not bool(chat)


def test_tombstones_of_chat_spread() -> None:
    found = plan([], [tombstone_of(BATCH), BATCH], is_chat=True)
    assert found.tombstones == (tombstone_of(BATCH),)
    assert (found.chat, found.skipped) == ((), {Skip.SUPPRESSED: 1})


def test_chat_does_not_wait_but_has_its_limits() -> None:
    start_us = us("04:13:00")
    assert plan([], [BATCH], is_chat=True, now_us=start_us).chat
    assert plan([], [BATCH], is_chat=True, since_us=start_us + 60 * SECOND_US - 1).chat
    assert plan([], [BATCH], is_chat=True, since_us=start_us + 60 * SECOND_US).skipped == {Skip.OLD: 1}
    assert plan([], [BATCH], is_chat=True, now_us=start_us - HOUR_US - 1).skipped == {Skip.FUTURE: 1}


def test_an_hour_that_is_the_same_is_seen_at_a_glance() -> None:
    names = [
        a_segment(us("04:00:00") + number * 2 * SECOND_US, content=str(number)).name for number in range(1800)
    ]
    listing = read_listing(HOUR, names)
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        found = plan_hour(
            listing, names, is_chat=False, now_us=NOW, recent_us=CUTOFF, since_us=0, seed=b"", neighbours=()
        )
        took.append(time.perf_counter() - begun)
        assert found.is_done
    assert min(took) < 0.005


def test_a_plan_is_of_segments() -> None:
    assert plan([], [A.name]).fetches == (
        Segment(
            hour=HOUR,
            name=A.name,
            start_us=A.start_us,
            duration_us=2 * SECOND_US,
            type=SegmentType.FULL,
            digest=A.digest,
        ),
    )
