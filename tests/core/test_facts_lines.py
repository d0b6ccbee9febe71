"""Lines that are read together say what they say when each is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick

from longtake.core.facts import Container, Dating, SegmentFacts, decode_all, encode_facts
from longtake.core.facts_lines import FactsLines
from longtake.core.hour_looks import NO_LOOKS, look_rows

RUN = a_run(count=40)


def content(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def usual(at: int) -> SegmentFacts:
    return SegmentFacts(
        name=RUN[at].name,
        size_bytes=700_000 + 10**at % 99_999,
        container=Container.MPEG_TS,
        source_sequence=990 + at,
        target_duration_s=2,
        dating=Dating.STATED,
        codecs="avc1.64001f,mp4a.40.2",
        frame_rate=29.97,
        parameter_sets="0123456789abcdef",
        first_pts=(2**33 - 500_000 + at * 180_000) % 2**33,
        starts_with_idr=True,
        duration_us=2_000_000,
    )


def check(written: bytes) -> None:
    lines = FactsLines(written)
    decoded = decode_all(written.decode(errors="replace").split("\n"))
    assert NO_LOOKS.replaced_by(lines.looks) == NO_LOOKS.replaced_by(look_rows(decoded.values()))
    assert lines.last_lines().keys() == decoded.keys()
    noteworthy = {
        (name, size_bytes, one.like.container, one.like.discontinuity, one.like.doubt, one.like.init_bytes)
        for one in lines.noteworthy()
        for name, size_bytes in one.sizes_bytes.items()
    }
    assert noteworthy == {
        (name, one.size_bytes, one.container, one.discontinuity, one.doubt, one.init_bytes)
        for name, one in decoded.items()
        if one.discontinuity or one.container in (Container.FMP4, Container.OTHER)
    }


def test_nothing_says_nothing() -> None:
    check(b"")


def test_lines_that_are_alike_say_what_each_says() -> None:
    written = content(map(encode_facts, map(usual, range(40))))
    check(written)
    lines = FactsLines(written)
    assert lines.target_duration_s == 2
    assert len(lines.looks.keys) == 40
    assert len(lines.looks.encodings) == 2


ODD_LINES = {
    "nothing": "",
    "a torn line": encode_facts(usual(5))[:-30],
    "a torn line, followed by another": encode_facts(usual(5))[:200] + encode_facts(usual(6)),
    "zeros": "\0" * 300,
    "a page": "<html>",
    "another form of JSON": '{"name": "' + RUN[9].name + '", "size_bytes": 5, "first_pts": 77}',
    "another order": '{"size_bytes":5,"name":"' + RUN[9].name + '","first_pts":77}',
    "a number that is none": encode_facts(usual(5)).replace('"first_pts":', '"first_pts":1.5e'),
    "a number that is null": encode_facts(usual(5)).replace('"first_pts":', '"first_pts":null,"x":'),
    "a number twice": encode_facts(usual(5)).replace('"first_pts":', '"first_pts":1,"first_pts":'),
    "a number that is too long": encode_facts(usual(5)).replace('"first_pts":', '"first_pts":' + "1" * 30),
    "a doubt that quotes": encode_facts(replace(usual(5), doubt='it says "first_pts":5,"container":"fmp4"')),
    "a field of a newer version": encode_facts(usual(5)).replace("}", ',"mood":{"first_pts":3}}'),
    "a container of a newer version": encode_facts(usual(5)).replace("mpegts", "webm"),
    "a name without a fraction": encode_facts(replace(usual(5), name=RUN[5].name.replace(".000000", ""))),
    "a name of something else": encode_facts(replace(usual(5), name="10:00.chat.json")),
    "a name with a quote": encode_facts(replace(usual(5), name='10:00"')),
    "a long name": encode_facts(replace(usual(5), name="10:00" * 40)),
    "what is known already": encode_facts(replace(usual(5), first_pts=12)),
    "less than was known": encode_facts(SegmentFacts(name=RUN[5].name, size_bytes=7)),
    "a jump": encode_facts(replace(usual(5), discontinuity=True)),
}


@pytest.mark.parametrize("line", ODD_LINES.values(), ids=ODD_LINES.keys())
@pytest.mark.parametrize("place", [0, 7, 20])
def test_an_odd_line_says_what_it_says_and_spoils_no_other(line: str, place: int) -> None:
    lines = [encode_facts(usual(at)) for at in range(20)]
    check(content([*lines[:place], line, *lines[place:]]))
    check(content([line] * 20 + lines))


def test_fragmented_mp4_has_the_sizes_of_its_files() -> None:
    facts = [replace(usual(at), container=Container.FMP4, init_bytes=900) for at in range(20)]
    check(content(map(encode_facts, facts)))
    found = FactsLines(content(map(encode_facts, facts))).noteworthy()
    sizes = {name: size_bytes for one in found for name, size_bytes in one.sizes_bytes.items()}
    assert sizes == {one.name: one.size_bytes for one in facts}


def test_a_file_of_many_shapes_is_read_too() -> None:
    check(content(encode_facts(replace(usual(at), frame_rate=25 + at / 7)) for at in range(40)))


def test_what_no_source_can_mean_is_no_target_duration() -> None:
    lines = content([encode_facts(replace(usual(0), target_duration_s=10**9)), encode_facts(usual(1))])
    assert FactsLines(lines).target_duration_s == 2


rivals = [segment.name for segment in (*RUN[:12], a_segment("04:00:02", content="rival"))]
facts = st.builds(
    SegmentFacts,
    name=st.sampled_from(rivals),
    size_bytes=st.integers(1, 10**7),
    container=st.sampled_from([None, Container.MPEG_TS, *Container]),
    init_bytes=st.none() | st.just(900),
    source_sequence=st.none() | st.integers(-1, 10**12),
    discontinuity=st.sampled_from([False, False, True]),
    target_duration_s=st.none() | st.integers(1, 12),
    dating=st.sampled_from([None, *Dating]),
    codecs=st.none() | st.sampled_from(["avc1.64001f", 'a "quoted" one']),
    parameter_sets=st.none() | st.sampled_from(["a", "b"]),
    first_pts=st.none() | st.integers(0, 2**33 - 1),
    starts_with_idr=st.none() | st.booleans(),
    doubt=st.none() | st.just("short"),
)
bursts = st.lists(st.tuples(facts, st.integers(1, 15)), max_size=6)


@quick
@given(bursts, st.integers(0, 3))
def test_any_lines_say_what_each_says(bursts: Sequence[tuple[SegmentFacts, int]], torn: int) -> None:
    lines = [
        encode_facts(replace(one, name=rivals[(rivals.index(one.name) + at) % len(rivals)]))
        for one, times in bursts
        for at in range(times)
    ]
    lines[1::3] = [line[: len(line) - torn] for line in lines[1::3]]
    check(content(lines))
