"""Looks as columns: one form, whatever way they came together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.builders import a_run, a_segment

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hour_looks import HAS_PTS, NO_LOOKS, STARTS_WITH_IDR, UNKNOWN, key_of, keys_of, look_rows
from longtake.core.segment_columns import read_columns
from longtake.core.segments import Segment

RUN = a_run("04:00:00", count=4)


def looked_into(segment: Segment, first_pts: int | None = 90_000) -> SegmentFacts:
    return SegmentFacts(
        name=segment.name,
        size_bytes=1,
        container=Container.MPEG_TS,
        first_pts=first_pts,
        starts_with_idr=True,
    )


def test_a_key_is_the_moment_in_the_hour_and_the_head_of_the_hash() -> None:
    first, later = a_segment("04:00:02.5", content="a"), a_segment("05:00:02.5", 4.0, "partial", content="a")
    assert key_of(first.name) == key_of(later.name)
    assert key_of(first.name) != key_of(a_segment("04:00:02.5", content="b").name)
    assert (key_of(first.name) or 0) >> 32 == 2_500_000


@pytest.mark.parametrize("name", ["", "chat.json", "00:00.000000-2.0-temp-3f2504e0.ts"])
def test_what_is_no_segment_has_no_key(name: str) -> None:
    assert key_of(name) is None


def test_keys_of_rows_are_those_of_their_names() -> None:
    names = [RUN[0].name.replace(".000000", ""), *(segment.name for segment in RUN[1:])]
    columns, _ = read_columns("2024-11-09T04", names)
    assert keys_of(columns).tolist() == [key_of(name) for name in names]
    assert keys_of(read_columns("2024-11-09T04", [])[0]).tolist() == []


def test_later_looks_replace_earlier_ones_also_by_nothing() -> None:
    first = NO_LOOKS.replaced_by(look_rows(map(looked_into, RUN)))
    assert len(first) == 4
    again = first.replaced_by(look_rows([looked_into(RUN[2], 5), replace(looked_into(RUN[2], 6))]))
    assert again.half_pts.tolist() == [45_000, 45_000, 3, 45_000]
    silent = SegmentFacts(name=RUN[1].name, size_bytes=1)
    assert len(again.replaced_by(look_rows([silent]))) == 3


def test_looks_that_came_in_another_order_are_equal() -> None:
    facts = [replace(looked_into(segment), parameter_sets=str(at)) for at, segment in enumerate(RUN)]
    forwards = NO_LOOKS.replaced_by(look_rows(facts))
    backwards = NO_LOOKS
    for one in reversed(facts):
        backwards = backwards.replaced_by(look_rows([one]))
    assert forwards == backwards
    assert hash(forwards) == hash(backwards)
    assert forwards != NO_LOOKS


def test_looks_are_given_in_the_order_of_rows_and_those_that_are_not_known_say_nothing() -> None:
    looks = NO_LOOKS.replaced_by(look_rows([looked_into(RUN[1], 7), looked_into(RUN[3], 9)]))
    columns, _ = read_columns("2024-11-09T04", [segment.name for segment in RUN])
    found = looks.of(columns, np.array([1, 2, 3], dtype=np.int32))
    both = HAS_PTS | STARTS_WITH_IDR
    assert found.flags.tolist() == [both, 0, both]
    assert found.half_pts[[0, 2]].tolist() == [3, 4]
    assert [found.encodings[number] == UNKNOWN for number in found.numbers] == [False, True, False]
    assert NO_LOOKS.of(columns, np.array([0], dtype=np.int32)).flags.tolist() == [0]


def test_an_hour_of_looks_weighs_some_20_kb() -> None:
    facts = list(map(looked_into, a_run(count=1800)))
    usual = NO_LOOKS.replaced_by(look_rows(facts))
    assert 1800 * 12 < usual.weight_bytes < 23_000
    facts[5] = replace(facts[5], starts_with_idr=False, codecs="hvc1")
    assert 1800 * 15 < NO_LOOKS.replaced_by(look_rows(facts)).weight_bytes < 29_000
    assert NO_LOOKS.weight_bytes == 0
