"""Which copies of a segment are worth storing."""

from __future__ import annotations

from longtake.core.segments import SegmentType
from longtake.services.capture.copies import Copies

FULL, SUSPECT, PARTIAL = SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL


def stored(*offered: tuple[SegmentType, bytes, int]) -> list[bytes]:
    """Those of (type, digest, media bytes) that are stored, when they come in that order."""
    copies, kept = Copies(), []
    for kind, digest, media_bytes in offered:
        if copies.is_worth_storing(kind, digest, media_bytes):
            copies.keep(kind, digest, media_bytes)
            kept.append(digest)
    return kept


def test_a_longer_part_is_stored_beside_a_shorter_one_and_no_shorter_one_after_it() -> None:
    assert stored((PARTIAL, b"a", 10), (PARTIAL, b"b", 10), (PARTIAL, b"c", 9), (PARTIAL, b"d", 11)) == [
        b"a",
        b"d",
    ]


def test_nothing_is_not_a_part() -> None:
    assert stored((PARTIAL, b"a", 0)) == []


def test_parts_do_not_pile_up() -> None:
    assert len(stored(*[(PARTIAL, bytes([size]), size) for size in range(1, 100)])) == 4


def test_other_doubtful_bytes_are_stored_and_the_same_are_not() -> None:
    assert stored((SUSPECT, b"a", 10), (SUSPECT, b"a", 10), (SUSPECT, b"b", 5)) == [b"a", b"b"]


def test_a_part_that_is_no_more_than_a_suspect_one_is_not_stored() -> None:
    assert stored((SUSPECT, b"a", 10), (PARTIAL, b"b", 10), (PARTIAL, b"c", 11)) == [b"a", b"c"]


def test_a_full_one_is_stored_whatever_is_there() -> None:
    assert stored((SUSPECT, b"a", 10), (FULL, b"a", 10)) == [b"a", b"a"]


def test_bodies_that_came_whole_are_counted_and_so_are_repeats_of_any() -> None:
    copies = Copies()
    for digest in (b"a", b"a", b"b", b"a"):
        copies.came(digest, whole=digest != b"b")
        if copies.is_worth_storing(SUSPECT, digest, 10):
            copies.keep(SUSPECT, digest, 10)
    assert (copies.whole, copies.repeats) == (3, 2)
