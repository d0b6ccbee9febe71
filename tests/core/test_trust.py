"""How far a segment is trusted."""

from __future__ import annotations

import pytest

from longtake.core.facts import Container
from longtake.core.inspection import Inspection
from longtake.core.segments import SegmentType
from longtake.core.trust import judge

FULL, SUSPECT, PARTIAL = SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL


def seen(covered_s: float | None = 2.0, **others: object) -> Inspection:
    covered_us = None if covered_s is None else round(covered_s * 1e6)
    return Inspection(container=Container.MPEG_TS, covered_us=covered_us, **others)  # type: ignore[arg-type]


CASES: dict[str, tuple[Inspection, SegmentType, SegmentType]] = {
    "nothing is wrong": (seen(), FULL, FULL),
    "a frame short": (seen(1.966), FULL, FULL),
    "three frames short": (seen(1.9), FULL, FULL),
    "a rounded duration": (seen(1.51), FULL, SUSPECT),
    "four frames short": (seen(1.86), FULL, SUSPECT),
    "longer than announced": (seen(5), FULL, FULL),
    "too short": (seen(1.49), SUSPECT, PARTIAL),
    "of unknown duration": (seen(None), FULL, FULL),
    "it stops early": (seen(flaw="it ends within a packet", breaks_off=True), SUSPECT, PARTIAL),
    "damaged within": (seen(flaw="packets are missing"), SUSPECT, SUSPECT),
    "damaged and too short": (seen(0.5, flaw="packets are missing"), SUSPECT, PARTIAL),
    "the last picture may go on": (seen(open_end=True), FULL, SUSPECT),
    "no media": (Inspection(container=Container.OTHER, flaw="it is a web page"), SUSPECT, SUSPECT),
}


@pytest.mark.parametrize(("inspection", "framed", "open_ended"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong_decides(inspection: Inspection, framed: SegmentType, open_ended: SegmentType) -> None:
    verdicts = [
        judge(inspection, announced_s=2.0, framed=one, slow=False, media_bytes=5) for one in (True, False)
    ]
    assert [verdict.type for verdict in verdicts] == [framed, open_ended]
    for verdict in verdicts:
        assert (verdict.doubt is None) == (verdict.type is FULL)


def test_the_reason_is_the_first_flaw() -> None:
    flawed = seen(flaw="it ends within a packet", breaks_off=True)
    verdict = judge(flawed, announced_s=2, framed=False, slow=True, media_bytes=9)
    assert verdict.doubt == "it ends within a packet"
    short = judge(seen(0.5), announced_s=2, framed=True, slow=False, media_bytes=9)
    assert short.doubt == "it lasts 0.50 s and not 2.00 s"


def test_what_came_slowly_or_not_at_all_is_suspect() -> None:
    assert judge(seen(), announced_s=2, framed=True, slow=True, media_bytes=9).type is SUSPECT
    assert judge(seen(), announced_s=2, framed=False, slow=False, media_bytes=0).type is SUSPECT


@pytest.mark.parametrize(
    ("announced_s", "covered_s", "type"),
    [
        (10, 8.0, FULL),
        (10, 7.9, SUSPECT),
        (1, 0.51, FULL),
        (1, 0.49, SUSPECT),
        (0.4, 0.0, FULL),
        (0, 1, FULL),
    ],
)
def test_the_tolerance_is_half_a_second_or_a_fifth(
    announced_s: float, covered_s: float, type: SegmentType
) -> None:
    verdict = judge(seen(covered_s), announced_s=announced_s, framed=True, slow=False, media_bytes=9)
    assert verdict.type is type
