from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.errors import InvalidInput
from longtake.core.facts import (
    Container,
    Dating,
    SegmentFacts,
    decode_all,
    decode_facts,
    encode_facts,
    sniff_container,
)

LEAST = SegmentFacts(name="a.ts", size_bytes=1000)
ALL = SegmentFacts(
    name="a.ts",
    size_bytes=1000,
    container=Container.FMP4,
    init_bytes=800,
    source_sequence=7,
    discontinuity=True,
    target_duration_s=2,
    dating=Dating.CARRIED,
    codecs="avc1.64002a,mp4a.40.2",
    width=1920,
    height=1080,
    frame_rate=59.94,
    parameter_sets="bPs5vTIGrZ0x",
    first_pts=126_000,
    starts_with_idr=True,
    duration_us=2_002_000,
    doubt="it ends within a packet",
    looked=1,
    recorded_us=1_731_196_790_123_000,
    verified_us=1_731_196_790_123_001,
)

ALL_LINE = (
    '{"name":"a.ts","size_bytes":1000,"container":"fmp4","init_bytes":800,"source_sequence":7,'
    '"discontinuity":true,"target_duration_s":2,"dating":"carried","codecs":"avc1.64002a,mp4a.40.2",'
    '"width":1920,"height":1080,"frame_rate":59.94,"parameter_sets":"bPs5vTIGrZ0x","first_pts":126000,'
    '"starts_with_idr":true,"duration_us":2002000,"doubt":"it ends within a packet","looked":1,"recorded_us":1731196790123000,'
    '"verified_us":1731196790123001}'
)

BOTH_WAYS = {
    "what is unknown or as usual is left out": (LEAST, '{"name":"a.ts","size_bytes":1000}'),
    "all fields": (ALL, ALL_LINE),
    "a nought is a fact": (
        SegmentFacts(name="a.ts", size_bytes=0, source_sequence=0),
        '{"name":"a.ts","size_bytes":0,"source_sequence":0}',
    ),
    "that it cannot be entered is a fact": (
        SegmentFacts(name="a.ts", size_bytes=1, starts_with_idr=False),
        '{"name":"a.ts","size_bytes":1,"starts_with_idr":false}',
    ),
}


@pytest.mark.parametrize(("facts", "line"), BOTH_WAYS.values(), ids=BOTH_WAYS.keys())
def test_lines_both_ways(facts: SegmentFacts, line: str) -> None:
    assert encode_facts(facts) == line
    assert decode_facts(line) == facts


def test_the_table_has_all_fields() -> None:
    assert all(getattr(ALL, field.name) for field in fields(SegmentFacts))


ONLY_READ = {
    "an unknown field of a newer version": '{"name":"a.ts","size_bytes":1000,"loudness":-23.0}',
    "a known field with another kind of value": '{"name":"a.ts","size_bytes":1000,"codecs":7,"width":"wide"}',
    "a null": '{"name":"a.ts","size_bytes":1000,"codecs":null,"width":null}',
    "a number of bytes with a fraction": '{"name":"a.ts","size_bytes":1000,"init_bytes":0.5}',
    "a truth for a number": '{"name":"a.ts","size_bytes":1000,"width":true,"frame_rate":true}',
    "a container of a newer version": '{"name":"a.ts","size_bytes":1000,"container":"webm","dating":"guessed"}',
    "a number for a truth": '{"name":"a.ts","size_bytes":1000,"discontinuity":1}',
    "spaces": ' { "size_bytes" : 1000 , "name" : "a.ts" } ',
}


@pytest.mark.parametrize("line", ONLY_READ.values(), ids=ONLY_READ.keys())
def test_what_is_not_understood_is_passed_over(line: str) -> None:
    assert decode_facts(line) == LEAST


def test_a_whole_frame_rate() -> None:
    assert decode_facts('{"name":"a","size_bytes":1,"frame_rate":60}').frame_rate == 60


NO_FACTS = {
    "nothing": "",
    "a torn line": '{"name":"a.ts","size_by',
    "the end of a torn line": '":1000}',
    "a list": "[]",
    "a number": "7",
    "a text": '"name"',
    "no name": '{"size_bytes":1000}',
    "no size": '{"name":"a.ts"}',
    "a name that is none": '{"name":7,"size_bytes":1000}',
    "a size that is none": '{"name":"a.ts","size_bytes":"big"}',
    "very deep": "[" * 100_000,
    "a number of very many digits": '{"name":"a.ts","size_bytes":' + "9" * 10_000 + "}",
}


@pytest.mark.parametrize("line", NO_FACTS.values(), ids=NO_FACTS.keys())
def test_what_is_no_line_of_facts_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match="not a line of facts"):
        decode_facts(line)


counts = st.none() | st.integers(0, 2**53)
some_facts = st.builds(
    SegmentFacts,
    name=st.text(),
    size_bytes=st.integers(0, 2**53),
    container=st.none() | st.sampled_from(Container),
    init_bytes=counts,
    source_sequence=counts,
    discontinuity=st.booleans(),
    target_duration_s=counts,
    dating=st.none() | st.sampled_from(Dating),
    codecs=st.none() | st.text(),
    width=counts,
    height=counts,
    frame_rate=st.none() | st.floats(0, 1000),
    recorded_us=counts,
    verified_us=counts,
)


@quick
@given(some_facts)
def test_facts_come_back_on_one_line(facts: SegmentFacts) -> None:
    line = encode_facts(facts)
    assert decode_facts(line) == facts
    assert len(line.splitlines()) == 1


values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["fmp4", []])
)
keys = st.sampled_from([field.name for field in fields(SegmentFacts)])
objects = st.dictionaries(keys, values).map(lambda raw: {"name": "a", "size_bytes": 1} | raw).map(json.dumps)


@quick
@given(objects | st.text(max_size=20))
@example('{"name":"a","size_bytes":1,"container":"ogg"}')
def test_any_line_gives_facts_of_the_right_kinds_or_is_refused(line: str) -> None:
    try:
        facts = decode_facts(line)
    except InvalidInput:
        return
    assert type(facts.name) is str
    assert type(facts.size_bytes) is int
    assert type(facts.discontinuity) is bool
    assert facts.container is None or type(facts.container) is Container
    assert type(facts.frame_rate) in (int, float, type(None))
    for count in (facts.init_bytes, facts.width, facts.target_duration_s, facts.recorded_us):
        assert type(count) in (int, type(None))


def test_later_lines_replace_earlier_ones_and_bad_ones_are_passed_over() -> None:
    other = SegmentFacts(name="b.ts", size_bytes=5)
    lines = [encode_facts(LEAST), "", '{"name":"b.t', encode_facts(other), "[]", encode_facts(ALL)]
    assert decode_all(lines) == {"a.ts": ALL, "b.ts": other}
    assert decode_all([]) == {}


PACKET = b"\x47" + bytes(187)
HEADS = {
    "two packets": (PACKET * 2, Container.MPEG_TS),
    "one packet": (PACKET, Container.MPEG_TS),
    "the start of a packet": (PACKET[:10], Container.MPEG_TS),
    "a text that begins with G": (b"G" + b"o" * 300, Container.OTHER),
    "no bytes": (b"", Container.OTHER),
    "an init section": (b"\0\0\0\x18ftypiso5", Container.FMP4),
    "a segment type box": (b"\0\0\0\x18stypmsdh", Container.FMP4),
    "a movie fragment": (b"\0\0\0\x18moof", Container.FMP4),
    "an index": (b"\0\0\0\x18sidx", Container.FMP4),
    "an event message": (b"\0\0\0\x18emsg", Container.FMP4),
    "a producer reference time": (b"\0\0\0\x18prft", Container.FMP4),
    "half a box": (b"\0\0\0\x18fty", Container.OTHER),
    "packed audio": (b"ID3\x04", Container.OTHER),
    "a web page": (b"<!DOCTYPE html>", Container.OTHER),
}


@pytest.mark.parametrize(("head", "container"), HEADS.values(), ids=HEADS.keys())
def test_containers_are_known_by_their_first_bytes(head: bytes, container: Container) -> None:
    assert sniff_container(head) is container
