from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, quick

from longtake.core.facts import Container, SegmentFacts, decode_all, encode_facts
from longtake.core.hour_notes import NO_NOTES, HourNotes, notes_of, read_notes

FIRST, SECOND = "00:00.000000-2.0-full-a.ts", "00:02.000000-2.0-full-b.ts"


def lines(*facts: SegmentFacts) -> bytes:
    return "".join(f"{encode_facts(one)}\n" for one in facts).encode()


def usual(name: str, target_s: int | None = 2) -> SegmentFacts:
    return SegmentFacts(
        name=name, size_bytes=750_000, container=Container.MPEG_TS, target_duration_s=target_s
    )


def test_no_facts_are_no_notes() -> None:
    assert read_notes(b"") is NO_NOTES
    assert read_notes(lines(usual(FIRST, None))) is NO_NOTES


def test_usual_lines_say_only_the_target_duration() -> None:
    assert read_notes(lines(usual(FIRST), usual(SECOND))) == HourNotes(target_duration_s=2)


def test_the_greatest_target_duration_counts() -> None:
    assert read_notes(lines(usual(FIRST), usual(SECOND, 10), usual("c", 4))).target_duration_s == 10


def test_a_jump_of_the_source_is_noted() -> None:
    jump = SegmentFacts(name=SECOND, size_bytes=1, discontinuity=True)
    assert read_notes(lines(usual(FIRST), jump)).discontinuities == {SECOND}


def test_a_page_that_was_stored_is_undecodable_and_subtitles_are_not() -> None:
    page = SegmentFacts(name=FIRST, size_bytes=1, container=Container.OTHER, doubt="it is a page")
    subtitles = SegmentFacts(name=SECOND, size_bytes=1, container=Container.OTHER)
    assert read_notes(lines(page, subtitles)).undecodable == {FIRST}


def test_init_sections_are_noted_with_the_size_of_their_files() -> None:
    part = SegmentFacts(name=FIRST, size_bytes=900, container=Container.FMP4, init_bytes=100)
    assert read_notes(lines(part)).inits == {FIRST: (100, 900)}


def test_a_later_line_of_a_segment_replaces_the_earlier_one() -> None:
    jump = SegmentFacts(name=FIRST, size_bytes=1, discontinuity=True)
    assert read_notes(lines(jump, usual(FIRST))).discontinuities == frozenset()
    assert read_notes(lines(usual(FIRST), jump)).discontinuities == {FIRST}


def test_bad_lines_are_passed_over() -> None:
    jump = SegmentFacts(name=FIRST, size_bytes=1, discontinuity=True)
    torn = b'{"name":"x","discontinuity":true\n\xff\xfe"container":"fmp4"\n'
    assert read_notes(torn + lines(jump)).discontinuities == {FIRST}


facts = st.builds(
    SegmentFacts,
    name=st.sampled_from([FIRST, SECOND, "c", *(segment.name for segment in a_run())]),
    size_bytes=st.integers(1, 9),
    container=st.sampled_from([None, *Container]),
    init_bytes=st.none() | st.integers(0, 3),
    discontinuity=st.booleans(),
    target_duration_s=st.none() | st.integers(1, 12),
    codecs=st.none() | st.just("avc1"),
    parameter_sets=st.none() | st.sampled_from("ab"),
    first_pts=st.none() | st.integers(0, 2**33 - 1),
    starts_with_idr=st.none() | st.booleans(),
    doubt=st.none() | st.just('it says "container":"fmp4"'),
)


@quick
@given(st.lists(facts, max_size=20), st.integers(0, 20))
def test_notes_say_what_the_decoded_facts_say_also_when_read_in_two_parts(
    written: list[SegmentFacts], cut: int
) -> None:
    content = lines(*written)
    known = notes_of(decode_all(content.decode().splitlines()))
    greatest_s = max((one.target_duration_s or 0 for one in written), default=0)
    for read in (read_notes(content), read_notes(lines(*written[cut:]), read_notes(lines(*written[:cut])))):
        assert (read.discontinuities, read.undecodable) == (known.discontinuities, known.undecodable)
        assert dict(read.inits) == dict(known.inits)
        assert read.looks == known.looks
        assert read.target_duration_s == greatest_s
