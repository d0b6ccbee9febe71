"""Boxes lie where they say, as far as there is room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.fmp4.boxes import children, content, inner, read_boxes


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def large(kind: bytes, size: int, body: bytes = b"") -> bytes:
    return b"\0\0\0\x01" + kind + size.to_bytes(8, "big") + body


CASES: dict[str, tuple[bytes, list[tuple[bytes, int, int]], int | None]] = {
    "nothing": (b"", [], None),
    "two": (box(b"ftyp", b"abc") + box(b"moov"), [(b"ftyp", 8, 11), (b"moov", 19, 19)], None),
    "a size of 64 bits": (
        large(b"mdat", 19, b"abc") + box(b"free"),
        [(b"mdat", 16, 19), (b"free", 27, 27)],
        None,
    ),
    "to the end": (b"\0\0\0\0mdatabc", [(b"mdat", 8, 11)], None),
    "longer than there is room": (b"\0\0\1\0mdatabc", [(b"mdat", 8, 256)], None),
    "far longer": (large(b"mdat", (1 << 64) - 1), [(b"mdat", 16, (1 << 64) - 1)], None),
    "shorter than its head": (box(b"ftyp") + b"\0\0\0\7mdat", [(b"ftyp", 8, 8)], 8),
    "a large one shorter than its head": (large(b"mdat", 15), [], 0),
    "half a head": (box(b"ftyp") + b"\0\0\0", [(b"ftyp", 8, 8)], 8),
    "half a large head": (b"\0\0\0\1mdat\0\0", [], 0),
    "no name": (b"\0\0\0\x08\0\0\0\0", [], 0),
}


@pytest.mark.parametrize(("data", "found", "stray_at"), CASES.values(), ids=CASES.keys())
def test_boxes_follow_each_other(
    data: bytes, found: list[tuple[bytes, int, int]], stray_at: int | None
) -> None:
    boxes = read_boxes(memoryview(data))
    assert [(one.kind, one.body, one.end) for one in boxes.found] == found
    assert boxes.stray_at == stray_at


def test_paths_lead_into_boxes() -> None:
    data = memoryview(box(b"moov", box(b"free") + box(b"trak", box(b"tkhd", b"here"))))
    moov = read_boxes(data).first(b"moov")
    found = inner(data, moov, b"trak", b"tkhd")
    assert found is not None
    assert content(data, found) == b"here"
    assert inner(data, moov, b"trak", b"mdia", b"hdlr") is None
    assert inner(data, None, b"trak") is None


def test_what_is_inside_does_not_reach_out() -> None:
    data = memoryview(box(b"moov", b"\0\0\0\x40trak") + box(b"mdat", bytes(100)))
    moov = read_boxes(data).first(b"moov")
    assert moov is not None
    assert [one.kind for one in children(data, moov).found] == [b"trak"]


def test_there_is_an_end_of_boxes() -> None:
    assert len(read_boxes(memoryview(box(b"free") * 100_000)).found) == 10_000


@quick
@given(st.binary(max_size=200), st.integers(0, 40))
def test_any_bytes_can_be_read(data: bytes, skip: int) -> None:
    boxes = read_boxes(memoryview(data))
    for one in boxes.found:
        assert one.at < one.body <= one.end
        children(memoryview(data), one, skip=skip)
