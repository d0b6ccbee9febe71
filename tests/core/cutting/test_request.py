from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_range, a_request, quick, us

from longtake.core.cutting import (
    CutContainer,
    CutKind,
    CutRequest,
    Transition,
    check_supported,
    parse_container,
    parse_kind,
    parse_range,
    parse_transition,
)
from longtake.core.errors import InvalidInput, InvalidTime, Unsupported
from longtake.core.times import parse_time, parse_utc_time

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


def test_a_range_is_two_times_with_a_comma_between() -> None:
    text = "2024-11-09T05:00:00+01:00,2024-11-09T04:00:06Z"
    assert parse_range(text, parse_time) == a_range("04:00:00", "04:00:06")
    with pytest.raises(InvalidTime, match="offset"):
        parse_range(text, parse_utc_time)


@pytest.mark.parametrize("text", ["", "2024-11-09T04:00:00Z", "a,b,c", "a;b", ","])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_range(text, parse_time)


SUPPORTED = [
    (CutKind.ROUGH, CutContainer.TS),
    (CutKind.ROUGH, CutContainer.MP4),
    (CutKind.SMART, CutContainer.TS),
    (CutKind.SMART, CutContainer.MP4),
]


@pytest.mark.parametrize("kind", CutKind)
@pytest.mark.parametrize("container", CutContainer)
def test_what_cannot_be_cut_is_refused_with_what_there_is(kind: CutKind, container: CutContainer) -> None:
    wanted = a_request(kind=kind, container=container)
    if (kind, container) in SUPPORTED:
        check_supported(wanted)
    else:
        with pytest.raises(Unsupported, match=r"smart or rough|change the ending"):
            check_supported(wanted)


def test_transitions_are_refused_but_not_places_for_them() -> None:
    ranges = a_range(), a_range()
    check_supported(a_request(*ranges, transitions=(None,)))
    with pytest.raises(Unsupported, match="leave them empty"):
        check_supported(a_request(*ranges, transitions=(Transition(name="fade", duration_us=1),)))
