from __future__ import annotations

from contextlib import suppress

import av
import av.error
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.cutting import TRANSITIONS, Transition, check_transitions, parse_transition
from longtake.core.errors import InvalidInput
from longtake.core.times import SECOND_US

OWN = {"clockwipe", "starwipe", "diamondwipe", "batman"}
LEFT_OUT = {"fadefast", "fadeslow"}


def xfade_knows(name: str) -> bool:
    try:
        av.filter.Graph().add("xfade", f"transition={name}")
    except av.error.FFmpegError:
        return False
    return True


def test_there_are_as_many_as_older_nodes_know() -> None:
    assert (len(TRANSITIONS), len(TRANSITIONS.keys() - OWN)) == (60, 56)
    assert not TRANSITIONS.keys() & LEFT_OUT
    assert all(xfade_knows(name) for name in LEFT_OUT)


@pytest.mark.parametrize("name", TRANSITIONS)
def test_each_is_drawn_by_xfade_or_is_one_of_four_more(name: str) -> None:
    assert xfade_knows(name) is (name not in OWN)


def test_each_says_in_a_line_of_its_own_what_one_sees() -> None:
    assert len(set(TRANSITIONS.values())) == len(TRANSITIONS)
    for description in TRANSITIONS.values():
        assert 15 < len(description) < 80
        assert not description.endswith(".")


READ = {
    "nothing is a hard cut": ("", None),
    "a name and seconds": ("fade,1", Transition(name="fade", duration_us=1_000_000)),
    "a fraction of a second": ("wipeleft,0.25", Transition(name="wipeleft", duration_us=250_000)),
    "a fraction of many digits is rounded": (
        "fade,0.3333333333333333",
        Transition(name="fade", duration_us=333_333),
    ),
    "one that ffmpeg does not have": ("batman,2.0", Transition(name="batman", duration_us=2_000_000)),
    "as long as may be": ("fade,60", Transition(name="fade", duration_us=60_000_000)),
    "as short as may be": ("fade,0.000001", Transition(name="fade", duration_us=1)),
}


@pytest.mark.parametrize(("text", "transition"), READ.values(), ids=READ.keys())
def test_what_is_a_transition_is_read(text: str, transition: Transition | None) -> None:
    assert parse_transition(text) == transition


MALFORMED = {
    "a name alone": "fade",
    "no seconds": "fade,",
    "no name": ",1",
    "seconds that are none": "fade,x",
    "two commas": "fade,1,2",
    "not a number": "fade,nan",
    "infinity": "fade,inf",
    "an exponent": "fade,1e1",
    "a large exponent": "fade,1e9",
    "an underscore": "fade,1_0",
    "a space before the seconds": "fade, 1",
    "a space behind the seconds": "fade,1 ",
    "a plus": "fade,+1",
    "a minus": "fade,-1",
    "no digit before the point": "fade,.5",
    "no digit behind the point": "fade,1.",
    "digits of another script": "fade,\u0663",
    "more digits than any number needs": "fade," + "1" * 1000,
    "spaces alone": "  ",
    "a comma alone": ",",
    "seconds and name changed over": "1,fade",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_malformed_is_refused_with_how_it_is_written(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"is not NAME,SECONDS; write it like fade,0\.5") as caught:
        parse_transition(text)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("seconds", ["0", "0.0", "0.0000001", "60.000001", "61", "999999999"])
def test_what_is_too_short_or_too_long_is_refused_with_the_bounds(seconds: str) -> None:
    with pytest.raises(InvalidInput, match="more than 0 s and at most 60 s"):
        parse_transition(f"fade,{seconds}")


UNKNOWN = {
    "a letter too many": ("fadee", "is fade .*meant"),
    "a letter too few": ("wipelef", "is wipeleft .*meant"),
    "a capital letter": ("Fade", "is fade .*meant"),
    "a space in front": (" fade", "is fade .*meant"),
    "two words": ("circle open", "is circleopen .*meant"),
    "one that older nodes leave out": ("fadefast", "meant"),
}


@pytest.mark.parametrize(("name", "said"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_name_is_refused_with_near_ones_and_where_all_are(name: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as caught:
        parse_transition(f"{name},1")
    assert repr(name) in str(caught.value)
    assert str(caught.value).endswith("GET /api/v1/transitions of any node lists all 60")


@pytest.mark.parametrize("name", ["qqq", "\U0001f987", "x" * 100_000, "\x00"])
def test_a_name_like_none_is_refused_without_a_guess(name: str) -> None:
    with pytest.raises(InvalidInput, match="is no transition; GET") as caught:
        parse_transition(f"{name},1")
    assert len(str(caught.value)) < 200


def some(*seconds: float | None) -> list[Transition | None]:
    return [
        None if one is None else Transition(name="fade", duration_us=round(one * SECOND_US))
        for one in seconds
    ]


def lengths_us(*seconds: float) -> list[int]:
    return [round(one * SECOND_US) for one in seconds]


FITTING = {
    "none at all": ([1], []),
    "fewer than places": ([1, 1, 1], [0.5]),
    "a hard cut in each place": ([1, 1], [None]),
    "exactly as long as both ranges": ([2, 2], [2]),
    "two that meet in the middle of a range": ([1, 2, 1], [1, 1]),
    "a long one beside a hard cut": ([2, 2, 2], [None, 2]),
}


@pytest.mark.parametrize(("lengths", "seconds"), FITTING.values(), ids=FITTING.keys())
def test_what_fits_is_taken(lengths: list[float], seconds: list[float | None]) -> None:
    check_transitions(lengths_us(*lengths), some(*seconds))


UNFIT = {
    "as many as ranges": ([1, 1], [0.1, 0.1], "2 transitions for 2 ranges"),
    "more than ranges": ([1], [0.1, 0.1], "2 transitions for 1 range:"),
    "as many hard cuts as ranges": ([1], [None], "1 transition for 1 range:"),
    "longer than the range before": (
        [1, 5],
        [1.5],
        r"transition 1 \(fade\) takes 1.5 s of range 1, which is 1 s",
    ),
    "longer than the range behind": ([5, 1], [1.5], r"transition 1 \(fade\) takes 1.5 s of range 2"),
    "a microsecond longer": ([1, 5], [1.000001], r"takes 1.000001 s of range 1, which is 1 s long"),
    "two that overlap in a range": (
        [5, 2, 5],
        [1, 1.5],
        r"transitions 1 \(fade\) and 2 \(fade\) take 2.5 s of range 2",
    ),
    "the second of three": ([5, 5, 1, 5], [1, None, 2], r"transition 3 \(fade\) takes 2 s of range 3"),
}


@pytest.mark.parametrize(("lengths", "seconds", "said"), UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_refused_with_where(
    lengths: list[float], seconds: list[float | None], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        check_transitions(lengths_us(*lengths), some(*seconds))


@quick
@given(
    st.lists(st.integers(1, 8), min_size=1, max_size=5), st.lists(st.none() | st.integers(1, 4), max_size=5)
)
def test_what_fits_leaves_every_range_in_its_order(lengths: list[int], seconds: list[int | None]) -> None:
    """Laid out in the result, the transition into a range ends before that out of it begins."""
    fits = True
    try:
        check_transitions(lengths_us(*lengths), some(*seconds))
    except InvalidInput:
        fits = False
    ordered = len(seconds) < len(lengths)
    if ordered:
        padded = [0, *(one or 0 for one in seconds), *[0] * (len(lengths) - len(seconds))]
        at = 0
        for length, before, behind in zip(lengths, padded, padded[1:], strict=False):
            ordered = ordered and at + before <= at + length - behind
            at += length - behind
    assert fits is ordered


@quick
@given(st.text(max_size=20) | st.text("fade,0123.eE+-_ ", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        transition = parse_transition(text)
        assert transition is None or transition.name in TRANSITIONS
