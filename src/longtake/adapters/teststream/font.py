"""The test card's own letters: strokes, drawn smooth at any size.

A glyph is a few lines and arcs; its picture is the distance to them, so the same table gives a clock of 130 pixels
and a caption of 10, without a font file in the package and without a text library. Only the characters that the
card uses exist.

Units of the table: capitals and digits stand from y = 0 (top) to y = 1 (baseline), small letters from 0.34, x grows
to the right from 0 to the glyph's width.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]
Stroke: TypeAlias = tuple[Point, ...]

LETTER_GAP = 0.26
"""Between two glyphs' boxes, in cap heights; the stroke's own width lies in it."""


def _arc(cx: float, cy: float, rx: float, ry: float, start_deg: float, end_deg: float) -> Stroke:
    """An elliptic arc. 0 degrees is right, 90 is down; from start to end in either direction."""
    steps = max(2, math.ceil(abs(end_deg - start_deg) / 12))
    angles = [math.radians(start_deg + (end_deg - start_deg) * i / steps) for i in range(steps + 1)]
    return tuple((cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles)


def _ring(cx: float, cy: float, rx: float, ry: float) -> Stroke:
    return _arc(cx, cy, rx, ry, 0, 360)


def _turned(strokes: Iterable[Stroke], width: float) -> tuple[Stroke, ...]:
    """A glyph upside down: a 9 from a 6."""
    return tuple(tuple((width - x, 1 - y) for x, y in stroke) for stroke in strokes)


_SIX: tuple[Stroke, ...] = (_ring(0.3, 0.68, 0.3, 0.32), _arc(0.6, 0.68, 0.6, 0.68, 180, 262))
_BOWL = _ring(0.27, 0.67, 0.27, 0.33)
_STEM: Stroke = ((0, 0.34), (0, 1))

_GLYPHS: dict[str, tuple[float, tuple[Stroke, ...]]] = {
    "0": (0.6, (_arc(0.3, 0.3, 0.3, 0.3, 180, 360) + _arc(0.3, 0.7, 0.3, 0.3, 0, 180) + ((0, 0.3),),)),
    "1": (0.6, (((0.1, 0.2), (0.36, 0), (0.36, 1)),)),
    "2": (0.6, ((*_arc(0.3, 0.3, 0.29, 0.3, 190, 400), (0, 1), (0.6, 1)),)),
    "3": (0.6, (_arc(0.3, 0.24, 0.27, 0.24, 200, 450), _arc(0.3, 0.74, 0.3, 0.26, 270, 520))),
    "4": (0.6, (((0.45, 1), (0.45, 0), (0, 0.7), (0.62, 0.7)),)),
    "5": (0.6, (((0.55, 0), (0.09, 0), (0.05, 0.45)), _arc(0.3, 0.68, 0.3, 0.32, 220, 510))),
    "6": (0.6, _SIX),
    "7": (0.6, (((0, 0), (0.6, 0), (0.2, 1)),)),
    "8": (0.6, (_ring(0.3, 0.24, 0.26, 0.24), _ring(0.3, 0.74, 0.3, 0.26))),
    "9": (0.6, _turned(_SIX, 0.6)),
    ":": (0.08, (((0.04, 0.3), (0.04, 0.301)), ((0.04, 0.78), (0.04, 0.781)))),
    ".": (0.08, (((0.04, 1), (0.04, 0.999)),)),
    "-": (0.36, (((0.02, 0.55), (0.34, 0.55)),)),
    "+": (0.44, (((0, 0.55), (0.44, 0.55)), ((0.22, 0.33), (0.22, 0.77)))),
    "/": (0.4, (((0, 1.05), (0.4, -0.05)),)),
    " ": (0.2, ()),
    "C": (0.58, (_arc(0.34, 0.5, 0.34, 0.5, 315, 45),)),
    "T": (0.6, (((0, 0), (0.6, 0)), ((0.3, 0), (0.3, 1)))),
    "U": (0.6, (((0, 0), *_arc(0.3, 0.7, 0.3, 0.3, 180, 0), (0.6, 0)),)),
    "a": (0.54, (_BOWL, ((0.54, 0.34), (0.54, 1)))),
    "e": (0.54, (((0.01, 0.67), *_arc(0.27, 0.67, 0.27, 0.33, 360, 45)),)),
    "f": (0.36, ((*_arc(0.34, 0.2, 0.19, 0.2, 290, 180), (0.15, 1)), ((0, 0.36), (0.34, 0.36)))),
    "g": (0.54, (_BOWL, ((0.54, 0.34), *_arc(0.27, 1.02, 0.27, 0.29, 0, 145)))),
    "k": (0.46, (((0, 0), (0, 1)), ((0.43, 0.34), (0, 0.74)), ((0.16, 0.62), (0.46, 1)))),
    "l": (0.06, (((0.03, 0), (0.03, 1)),)),
    "m": (
        0.88,
        (
            _STEM,
            (*_arc(0.22, 0.58, 0.22, 0.24, 180, 360), (0.44, 1)),
            (*_arc(0.66, 0.58, 0.22, 0.24, 180, 360), (0.88, 1)),
        ),
    ),
    "n": (0.5, (_STEM, (*_arc(0.25, 0.6, 0.25, 0.26, 180, 360), (0.5, 1)))),
    "o": (0.54, (_BOWL,)),
    "p": (0.54, (((0, 0.34), (0, 1.32)), _BOWL)),
    "r": (0.3, (_STEM, _arc(0.25, 0.6, 0.25, 0.26, 180, 300))),
    "s": (
        0.48,
        (_arc(0.24, 0.505, 0.21, 0.165, 330, 90) + _arc(0.24, 0.835, 0.24, 0.165, 270, 510),),
    ),
    "t": (0.4, ((((0.15, 0.1)), *_arc(0.33, 0.82, 0.18, 0.18, 180, 80)), ((0, 0.36), (0.36, 0.36)))),
    "x": (0.46, (((0, 0.34), (0.46, 1)), ((0.46, 0.34), (0, 1)))),
}


def advance_px(char: str, cap_height_px: float) -> float:
    """How far the next glyph stands to the right, in pixels. Raises ``KeyError`` for a character we do not have."""
    return (_GLYPHS[char][0] + LETTER_GAP) * cap_height_px


def text_width_px(text: str, cap_height_px: float) -> float:
    """The width of a line of text, in pixels, without the gap after its last glyph."""
    return sum(advance_px(char, cap_height_px) for char in text) - LETTER_GAP * cap_height_px


def _distance(xs: NDArray[np.float32], ys: NDArray[np.float32], a: Point, b: Point) -> NDArray[np.float32]:
    """From every point of the grid to the segment from ``a`` to ``b``."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length_squared = max(dx * dx + dy * dy, 1e-12)
    along = np.clip(((xs - a[0]) * dx + (ys - a[1]) * dy) / length_squared, 0, 1)
    return np.hypot(xs - a[0] - along * dx, ys - a[1] - along * dy).astype(np.float32)


@cache
def glyph_mask(
    char: str, cap_height_px: float, weight: float, shift_x: float = 0.0, shift_y: float = 0.0
) -> NDArray[np.float32]:
    """How much of each pixel a glyph covers, 0 to 1.

    The picture has a margin of a quarter of the cap height around the glyph's box (below, of half: descenders), and
    even sides, so that it fits on subsampled chroma. ``weight`` is the stroke's width in cap heights; the shifts, in
    pixels, place the glyph between pixels.
    """
    width, strokes = _GLYPHS[char]
    margin = margin_px(cap_height_px)
    rows = _even(cap_height_px * 1.5 + margin)
    columns = _even(width * cap_height_px + 2 * margin)
    ys, xs = np.mgrid[0:rows, 0:columns].astype(np.float32)
    xs = (xs + 0.5 - margin - shift_x) / cap_height_px
    ys = (ys + 0.5 - margin - shift_y) / cap_height_px
    nearest = np.full((rows, columns), np.inf, np.float32)
    for stroke in strokes:
        for a, b in pairwise(stroke):
            nearest = np.minimum(nearest, _distance(xs, ys, a, b))
    mask: NDArray[np.float32] = np.clip(0.5 + (weight / 2 - nearest) * cap_height_px, 0, 1).astype(np.float32)
    return mask


def margin_px(cap_height_px: float) -> int:
    """The empty border of a glyph's picture left of and above its box; even."""
    return _even(cap_height_px / 4)


def _even(length: float) -> int:
    return 2 * math.ceil(length / 2)
