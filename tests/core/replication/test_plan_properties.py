"""Whatever is here and whatever a peer lists: what holds of every plan."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, digest_of, quick, us
from tests.core.replication.planned import CUTOFF, HOUR, NOW, fetched, plan, seconds

from longtake.core.chat_names import parse_chat_name
from longtake.core.listing import HourListing, read_listing
from longtake.core.names import hash_text, is_part, stem, tombstone_of
from longtake.core.segments import SegmentType, parse_segment_name
from longtake.core.times import HOUR_US, SECOND_US

A = a_segment(content="a")
TEMP = "00:06.000000-2.0-temp-3f2504e0-4f89-11d3-9a0c-0305e82c3301.ts"

PIECES = [
    "00:0",
    "1",
    ".",
    "5",
    "-",
    "2.0",
    "full",
    "temp",
    hash_text(A.digest),
    ".ts",
    ".tombstone",
    ".json",
]
HOSTILE_PIECES = ["/", "..", "\0", "\n", "\udcff", "\u0661", "9" * 400]
texts = st.one_of(
    st.text(max_size=80),
    st.text(alphabet=st.characters(exclude_categories=())),
    st.lists(st.sampled_from([*PIECES, *HOSTILE_PIECES]), max_size=12).map("".join),
)
segment_names = st.builds(
    lambda second, ms, duration, kind, content: (
        a_segment(us("04:00:00") + second * SECOND_US + ms * 1000, duration, kind, content).name
    ),
    st.integers(0, 3),
    st.integers(0, 2),
    st.sampled_from([2.0, 1.5]),
    st.sampled_from(["full", "full", "suspect", "partial"]),
    st.sampled_from("abc"),
)
chat_names = st.builds(
    lambda minute, content: f"{minute:02}:00-{hash_text(digest_of(content))}.json",
    st.integers(0, 3),
    st.sampled_from("abc"),
)
usual = st.one_of(segment_names, segment_names.map(lambda name: name.replace(".000000", "")), chat_names)
some_names = st.lists(st.one_of(usual, usual, usual.map(tombstone_of), texts, st.just(TEMP)), max_size=16)
moments = st.sampled_from([NOW, *(us("04:00:01") + offset for offset in (-2 * HOUR_US, -HOUR_US, 0, CUTOFF))])
limits = st.sampled_from([0, 0, us("04:00:02"), NOW])
neighbouring = st.lists(segment_names, max_size=3).map(lambda names: [read_listing("2024-11-09T05", names)])


def is_sound(name: str, *, is_chat: bool) -> bool:
    """Whether its parser takes it and it can be nothing but one file in its folder."""
    if is_chat:
        return is_part(name) and parse_chat_name(HOUR, name).name == name
    return is_part(name) and parse_segment_name(HOUR, name).type is not SegmentType.TEMP


@quick
@given(some_names, some_names, st.booleans(), moments, limits, neighbouring)
def test_nothing_leads_out_of_the_folder_and_every_name_is_accounted_for_once(
    ours: list[str],
    theirs: list[str],
    is_chat: bool,
    now_us: int,
    since_us: int,
    neighbours: list[HourListing],
) -> None:
    found = plan(ours, theirs, is_chat=is_chat, now_us=now_us, since_us=since_us, neighbours=neighbours)
    files = [second.segment.name for second in found.second_names]
    files += [segment.name for segment in found.fetches] + [batch.name for batch in found.chat]
    extension = ".json" if is_chat else ".ts"
    for name in (*files, *(stem(tombstone) + extension for tombstone in found.tombstones)):
        assert is_sound(name, is_chat=is_chat)
    assert all(is_part(tombstone) for tombstone in found.tombstones)
    listing = read_listing(HOUR, ours)
    here = {*listing.names, *listing.tombstones}
    named = [*(set(theirs) & here), *files, *(set(theirs) & set(found.tombstones))]
    assert len(named) == len(set(named))
    assert set(named) <= set(theirs)
    assert len(named) + found.waiting + sum(found.skipped.values()) == len(set(theirs))
    assert all(found.skipped.values())
    assert not here & {*files, *found.tombstones}
    assert len(set(found.tombstones)) == len(found.tombstones)


@quick
@given(some_names, some_names, st.booleans(), moments, limits, neighbouring)
def test_when_it_is_carried_out_nothing_is_left_to_do(
    ours: list[str],
    theirs: list[str],
    is_chat: bool,
    now_us: int,
    since_us: int,
    neighbours: list[HourListing],
) -> None:
    names = set(ours)
    for _ in range(2):  # fetches, then second names of what was fetched
        found = plan(names, theirs, is_chat=is_chat, now_us=now_us, since_us=since_us, neighbours=neighbours)
        names |= {*found.tombstones, *seconds(found), *fetched(found), *(one.name for one in found.chat)}
    found = plan(names, theirs, is_chat=is_chat, now_us=now_us, since_us=since_us, neighbours=neighbours)
    assert not (found.tombstones or found.second_names or found.fetches or found.chat or found.twins)
    later = plan(names, theirs, is_chat=is_chat, now_us=NOW + HOUR_US)
    assert not found.is_done or later.is_done


@quick
@given(some_names, some_names, neighbouring)
def test_second_names_are_of_what_is_here_and_fetches_of_what_is_not(
    ours: list[str], theirs: list[str], neighbours: list[HourListing]
) -> None:
    listing = read_listing(HOUR, ours)
    found = plan(ours, theirs, neighbours=neighbours)
    visible = {segment.path: segment for of in (listing, *neighbours) for segment in of.segments}
    contents = {segment.digest for segment in visible.values()}
    gone = {stem(name) for of in (listing, *neighbours) for name in of.tombstones}
    for second in found.second_names:
        assert second.segment.digest == second.of.digest
        assert second.of.path in visible or (
            stem(second.of.name) in gone and second.of.digest not in contents
        )
    assert not contents & {segment.digest for segment in found.fetches}
    assert len({segment.digest for segment in found.fetches}) == len(found.fetches)


@quick
@given(some_names, some_names)
def test_nothing_suppressed_is_pulled(ours: list[str], theirs: list[str]) -> None:
    found = plan(ours, theirs)
    listing = read_listing(HOUR, ours)
    suppressed = {stem(name) for name in (*listing.tombstones, *found.tombstones)}
    assert not suppressed & {stem(name) for name in (*seconds(found), *fetched(found))}
    assert {name for name in theirs if name in found.tombstones} == {
        name
        for name in theirs
        if name.endswith(".tombstone") and name not in listing.tombstones and is_a_segment(stem(name) + ".ts")
    }


def is_a_segment(name: str) -> bool:
    listing = read_listing(HOUR, [name])
    return len(listing.segments) == 1 and is_part(tombstone_of(name))
