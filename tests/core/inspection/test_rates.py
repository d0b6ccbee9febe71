"""Frame rates, from parameter sets and timestamps."""

from __future__ import annotations

import pytest

from longtake.core.inspection.rates import covered, frame_rate, shown_ticks, steps_of, usual_step


def steady(rate: float, count: int = 60, unit: int = 1) -> list[int]:
    return [round(at * 90_000 / rate / unit) * unit for at in range(count)]


@pytest.mark.parametrize(
    "rate", [10, 12.5, 15, 24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60, 120]
)
@pytest.mark.parametrize("unit", [1, 90], ids=["ticks", "milliseconds"])
def test_a_common_rate_is_known_by_its_timestamps(rate: float, unit: int) -> None:
    count = 60 if unit == 1 else 240
    assert frame_rate(steps_of(steady(rate, count, unit)), None) == pytest.approx(rate, abs=1e-5)


def test_timestamps_in_any_order_and_with_lost_frames_tell_the_same() -> None:
    shown = steps_of([steady(25)[at] for at in (0, 3, 1, 2, 10, 11, 12, 40, 41, 13)])
    assert usual_step(shown) == 3600
    assert frame_rate(shown, None) == 25


@pytest.mark.parametrize(
    ("stated", "rate"),
    [(30.0, 30), (29.97, 29.97), (60.0, 30), (90_000.0, 30), (0.001, 30)],
    ids=["agrees", "nearly agrees", "fields", "a time base", "nonsense"],
)
def test_what_is_stated_holds_if_the_timestamps_agree(stated: float, rate: float) -> None:
    assert frame_rate(steps_of(steady(30)), stated) == rate


@pytest.mark.parametrize(("stated", "rate"), [(25.0, 25), (90_000.0, None), (None, None)])
def test_of_a_single_picture_only_what_is_stated_is_known(stated: float | None, rate: float | None) -> None:
    for times in ([5], [5, 5], []):
        assert frame_rate(steps_of(times), stated) == rate


def test_an_uncommon_rate_is_what_it_is() -> None:
    assert frame_rate(steps_of(steady(17.3, 200)), None) == pytest.approx(17.3, rel=1e-4)


def test_frames_are_shown_to_the_end_of_the_last() -> None:
    assert shown_ticks(steps_of([9000, 3000, 6000]), 3000) == 9000
    assert shown_ticks(steps_of([5]), 3000) == 3000


def test_pictures_may_stand_still_but_a_jump_of_the_clock_takes_no_time() -> None:
    assert shown_ticks(steps_of([0, 3000, 6000, 806_000]), 3000) == 809_000
    assert shown_ticks(steps_of([0, 3000, 6000, 1_000_000_000, 1_000_003_000]), 3000) == 15_000


@pytest.mark.parametrize(
    ("spans", "length"),
    [
        ([(5, 9)], 4),
        ([(5, 9), (3, 7)], 6),
        ([(5, 9), (6, 7)], 4),
        ([(50, 60), (5, 9)], 14),
        ([(0, 4), (2, 6), (9, 10)], 7),
    ],
    ids=["one", "overlapping", "one within the other", "apart", "three"],
)
def test_what_overlaps_counts_once(spans: list[tuple[int, int]], length: int) -> None:
    assert covered(spans) == length
