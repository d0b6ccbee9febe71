"""Lengths and shares as text, for people: never rounded to what sounds better than it is."""

from __future__ import annotations

from longtake.core.times import SECOND_US

_ALL_BASIS_POINTS = 10_000
_DAY_S = 86400


def clock_text(us: int) -> str:
    """``1:58:46``: hours, minutes and seconds, cut off; ``<1 s`` for less than one, nothing for nothing."""
    seconds = us // SECOND_US
    if not seconds:
        return "<1 s" if us > 0 else ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def exact_clock_text(us: int) -> str:
    """``0:04.000``, ``3:00:00.250``: with milliseconds, cut off."""
    seconds, rest_us = divmod(us, SECOND_US)
    hours, minutes = divmod(seconds // 60, 60)
    front = f"{hours}:{minutes:02}" if hours else str(minutes)
    return f"{front}:{seconds % 60:02}.{rest_us // 1000:03}"


def percent_text(part: int, whole: int) -> str:
    """``99.97 %``, cut off: only all is ``100 %``. Nothing if there is no whole."""
    if whole <= 0:
        return ""
    points = part * _ALL_BASIS_POINTS // whole
    return "100 %" if points == _ALL_BASIS_POINTS else f"{points // 100}.{points % 100:02} %"


def span_words(seconds: float) -> str:
    """``4 s``, ``12 min``, ``3 h 05 min``, ``4 d``: as exact as helps."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < _DAY_S:
        return f"{whole // 3600} h {whole // 60 % 60:02} min"
    return f"{whole // _DAY_S} d"
