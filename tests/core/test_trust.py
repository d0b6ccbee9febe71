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


@pytest.mark.parametrize(
    ("announced_s", "shown_s", "doubt"),
    [
        pytest.param(6, 6.0, None, id="three target durations long"),
        pytest.param(
            6.4, 6.4, "it is announced with 6.40 s, over three times the target duration of 2 s", id="longer"
        ),
        pytest.param(
            2, 6.4, "it lasts 6.40 s, over three times the target duration of 2 s", id="longer than announced"
        ),
        pytest.param(2, None, None, id="of unknown length"),
        pytest.param(
            7,
            None,
            "it is announced with 7.00 s, over three times the target duration of 2 s",
            id="announced alone",
        ),
    ],
)
@pytest.mark.parametrize("framed", [True, False], ids=["of stated size", "of unstated size"])
def test_what_is_over_three_target_durations_long_is_suspect_for_good(
    announced_s: float, shown_s: float | None, doubt: str | None, framed: bool
) -> None:
    shown_us = None if shown_s is None else round(shown_s * 1e6)
    verdict = judge(
        seen(shown_s, duration_us=shown_us),
        announced_s=announced_s,
        framed=framed,
        slow=False,
        media_bytes=9,
        target_s=2,
    )
    assert verdict.type is (FULL if doubt is None else SUSPECT)
    assert verdict.doubt == doubt
    assert verdict.lasting == (doubt is not None)


def test_sound_that_runs_on_its_own_clock_makes_no_segment_too_long() -> None:
    """Pictures from 0 to 2 s and sounds elsewhere: together they cover more than they last."""
    apart = seen(8.0, duration_us=2_000_000)
    assert judge(apart, announced_s=2, framed=True, slow=False, media_bytes=9, target_s=2).type is FULL


@pytest.mark.parametrize("target_s", [None, 0])
def test_without_a_target_duration_nothing_is_too_long(target_s: int | None) -> None:
    long = seen(60, duration_us=60_000_000)
    verdict = judge(long, announced_s=60, framed=True, slow=False, media_bytes=9, target_s=target_s)
    assert verdict.type is FULL


@pytest.mark.parametrize(
    ("inspection", "slow"),
    [
        pytest.param(seen(7, flaw="packets are missing"), False, id="damaged"),
        pytest.param(seen(4), False, id="too short"),
        pytest.param(seen(7), True, id="slow"),
    ],
)
def test_what_another_copy_may_cure_is_said_before_that_it_is_too_long(
    inspection: Inspection, slow: bool
) -> None:
    verdict = judge(inspection, announced_s=7, framed=True, slow=slow, media_bytes=9, target_s=2)
    assert verdict.type is SUSPECT
    assert "target" not in str(verdict.doubt)
    assert not verdict.lasting
