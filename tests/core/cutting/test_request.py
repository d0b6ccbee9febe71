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
    named,
    parse_container,
    parse_form,
    parse_range,
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
    ending = CutContainer.MKV if kind is CutKind.ARCHIVE else CutContainer.TS
    assert parse_form(text, ending)[0] is kind


@pytest.mark.parametrize("text", ["", "mp3", "roughly", "smart,rough", "x" * 1000])
def test_an_unknown_kind_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(InvalidInput, match="there are rough, smart, full, archive") as caught:
        parse_form(text, CutContainer.MP4)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("text", ["mp4", "MP4", "ts", "mkv"])
def test_a_container_is_no_kind_and_what_to_do_is_said(text: str) -> None:
    with pytest.raises(InvalidInput, match=rf"no kind of cut: the ending says it, as in \.{text.lower()};"):
        parse_form(text, CutContainer.MP4)


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


@quick
@given(st.text(max_size=20) | st.text("fastroughmpegtswebm. ", max_size=8))
def test_any_text_is_read_or_refused(text: str) -> None:
    for ending in CutContainer:
        with suppress(InvalidInput):
            parse_form(text, ending)
    with suppress(InvalidInput):
        parse_container(text)


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
    wanted = a_request(a_range(), a_range(), kind=CutKind.SMART, transitions=(FADE,) * count)
    assert len(wanted.transitions) == count


@pytest.mark.parametrize("kind", [CutKind.ROUGH, CutKind.ARCHIVE])
def test_kinds_that_join_whole_files_have_no_transitions(kind: CutKind) -> None:
    a_request(a_range(), a_range(), kind=kind, container=CutContainer.MKV, transitions=(None,))
    with pytest.raises(InvalidInput, match=f"{kind} cuts have no transitions.* ask for a smart or full cut"):
        a_request(a_range(), a_range(), kind=kind, container=CutContainer.MKV, transitions=(FADE,))


def test_a_transition_longer_than_its_range_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"takes 1 s of range 2, which is 0.5 s long"):
        a_request(a_range(), a_range("04:00:00", "04:00:00.5"), kind=CutKind.FULL, transitions=(FADE,))


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


NOW, LATER, NEVER = "now", "later", "never"
FORMS = {
    CutKind.SMART: {"ts": NOW, "mp4": NOW, "mkv": LATER, "webm": NEVER},
    CutKind.ROUGH: {"ts": NOW, "mp4": NOW, "mkv": LATER, "webm": NEVER},
    CutKind.FULL: {"ts": LATER, "mp4": LATER, "mkv": LATER, "webm": LATER},
    CutKind.ARCHIVE: {"ts": NEVER, "mp4": NEVER, "mkv": LATER, "webm": NEVER},
}
ALL_FORMS = [
    pytest.param(kind, CutContainer(container), when, id=f"{kind} as {container} {when}")
    for kind, containers in FORMS.items()
    for container, when in containers.items()
]


@pytest.mark.parametrize(("kind", "container", "when"), ALL_FORMS)
def test_each_kind_goes_into_its_containers(kind: CutKind, container: CutContainer, when: str) -> None:
    if when == NEVER:
        for refused in (
            lambda: parse_form(kind, container),
            lambda: a_request(kind=kind, container=container),
        ):
            with pytest.raises(
                InvalidInput, match=rf"kind {kind} can be .*, never \.{container}; change the"
            ):
                refused()
        return
    assert parse_form(kind, container) == (kind, container)
    wanted = a_request(kind=kind, container=container)
    if when == NOW:
        check_supported(wanted)
    else:
        with pytest.raises(
            Unsupported, match=r"ask for a smart or rough one|so far, not as .mkv; change the"
        ):
            check_supported(wanted)


ALIASES = {
    "fast says nothing of the container": ("fast", "mp4", CutKind.SMART, "mp4"),
    "mpegts in a .ts": ("mpegts", "ts", CutKind.FULL, "ts"),
    "webm in a .webm": ("webm", "webm", CutKind.FULL, "webm"),
    "webm under an older node's path": ("webm", "ts", CutKind.FULL, "webm"),
    "capital letters": ("WebM", "ts", CutKind.FULL, "webm"),
}


@pytest.mark.parametrize(("word", "ending", "kind", "container"), ALIASES.values(), ids=ALIASES.keys())
def test_older_words_may_mean_a_container(word: str, ending: str, kind: CutKind, container: str) -> None:
    assert parse_form(word, CutContainer(ending)) == (kind, CutContainer(container))


@pytest.mark.parametrize(
    ("word", "ending", "said"),
    [
        ("mpegts", "mp4", r"mpegts makes a \.ts, not a \.mp4"),
        ("mpegts", "webm", r"mpegts makes a \.ts, not a \.webm"),
        ("webm", "mp4", r"webm makes a \.webm, not a \.mp4"),
        ("webm", "mkv", r"webm makes a \.webm, not a \.mkv"),
    ],
)
def test_an_older_word_and_an_ending_must_not_contradict(word: str, ending: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        parse_form(word, CutContainer(ending))


def test_transitions_are_still_to_come_but_not_places_for_them() -> None:
    ranges = a_range(), a_range()
    for kind in (CutKind.ROUGH, CutKind.SMART):
        check_supported(a_request(*ranges, kind=kind, transitions=(None,)))
    with pytest.raises(Unsupported, match="leave them empty"):
        check_supported(a_request(*ranges, kind=CutKind.SMART, transitions=(FADE,)))


@pytest.mark.parametrize("error", [InvalidInput, InvalidTime])
def test_a_refusal_names_what_was_read_and_stays_what_it_is(error: type[InvalidInput]) -> None:
    def refuse(text: str) -> str:
        raise error(f"{text} is none")

    with pytest.raises(error, match=r"^start: x is none$") as caught:
        named("start", refuse, "x")
    assert type(caught.value) is error
    assert named("start", str.upper, "x") == "X"
