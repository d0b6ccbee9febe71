"""A strip shows every hole, however short, and nothing that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.cli.recordings.strips import Cell, Strip, drawn, legend
from longtake.core.timeline import Gap, GapReason


def strip_of(*gaps: tuple[int, int, GapReason], end_us: int = 100, cells: int = 10, **known_us: int) -> str:
    strip = Strip(start_us=0, end_us=end_us, cells=cells, **known_us)
    for start_us, until_us, reason in gaps:
        strip.add(Gap(start_us=start_us, end_us=until_us, reason=reason))
    return "".join(text for text, _ in drawn(strip.cells(), shapes=False))


@pytest.mark.parametrize(
    ("gap", "shown"),
    [
        ((0, 100, GapReason.MISSING), ".........."),
        ((20, 40, GapReason.MISSING), "##..######"),
        ((25, 26, GapReason.MISSING), "##+#######"),
        ((21, 30, GapReason.MISSING), "##-#######"),
        ((29, 31, GapReason.MISSING), "##++######"),
        ((99, 100, GapReason.MISSING), "#########+"),
        ((25, 45, GapReason.SUSPECT), "##???#####"),
        ((25, 25, GapReason.MISSING), "##########"),
    ],
    ids=[
        "all is missing",
        "two cells are missing",
        "a little is missing",
        "most is missing",
        "a hole over an edge",
        "the end is missing",
        "some of it is doubtful",
        "a hole of no length",
    ],
)
def test_a_hole_shows_in_the_cells_that_it_touches(gap: tuple[int, int, GapReason], shown: str) -> None:
    assert strip_of(gap) == shown


def test_what_is_missing_hides_what_is_doubtful() -> None:
    assert strip_of((20, 22, GapReason.PARTIAL), (22, 24, GapReason.MISSING)) == "##+#######"


def test_what_lies_outside_of_the_known_is_blank() -> None:
    assert strip_of((25, 35, GapReason.MISSING), first_us=25, last_us=70) == "  .+###   "


def test_a_hole_that_begins_before_the_strip_and_ends_behind_it_fills_it() -> None:
    assert strip_of((-500, 500, GapReason.MISSING)) == ".........."


def test_shapes_differ_and_the_legend_has_all_of_them() -> None:
    for shapes in (True, False):
        every = [text for text, _ in drawn(list(Cell), shapes=shapes)]
        assert len(set(every)) == len(Cell)
        words = "".join(text for text, _ in legend(shapes=shapes))
        assert all(text in words for text in every)


def test_equal_neighbours_are_drawn_in_one_go() -> None:
    assert len(drawn([Cell.WHOLE] * 60, shapes=True)) == 1


@quick
@given(st.integers(1, 120), st.integers(1, 10**11), st.data())
def test_any_hole_shows_somewhere_and_all_is_only_shown_where_all_is(
    cells: int, end_us: int, data: st.DataObject
) -> None:
    start_us = data.draw(st.integers(0, end_us - 1))
    until_us = data.draw(st.integers(start_us + 1, end_us))
    shown = strip_of((start_us, until_us, GapReason.MISSING), end_us=end_us, cells=cells)
    assert len(shown) == cells
    assert set(shown) & set("+-.")
    for at, cell in enumerate(shown):
        first_us, last_us = end_us * at // cells, end_us * (at + 1) // cells
        if first_us < last_us:
            assert (cell == "#") == (until_us <= first_us or start_us >= last_us)
            assert (cell == ".") == (start_us <= first_us and until_us >= last_us)
