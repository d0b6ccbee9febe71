"""Serving a playlist that grows: a week of which every two seconds a segment more is there, and its live edge.

The ledger is made by the first who asks for the week, and kept on disk: later starts of the server find it. Viewers of
the live edge ask as fast as they can, one and many, and then as players do: many, each once for a segment.
"""

from __future__ import annotations

import statistics
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figures import show
from benchmarks.growing_week import GrowingWeek
from benchmarks.load import Client
from benchmarks.players import GZIP, UnexpectedAnswer, follow, show_compressed, show_followed
from benchmarks.rates import Rate, milliseconds, take_rate
from benchmarks.web_process import WebProcess, web_process
from benchmarks.week import PER_HOUR, SEGMENT_S

from longtake.core.times import format_us

CHANNEL = "growing"
VIEWERS = 200
_LEAST_S = 5.0 * SEGMENT_S
"""Some segments must come while it is looked at."""
_FOLLOWED_EVERY_S = 0.05
_AGAIN = 5


def growing(store: Path, quality: str, *, hours: int, seconds: float, command: Sequence[str]) -> None:
    """Half a minute, and what ``hours`` take to be laid out."""
    week = GrowingWeek(store, CHANNEL, quality, hours=hours)
    path = f"/playlist/{CHANNEL}/{quality}.m3u8"
    with week.arriving(), web_process(store, command) as node:
        _whole_week(f"{node.url}{path}?start={format_us(week.start_us)}", hours, max(seconds, _LEAST_S))
        _viewers(node, path, seconds)


def _whole_week(url: str, hours: int, seconds: float) -> None:
    first = Client(urls=[url]).once()
    show(f"growing playlist of {hours} h", f"{first.body_bytes / 1e6:.1f} MB")
    show("  the first time ever", milliseconds(first.seconds))
    again_s = [Client(urls=[url]).once().seconds for _ in range(_AGAIN)]
    show("  again", milliseconds(statistics.median(again_s)))
    show_compressed(url)
    check_update(url, least=(hours - 1) * PER_HOUR)
    followed = follow(f"{url}&_HLS_skip=YES", seconds=seconds, every_s=_FOLLOWED_EVERY_S)
    show_followed("304", followed.unchanged)
    show_followed("delta after each new segment", followed.changed)
    show("  delta: its size, compressed", f"{len(followed.body)} bytes")


def check_update(url: str, *, least: int) -> None:
    """A fast wrong answer is none. Raises UnexpectedAnswer."""
    whole, update = _text(url), _text(f"{url}&_HLS_skip=YES")
    listed, listed_anew = (text.count("#EXTINF") for text in (whole, update))
    if listed < least or not 0 < listed_anew < PER_HOUR or update.count("#EXT-X-SKIP:") != 1:
        raise UnexpectedAnswer(f"{listed} segments, {listed_anew} of them in the delta:\n{update[:500]}")


def _text(url: str) -> str:
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
    return body.decode()


def _viewers(node: WebProcess, path: str, seconds: float) -> None:
    for connections in (1, VIEWERS):
        take_rate(node, Rate(what="live playlist", paths=[path], connections=connections), seconds)
    polled = Rate(
        what=f"live playlist every {SEGMENT_S} s",
        paths=[path],
        connections=VIEWERS,
        headers=GZIP,
        every_s=SEGMENT_S,
    )
    take_rate(node, polled, max(seconds, _LEAST_S))
