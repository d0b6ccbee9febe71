"""What is listed of an hour: its fingerprint is another one for other content, and the same for the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tests.builders import a_run, a_segment, us
from tests.fakes.listed import joined_of

from longtake.core.hour_entries import HourEntries
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US


def entries(segments: Sequence[Segment]) -> HourEntries:
    start_us = us("04:00:00")
    return joined_of(segments, start_us=start_us, end_us=start_us + HOUR_US).parts[0].hour.entries


def test_the_same_has_the_same_fingerprint_and_other_content_another_one() -> None:
    one = entries(a_run(count=3))
    fewer = replace(one, rows=one.rows[:2], starts_us=one.starts_us[:2], ends_us=one.ends_us[:2])
    others = [
        entries(a_run(count=4)),
        entries([*a_run(count=2), a_segment("04:00:04", content="another")]),
        fewer,
        replace(fewer, rows=np.array([0, 2], dtype=np.int32)),
        replace(one, inits={one.columns.name(0): (1, 2)}),
        replace(one, inits={one.columns.name(0): (1, 3)}),
        HourEntries.none("2024-11-09T04"),
        HourEntries.none("2024-11-09T05"),
    ]
    assert entries(a_run(count=3)).fingerprint() == one.fingerprint()
    assert len({one.fingerprint(), *(other.fingerprint() for other in others)}) == 1 + len(others)


def test_nothing_is_listed_of_none() -> None:
    none = HourEntries.none("2024-11-09T04")
    assert (len(none), none.takes_all(), none.columns.hour) == (0, True, "2024-11-09T04")
