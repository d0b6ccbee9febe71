from __future__ import annotations

from fractions import Fraction

import pytest

from longtake.core.cutting.cut_clock import TURN_S, CutClock

WALL_US = 1_800_000_000_000_000


def clock_of(*files: tuple[float, float, float]) -> tuple[CutClock, list[Fraction]]:
    """(wall time in seconds, timestamp, duration) of files with pictures, one after the other."""
    clock, places = CutClock(), []
    clock.begin_run()
    for wall_s, stamp_s, duration_s in files:
        at_s = clock.pictures(WALL_US + round(wall_s * 1_000_000), Fraction(str(stamp_s)) % TURN_S)
        places.append(at_s)
        clock.due_s = at_s + Fraction(str(duration_s))
    return clock, places


# files -> the places of the second and third
RUNS: dict[str, tuple[list[tuple[float, float, float]], list[float]]] = {
    "timestamps that run on": ([(0, 7, 2), (2, 9, 2), (4, 11, 2)], [2, 4]),
    "a source whose durations are a little wrong": (
        [(0, 7, 2), (2, 9.01, 1.99), (4, 11.02, 2)],
        [2.01, 4.02],
    ),
    "over a wrap": ([(0, -1, 2), (2, 1, 2), (4, 3, 2)], [2, 4]),
    "pictures that the source lost": ([(0, 7, 2), (3.5, 10.5, 2), (5.5, 12.5, 2)], [3.5, 5.5]),
    "a clock that begins anew": ([(0, 7, 2), (2, 1, 2), (4, 3, 2)], [2, 4]),
    "a clock that jumps ahead": ([(0, 7, 2), (2, 5000, 2), (4, 5002, 2)], [2, 4]),
    "a file that repeats what was": ([(0, 7, 2), (2, 7, 2), (4, 9, 2)], [2, 4]),
}


@pytest.mark.parametrize(("files", "places"), RUNS.values(), ids=RUNS.keys())
def test_where_pictures_come(files: list[tuple[float, float, float]], places: list[float]) -> None:
    _, found = clock_of(*files)
    assert found == [0, *(Fraction(str(place)) for place in places)]


def test_a_new_run_comes_right_behind_the_one_before() -> None:
    clock, _ = clock_of((0, 7, 2))
    clock.begin_run()
    assert clock.pictures(WALL_US + 60_000_000, Fraction(67)) == 2


# wall time and timestamp of sound, beside pictures whose clock begins anew at 2 s -> its place
SOUNDS: dict[str, tuple[float, float | None, float]] = {
    "its timestamp says it": (0, 7.25, 0.25),
    "though its name is a little wrong": (1.2, 7.25, 0.25),
    "before the pictures": (0, 6.9, -0.1),
    "by the clock that began anew": (2, 1.25, 2.25),
    "by the clock before, though it is a little late": (2, 8.9, 1.9),
    "by its name where its clock is another": (1, 7000, 1),
    "by its name where it has none": (1.5, None, 1.5),
    "by its name behind the new beginning": (3, None, 3),
    "by its name before all": (-0.5, None, -0.5),
}


@pytest.mark.parametrize(("wall_s", "stamp_s", "place"), SOUNDS.values(), ids=SOUNDS.keys())
def test_where_sound_comes(wall_s: float, stamp_s: float | None, place: float) -> None:
    clock, _ = clock_of((0, 7, 2), (2, 1, 2))
    stamp = None if stamp_s is None else Fraction(str(stamp_s))
    assert clock.sound(WALL_US + round(wall_s * 1_000_000), stamp) == Fraction(str(place))
