"""Notes as bytes, both ways by one table; what is not whole, or of another file, is none."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, quick

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hour_notes import NO_NOTES, HourNotes, notes_of
from longtake.core.notes_bytes import FactsStamp, decode_notes, encode_notes

STAMP = FactsStamp(7, 734_923, 1_731_196_800_000_000_001, 1_731_196_800_000_000_002)


def an_hour(count: int, **other: object) -> HourNotes:
    return notes_of(
        {
            segment.name: SegmentFacts(
                name=segment.name,
                size_bytes=700_000 + at,
                first_pts=at * 180_000,
                target_duration_s=2,
                **other,  # type: ignore[arg-type]
            )
            for at, segment in enumerate(a_run(count=count))
        }
    )


NOTES = {
    "nothing": NO_NOTES,
    "a target duration": HourNotes(target_duration_s=6),
    "a usual hour": an_hour(1800, container=Container.MPEG_TS, parameter_sets="a", starts_with_idr=True),
    "an odd number of segments": an_hour(7, codecs="avc1"),
    "fragmented MP4": an_hour(9, container=Container.FMP4, init_bytes=900),
    "no media": an_hour(3, container=Container.OTHER, doubt="it is a page"),
    "jumps": an_hour(3, discontinuity=True),
    "odd names": HourNotes(discontinuities=frozenset({'"ü\n', "b"}), undecodable=frozenset({"\udcff"})),
}


@pytest.mark.parametrize("notes", NOTES.values(), ids=NOTES.keys())
def test_what_was_written_is_read(notes: HourNotes) -> None:
    assert decode_notes(encode_notes(notes, STAMP), STAMP) == notes


def test_the_form_is_this() -> None:
    notes = HourNotes(target_duration_s=6)
    head, told, columns = encode_notes(notes, STAMP).split(b"\n", 2)
    digest = hashlib.blake2b(told + b"\n" + columns, digest_size=16).hexdigest()
    assert head == b"longtake notes   2 " + digest.encode()
    assert told.rstrip() == (
        b'{"facts":[7,734923,1731196800000000001,1731196800000000002],"target_duration_s":6,"discontinuities":[],'
        b'"undecodable":[],"inits":{},"encodings":[[null,null,null]],"rows":[0,0,0,0]}'
    )
    assert columns == b""
    looks = an_hour(2).looks
    columns = encode_notes(an_hour(2), STAMP).split(b"\n", 2)[2]
    assert columns == looks.keys.tobytes() + bytes(4) + b"\x90\x5f\x01\x00" + bytes(2) + b"\x01"


def test_an_hour_is_a_small_part_of_its_facts() -> None:
    assert len(encode_notes(NOTES["a usual hour"], STAMP)) < 22_500


@pytest.mark.parametrize("field", FactsStamp._fields)
def test_notes_of_another_state_of_the_facts_are_none(field: str) -> None:
    content = encode_notes(an_hour(9), STAMP)
    other = STAMP._replace(**{field: getattr(STAMP, field) + 1})
    assert decode_notes(content, other) is None


WHOLE = encode_notes(an_hour(20, codecs="avc1"), STAMP)


@quick
@given(st.integers(0, len(WHOLE) - 1), st.integers(0, len(WHOLE)), st.integers(1, 255))
def test_what_is_damaged_or_not_whole_is_none(at: int, length: int, change: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[at] ^= change
    assert decode_notes(bytes(damaged), STAMP) is None
    assert decode_notes(WHOLE[:length], STAMP) is None or length == len(WHOLE)


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 500, WHOLE.replace(b"notes   2", b"notes   3"), b"longtake notes   2 "]
)
def test_what_is_something_else_is_none(content: bytes) -> None:
    assert decode_notes(content, STAMP) is None
