"""The test card can be read back at every size, and says the time that its number means."""

from datetime import UTC, datetime

import numpy as np
import pytest

from longtake.adapters.teststream.font import glyph_mask, text_width_px
from longtake.adapters.teststream.marks import CELLS, draw_frame_number, frame_cells
from longtake.adapters.teststream.testcard import (
    TestCard,
    flash_level,
    frame_time,
    is_flash_frame,
    read_frame_number,
)

FPS = 30
MOMENT = datetime(2026, 11, 24, 4, 16, 3, tzinfo=UTC)
FRAME = int(MOMENT.timestamp()) * FPS + 13
SIZES = [(1280, 720), (640, 360), (320, 180)]


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[1]}p")
def card(request: pytest.FixtureRequest) -> TestCard:
    width, height = request.param
    return TestCard(width, height, FPS, grain=2.0)


def test_a_number_is_a_time_and_a_time_is_a_number() -> None:
    assert frame_time(FRAME, FPS) == MOMENT.replace(microsecond=433_333)
    assert frame_time(FRAME - 13, FPS) == MOMENT


def test_the_frame_number_is_read_back_from_the_drawn_picture(card: TestCard) -> None:
    for number in (FRAME, FRAME + 1, FRAME + 2, 0, 2**40 - 30):
        assert read_frame_number(card.draw(number).y) == number


def test_the_number_survives_scaling_and_noise(card: TestCard) -> None:
    luma = card.draw(FRAME).y
    noise = np.random.default_rng(3).normal(0, 25, luma.shape)
    noisy = np.clip(luma + noise, 0, 255).astype(np.uint8)
    assert read_frame_number(noisy) == FRAME
    assert read_frame_number(noisy[::2, ::2]) == FRAME
    assert read_frame_number(np.repeat(np.repeat(noisy, 2, axis=0), 2, axis=1)) == FRAME


@pytest.mark.parametrize("cell", [2, 41, 42, 57])
def test_a_single_wrong_cell_is_refused(cell: int) -> None:
    luma = np.zeros((720, 1280), np.uint8)
    draw_frame_number(luma, FRAME)
    left = 40 + cell * 20
    luma[640:680, left : left + 20] = 240 - luma[640:680, left : left + 20]
    assert read_frame_number(luma) is None


def test_a_mix_of_two_frames_has_no_number(card: TestCard) -> None:
    one, other = card.draw(FRAME).y.copy(), card.draw(FRAME + 3001).y
    mixed = ((one.astype(np.uint16) + other) // 2).astype(np.uint8)
    assert read_frame_number(mixed) is None


@pytest.mark.parametrize("level", [0, 16, 128, 255])
def test_a_flat_picture_has_no_number(level: int) -> None:
    assert read_frame_number(np.full((360, 640), level, np.uint8)) is None


def test_a_number_that_does_not_fit_is_refused() -> None:
    assert len(frame_cells(2**40 - 1)) == CELLS
    for number in (-1, 2**40):
        with pytest.raises(ValueError, match="40 bits"):
            frame_cells(number)


def test_the_flash_is_on_in_the_first_two_frames_of_a_second(card: TestCard) -> None:
    second = FRAME - 13
    levels = [flash_level(card.draw(second + offset).y) for offset in (-1, 0, 1, 2, 15)]
    assert [round(level) for level in levels] == [0, 1, 1, 0, 0]
    assert [is_flash_frame(second + offset, FPS) for offset in (-1, 0, 1, 2)] == [False, True, True, False]


def test_a_frame_looks_the_same_whatever_was_drawn_before(card: TestCard) -> None:
    first = card.draw(FRAME).buffer.copy()
    for number in (FRAME + 100_000, FRAME - 14):
        card.draw(number)
    assert np.array_equal(card.draw(FRAME).buffer, first)


def test_consecutive_frames_differ_in_more_than_their_number(card: TestCard) -> None:
    one = card.draw(FRAME).y.copy()
    other = card.draw(FRAME + 1).y
    above_strip = one.shape[0] * 640 // 720
    assert (one[:above_strip] != other[:above_strip]).mean() > 0.01


def test_odd_shapes_are_refused() -> None:
    for width, height in ((1280, 721), (640, 480), (1366, 768)):
        with pytest.raises(ValueError, match="16:9"):
            TestCard(width, height, FPS)


def test_glyphs_have_even_sides_and_digits_one_width() -> None:
    masks = [glyph_mask(digit, 33.0, 0.12) for digit in "0123456789"]
    assert len({mask.shape for mask in masks}) == 1
    assert all(side % 2 == 0 for side in masks[0].shape)
    assert all(mask.max() == 1 and mask.min() == 0 for mask in masks)
    assert text_width_px("0:0", 10.0) == pytest.approx(text_width_px("9:8", 10.0))
