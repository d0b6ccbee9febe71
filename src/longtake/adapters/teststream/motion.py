"""What moves on the test card: the dial, the waves and the frame ruler.

Each shows at a glance that the picture plays, and how: the dial turns once per segment (2 s), the ruler steps through
the frames of a second, the waves drift and carry a little grain, so that the stream has the bitrate of a real one.
All are functions of the frame number alone: the same frame always looks the same.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from longtake.adapters.teststream.paint import Colour, Patch, Planes, blend, cut_patch

DIAL_TURN_S = 2
_GRAIN_TILES = 16


class Dial:
    """A ring with a hand that trails light, turning once in two seconds; drawn per position, and kept."""

    def __init__(
        self,
        background: Planes,
        centre: tuple[int, int],
        radius: float,
        fps: int,
        colours: tuple[Colour, Colour],
    ) -> None:
        self._background = background
        self._centre, self._radius = centre, radius
        self._frames = DIAL_TURN_S * fps
        self._ring_colour, self._hand_colour = colours
        self._patches: dict[int, Patch] = {}

    def paint(self, planes: Planes, number: int) -> None:
        """Draw the dial of a frame."""
        position = number % self._frames
        patch = self._patches.get(position)
        if patch is None:
            patch = self._patches[position] = self._patch(2 * math.pi * position / self._frames)
        patch.paste(planes)

    def _patch(self, angle: float) -> Patch:
        radius = self._radius
        half = 2 * math.ceil((radius + 4) / 2)
        ys, xs = (np.mgrid[-half:half, -half:half] + 0.5).astype(np.float32)
        distance = np.hypot(xs, ys)
        behind = np.mod(angle - np.arctan2(xs, -ys), 2 * math.pi)
        stroke = radius / 13
        ring = _edge(stroke / 2 - np.abs(distance - radius + stroke / 2))
        trail = ring * np.exp(-behind / 1.1)
        tip_x, tip_y = math.sin(angle) * (radius - stroke / 2), -math.cos(angle) * (radius - stroke / 2)
        along = np.clip((xs * tip_x + ys * tip_y) / (tip_x**2 + tip_y**2), 0, 1)
        hand = _edge(radius / 50 - np.hypot(xs - along * tip_x, ys - along * tip_y))
        knobs = np.maximum(_edge(stroke - np.hypot(xs - tip_x, ys - tip_y)), _edge(stroke * 0.8 - distance))
        x, y = self._centre[0] - half, self._centre[1] - half
        scratch = Planes(self._background.y.shape[1], self._background.y.shape[0])
        cut_patch(self._background, x, y, 2 * half, 2 * half).paste(scratch)
        blend(scratch, ring, x, y, self._ring_colour)
        blend(scratch, np.maximum(np.maximum(trail, hand), knobs).astype(np.float32), x, y, self._hand_colour)
        return cut_patch(scratch, x, y, 2 * half, 2 * half)


class Waves:
    """Two layers of ribbons that drift against each other over the whole width, with grain; luma only."""

    def __init__(self, background: Planes, rows: slice, *, speed_px: tuple[int, int], grain: float) -> None:
        self._rows = rows
        height, width = rows.stop - rows.start, background.y.shape[1]
        self._width, self._speed = width, speed_px
        base = background.y[rows].mean(axis=1, keepdims=True)
        self._far = _ribbons(base, width, ((0.42, 0.20, 2, 0.2), (0.62, 0.16, 3, 1.9)), 34)
        self._near = _ribbons(base, width, ((0.54, 0.24, 1, 4.0), (0.50, 0.12, 4, 2.6)), 58)
        self._grain = _grain(height, width, grain)

    def paint(self, planes: Planes, number: int) -> None:
        """Draw the waves of a frame."""
        far = number * self._speed[0] % self._width
        near = -number * self._speed[1] % self._width
        target = planes.y[self._rows]
        np.maximum(
            self._far[:, far : far + self._width], self._near[:, near : near + self._width], out=target
        )
        if len(self._grain):
            # Bytes wrap, so a negative grain of -2 is 254; the luma here stays far from both ends.
            target += self._grain[number * 7 % _GRAIN_TILES]


class Ruler:
    """A row of marks, one per frame of a second; the mark of the shown frame is lit, the ones before it glow."""

    def __init__(
        self, background: Planes, rows: slice, columns: slice, fps: int, levels: tuple[float, float]
    ) -> None:
        self._rows, self._columns, self._fps = rows, columns, fps
        self._dim, self._lit = levels
        edges = np.linspace(0, columns.stop - columns.start, fps + 1).round().astype(np.intp)
        self._mark = np.repeat(np.arange(fps), np.diff(edges))
        gap = max(1, (rows.stop - rows.start) // 8)
        ends = np.repeat(edges[1:], np.diff(edges))
        self._inside = np.arange(len(self._mark)) < ends - gap
        self._under = background.y[rows.start, columns].copy()

    def paint(self, planes: Planes, number: int) -> None:
        """Draw the ruler of a frame."""
        shown = number % self._fps
        levels = np.full(self._fps, self._dim)
        levels[:shown] += (self._lit - self._dim) * 0.28
        levels[shown] = self._lit
        line = np.where(self._inside, levels[self._mark], self._under).astype(np.uint8)
        planes.y[self._rows, self._columns] = line


def _edge(signed_px: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coverage from the distance inside an edge, in pixels: smooth over one pixel."""
    covered: NDArray[np.float32] = np.clip(signed_px + 0.5, 0, 1).astype(np.float32)
    return covered


def _ribbons(
    base: NDArray[np.float64], width: int, ribbons: tuple[tuple[float, float, int, float], ...], peak: float
) -> NDArray[np.uint8]:
    """A texture of twice the width that repeats after ``width``; ribbons are (middle, swing, periods, phase)."""
    height = base.shape[0]
    turn = np.arange(width) * (2 * math.pi / width)
    ys = (np.arange(height)[:, None] + 0.5) / height
    light = np.zeros((height, width))
    for middle, swing, periods, phase in ribbons:
        centre = middle + swing * np.sin(periods * turn + phase) * np.cos(turn + phase / 2)
        above = (centre - ys) / 0.05
        below = (ys - centre) / 0.34
        light = np.maximum(light, np.where(ys < centre, np.exp(-(above**2)), np.exp(-below * 2.2)))
    fade = np.clip(np.minimum(ys, 1 - ys) / 0.22, 0, 1)
    texture = (base + peak * light * fade * fade * (3 - 2 * fade)).round().astype(np.uint8)
    return np.hstack([texture, texture])


def _grain(height: int, width: int, strength: float) -> NDArray[np.uint8]:
    """Tiles of noise as bytes that wrap, fading out at the top and the bottom; none for strength 0."""
    if strength <= 0:
        return np.zeros((0, height, width), np.uint8)
    noise = np.random.default_rng(20261124).normal(0, strength, (_GRAIN_TILES, height, width))
    ys = (np.arange(height)[:, None] + 0.5) / height
    fade = np.clip(np.minimum(ys, 1 - ys) / 0.22, 0, 1)
    return (np.clip(noise, -14, 14) * fade).round().astype(np.int8).view(np.uint8)
