"""What a program reads in a test picture: the frame number and the flash.

The number stands at the foot of the picture as a row of 60 black and white cells: two to find the levels, 40 bits of
number, 16 bits of checksum (CRC-16/CCITT over the five bytes of the number), two more for the levels. A cell is 20 x
40 pixels at 720p and 10 x 20 at 360p, and only its middle is read, so it survives H.264 at a low bitrate and
scaling. All places are fractions of the picture: a picture of any size of ours, scaled to any other, can be read.

Drawing the rest of the picture is ``testcard``'s.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DESIGN_WIDTH = 1280
DESIGN_HEIGHT = 720
NUMBER_BITS = 40
CHECKSUM_BITS = 16
CELLS = 2 + NUMBER_BITS + CHECKSUM_BITS + 2
FLASH_FRAMES = 2
"""The flash shows in this many frames at the start of every second."""

CELL_BLACK = 22
CELL_WHITE = 218
FLASH_OFF = 34
FLASH_ON = 235
_LEAST_CONTRAST = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle of the 1280 x 720 design, in its pixels."""

    x: int
    y: int
    width: int
    height: int

    def within(self, width: int, height: int) -> tuple[slice, slice]:
        """The (rows, columns) that the box covers in a picture of ``width`` x ``height`` pixels."""
        top, bottom = (round(v * height / DESIGN_HEIGHT) for v in (self.y, self.y + self.height))
        left, right = (round(v * width / DESIGN_WIDTH) for v in (self.x, self.x + self.width))
        return slice(top, bottom), slice(left, right)


STRIP_BOX = Box(x=40, y=640, width=1200, height=40)
FLASH_BOX = Box(x=1096, y=40, width=144, height=80)


def frame_cells(number: int) -> NDArray[np.bool_]:
    """The 60 cells of a frame number, True for white. Raises ``ValueError`` outside 0 to 2**40 - 1."""
    if not 0 <= number < 1 << NUMBER_BITS:
        raise ValueError(f"frame number {number} does not fit into {NUMBER_BITS} bits")
    payload = number.to_bytes(NUMBER_BITS // 8, "big")
    checked = payload + _checksum(payload)
    bits = np.unpackbits(np.frombuffer(checked, np.uint8)).astype(np.bool_)
    return np.concatenate([np.array([True, False]), bits, np.array([False, True])])


def draw_frame_number(luma: NDArray[np.uint8], number: int) -> None:
    """Write the strip of a frame number into a luma plane (height, width)."""
    rows, columns = STRIP_BOX.within(luma.shape[1], luma.shape[0])
    edges = np.linspace(columns.start, columns.stop, CELLS + 1).round().astype(np.intp)
    levels = np.where(frame_cells(number), CELL_WHITE, CELL_BLACK).astype(np.uint8)
    luma[rows, columns] = np.repeat(levels, np.diff(edges))


def read_frame_number(luma: NDArray[np.uint8]) -> int | None:
    """Read the frame number back from a decoded luma plane (height, width) of any size.

    None when the picture holds no number that its checksum confirms: another picture, too much damage, or a mix of
    two frames.
    """
    levels = _cell_levels(luma)
    white, black = (levels[0] + levels[-1]) / 2, (levels[1] + levels[-2]) / 2
    if white - black < _LEAST_CONTRAST:
        return None
    cells = levels > (white + black) / 2
    payload = np.packbits(cells[2:-2]).tobytes()
    number, checksum = payload[: NUMBER_BITS // 8], payload[NUMBER_BITS // 8 :]
    return int.from_bytes(number, "big") if _checksum(number) == checksum else None


def draw_flash(luma: NDArray[np.uint8], *, on: bool) -> None:
    """Light the flash, or put it out, in a luma plane (height, width)."""
    luma[FLASH_BOX.within(luma.shape[1], luma.shape[0])] = FLASH_ON if on else FLASH_OFF


def flash_level(luma: NDArray[np.uint8]) -> float:
    """How bright the flash is in a decoded luma plane (height, width): 0 is out, 1 is fully on."""
    rows, columns = FLASH_BOX.within(luma.shape[1], luma.shape[0])
    inset_y, inset_x = (rows.stop - rows.start) // 4, (columns.stop - columns.start) // 4
    middle = luma[
        rows.start + inset_y : rows.stop - inset_y, columns.start + inset_x : columns.stop - inset_x
    ]
    level = (float(middle.mean()) - FLASH_OFF) / (FLASH_ON - FLASH_OFF)
    return min(1.0, max(0.0, level))


def is_flash_frame(number: int, fps: int) -> bool:
    """Whether the flash is on in a frame: the first two of every second."""
    return number % fps < FLASH_FRAMES


def _cell_levels(luma: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The mean luma of the middle of each cell."""
    height, width = luma.shape
    rows, columns = STRIP_BOX.within(width, height)
    inset = (rows.stop - rows.start) // 4
    profile = luma[rows.start + inset : max(rows.stop - inset, rows.start + inset + 1), columns].mean(axis=0)
    cell_px = len(profile) / CELLS
    starts = (np.arange(CELLS) + 0.3) * cell_px
    lefts = starts.astype(np.intp)
    rights = np.maximum((starts + 0.4 * cell_px).round().astype(np.intp), lefts + 1)
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    return np.asarray((sums[rights] - sums[lefts]) / (rights - lefts), np.float64)


def _checksum(payload: bytes) -> bytes:
    return binascii.crc_hqx(payload, 0xFFFF).to_bytes(CHECKSUM_BITS // 8, "big")
