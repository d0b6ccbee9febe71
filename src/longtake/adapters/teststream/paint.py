"""Painting on YUV 4:2:0 planes with numpy: colours, masks and ready-made patches.

The test card is drawn straight into the planes that the encoder takes, since a conversion from RGB costs more than
the drawing. What comes back again and again (a digit in its place, a position of the hand) is blended once and kept
as a patch; a patch is pasted with three copies. What is painted where is ``testcard``'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtake.adapters.teststream.font import advance_px, glyph_mask, margin_px, text_width_px


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour as 8-bit BT.709 limited-range Y'CbCr."""

    y: float
    u: float
    v: float


def rgb(red: int, green: int, blue: int) -> Colour:
    """A colour from 8-bit full-range RGB (ITU-R BT.709, limited range)."""
    r, g, b = red / 255, green / 255, blue / 255
    luma = 0.2126 * r + 0.7152 * g + 0.0722 * b
    return Colour(y=16 + 219 * luma, u=128 + 224 * (b - luma) / 1.8556, v=128 + 224 * (r - luma) / 1.5748)


class Planes:
    """The planes of one YUV 4:2:0 picture: ``y`` (height, width), ``u`` and ``v`` (height/2, width/2).

    ``buffer`` (height * 3/2, width) holds all three one after the other, as PyAV's ``from_ndarray`` takes it.
    """

    __slots__ = ("buffer", "u", "v", "y")

    def __init__(self, width: int, height: int) -> None:
        self.buffer = np.zeros((height * 3 // 2, width), np.uint8)
        self.y = self.buffer[:height]
        quarter = height // 4
        self.u = self.buffer[height : height + quarter].reshape(height // 2, width // 2)
        self.v = self.buffer[height + quarter :].reshape(height // 2, width // 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A finished rectangle: the three planes' pixels, and where they go."""

    rows: slice
    columns: slice
    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]

    def paste(self, planes: Planes) -> None:
        """Copy the patch onto its place."""
        planes.y[self.rows, self.columns] = self.y
        half = _halved(self.rows), _halved(self.columns)
        planes.u[half] = self.u
        planes.v[half] = self.v


def cut_patch(planes: Planes, x: int, y: int, width: int, height: int) -> Patch:
    """A copy of a rectangle of a picture. Place and size are even."""
    rows, columns = slice(y, y + height), slice(x, x + width)
    half = _halved(rows), _halved(columns)
    return Patch(
        rows=rows,
        columns=columns,
        y=planes.y[rows, columns].copy(),
        u=planes.u[half].copy(),
        v=planes.v[half].copy(),
    )


def blend(planes: Planes, mask: NDArray[np.float32], x: int, y: int, colour: Colour) -> None:
    """Paint a colour through a mask (0 to 1) whose upper left corner is at (x, y). All places and sizes are even."""
    height, width = mask.shape
    _mix(planes.y[y : y + height, x : x + width], mask, colour.y)
    coarse = mask.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    rows, columns = slice(y // 2, (y + height) // 2), slice(x // 2, (x + width) // 2)
    _mix(planes.u[rows, columns], coarse, colour.u)
    _mix(planes.v[rows, columns], coarse, colour.v)


def fill(planes: Planes, x: int, y: int, width: int, height: int, colour: Colour) -> None:
    """Paint a rectangle. All places and sizes are even."""
    blend(planes, np.ones((height, width), np.float32), x, y, colour)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStyle:
    """How text looks: cap height in pixels, stroke width in cap heights, colour."""

    cap_height_px: float
    weight: float
    colour: Colour


def paint_text(planes: Planes, text: str, x: float, y: float, style: TextStyle) -> float:
    """Write a line with the top of its capitals at ``y``, starting at ``x``; returns the x where it ends, in pixels."""
    left = x
    for char in text:
        _paint_glyph(planes, char, left, y, style)
        left += advance_px(char, style.cap_height_px)
    return x + text_width_px(text, style.cap_height_px)


class TextSlot:
    """A place for a line of text that changes from frame to frame, and always has characters of the same widths.

    Each character at each place is blended over the background once and kept.
    """

    def __init__(self, background: Planes, x: float, y: float, style: TextStyle) -> None:
        self._background = background
        self._x, self._y = x, y
        self._style = style
        self._patches: dict[tuple[int, str], Patch] = {}

    def paint(self, planes: Planes, text: str) -> None:
        """Write the text onto the picture."""
        left = self._x
        for index, char in enumerate(text):
            patch = self._patches.get((index, char))
            if patch is None:
                patch = self._patches[index, char] = self._patch(char, left)
            patch.paste(planes)
            left += advance_px(char, self._style.cap_height_px)

    def _patch(self, char: str, left: float) -> Patch:
        """The glyph's own cell, no wider than its advance, so that neighbours do not cut each other."""
        cap_height = self._style.cap_height_px
        x, right = (
            _even_floor(left - 0.13 * cap_height),
            _even_floor(left - 0.13 * cap_height + advance_px(char, cap_height)),
        )
        y, height = _even_floor(self._y - 0.15 * cap_height), _even_floor(1.3 * cap_height) + 2
        scratch = Planes(self._background.y.shape[1], self._background.y.shape[0])
        cut_patch(self._background, x, y, right - x, height).paste(scratch)
        _paint_glyph(scratch, char, left, self._y, self._style)
        return cut_patch(scratch, x, y, right - x, height)


def _paint_glyph(planes: Planes, char: str, x: float, y: float, style: TextStyle) -> None:
    margin = margin_px(style.cap_height_px)
    left, top = _even_floor(x), _even_floor(y)
    mask = glyph_mask(char, style.cap_height_px, style.weight, round(x - left, 3), round(y - top, 3))
    blend(planes, mask, left - margin, top - margin, style.colour)


def _mix(target: NDArray[np.uint8], mask: NDArray[np.float32], level: float) -> None:
    mixed = target + mask * (level - target.astype(np.float32))
    target[...] = mixed.round().astype(np.uint8)


def _halved(span: slice) -> slice:
    return slice(span.start // 2, span.stop // 2)


def _even_floor(value: float) -> int:
    return int(value // 2) * 2
