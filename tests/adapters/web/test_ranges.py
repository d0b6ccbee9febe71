from __future__ import annotations

import email
import email.policy
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtake.adapters.web.ranges import PartsBody, Span, asked_spans

SIZE = 1000

SOUND: dict[str, tuple[str, list[tuple[int, int]]]] = {
    "from the beginning": ("bytes=0-187", [(0, 188)]),
    "one byte": ("bytes=5-5", [(5, 6)]),
    "to the end": ("bytes=900-", [(900, 1000)]),
    "the end": ("bytes=-10", [(990, 1000)]),
    "an end longer than all": ("bytes=-5000", [(0, 1000)]),
    "an end beyond the file": ("bytes=990-5000", [(990, 1000)]),
    "a unit in capitals": ("Bytes=0-1", [(0, 2)]),
    "two, with blanks": ("bytes=0-1 ,\t10-11", [(0, 2), (10, 12)]),
    "out of order": ("bytes=10-11,0-1", [(0, 2), (10, 12)]),
    "overlapping": ("bytes=0-10,5-20", [(0, 21)]),
    "side by side": ("bytes=0-9,10-19", [(0, 20)]),
    "one in another": ("bytes=0-99,10-19", [(0, 100)]),
    "the same twice": ("bytes=3-4,3-4", [(3, 5)]),
    "one of them beyond the end": ("bytes=0-1,5000-", [(0, 2)]),
    "all beyond the end": ("bytes=1000-,5000-6000", []),
    "the last no bytes": ("bytes=-0", []),
}


@pytest.mark.parametrize(("header", "spans"), SOUND.values(), ids=SOUND.keys())
def test_sound_ranges(header: str, spans: list[tuple[int, int]]) -> None:
    asked = asked_spans(header, SIZE)
    assert asked is not None
    assert [(span.first, span.end) for span in asked] == spans


UNSOUND = {
    "another unit": "lines=1-2",
    "no unit": "1-2",
    "no range": "bytes=",
    "no numbers": "bytes=-",
    "words": "bytes=a-b",
    "the end before the beginning": "bytes=5-2",
    "one sound, one not": "bytes=1-2,x",
    "three numbers": "bytes=1-2-3",
    "a sign": "bytes=+1-2",
    "digits of another script": "bytes=\u0661-\u0662",
    "a number too big": "bytes=" + "9" * 19 + "-",
    "a hundred and one ranges": "bytes=" + ",".join(f"{at}-{at}" for at in range(0, 202, 2)),
    "nothing": "",
}


@pytest.mark.parametrize("header", UNSOUND.values(), ids=UNSOUND.keys())
def test_what_is_no_sound_range_is_to_be_ignored(header: str) -> None:
    assert asked_spans(header, SIZE) is None


def test_of_an_empty_file_nothing_is_there() -> None:
    for header in ("bytes=0-", "bytes=-1", "bytes=0-0"):
        assert asked_spans(header, 0) == []


@given(
    ranges=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), min_size=1, max_size=8),
    size=st.integers(0, 50),
)
def test_each_byte_that_is_asked_for_and_there_comes_once_and_in_order(
    ranges: list[list[int]], size: int
) -> None:
    spans = asked_spans("bytes=" + ",".join(f"{first}-{last}" for first, last in ranges), size)
    assert spans is not None
    got = [at for span in spans for at in range(span.first, span.end)]
    asked = {at for first, last in ranges for at in range(first, last + 1) if at < size}
    assert got == sorted(asked)
    assert all(before.end < after.first for before, after in pairwise(spans))


def test_one_span_is_sent_as_it_is() -> None:
    body = PartsBody(spans=[Span(first=2, end=5)], size_bytes=9, part_type="video/mp2t", boundary="b")
    assert (body.media_type, body.content_range) == ("video/mp2t", "bytes 2-4/9")
    assert (body.before(0), body.after, body.length_bytes) == (b"", b"", 3)


def test_several_spans_are_a_multipart_message_that_others_can_read() -> None:
    content = bytes(range(65, 91))
    spans = [Span(first=0, end=2), Span(first=10, end=15), Span(first=25, end=26)]
    body = PartsBody(spans=spans, size_bytes=len(content), part_type="video/mp2t", boundary="xyz")
    sent = b"".join(body.before(i) + content[one.first : one.end] for i, one in enumerate(spans)) + body.after
    assert len(sent) == body.length_bytes
    assert body.content_range is None
    head = f"Content-Type: {body.media_type}\r\n\r\n".encode()
    parts = list(email.message_from_bytes(head + sent, policy=email.policy.HTTP).iter_parts())
    assert [part["Content-Range"] for part in parts] == ["bytes 0-1/26", "bytes 10-14/26", "bytes 25-25/26"]
    assert [part.get_content_type() for part in parts] == ["video/mp2t"] * 3
    assert [part.get_payload(decode=True) for part in parts] == [b"AB", b"KLMNO", b"Z"]
