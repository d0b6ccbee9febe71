"""Plans of smart cuts in words by a table, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick, us
from tests.fakes.indexed_recording import (
    IndexedRecording,
    Looking,
    decoded_numbers,
    decoding_order,
    picture_plan,
    piece_numbers,
    told,
)

from longtake.core.cutting import (
    Copy,
    CutContainer,
    CutRange,
    CutRequest,
    Reencode,
    SmartPlan,
    SmartRun,
    plan_smart,
)
from longtake.core.errors import Incomplete, NotUnderstood
from longtake.core.mpegts.timestamps import WRAP, difference


def planned(
    recording: IndexedRecording,
    *spans: tuple[int, int],
    allow_holes: bool = False,
    looking: Looking | None = None,
) -> SmartPlan:
    """The plan of a cut of some ranges, in microseconds."""
    ranges = tuple(CutRange(start_us=start_us, end_us=end_us) for start_us, end_us in spans)
    request = CutRequest(ranges=ranges, container=CutContainer.MP4, allow_holes=allow_holes)
    timelines = [recording.timeline(*span) for span in spans]
    return (looking or Looking(recording)).planned(lambda known: plan_smart(request, timelines, known))


def from_to(recording: IndexedRecording, first: float, after: float) -> tuple[int, int]:
    """From a frame to before another; ``4.5`` is between two."""

    def mark(number: float) -> int:
        whole = int(number)
        step = recording.exact_us(whole + 1) - recording.exact_us(whole)
        return recording.exact_us(whole) + round((number - whole) * step)

    return mark(first), mark(after)


PLAIN = IndexedRecording(gops=[10] * 6, splits=[10, 20, 30, 40, 50])
"""Segments of a GOP of 10 frames each."""
TWO_IN_ONE = IndexedRecording(gops=[10] * 6, splits=[20, 40])
LONG_GOPS = IndexedRecording(gops=[30, 30], splits=[10, 20, 30, 40, 50])
WITH_B = IndexedRecording(gops=[10] * 6, splits=[10, 20, 30, 40, 50], b_frames=2)
LONG_WITH_B = IndexedRecording(gops=[30, 30], splits=[10, 19, 30, 40], b_frames=2)
WRAPPING = IndexedRecording(
    gops=[10] * 6, splits=[10, 20, 30, 40, 50], first_pts=WRAP - 25 * 3000, b_frames=2
)

Case = tuple[IndexedRecording, float, float, list[str]]
PLANS: dict[str, Case] = {
    "both marks on an IDR": (PLAIN, 10, 30, ["copy 10-19", "copy 20-29"]),
    "all that is recorded": (PLAIN, 0, 60, [f"copy {at}-{at + 9}" for at in range(0, 60, 10)]),
    "in between IDRs": (PLAIN, 13, 30, ["code 13-19 from 10", "copy 20-29"]),
    "out between IDRs: without B-frames nothing is coded anew there": (
        PLAIN,
        10,
        27,
        ["copy 10-19", "copy 20-26"],
    ),
    "both marks in one GOP": (PLAIN, 13, 17, ["code 13-16 from 10"]),
    "both marks in one GOP, from its IDR on": (PLAIN, 10, 17, ["copy 10-16"]),
    "one frame": (PLAIN, 13, 14, ["code 13-13 from 10"]),
    "one frame, an IDR": (PLAIN, 20, 21, ["copy 20-20"]),
    "from the last frame of a GOP to an IDR": (PLAIN, 19, 21, ["code 19-19 from 10", "copy 20-20"]),
    "marks between frames": (PLAIN, 12.5, 16.5, ["code 13-16 from 10"]),
    "in the last GOP": (PLAIN, 53, 60, ["code 53-59 from 50"]),
    "to the very end": (PLAIN, 45, 60, ["code 45-49 from 40", "copy 50-59"]),
    "a segment of two GOPs, from the second one": (TWO_IN_ONE, 10, 40, ["copy 10-19", "copy 20-39"]),
    "a segment of two GOPs, from within the first one": (
        TWO_IN_ONE,
        5,
        40,
        ["code 5-9 from 0", "copy 10-19", "copy 20-39"],
    ),
    "a segment of two GOPs, from within the second one": (
        TWO_IN_ONE,
        15,
        40,
        ["code 15-19 from 10", "copy 20-39"],
    ),
    "a segment of two GOPs, to within the second one": (TWO_IN_ONE, 20, 35, ["copy 20-34"]),
    "a segment of two GOPs, from the first one to within the second": (
        TWO_IN_ONE,
        22,
        35,
        ["code 22-29 from 20", "copy 30-34"],
    ),
    "a GOP over several segments, from its second one": (
        LONG_GOPS,
        15,
        60,
        ["code 15-29 from 0", "copy 30-39", "copy 40-49", "copy 50-59"],
    ),
    "a GOP over several segments, to within its second one": (
        LONG_GOPS,
        0,
        15,
        ["copy 0-9", "copy 10-14"],
    ),
    "a GOP over several segments, both marks within": (LONG_GOPS, 5, 25, ["code 5-24 from 0"]),
    "a GOP over several segments, both marks in the last of them": (
        LONG_GOPS,
        22,
        25,
        ["code 22-24 from 0"],
    ),
    "with B-frames, both marks on an IDR": (WITH_B, 10, 30, ["copy 10-19", "copy 20-29"]),
    "with B-frames, out just behind a P": (WITH_B, 10, 24, ["copy 10-19", "copy 20-23"]),
    "with B-frames, out before a P: the B-frames before it are coded anew": (
        WITH_B,
        10,
        26,
        ["copy 10-19", "copy 20-23", "code 24-25 from 20"],
    ),
    "with B-frames, out behind the first B": (
        WITH_B,
        10,
        25,
        ["copy 10-19", "copy 20-23", "code 24-24 from 20"],
    ),
    "with B-frames, out right behind an IDR's first B": (
        WITH_B,
        10,
        22,
        ["copy 10-19", "copy 20-20", "code 21-21 from 20"],
    ),
    "with B-frames, in at a B": (WITH_B, 14, 30, ["code 14-19 from 10", "copy 20-29"]),
    "with B-frames, both marks in one GOP": (WITH_B, 14, 18, ["code 14-17 from 10"]),
    "with B-frames, a few at both ends": (
        WITH_B,
        18,
        26,
        ["code 18-19 from 10", "copy 20-23", "code 24-25 from 20"],
    ),
    "with B-frames, a GOP over several segments, out at the beginning of one": (
        LONG_WITH_B,
        0,
        11,
        ["copy 0-9", "code 10-10 from 0"],
    ),
    "with B-frames, a GOP over several segments, out at the end of one": (
        LONG_WITH_B,
        0,
        18,
        ["copy 0-9", "copy 10-15", "code 16-17 from 0"],
    ),
    "over a wrap": (
        WRAPPING,
        14,
        45,
        ["code 14-19 from 10", "copy 20-29", "copy 30-39", "copy 40-43", "code 44-44 from 40"],
    ),
    "coded anew over a wrap": (WRAPPING, 21, 29, ["code 21-28 from 20"]),
}


@pytest.mark.parametrize(("recording", "first", "after", "lines"), PLANS.values(), ids=PLANS.keys())
def test_what_is_copied_and_what_is_coded_anew(
    recording: IndexedRecording, first: float, after: float, lines: list[str]
) -> None:
    span = from_to(recording, first, after)
    plan = planned(recording, span)
    assert told(recording, plan.runs) == lines
    check(recording, plan, [span])
    assert plan.frames == sum(len(piece_numbers(recording, piece)) for piece in plan.runs[0].pieces)


def test_a_mark_is_on_a_frame_to_the_microsecond() -> None:
    for number in (13, 14, 15, 20):
        time_us = PLAIN.exact_us(number)
        end_us = PLAIN.exact_us(40)
        firsts = [planned(PLAIN, (time_us + off, end_us)).runs[0].first_pts for off in (-1, 0, 1)]
        assert [PLAIN.number_of(pts) for pts in firsts] == [number, number, number + 1]
        lasts = [planned(PLAIN, (PLAIN.exact_us(2), time_us + off)).runs[0].last_pts for off in (-1, 0, 1)]
        assert [PLAIN.number_of(pts) for pts in lasts] == [number - 1, number - 1, number]


def test_a_run_names_its_frames_and_its_neighbours() -> None:
    segments = [part.segment for part in PLAIN.recorded]
    plan = planned(PLAIN, from_to(PLAIN, 13, 35))
    (run,) = plan.runs
    assert (run.before, run.after) == (segments[0], segments[4])
    assert (run.first_us, run.last_us) == (PLAIN.exact_us(13), PLAIN.exact_us(34))
    assert (PLAIN.number_of(run.first_pts), PLAIN.number_of(run.last_pts)) == (13, 34)
    assert run.frame_ticks == 3000
    assert plan.segments == tuple(segments[1:4])
    assert plan.container is CutContainer.MP4
    (whole,) = planned(PLAIN, from_to(PLAIN, 0, 60)).runs
    assert (whole.before, whole.after) == (None, None)


def test_whole_segments_are_copied_whole() -> None:
    (run,) = planned(TWO_IN_ONE, from_to(TWO_IN_ONE, 5, 60)).runs
    assert [piece.whole for piece in run.pieces if isinstance(piece, Copy)] == [False, True, True]


def test_pictures_are_coded_anew_as_the_joint_wants_their_dts() -> None:
    (run,) = planned(WITH_B, from_to(WITH_B, 14, 25)).runs
    head, _, tail = run.pieces
    assert isinstance(head, Reencode) and isinstance(tail, Reencode)
    assert (head.delay, tail.delay) == (3000, 3000)
    (alone,) = planned(WITH_B, from_to(WITH_B, 14, 18)).runs[0].pieces
    assert isinstance(alone, Reencode) and alone.delay == 0


HOLED = IndexedRecording(gops=[10] * 12, splits=range(10, 120, 10), without=[4, 5])


def test_a_hole_is_refused_or_makes_a_joint() -> None:
    span = from_to(HOLED, 23, 77)
    with pytest.raises(Incomplete, match="there are holes: not recorded from"):
        planned(HOLED, span)
    plan = planned(HOLED, span, allow_holes=True)
    assert told(HOLED, plan.runs) == [
        "code 23-29 from 20",
        "copy 30-39",
        "joint",
        "copy 60-69",
        "copy 70-76",
    ]
    assert [gap.reason for gap in plan.gaps] == ["not recorded"]
    assert (plan.runs[0].after, plan.runs[1].before) == (None, None)
    check(HOLED, plan, [span])


@pytest.mark.parametrize(
    ("first", "after", "lines"),
    [
        (23, 45, ["code 23-29 from 20", "copy 30-39"]),
        (45, 77, ["copy 60-69", "copy 70-76"]),
        (39, 61, ["code 39-39 from 30", "joint", "copy 60-60"]),
    ],
    ids=["ends in the hole", "begins in the hole", "a frame on both sides"],
)
def test_marks_at_a_hole(first: float, after: float, lines: list[str]) -> None:
    span = from_to(HOLED, first, after)
    plan = planned(HOLED, span, allow_holes=True)
    assert told(HOLED, plan.runs) == lines
    check(HOLED, plan, [span])


def test_ranges_come_in_the_order_asked_for() -> None:
    spans = [from_to(PLAIN, 33, 40), from_to(PLAIN, 8, 12), from_to(PLAIN, 30, 40)]
    plan = planned(PLAIN, *spans)
    assert told(PLAIN, plan.runs) == [
        "code 33-39 from 30",
        "joint",
        "code 8-9 from 0",
        "copy 10-11",
        "joint",
        "copy 30-39",
    ]
    assert plan.frames == 7 + 4 + 10
    assert [segment.start_us for segment in plan.segments] == [
        PLAIN.exact_us(30),
        PLAIN.exact_us(0),
        PLAIN.exact_us(10),
    ]
    check(PLAIN, plan, spans)


@pytest.mark.parametrize(("first", "after"), [(13.2, 13.8), (19.5, 19.9)])
@pytest.mark.parametrize("allow_holes", [False, True])
def test_a_range_without_a_frame_is_said_to_be_too_short(
    first: float, after: float, allow_holes: bool
) -> None:
    with pytest.raises(Incomplete, match="no frame shows between"):
        planned(PLAIN, from_to(PLAIN, first, after), allow_holes=allow_holes)


def test_a_range_without_a_segment_has_nothing() -> None:
    with pytest.raises(Incomplete, match="nothing is recorded between"):
        planned(HOLED, from_to(HOLED, 45, 55), allow_holes=True)
    with pytest.raises(Incomplete, match="nothing is recorded between"):
        planned(PLAIN, (us("05:00:00"), us("05:00:01")), allow_holes=True)


LATE_IDR = IndexedRecording(gops=[20, 20, 20], splits=[10, 20, 30, 40, 50], first_idr=1)


def test_without_an_idr_before_them_pictures_cannot_be_cut() -> None:
    for span in (from_to(LATE_IDR, 5, 30), from_to(LATE_IDR, 15, 18)):
        with pytest.raises(NotUnderstood, match="no key frame is recorded within a minute before"):
            planned(LATE_IDR, span)
    plan = planned(LATE_IDR, from_to(LATE_IDR, 20, 45))
    assert told(LATE_IDR, plan.runs) == ["copy 20-29", "copy 30-39", "copy 40-44"]


LONG = IndexedRecording(
    gops=[60] * 120,
    splits=range(60, 7200, 60),
    b_frames=3,
    jitter_us=[(at * 7919) % 9000 for at in range(120)],
)
EDGES = {
    "on IDRs": (600, 6600),
    "between": (635.5, 6618.2),
    "just before and just behind IDRs": (659.9, 6600.1),
    "short": (700, 703),
}


@pytest.mark.parametrize(("first", "after"), EDGES.values(), ids=EDGES.keys())
def test_only_segments_at_the_edges_are_looked_into(first: float, after: float) -> None:
    looking = Looking(LONG)
    span = from_to(LONG, first, after)
    plan = planned(LONG, span, looking=looking)
    assert len(looking.read) <= 6
    near = [abs(segment.start_us - edge_us) for segment in looking.read for edge_us in span]
    assert all(min(pair) <= 4_100_000 for pair in zip(near[::2], near[1::2], strict=True))
    check(LONG, plan, [span])


def test_a_run_that_begins_after_the_range_is_not_looked_into() -> None:
    looking = Looking(HOLED)
    planned(HOLED, from_to(HOLED, 5, 25), looking=looking)
    assert all(segment.start_us < HOLED.exact_us(40) for segment in looking.read)


# ---- what holds for all plans -------------------------------------------------------------------------------------


def check(recording: IndexedRecording, plan: SmartPlan, spans: Sequence[tuple[int, int]]) -> None:
    """The frames of all ranges are in the cut, once and in order, and every piece can be carried out."""
    wanted = [number for span in spans for number in in_range(recording, *span)]
    found = [number for run in plan.runs for number in run_numbers(recording, run)]
    assert found == wanted
    for run in plan.runs:
        check_entries(recording, run)
        check_dts(recording, run)
        numbers = run_numbers(recording, run)
        assert (recording.number_of(run.first_pts), recording.number_of(run.last_pts)) == (
            numbers[0],
            numbers[-1],
        )
        assert (run.first_us, run.last_us) == (recording.time_us(numbers[0]), recording.time_us(numbers[-1]))


def in_range(recording: IndexedRecording, start_us: int, end_us: int) -> list[int]:
    """The frames that show in a range."""
    return [number for number in recording.numbers if start_us <= recording.time_us(number) < end_us]


def run_numbers(recording: IndexedRecording, run: SmartRun) -> list[int]:
    """The frames of a run in the order of display: whole stretches one after the other."""
    shown: list[int] = []
    for piece in run.pieces:
        numbers = sorted(piece_numbers(recording, piece))
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert not shown or numbers[0] == shown[-1] + 1
        if isinstance(piece, Reencode):
            assert piece.frames == len(numbers)
        shown += numbers
    return shown


def check_entries(recording: IndexedRecording, run: SmartRun) -> None:
    """Each piece can be decoded: it begins with an IDR, or a copy goes on from a copy to the end of its neighbour."""
    segments = [part.segment for part in recording.recorded]
    before: Copy | Reencode | None = None
    for piece in run.pieces:
        first = piece if isinstance(piece, Copy) else piece.decode[0]
        if not recording.of(first.segment).index.idr[first.first]:
            assert isinstance(piece, Copy) and isinstance(before, Copy)
            assert (before.until, piece.first) == (None, 0)
            assert segments.index(piece.segment) == segments.index(before.segment) + 1
        if isinstance(piece, Reencode):
            for left, right in pairwise(piece.decode):
                assert (left.until, right.first) == (None, 0)
                assert segments.index(right.segment) == segments.index(left.segment) + 1
        before = piece


def check_dts(recording: IndexedRecording, run: SmartRun) -> None:
    """DTS grow, and no picture is shown before it is decoded."""
    dts: list[int] = []
    for piece in run.pieces:
        if isinstance(piece, Copy):
            index = recording.of(piece.segment).index
            dts += index.dts[piece.first : piece.until]
        else:
            assert piece.delay >= 0
            numbers = sorted(piece_numbers(recording, piece))
            dts += [recording.ticks(number) - piece.delay for number in numbers]
    assert all(difference(later, earlier) > 0 for earlier, later in pairwise(dts))


_SHORTEST = 10
"""Frames of a segment: shorter ones would be rivals by their stated durations."""
RATES = st.sampled_from(
    [Fraction(25), Fraction(30_000, 1001), Fraction(30), Fraction(50), Fraction(60_000, 1001)]
)


@st.composite
def recordings(draw: st.DrawFn, *, holes: bool = False) -> IndexedRecording:
    """Of any GOPs, split anywhere where that can be, with names that jitter by less than half a frame or so."""
    gops = draw(st.lists(st.integers(1, 24), min_size=1, max_size=8))
    b_frames = draw(st.integers(0, 3))
    rate = draw(RATES)
    splits: list[int] = []
    for at in clean_places(gops, b_frames):
        if at - (splits[-1] if splits else 0) >= _SHORTEST and draw(st.booleans()):
            splits.append(at)
    most = round(0.45 * 10**6 / float(rate))
    count = len(splits) + 1
    without = draw(st.sets(st.integers(1, count), max_size=2)) if holes else set[int]()
    return IndexedRecording(
        gops=gops,
        splits=splits,
        b_frames=b_frames,
        rate=rate,
        first_pts=draw(st.one_of(st.integers(0, WRAP - 1), st.integers(WRAP - 150_000, WRAP - 1))),
        start_us=us("04:00:58") + draw(st.integers(0, 1_999_999)),
        jitter_us=draw(st.lists(st.integers(-most, most), min_size=count, max_size=count)),
        without=sorted(without),
    )


def clean_places(gops: Sequence[int], b_frames: int) -> list[int]:
    """After how many pictures those decoded are just those shown so far."""
    places, first = [], 0
    for length in gops:
        order = list(decoding_order(range(first, first + length), b_frames))
        places += [
            at for at in range(first, first + length) if max(order[: at - first], default=at - 1) == at - 1
        ]
        first += length
    return places[1:]


@st.composite
def marks(draw: st.DrawFn, recording: IndexedRecording) -> tuple[int, int]:
    """Two times near frames, to the microsecond."""
    near = st.tuples(
        st.sampled_from(recording.numbers), st.one_of(st.integers(-1, 1), st.integers(-50_000, 50_000))
    ).map(lambda mark: recording.time_us(mark[0]) + mark[1])
    start_us, end_us = sorted((draw(near), draw(near)))
    return start_us, max(start_us + 1, end_us)


@quick
@given(data=st.data(), recording=recordings())
def test_a_cut_has_just_the_frames_between_its_marks(
    data: st.DataObject, recording: IndexedRecording
) -> None:
    span = data.draw(marks(recording))
    if not in_range(recording, *span):
        with pytest.raises(Incomplete):
            planned(recording, span, allow_holes=True)
        return
    plan = planned(recording, span, allow_holes=True)
    check(recording, plan, [span])
    check_little_is_coded_anew(recording, plan.runs[0])


def check_little_is_coded_anew(recording: IndexedRecording, run: SmartRun) -> None:
    """Up to the first IDR, and at the end fewer than there are B-frames in a row."""
    idrs = {
        number
        for part in recording.recorded
        for number, idr in zip(part.numbers, part.index.idr, strict=True)
        if idr
    }
    coded = [sorted(piece_numbers(recording, piece)) for piece in run.pieces if isinstance(piece, Reencode)]
    copies = [piece for piece in run.pieces if isinstance(piece, Copy)]
    if not copies or run.pieces[0] is not copies[0]:
        assert not idrs & set(coded[0])
    if copies and run.pieces[-1] is not copies[-1]:
        assert len(coded[-1]) <= recording.b_frames


@quick
@given(data=st.data(), recording=recordings(holes=True))
def test_a_cut_over_holes_has_what_is_there(data: st.DataObject, recording: IndexedRecording) -> None:
    spans = [data.draw(marks(recording)) for _ in range(data.draw(st.integers(1, 2)))]
    try:
        plan = planned(recording, *spans, allow_holes=True)
    except NotUnderstood:
        return  # a hole took the IDR away
    except Incomplete:
        # Whether anything is recorded is judged by names, which jitter by less than half a frame.
        assert any(
            end_us - start_us < 20_000 or not in_range(recording, start_us, end_us)
            for start_us, end_us in spans
        )
        return
    check(recording, plan, spans)


@quick
@given(data=st.data(), recording=recordings())
def test_a_picture_is_always_the_frame_that_a_cut_begins_with(
    data: st.DataObject, recording: IndexedRecording
) -> None:
    start_us, _ = data.draw(marks(recording))
    later = [number for number in recording.numbers if recording.time_us(number) >= start_us]
    if not later:
        with pytest.raises(Incomplete):
            picture_plan(recording, start_us)
        return
    plan = picture_plan(recording, start_us)
    (run,) = planned(recording, (start_us, recording.time_us(later[0]) + 1), allow_holes=True).runs
    assert (plan.pts % WRAP, plan.time_us) == (run.first_pts % WRAP, run.first_us)
    decoded = decoded_numbers(recording, plan.decode)
    assert later[0] in decoded
    assert recording.of(plan.decode[0].segment).index.idr[plan.decode[0].first]
    key = picture_plan(recording, start_us, keyframe=True)
    assert decoded_numbers(recording, key.decode) == [recording.number_of(key.pts)]
    assert key.time_us <= plan.time_us
