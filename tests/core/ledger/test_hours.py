"""Hours of the ledger as text, both ways, and what a kill or a bad disk leaves of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us

from longtake.core.errors import InvalidInput
from longtake.core.ledger import LedgerHead, LedgerHour, decode_hour, encode_entries, encode_head
from longtake.core.ledger.hours import NewEntries, with_more
from longtake.core.segment_columns import TYPES
from longtake.core.segments import Segment

HOUR = "2024-11-09T04"
HEAD = LedgerHead(
    sequence=1731124800, number=28852080, gaps=-7, reach_us=us("04:00:00"), target_s=2, gap_us=2_000_000
)
HEAD_LINE = "longtake-ledger 1 sequence=1731124800 number=28852080 gaps=-7 reach=1731124800000000 target=2 gap=2000000"
A, B, C, D = a_run(count=4)


def an_hour(
    segments: Sequence[Segment] = (),
    *,
    tags: Sequence[int] | None = None,
    inits: dict[str, tuple[int, int]] | None = None,
    target_s: int = 2,
    before: LedgerHour | None = None,
) -> LedgerHour:
    return with_more(
        before or LedgerHour.empty(HOUR, HEAD),
        NewEntries(
            names=[segment.name for segment in segments],
            starts_us=np.array([segment.start_us for segment in segments], dtype=np.int64),
            durations_us=np.array([segment.duration_us for segment in segments], dtype=np.int64),
            codes=np.array([TYPES.index(segment.type) for segment in segments], dtype=np.uint8),
            tags=np.array(tags if tags is not None else [0] * len(segments), dtype=np.int64),
            inits=inits or {},
            target_s=target_s,
        ),
    )


def text_of(hour: LedgerHour) -> str:
    return encode_head(hour.head) + encode_entries(hour)


def same(left: LedgerHour, right: LedgerHour) -> bool:
    """Of all that counts: numbers, entries, what is out of the usual."""
    return (
        left.head == right.head
        and left.entries.columns == right.entries.columns
        and left.entries.columns.codes.tolist() == right.entries.columns.codes.tolist()
        and left.entries.ends_us.tolist() == right.entries.ends_us.tolist()
        and left.entries.torn.tolist() == right.entries.torn.tolist()
        and left.tags.tolist() == right.tags.tolist()
        and dict(left.entries.inits) == dict(right.entries.inits)
        and left.targets == right.targets
    )


TABLE = {
    "nothing": (an_hour(), []),
    "names": (an_hour([A, B]), [A.name, B.name]),
    "tags": (an_hour([A, C, D], tags=[0, 2, 0]), [A.name, f"{C.name} tags=2", D.name]),
    "an init section": (
        an_hour([A, B], inits={B.name: (812, 618000)}),
        [A.name, f"{B.name} tags=0 init=812/618000"],
    ),
    "a target duration that rose": (
        an_hour([C], target_s=6, before=an_hour([A])),
        [A.name, f"{C.name} tags=0 target=6"],
    ),
    "all of it": (
        an_hour([C], tags=[1], inits={C.name: (1, 2)}, target_s=9, before=an_hour([A])),
        [A.name, f"{C.name} tags=1 init=1/2 target=9"],
    ),
}


@pytest.mark.parametrize(("hour", "lines"), TABLE.values(), ids=TABLE.keys())
def test_text_both_ways(hour: LedgerHour, lines: list[str]) -> None:
    text = "".join(f"{line}\n" for line in [HEAD_LINE, *lines])
    assert text_of(hour) == text
    decoded, sound = decode_hour(HOUR, text.encode())
    assert same(decoded, hour)
    assert sound == len(text)


segments = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 1, 999_999, 7_000_000]),
        st.sampled_from([2.0, 2.0, 1.5]),
        st.sampled_from(["full", "full", "suspect", "partial"]),
        st.sampled_from([0, 0, 0, 1, 3]),
        st.booleans(),
    ),
    max_size=10,
)


def grown(steps: Sequence[tuple[int, float, str, int, bool]], cut: int) -> LedgerHour:
    """In two goes."""
    at_us = us("04:00:00")
    found: list[Segment] = []
    for skip_us, duration_s, kind, _, _ in steps:
        found.append(a_segment(at_us + skip_us, duration_s, type=kind))
        at_us = found[-1].end_us
    tags = [step[3] for step in steps]
    inits = {segment.name: (10, 20) for segment, step in zip(found, steps, strict=True) if step[4]}
    first = an_hour(
        found[:cut],
        tags=tags[:cut],
        inits={name: inits[name] for name in inits if name in {one.name for one in found[:cut]}},
    )
    rest = {name: sizes for name, sizes in inits.items() if name not in first.entries.inits}
    return (
        an_hour(found[cut:], tags=tags[cut:], inits=rest, target_s=3, before=first) if found[cut:] else first
    )


@quick
@given(segments, st.integers(0, 10))
def test_what_was_appended_reads_as_it_was(steps: list[tuple[int, float, str, int, bool]], cut: int) -> None:
    hour = grown(steps, cut)
    decoded, _ = decode_hour(HOUR, text_of(hour).encode())
    assert same(decoded, hour)
    numbers = [hour.number_at(place) for place in range(len(hour))]
    assert numbers == [decoded.number_at(place) for place in range(len(hour))]
    assert numbers == sorted(numbers)
    gaps = [hour.gaps_at(place) for place in range(len(hour))]
    assert gaps == sorted(gaps)


@quick
@given(segments, st.integers(0, 3000))
def test_what_a_kill_leaves_are_whole_entries_and_lines_go_on_behind_them(
    steps: list[tuple[int, float, str, int, bool]], cut: int
) -> None:
    hour = grown(steps, len(steps) // 2)
    text = text_of(hour).encode()
    left = text[: len(HEAD_LINE) + 1 + cut]
    decoded, sound = decode_hour(HOUR, left)
    count = left.count(b"\n") - 1
    assert len(decoded) == count
    assert left[:sound] == text[:sound]
    assert same(decode_hour(HOUR, left[:sound] + encode_entries(hour, count).encode())[0], hour)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        C.name[:-1],
        f"{C.name} tags=x",
        f"{C.name} init=1/2",
        f"{C.name} tags=1 more",
        A.name,
        B.name,
        C.name.replace("full", "temp"),
        "\0" * 40,
    ],
    ids=[
        "empty",
        "no name",
        "a part of a name",
        "tags that are no number",
        "marks in another order",
        "more than is known",
        "an earlier entry",
        "the same again",
        "a file in flight",
        "zeros, as a power cut leaves them",
    ],
)
def test_from_the_first_bad_line_on_nothing_counts(line: str) -> None:
    text = f"{HEAD_LINE}\n{A.name}\n{B.name} tags=1\n{line}\n{D.name} tags=1\n"
    decoded, sound = decode_hour(HOUR, text.encode())
    assert same(decoded, an_hour([A, B], tags=[0, 1]))
    assert text[:sound].endswith(f"{B.name} tags=1\n")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        HEAD_LINE.encode(),
        HEAD_LINE.replace(" 1 ", " 2 ").encode() + b"\n",
        HEAD_LINE.replace("gap=2000000", "gap=0").encode() + b"\n",
        b"\xff\xfe\n",
    ],
    ids=["nothing", "a line break", "torn", "another version", "GAP entries of no length", "no text"],
)
def test_without_its_first_line_it_is_none(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        decode_hour(HOUR, content)


def test_its_numbers() -> None:
    hour = an_hour([A, C, D, a_segment("04:00:20")], tags=[0, 2, 0, 1])
    assert [hour.number_at(place) - HEAD.number for place in range(4)] == [0, 2, 2, 3]
    assert [hour.gaps_at(place) - HEAD.gaps for place in range(4)] == [0, 1, 1, 7]
    assert (hour.end_sequence, hour.last_number, hour.last_gaps) == (HEAD.sequence + 4, HEAD.number + 3, 0)
    assert hour.end_us == us("04:00:22")
    empty = an_hour()
    assert (empty.end_sequence, empty.last_number, empty.end_us) == (
        HEAD.sequence,
        HEAD.number,
        HEAD.reach_us,
    )
