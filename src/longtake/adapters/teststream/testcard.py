"""The test card: the picture of the generated live stream, frame by frame.

A person sees the date and time in UTC to the frame, the frame number, something that moves smoothly, and a flash at
each full second; a program reads the frame number and the flash back (``marks``). Frame ``n`` is the picture
at ``n / fps`` seconds since the Unix epoch, exactly; so a number is a time and a time is a number, and any cut of the
stream can be checked against the clock.

Here is the layout. Painting, letters and the moving parts are in the ``testcard_*`` modules beside; encoding is
``teststream``'s.
"""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from longtake.adapters.teststream.font import text_width_px
from longtake.adapters.teststream.marks import (
    DESIGN_HEIGHT,
    draw_flash,
    draw_frame_number,
    flash_level,
    is_flash_frame,
    read_frame_number,
)
from longtake.adapters.teststream.motion import Dial, Ruler, Waves
from longtake.adapters.teststream.paint import (
    Colour,
    Planes,
    TextSlot,
    TextStyle,
    blend,
    fill,
    paint_text,
    rgb,
)

__all__ = ["TestCard", "flash_level", "frame_time", "is_flash_frame", "read_frame_number"]

_TOP, _FOOT = rgb(13, 17, 30), rgb(23, 21, 42)
_PALE, _GREY, _DIM = rgb(233, 237, 245), rgb(128, 140, 165), rgb(44, 52, 76)
_ACCENT = rgb(255, 170, 82)
_WAVE_TOP, _WAVE_FOOT = 432, 580
_BARS = (
    (200, 200, 200),
    (200, 200, 0),
    (0, 200, 200),
    (0, 200, 0),
    (200, 0, 200),
    (200, 0, 0),
    (40, 60, 220),
)


class TestCard:
    """Draws frames of one size.

    :param width: in pixels; 16:9 with ``height``, both divisible by 4: 1280 x 720, 640 x 360.
    :param fps: whole frames per second.
    :param grain: strength of the noise in the waves, in luma levels (standard deviation); 0 is none.
    """

    __test__ = False  # pytest would take the name for a test class

    def __init__(self, width: int, height: int, fps: int, *, grain: float = 0.0) -> None:
        if width % 4 or height % 4 or width * 9 != height * 16:
            raise ValueError(f"a test card is 16:9 with sides divisible by 4, not {width}x{height}")
        self._scale = height / DESIGN_HEIGHT
        self._fps = fps
        self._still = self._background(width, height)
        self._planes = Planes(width, height)
        self._planes.buffer[:] = self._still.buffer
        self._place_moving_parts(width, grain)

    def draw(self, number: int) -> Planes:
        """The picture of a frame. The planes are the card's own: the next call overwrites them."""
        planes = self._planes
        moment = frame_time(number, self._fps)
        self._date.paint(planes, moment.strftime("%Y-%m-%d"))
        self._clock.paint(planes, moment.strftime("%H:%M:%S"))
        self._millis.paint(planes, f".{moment.microsecond // 1000:03d}")
        self._number.paint(planes, f"{number:012d}")
        self._in_second.paint(planes, f"+{number % self._fps:02d}")
        self._dial.paint(planes, number)
        self._waves.paint(planes, number)
        self._ruler.paint(planes, number)
        draw_flash(planes.y, on=is_flash_frame(number, self._fps))
        draw_frame_number(planes.y, number)
        return planes

    def _background(self, width: int, height: int) -> Planes:
        planes = _gradient(width, height)
        self._tint_waves(planes)
        right = self._text(planes, "longtake", 40, 48, 38, _ACCENT, weight=0.14)
        self._text(planes, "test stream", right / self._scale + 22, 48, 38, _PALE)
        self._text(planes, f"{width}x{height}   {self._fps} fps", 43, 110, 18, _GREY)
        self._text(planes, "UTC", 43 + text_width_px("0000-00-00", 34) + 18, 164, 34, _GREY)
        self._text(planes, "frame", 43, 388, 22, _GREY)
        self._paint_bars(planes)
        return planes

    def _tint_waves(self, planes: Planes) -> None:
        """The waves are drawn in luma alone; their colour, from teal to violet, stands still."""
        top, foot = self._even(_WAVE_TOP), self._even(_WAVE_FOOT)
        rows = (np.arange(foot - top, dtype=np.float32) + 0.5) / (foot - top)
        fade = np.clip(np.minimum(rows, 1 - rows) / 0.4, 0, 1)[:, None]
        across = np.linspace(0, 1, planes.y.shape[1], dtype=np.float32)[None, :]
        luma = planes.y[top:foot].copy()
        blend(planes, (fade * (1 - across)).astype(np.float32), 0, top, rgb(0, 80, 98))
        blend(planes, (fade * across * 0.8).astype(np.float32), 0, top, rgb(96, 44, 130))
        planes.y[top:foot] = luma

    def _paint_bars(self, planes: Planes) -> None:
        for index, bar in enumerate(_BARS):
            x, width = self._even(1016 + index * 32), self._even(32)
            fill(planes, x, self._even(592), width, self._even(24), rgb(*bar))

    def _place_moving_parts(self, width: int, grain: float) -> None:
        still, scale, fps = self._still, self._scale, self._fps
        self._date = self._slot(43, 164, 34, _PALE)
        self._clock = self._slot(48, 230, 126, _PALE, weight=0.125)
        millis_x = 48 + text_width_px("00:00:00", 126) + 36
        self._millis = self._slot(millis_x, 230 + 126 - 76, 76, _ACCENT, weight=0.125)
        self._number = self._slot(138, 388, 22, _PALE)
        self._in_second = self._slot(138 + text_width_px("0" * 12, 22) + 18, 388, 22, _ACCENT)
        self._dial = Dial(still, (self._even(1168), self._even(278)), 72 * scale, fps, (_DIM, _ACCENT))
        wave_rows = slice(self._even(_WAVE_TOP), self._even(_WAVE_FOOT))
        speed = max(1, round(2 * scale)), max(1, round(4 * scale))
        self._waves = Waves(still, wave_rows, speed_px=speed, grain=grain)
        ruler_rows = slice(self._even(592), self._even(616))
        ruler_columns = slice(self._even(40), self._even(984))
        self._ruler = Ruler(still, ruler_rows, ruler_columns, fps, (_DIM.y, 205))

    def _text(
        self,
        planes: Planes,
        text: str,
        x: float,
        y: float,
        cap: float,
        colour: Colour,
        *,
        weight: float = 0.12,
    ) -> float:
        style = TextStyle(cap_height_px=cap * self._scale, weight=weight, colour=colour)
        return paint_text(planes, text, x * self._scale, y * self._scale, style)

    def _slot(self, x: float, y: float, cap: float, colour: Colour, *, weight: float = 0.12) -> TextSlot:
        style = TextStyle(cap_height_px=cap * self._scale, weight=weight, colour=colour)
        return TextSlot(self._still, x * self._scale, y * self._scale, style)

    def _even(self, design_px: float) -> int:
        return round(design_px * self._scale / 2) * 2


def frame_time(number: int, fps: int) -> datetime:
    """When a frame shows: ``number / fps`` seconds after the Unix epoch, cut to the microsecond; aware UTC."""
    seconds, rest = divmod(number, fps)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000_000 // fps)


def _gradient(width: int, height: int) -> Planes:
    """A dark slope from top to foot. A little fixed noise hides the steps of eight bits."""
    planes = Planes(width, height)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    luma = _TOP.y + (_FOOT.y - _TOP.y) * down
    dither = np.random.default_rng(1).uniform(-0.5, 0.5, (height, width))
    planes.y[:] = (luma + dither).round().astype(np.uint8)
    half = down[::2]
    planes.u[:] = (_TOP.u + (_FOOT.u - _TOP.u) * half).round().astype(np.uint8)
    planes.v[:] = (_TOP.v + (_FOOT.v - _TOP.v) * half).round().astype(np.uint8)
    return planes
