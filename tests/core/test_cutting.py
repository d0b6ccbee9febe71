from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, a_timeline, quick, us

from longtake.core.cutting import (
    CutContainer,
    CutKind,
    CutRange,
    CutRequest,
    Transition,
    check_supported,
    describe_gaps,
    parse_container,
    parse_kind,
    parse_range,
    parse_transition,
    plan_rough,
)
from longtake.core.errors import Incomplete, InvalidInput, InvalidTime, NotFound, Unsupported
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, GapReason, Timeline
from longtake.core.times import parse_time, parse_utc_time


def a_range(start: str = "04:00:00", end: str = "04:00:06") -> CutRange:
    return CutRange(start_us=us(start), end_us=us(end))


def a_request(
    *ranges: CutRange,
    kind: CutKind = CutKind.ROUGH,
    container: CutContainer = CutContainer.TS,
    transitions: tuple[Transition | None, ...] = (),
    allow_holes: bool = False,
) -> CutRequest:
    return CutRequest(
        ranges=ranges or (a_range(),),
        kind=kind,
        container=container,
        transitions=transitions,
        allow_holes=allow_holes,
    )


KINDS = {
    "rough": CutKind.ROUGH,
    "smart": CutKind.SMART,
    "full": CutKind.FULL,
    "archive": CutKind.ARCHIVE,
    "fast": CutKind.SMART,
    "mpegts": CutKind.FULL,
    "webm": CutKind.FULL,
    " Rough ": CutKind.ROUGH,
    "FAST": CutKind.SMART,
}


@pytest.mark.parametrize(("text", "kind"), KINDS.items(), ids=str)
def test_kinds_and_their_older_names(text: str, kind: CutKind) -> None:
    assert parse_kind(text) is kind


@pytest.mark.parametrize("text", ["", "mp4", "roughly", "x" * 1000])
def test_an_unknown_kind_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidInput, match="there are rough, smart, full, archive") as caught:
        parse_kind(text)
    assert len(str(caught.value)) < 150


CONTAINERS = {
    "ts": CutContainer.TS,
    ".ts": CutContainer.TS,
    "MP4": CutContainer.MP4,
    ".mkv": CutContainer.MKV,
    "webm": CutContainer.WEBM,
}


@pytest.mark.parametrize(("extension", "container"), CONTAINERS.items(), ids=str)
def test_containers(extension: str, container: CutContainer) -> None:
    assert parse_container(extension) is container


@pytest.mark.parametrize("extension", ["", ".", "avi", "ts.", "t s", "x" * 1000])
def test_an_unknown_container_is_refused_with_those_there_are(extension: str) -> None:
    with pytest.raises(InvalidInput, match=r"there are \.ts, \.mp4, \.mkv, \.webm") as caught:
        parse_container(extension)
    assert len(str(caught.value)) < 150


TRANSITIONS = {
    "nothing is a hard cut": ("", None),
    "spaces are a hard cut": ("  ", None),
    "a name and seconds": ("fade,1", Transition(name="fade", duration_us=1_000_000)),
    "a fraction of a second": ("wipeleft,0.25", Transition(name="wipeleft", duration_us=250_000)),
    "spaces": (" fade , 2 ", Transition(name="fade", duration_us=2_000_000)),
}


@pytest.mark.parametrize(("text", "transition"), TRANSITIONS.values(), ids=TRANSITIONS.keys())
def test_transitions(text: str, transition: Transition | None) -> None:
    assert parse_transition(text) == transition


@pytest.mark.parametrize(
    "text",
    [
        "fade",
        "fade,",
        ",1",
        " ,1",
        "fade,x",
        "fade,1,2",
        "fade,0",
        "fade,-1",
        "fade,1e-9",
        "fade,nan",
        "fade,inf",
    ],
)
def test_what_is_no_transition_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not NAME,SECONDS"):
        parse_transition(text)


@quick
@given(st.text(max_size=20) | st.text("fade,0123.eE+-_ ", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_transition, parse_kind, parse_container):
        with suppress(InvalidInput):
            parse(text)


@pytest.mark.parametrize("end", ["04:00:00", "03:59:59"], ids=["empty", "backwards"])
def test_a_range_ends_after_it_starts(end: str) -> None:
    with pytest.raises(InvalidTime, match="must end after it starts") as caught:
        a_range("04:00:00", end)
    assert "2024-11-09T04:00:00.000000Z" in str(caught.value)


def test_a_range_of_a_microsecond_is_one() -> None:
    assert a_range("04:00:00", "04:00:00.000001").end_us == us("04:00:00") + 1


def test_a_cut_needs_a_range() -> None:
    with pytest.raises(InvalidInput, match="at least one range"):
        CutRequest(ranges=())


FADE = Transition(name="fade", duration_us=1_000_000)


@pytest.mark.parametrize("count", [0, 1], ids=["missing ones are hard cuts", "one between two"])
def test_transitions_lie_between_ranges(count: int) -> None:
    assert len(a_request(a_range(), a_range(), transitions=(FADE,) * count).transitions) == count


@pytest.mark.parametrize("transition", [FADE, None], ids=["a fade", "a hard cut"])
def test_too_many_transitions_are_refused(transition: Transition | None) -> None:
    with pytest.raises(InvalidInput, match="2 transitions for 2 ranges"):
        a_request(a_range(), a_range(), transitions=(transition,) * 2)
    with pytest.raises(InvalidInput):
        a_request(a_range(), transitions=(transition,))


def test_a_rough_cut_is_supported() -> None:
    check_supported(a_request(kind=CutKind.ROUGH))


@pytest.mark.parametrize("kind", [CutKind.SMART, CutKind.FULL, CutKind.ARCHIVE])
def test_other_kinds_are_refused_with_what_there_is(kind: CutKind) -> None:
    with pytest.raises(Unsupported, match=f"{kind} cuts are not there yet; ask for a rough one"):
        check_supported(a_request(kind=kind))


@pytest.mark.parametrize("container", [CutContainer.MP4, CutContainer.MKV, CutContainer.WEBM])
def test_a_rough_cut_in_another_container_is_refused(container: CutContainer) -> None:
    with pytest.raises(Unsupported, match=rf"end the name in \.ts instead of \.{container}"):
        check_supported(a_request(container=container))


def timeline_of(span: CutRange, *segments: Segment) -> Timeline:
    return a_timeline(*segments, start=span.start_us, end=span.end_us)


def test_a_plan_has_the_whole_files_of_each_range_in_the_order_asked_for() -> None:
    run = a_run(count=6)
    later, earlier = a_range("04:00:08", "04:00:10"), a_range("04:00:01", "04:00:03")
    plan = plan_rough(a_request(later, earlier), [timeline_of(later, *run), timeline_of(earlier, *run)])
    assert plan.segments == (run[4], run[0], run[1])
    assert plan.gaps == ()


def test_a_file_that_two_ranges_touch_is_there_twice() -> None:
    (segment,) = a_run(count=1)
    spans = a_range("04:00:00", "04:00:01"), a_range("04:00:01", "04:00:02")
    plan = plan_rough(a_request(*spans), [timeline_of(span, segment) for span in spans])
    assert plan.segments == (segment, segment)


HOLES: dict[str, tuple[list[Segment], str]] = {
    "a hole between": (
        [a_segment("04:00:00"), a_segment("04:00:04")],
        "not recorded from 2024-11-09T04:00:02.000Z to 2024-11-09T04:00:04.000Z (2.0 s)",
    ),
    "a hole at the end": (a_run(count=2), "to 2024-11-09T04:00:06.000Z (2.0 s)"),
    "a doubtful segment": (
        [*a_run(count=2), a_segment("04:00:04", type="suspect")],
        "recorded, but doubtful from 2024-11-09T04:00:04.000Z",
    ),
    "a partial segment": ([*a_run(count=2), a_segment("04:00:04", type="partial")], "recorded in part from"),
}


@pytest.mark.parametrize(("segments", "words"), HOLES.values(), ids=HOLES.keys())
def test_holes_are_refused_or_accepted_by_name(segments: list[Segment], words: str) -> None:
    timeline = timeline_of(a_range(), *segments)
    with pytest.raises(Incomplete, match="allow holes to cut all the same") as caught:
        plan_rough(a_request(), [timeline])
    assert words in str(caught.value)
    plan = plan_rough(a_request(allow_holes=True), [timeline])
    assert plan.segments == tuple(segments)
    assert plan.gaps == timeline.gaps


@pytest.mark.parametrize("allow_holes", [False, True])
def test_a_range_with_nothing_at_all_is_not_found(allow_holes: bool) -> None:
    spans = a_range(), a_range("05:00:00", "05:00:02")
    timelines = [timeline_of(span, *a_run()) for span in spans]
    with pytest.raises(NotFound) as caught:
        plan_rough(a_request(*spans, allow_holes=allow_holes), timelines)
    assert "between 2024-11-09T05:00:00.000000Z and 2024-11-09T05:00:02.000000Z" in str(caught.value)


def test_a_timeline_too_few_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        plan_rough(a_request(a_range(), a_range()), [timeline_of(a_range(), *a_run())])


def test_only_the_first_gaps_are_described() -> None:
    gaps = [
        Gap(start_us=us(f"04:{minute:02}:00"), end_us=us(f"04:{minute:02}:08.04"), reason=GapReason.MISSING)
        for minute in range(8)
    ]
    words = describe_gaps(iter(gaps)).split("; ")
    assert words[0] == "not recorded from 2024-11-09T04:00:00.000Z to 2024-11-09T04:00:08.040Z (8.0 s)"
    assert len(words) == 6
    assert words[-1] == "and 3 more"
    assert "more" not in describe_gaps(gaps[:5])
    assert describe_gaps([]) == ""


def test_a_range_is_two_times_with_a_comma_between() -> None:
    text = "2024-11-09T05:00:00+01:00,2024-11-09T04:00:06Z"
    assert parse_range(text, parse_time) == a_range("04:00:00", "04:00:06")
    with pytest.raises(InvalidTime, match="offset"):
        parse_range(text, parse_utc_time)


@pytest.mark.parametrize("text", ["", "2024-11-09T04:00:00Z", "a,b,c", "a;b", ","])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_range(text, parse_time)
