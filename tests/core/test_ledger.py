"""The numbers of a live playlist: what was shown once never changes, whatever arrives later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, a_timeline, quick, some_entries, us

from longtake.core.errors import InvalidInput
from longtake.core.facts import SegmentFacts
from longtake.core.hls.render import render_media
from longtake.core.ledger import (
    LEAST_HOLD_BACK_US,
    Entry,
    decode_entry,
    encode_entry,
    extend,
    number,
    settled,
)
from longtake.core.playlists import media_playlist
from longtake.core.segments import Segment
from longtake.core.timeline import JOIN_GAP_US, latest_overlap_us
from longtake.core.times import SECOND_US

A, B, C, D = a_run(count=4)


def facts_of(segment: Segment, *, discontinuity: bool = False) -> dict[str, SegmentFacts]:
    return {segment.name: SegmentFacts(name=segment.name, size_bytes=1, discontinuity=discontinuity)}


def shown(entries: Sequence[Entry]) -> list[tuple[int, int, bool]]:
    return [(entry.sequence, entry.discontinuity_sequence, entry.discontinuity) for entry in entries]


def test_an_empty_timeline_has_no_entries() -> None:
    assert number(a_timeline(), {}) == ()


def test_a_run_is_counted_from_nought() -> None:
    entries = number(a_timeline(A, B, C), {})
    assert shown(entries) == [(0, 0, False), (1, 0, False), (2, 0, False)]
    assert [entry.segment for entry in entries] == [A, B, C]


def test_or_from_another_number() -> None:
    entries = number(a_timeline(A, C), {}, first_sequence=500)
    assert shown(entries) == [(500, 0, False), (501, 1, True)]


DISCONTINUITIES: dict[str, tuple[list[Segment], dict[str, SegmentFacts], list[bool]]] = {
    "a hole": ([A, C, D], {}, [False, True, False]),
    "a gap of 10 ms is none": ([A, a_segment("04:00:02.01")], {}, [False, False]),
    "after a doubtful segment": ([A, a_segment("04:00:02", type="partial"), C], {}, [False, False, True]),
    "the source said so": ([A, B, C], facts_of(B, discontinuity=True), [False, True, False]),
    "the source said so of the first": ([A, B], facts_of(A, discontinuity=True), [False, False]),
    "the source said nothing": ([A, B], facts_of(B), [False, False]),
    "a hole where the source said so counts once": ([A, C], facts_of(C, discontinuity=True), [False, True]),
}


@pytest.mark.parametrize(("segments", "facts", "torn"), DISCONTINUITIES.values(), ids=DISCONTINUITIES.keys())
@pytest.mark.parametrize("split", [0, 1, 2], ids=["at once", "after the first", "after the second"])
def test_discontinuities_are_counted(
    segments: list[Segment], facts: dict[str, SegmentFacts], torn: list[bool], split: int
) -> None:
    entries = list(number(a_timeline(*(segments[:split] or segments)), facts))
    entries += extend(entries[-1], a_timeline(*segments), facts)
    assert [entry.discontinuity for entry in entries] == torn
    assert [entry.discontinuity_sequence for entry in entries] == [
        sum(torn[: i + 1]) for i in range(len(torn))
    ]
    assert [entry.sequence for entry in entries] == list(range(len(torn)))


LAST = Entry(segment=B, sequence=41, discontinuity_sequence=3, discontinuity=True)
# the timeline that is there now -> what is appended after B
LATER: dict[str, tuple[list[Segment], list[tuple[Segment, int, bool]]]] = {
    "nothing new": ([A, B], []),
    "nothing at all": ([], []),
    "the next one": ([A, B, C], [(C, 3, False)]),
    "the next two": ([B, C, D], [(C, 3, False), (D, 3, False)]),
    "the one after a hole": ([A, B, D], [(D, 4, True)]),
    "a timeline that begins after the last": ([C], [(C, 3, False)]),
    "a timeline that begins after a hole": ([D], [(D, 4, True)]),
    "something that fills a hole before": ([A, a_segment("03:59:58"), B], []),
    "a longer copy of the last": ([A, a_segment("04:00:02", 2.5)], []),
    "another one within the last": ([A, a_segment("04:00:03", 2.5)], []),
    "one that overlaps the last by the jitter": (
        [A, B, a_segment("04:00:03.9")],
        [(a_segment("04:00:03.9"), 3, False)],
    ),
    "one that overlaps the last by more": ([A, a_segment("04:00:03.49", 3.0)], []),
    "what follows a run that replaced the last": (
        [A, a_segment("04:00:03", 5.0), a_segment("04:00:08")],
        [(a_segment("04:00:08"), 4, True)],
    ),
}


@pytest.mark.parametrize(("segments", "appended"), LATER.values(), ids=LATER.keys())
def test_only_what_begins_after_the_last_is_appended(
    segments: list[Segment], appended: list[tuple[Segment, int, bool]]
) -> None:
    entries = extend(LAST, a_timeline(*segments), {})
    assert [
        (entry.segment, entry.discontinuity_sequence, entry.discontinuity) for entry in entries
    ] == appended
    assert [entry.sequence for entry in entries] == [42 + index for index in range(len(appended))]


def test_after_an_entry_from_a_future_that_was_taken_back_it_goes_on_with_a_discontinuity() -> None:
    last = replace(LAST, segment=a_segment("05:00:00"))
    assert extend(last, a_timeline(A, B, C), {}) == ()
    entries = extend(last, a_timeline(A, B, C, D), {}, after_us=B.end_us)
    assert [(entry.segment, entry.sequence, entry.discontinuity_sequence) for entry in entries] == [
        (C, 42, 4),
        (D, 43, 4),
    ]
    assert [entry.discontinuity for entry in entries] == [True, False]
    assert extend(last, a_timeline(A), {}, after_us=B.end_us) == ()


def test_after_a_doubtful_last_one_comes_a_discontinuity() -> None:
    last = replace(LAST, segment=a_segment("04:00:02", type="suspect"))
    (entry,) = extend(last, a_timeline(C), {})
    assert entry.discontinuity


def recorded(
    segment: Segment, at: str | int, *, sequence: int | None = None, target_s: int = 2
) -> dict[str, SegmentFacts]:
    return {
        segment.name: SegmentFacts(
            name=segment.name,
            size_bytes=1,
            target_duration_s=target_s,
            source_sequence=sequence,
            recorded_us=us(at) if isinstance(at, str) else at,
        )
    }


LONG = a_run(count=4, duration=6.0)
# what is there, its facts, the clock -> what is settled
EDGES: dict[str, tuple[list[Segment], dict[str, SegmentFacts], str, list[Segment]]] = {
    "no hole": ([A, B, C], {}, "04:00:06", [A, B, C]),
    "a hole that has just been seen": ([A, C, D], recorded(C, "04:00:08"), "04:00:09", [A]),
    "a hole that was seen long enough ago": (
        [A, C, D],
        recorded(C, "04:00:08") | recorded(D, "04:00:10"),
        "04:00:18",
        [A, C, D],
    ),
    "a hole just before that": ([A, C], recorded(C, "04:00:08"), "04:00:17.999", [A]),
    "a hole before an old segment that came now, as at the start": (
        [A, C],
        recorded(C, "04:30:00"),
        "04:30:05",
        [A],
    ),
    "a hole that became smaller has the age of the whole": (
        [A, C, D],
        recorded(C, "04:00:17") | recorded(D, "04:00:08"),
        "04:00:18",
        [A, C, D],
    ),
    "an old hole, then a young one": (
        [A, C, a_segment("04:00:12")],
        recorded(C, "04:00:08") | recorded(a_segment("04:00:12"), "04:00:18"),
        "04:00:19",
        [A, C],
    ),
    "a hole of which facts say nothing goes by its end": ([A, C], {}, "04:00:13", [A]),
    "and is old in time": ([A, C], {}, "04:00:14", [A, C]),
    "long segments are waited for longer": (
        [LONG[0], LONG[2]],
        recorded(LONG[2], "04:00:20", target_s=6),
        "04:00:37",
        LONG[:1],
    ),
    "three target durations are enough": (
        [LONG[0], LONG[2]],
        recorded(LONG[2], "04:00:20", target_s=6),
        "04:00:38",
        [LONG[0], LONG[2]],
    ),
    "a jump in the source's own times is waited for by nobody": (
        [A, C],
        recorded(A, "04:00:02", sequence=7) | recorded(C, "04:00:08", sequence=8),
        "04:00:08",
        [A, C],
    ),
    "a hole in the source's count is": (
        [A, C],
        recorded(A, "04:00:02", sequence=7) | recorded(C, "04:00:08", sequence=9),
        "04:00:08",
        [A],
    ),
    "a doubtful segment is no hole": (
        [A, a_segment("04:00:02", type="partial"), C],
        {},
        "04:00:06",
        [A, a_segment("04:00:02", type="partial"), C],
    ),
    "a word from the future counts for nothing": ([A, C], recorded(C, "05:00:00"), "04:00:30", [A, C]),
}


@pytest.mark.parametrize(("there", "facts", "now", "kept"), EDGES.values(), ids=EDGES.keys())
def test_what_lies_behind_a_young_hole_is_held_back(
    there: list[Segment], facts: dict[str, SegmentFacts], now: str, kept: list[Segment]
) -> None:
    timeline = settled(a_timeline(*there), facts, now_us=us(now))
    assert list(timeline.segments) == kept
    assert len(timeline.breaks) == len(kept)


def test_a_young_hole_after_what_is_shown_already_holds_back_too() -> None:
    there, facts = a_timeline(C, D), recorded(C, "04:00:08")
    assert settled(there, facts, now_us=us("04:00:09"), reached_us=B.end_us).segments == (C, D)
    assert settled(there, facts, now_us=us("04:00:09"), reached_us=A.end_us).segments == ()
    assert settled(there, facts, now_us=us("04:00:18"), reached_us=A.end_us).segments == (C, D)


def live(arrivals: Sequence[tuple[int, Segment]], *, until_us: int) -> list[Entry]:
    """The ledger as a player that asks each half second makes it; an arrival is (moment, segment)."""
    entries: list[Entry] = []
    facts: dict[str, SegmentFacts] = {}
    for at_us, segment in arrivals:
        facts |= recorded(segment, at_us)
    for now_us in range(min(at_us for at_us, _ in arrivals), until_us, SECOND_US // 2):
        there = [segment for at_us, segment in arrivals if at_us <= now_us]
        if not entries:
            entries += number(settled(a_timeline(*there), facts, now_us=now_us), facts)
            continue
        last = entries[-1]
        timeline = a_timeline(*there, start=last.segment.start_us)
        entries += extend(
            last, settled(timeline, facts, now_us=now_us, reached_us=last.segment.end_us), facts
        )
    return entries


RUN = a_run(count=12)
DOWN_US = us("04:01:00")
# how long after 04:01 each of twelve segments that the first playlist had comes in, in seconds
ARRIVALS: dict[str, tuple[list[float | None], list[int], int]] = {
    "in order": ([0.1 * index for index in range(12)], list(range(12)), 0),
    "eight at once, the last first": (
        [0, 1.6, 1.4, 1.2, 1.0, 0.8, 0.6, 0.4, 2.2, 2.0, 1.8, 1.7],
        list(range(12)),
        0,
    ),
    "one at the third try": ([0, 0.5, 1, 8.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5], list(range(12)), 0),
    "one never": (
        [0, 0.5, 1, None, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5],
        [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11],
        1,
    ),
    "one after it was given up": (
        [0, 0.5, 1, 14, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5],
        [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11],
        1,
    ),
}


@pytest.mark.parametrize(("delays", "shown_are", "torn"), ARRIVALS.values(), ids=ARRIVALS.keys())
def test_segments_that_complete_out_of_order_are_shown_in_order(
    delays: list[float | None], shown_are: list[int], torn: int
) -> None:
    arrivals = [
        (DOWN_US + round(delay * SECOND_US), segment)
        for delay, segment in zip(delays, RUN, strict=True)
        if delay is not None
    ]
    entries = live(arrivals, until_us=DOWN_US + 20 * SECOND_US)
    assert [entry.segment for entry in entries] == [RUN[index] for index in shown_are]
    assert sum(entry.discontinuity for entry in entries) == torn


@quick
@given(st.lists(st.floats(0, LEAST_HOLD_BACK_US / SECOND_US - 1), min_size=11, max_size=11))
def test_whatever_comes_within_the_hold_back_is_shown(delays: list[float]) -> None:
    arrivals = [
        (DOWN_US + round(delay * SECOND_US), segment)
        for delay, segment in zip([0.0, *delays], RUN, strict=True)
    ]
    entries = live(arrivals, until_us=DOWN_US + 11 * SECOND_US)
    assert [entry.segment for entry in entries] == RUN
    assert not any(entry.discontinuity for entry in entries)


HASH = "7XACtDnprIRfIjV9giusFERzD722AW0-yUMil7nsn3M"
LINES = {
    "an entry": (
        replace(LAST, discontinuity=False, segment=a_segment("23:59:50.123")),
        "41 3 - 2024-11-09T23/59:50.123000-2.0-full-",
    ),
    "an entry after a discontinuity": (LAST, "41 3 D 2024-11-09T04/00:02.000000-2.0-full-"),
    "the first": (some_entries(A)[0], "0 0 - 2024-11-09T04/00:00.000000-2.0-full-"),
}


@pytest.mark.parametrize(("entry", "line"), LINES.values(), ids=LINES.keys())
def test_lines_both_ways(entry: Entry, line: str) -> None:
    assert encode_entry(entry) == f"{line}{HASH}.ts"
    assert decode_entry(f"{line}{HASH}.ts") == entry


GOOD = encode_entry(LAST)
NO_LINES = {
    "nothing": "",
    "a torn line": GOOD[:-5],
    "a line torn after its number": "41 ",
    "the end of a torn line": GOOD[4:],
    "a line torn within the hour": GOOD[12:],
    "two lines in one": GOOD + GOOD,
    "a word for the number": GOOD.replace("41", "x"),
    "a negative number": "-" + GOOD,
    "an underscore in the number": GOOD.replace("41", "4_1"),
    "digits of another script": GOOD.replace("41", "٤١"),
    "another mark": GOOD.replace(" D ", " X "),
    "no mark": GOOD.replace(" D ", "  "),
    "an hour that is none": GOOD.replace("T04", "T24"),
    "a name that is none": GOOD.replace("full", "whole"),
    "a line break after it": GOOD + "\n",
    "a number of very many digits": "9" * 10_000 + GOOD,
}


@pytest.mark.parametrize("line", NO_LINES.values(), ids=NO_LINES.keys())
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput):
        decode_entry(line)


@quick
@given(st.text(max_size=40) | st.text("0123 -D/T:.", max_size=40))
def test_any_text_is_a_line_or_refused(line: str) -> None:
    try:
        entry = decode_entry(line)
    except InvalidInput:
        return
    assert encode_entry(entry)


numbers = st.integers(0, 10**12)


@quick
@given(numbers, numbers, st.booleans(), st.integers(0, 10**15), st.floats(0, 100))
def test_entries_come_back(
    sequence: int, discontinuity_sequence: int, torn: bool, start_us: int, duration_s: float
) -> None:
    entry = Entry(
        segment=a_segment(start_us, duration_s),
        sequence=sequence,
        discontinuity_sequence=discontinuity_sequence,
        discontinuity=torn,
    )
    assert decode_entry(encode_entry(entry)) == entry
    assert len(encode_entry(entry).splitlines()) == 1


# Segments of one or two recorders, some doubtful, some overlapping, arriving in any order.
arriving = st.lists(
    st.builds(
        a_segment,
        start=st.integers(0, 80).map(lambda step: us("04:00:00") + step * SECOND_US // 2)
        | st.integers(0, 400).map(lambda step: us("04:00:00") + step * 50_000),
        duration=st.sampled_from([0.0, 0.05, 1.0, 2.0, 2.005, 2.05, 4.0]),
        type=st.sampled_from(["full", "full", "full", "suspect", "partial"]),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda segment: segment.path,
)


@quick
@given(arriving, st.integers(0, 1000), st.booleans())
def test_whatever_arrives_later_is_appended_or_not_shown(
    segments: list[Segment], first_sequence: int, whole: bool
) -> None:
    """Each arrival is a new snapshot, made as the server does it: from the last entry on, or of everything."""
    entries: tuple[Entry, ...] = ()
    texts: list[str] = []
    for count in range(1, len(segments) + 1):
        there = segments[:count]
        if entries:
            from_us = min(s.start_us for s in there) if whole else entries[-1].segment.start_us
            until_us = max(from_us + 1, *(segment.end_us for segment in there))
            entries += extend(entries[-1], a_timeline(*there, start=from_us, end=until_us), {})
        else:
            entries = number(a_timeline(*there), {}, first_sequence=first_sequence)
        check(entries, first_sequence)
        texts += [text_of(entries)] if entries else []
    assert all(after.startswith(before) for before, after in pairwise(texts))


def text_of(entries: Sequence[Entry]) -> str:
    """Without the line that says what is meant without it as well."""
    playlist = media_playlist(entries, {}, url_of=lambda segment: segment.path, ended=False, least_target_s=4)
    return render_media(playlist).replace("#EXT-X-DISCONTINUITY-SEQUENCE:0\n", "")


def check(entries: Sequence[Entry], first_sequence: int) -> None:
    assert [entry.sequence for entry in entries] == [first_sequence + index for index in range(len(entries))]
    for left, right in pairwise(entries):
        assert right.segment.start_us > left.segment.start_us
        assert left.segment.end_us - right.segment.start_us <= latest_overlap_us(left.segment)
        assert right.discontinuity_sequence - left.discontinuity_sequence == right.discontinuity
        if right.segment.start_us - left.segment.end_us > JOIN_GAP_US:
            assert right.discontinuity
