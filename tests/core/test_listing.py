from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, quick

from longtake.core.errors import InvalidTime
from longtake.core.listing import HourListing, read_listing
from longtake.core.names import is_part, stem, tombstone_of
from longtake.core.segments import Segment, SegmentType

HOUR = "2024-11-09T04"
FIRST, SECOND, THIRD = (a_segment(f"04:00:0{second}") for second in (0, 2, 4))
CHAT = "00:00-4elFt9hWV03wAPLdeoPeJTjT1pVagkgXypXW7SJrFMQ.json"
IN_FLIGHT = "00:06.000000-2.0-temp-3f2504e0-4f89-11d3-9a0c-0305e82c3301.ts"


def said(listing: HourListing) -> object:
    return listing.names, listing.tombstones, tuple(listing.segments), listing.skipped


def test_an_empty_hour() -> None:
    listing = read_listing(HOUR, [])
    assert (listing.hour, listing.names, listing.tombstones, tuple(listing.segments)) == (HOUR, (), (), ())
    assert listing.skipped == 0
    assert listing.ambiguous() == frozenset()


def test_segments_come_in_the_order_of_time() -> None:
    listing = read_listing(HOUR, iter([THIRD.name, FIRST.name, SECOND.name]))
    assert listing.segments == (FIRST, SECOND, THIRD)
    assert listing.names == (FIRST.name, SECOND.name, THIRD.name)


def test_equal_starts_are_sorted_by_name() -> None:
    plain = FIRST.name.replace(".000000", "")
    listing = read_listing(HOUR, [FIRST.name, plain])
    assert [segment.name for segment in listing.segments] == [plain, FIRST.name]
    assert listing.segments[0].start_us == listing.segments[1].start_us


# names -> (shown to a peer, segments, skipped)
ODD_NAMES = {
    "a file in flight is shown but is no segment": ([IN_FLIGHT], [IN_FLIGHT], 0),
    "a chat batch is shown but is no segment": ([CHAT], [CHAT], 0),
    "a stray name of a segment's kind is shown and counted": (["stray.ts"], ["stray.ts"], 1),
    "a bad hash is counted": (["00:00-2.0-full-AA.ts"], ["00:00-2.0-full-AA.ts"], 1),
    "an infinite duration is counted and not shown": (["00:00-inf-full-AA.ts"], [], 1),
    "a duration beyond all numbers is counted and not shown": (["00:00-1e999-full-AA.ts"], [], 1),
    "a duration that is no number is counted": (["00:00-nan-full-AA.ts"], ["00:00-nan-full-AA.ts"], 1),
    "a hidden name is passed over": (["." + SECOND.name], [], 0),
    "a hidden temporary file is passed over": ([".3f2504e0.temp"], [], 0),
    "an older node's temporary file is passed over": ([f"{CHAT}.3f2504e0.temp"], [], 0),
    "another kind of file is passed over": (["notes.txt", "a.mkv"], [], 0),
    "a capital extension is another kind": ([SECOND.name.replace(".ts", ".TS")], [], 0),
}


@pytest.mark.parametrize(("odd", "shown", "skipped"), ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_odd_names_never_spoil_the_hour(odd: list[str], shown: list[str], skipped: int) -> None:
    listing = read_listing(HOUR, [*odd, FIRST.name])
    assert listing.segments == (FIRST,)
    assert set(listing.names) == {FIRST.name, *shown}
    assert listing.skipped == skipped
    assert listing.tombstones == ()


UNASKABLE = {
    "a newline": "stray\nname.ts",
    "a letter in no encoding that we know": "\udcff.ts",
    "a name that is too long": "x" * 253 + ".ts",
}


@pytest.mark.parametrize("name", UNASKABLE.values(), ids=UNASKABLE.keys())
def test_a_name_that_nobody_could_ask_for_is_counted_and_not_shown(name: str) -> None:
    listing = read_listing(HOUR, [name, FIRST.name])
    assert said(listing) == ((FIRST.name,), (), (FIRST,), 1)


def test_the_same_names_give_the_same_listing_and_any_other_name_gives_another() -> None:
    before = read_listing(HOUR, [FIRST.name, CHAT, IN_FLIGHT])
    assert read_listing(HOUR, [IN_FLIGHT, CHAT, FIRST.name, ".hidden", "a.mkv"], before) is before
    for names in (
        [FIRST.name, CHAT],
        [FIRST.name, CHAT, IN_FLIGHT, "stray.ts"],
        [SECOND.name, CHAT, IN_FLIGHT],
    ):
        assert read_listing(HOUR, names, before) is not before


def test_acknowledged_is_what_stays() -> None:
    listing = read_listing(HOUR, [FIRST.name, CHAT, IN_FLIGHT, "stray.ts", tombstone_of(SECOND.name)])
    assert listing.acknowledged == (CHAT, FIRST.name, tombstone_of(SECOND.name))


def test_a_tombstone_suppresses_its_file() -> None:
    listing = read_listing(HOUR, [tombstone_of(SECOND.name), FIRST.name, SECOND.name, THIRD.name])
    assert listing.segments == (FIRST, THIRD)
    assert listing.names == (FIRST.name, THIRD.name)
    assert listing.tombstones == (tombstone_of(SECOND.name),)


def test_a_tombstone_suppresses_whatever_has_its_stem() -> None:
    listing = read_listing(HOUR, [CHAT, tombstone_of(CHAT), "stray.ts", "stray.json", "stray.tombstone"])
    assert listing.names == ()
    assert listing.skipped == 0, "what is suppressed is not counted as odd"
    assert listing.tombstones == (tombstone_of(CHAT), "stray.tombstone")


def test_a_tombstone_does_not_suppress_another_form_of_the_same_time() -> None:
    plain = FIRST.name.replace(".000000", "")
    listing = read_listing(HOUR, [FIRST.name, plain, tombstone_of(FIRST.name)])
    assert [segment.name for segment in listing.segments] == [plain]


def test_a_hidden_tombstone_suppresses_nothing() -> None:
    listing = read_listing(HOUR, [FIRST.name, "." + tombstone_of(FIRST.name)])
    assert listing.segments == (FIRST,)
    assert listing.tombstones == ()


def test_an_appended_extension_is_no_tombstone_of_the_file() -> None:
    listing = read_listing(HOUR, [FIRST.name, FIRST.name + ".tombstone"])
    assert listing.segments == (FIRST,)


@pytest.mark.parametrize("names", [[], [FIRST.name]], ids=["an empty folder", "a folder with a segment"])
def test_a_folder_that_is_no_hour_is_refused(names: list[str]) -> None:
    with pytest.raises(InvalidTime):
        read_listing("blogs", names)


AMBIGUITY = {
    "another content": (a_segment(content="other"), True),
    "another content of a suspect": (a_segment(content="other", type="suspect"), False),
    "another duration": (a_segment(content="other", duration=1.999), False),
    "another start": (a_segment("04:00:00.000001", content="other"), False),
}


@pytest.mark.parametrize(("other", "ambiguous"), AMBIGUITY.values(), ids=AMBIGUITY.keys())
def test_sizes_are_asked_for_only_where_they_decide(other: Segment, ambiguous: bool) -> None:
    segment = a_segment()
    listing = read_listing(HOUR, [segment.name, other.name, THIRD.name])
    expected = {segment.path, other.path} if ambiguous else set()
    assert listing.ambiguous() == expected


def test_of_two_forms_of_the_same_name_the_size_decides() -> None:
    plain = FIRST.name.replace(".000000", "")
    listing = read_listing(HOUR, [FIRST.name, plain])
    assert listing.ambiguous() == {FIRST.path, f"{HOUR}/{plain}"}


extensions = st.sampled_from([".ts", ".json", ".tombstone", ".temp", ""])
known_names = st.sampled_from([FIRST.name, SECOND.name, IN_FLIGHT, CHAT, tombstone_of(FIRST.name)])
any_names = st.tuples(st.text(st.characters(exclude_characters="/\0"), max_size=5), extensions).map("".join)


@quick
@given(st.sets(known_names | any_names), st.randoms(use_true_random=False))
def test_any_names_in_any_order_give_the_same_listing(names: set[str], order: random.Random) -> None:
    shuffled = sorted(names)
    order.shuffle(shuffled)
    listing = read_listing(HOUR, shuffled)
    assert said(listing) == said(read_listing(HOUR, sorted(names)))
    suppressed = {stem(name) for name in listing.tombstones}
    videos = [
        name for name in names if name.endswith(".ts") and name[0] != "." and stem(name) not in suppressed
    ]
    in_flight = [name for name in videos if "-temp-" in name]
    assert len(videos) == len(listing.segments) + listing.skipped + len(in_flight)
    shown = [name for name in listing.names if name.endswith(".ts")]
    assert set(shown) <= set(filter(is_part, videos))
    assert {name for name in videos if is_part(name)} - set(shown) <= {name for name in videos if "-" in name}
    assert all(segment.type is not SegmentType.TEMP for segment in listing.segments)
