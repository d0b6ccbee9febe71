"""What is held back at the live edge: all behind the first hole that may still be filled."""

from __future__ import annotations

import pytest
from tests.builders import a_run, a_segment, us

from longtake.core.facts import SegmentFacts
from longtake.core.ledger import settled_count
from longtake.core.segments import Segment

A, B, C, D = a_run(count=4)


def recorded(
    segment: Segment, at: str | int, *, sequence: int | None = None, target_s: int = 2
) -> dict[str, SegmentFacts]:
    return {
        segment.name: SegmentFacts(
            name=segment.name,
            size_bytes=1,
            target_duration_s=target_s,
            source_sequence=sequence,
            recorded_us=us(at) if isinstance(at, str) else at,
        )
    }


LONG = a_run(count=4, duration=6.0)
# what is there, its facts, the clock -> what is settled
EDGES: dict[str, tuple[list[Segment], dict[str, SegmentFacts], str, list[Segment]]] = {
    "no hole": ([A, B, C], {}, "04:00:06", [A, B, C]),
    "a hole that has just been seen": ([A, C, D], recorded(C, "04:00:08"), "04:00:09", [A]),
    "a hole that was seen long enough ago": (
        [A, C, D],
        recorded(C, "04:00:08") | recorded(D, "04:00:10"),
        "04:00:18",
        [A, C, D],
    ),
    "a hole just before that": ([A, C], recorded(C, "04:00:08"), "04:00:17.999", [A]),
    "a hole before an old segment that came now, as at the start": (
        [A, C],
        recorded(C, "04:30:00"),
        "04:30:05",
        [A],
    ),
    "a hole that became smaller has the age of the whole": (
        [A, C, D],
        recorded(C, "04:00:17") | recorded(D, "04:00:08"),
        "04:00:18",
        [A, C, D],
    ),
    "an old hole, then a young one": (
        [A, C, a_segment("04:00:12")],
        recorded(C, "04:00:08") | recorded(a_segment("04:00:12"), "04:00:18"),
        "04:00:19",
        [A, C],
    ),
    "a hole of which facts say nothing goes by its end": ([A, C], {}, "04:00:13", [A]),
    "and is old in time": ([A, C], {}, "04:00:14", [A, C]),
    "long segments are waited for longer": (
        [LONG[0], LONG[2]],
        recorded(LONG[2], "04:00:20", target_s=6),
        "04:00:37",
        LONG[:1],
    ),
    "three target durations are enough": (
        [LONG[0], LONG[2]],
        recorded(LONG[2], "04:00:20", target_s=6),
        "04:00:38",
        [LONG[0], LONG[2]],
    ),
    "a jump in the source's own times is waited for by nobody": (
        [A, C],
        recorded(A, "04:00:02", sequence=7) | recorded(C, "04:00:08", sequence=8),
        "04:00:08",
        [A, C],
    ),
    "a hole in the source's count is": (
        [A, C],
        recorded(A, "04:00:02", sequence=7) | recorded(C, "04:00:08", sequence=9),
        "04:00:08",
        [A],
    ),
    "a doubtful segment is no hole": (
        [A, a_segment("04:00:02", type="partial"), C],
        {},
        "04:00:06",
        [A, a_segment("04:00:02", type="partial"), C],
    ),
    "a word from the future counts for nothing": ([A, C], recorded(C, "05:00:00"), "04:00:30", [A, C]),
}


@pytest.mark.parametrize(("there", "facts", "now", "kept"), EDGES.values(), ids=EDGES.keys())
def test_what_lies_behind_a_young_hole_is_held_back(
    there: list[Segment], facts: dict[str, SegmentFacts], now: str, kept: list[Segment]
) -> None:
    count = settled_count(there, facts, now_us=us(now))
    assert there[:count] == kept


def test_a_young_hole_after_what_is_shown_already_holds_back_too() -> None:
    facts = recorded(C, "04:00:08")

    def count(now: str, before: Segment) -> int:
        return settled_count([C, D], facts, now_us=us(now), reached_us=before.end_us, before=before)

    assert count("04:00:09", B) == 2
    assert count("04:00:09", A) == 0
    assert count("04:00:18", A) == 2


@pytest.mark.parametrize(
    ("reached", "before", "now", "count"),
    [
        ("03:00:00", None, "04:00:10.9", 0),
        ("03:00:00", None, "04:00:11", 2),
        ("03:00:02", a_segment("03:00:00"), "04:00:10.9", 0),
        ("03:00:02", a_segment("03:00:00"), "04:00:11", 2),
        ("03:55:00", a_segment("03:54:58"), "04:00:11", 0),
        ("03:55:00", a_segment("03:54:58"), "04:00:18", 2),
    ],
    ids=[
        "at a beginning it is waited for a moment",
        "that is over after three seconds",
        "also behind a hole of an hour",
        "which is soon passed",
        "a shorter hole is waited for",
        "as any other",
    ],
)
def test_a_recording_that_begins_is_shown_soon(
    reached: str, before: Segment | None, now: str, count: int
) -> None:
    facts = recorded(C, "04:00:08") | recorded(D, "04:00:08.5")
    assert settled_count([C, D], facts, now_us=us(now), reached_us=us(reached), before=before) == count
