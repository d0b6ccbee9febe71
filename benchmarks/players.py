"""Playlists as players ask for them: compressed, only if anything is new, and only what is new."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from benchmarks.figures import show
from benchmarks.load import Client
from benchmarks.rates import Stated, milliseconds, show_stated

GZIP = {"Accept-Encoding": "gzip"}
PLAYERS_ASK = Stated(goal="5 ms")
NOT_THERE = "not there"
_WARM = 5
_TIMEOUT_S = 60


class UnexpectedAnswer(Exception):
    """What makes a measurement worthless."""


@dataclass(kw_only=True)
class Followed:
    """What a player got that asked again and again: how long each answer took, in seconds; the last body."""

    unchanged: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    body: bytes = b""

    @property
    def has_tags(self) -> bool:
        """Whether the server knows of If-None-Match."""
        return bool(self.unchanged)


def follow(url: str, *, seconds: float, every_s: float) -> Followed:
    """Asks over one connection for so long, and says each time what it has. The first answer is not counted."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}"
    followed, tag = Followed(), None
    with closing(http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)) as connection:
        ends_s = time.perf_counter() + seconds
        while (asked_s := time.perf_counter()) < ends_s:
            connection.request("GET", target, headers=GZIP | ({"If-None-Match": tag} if tag else {}))
            answer = connection.getresponse()
            body = answer.read()
            took_s = time.perf_counter() - asked_s
            if answer.status not in (200, 304):
                raise UnexpectedAnswer(f"{answer.status} for {url}: {body[:300]!r}")
            if answer.status == 304:
                followed.unchanged.append(took_s)
            else:
                if followed.body:
                    followed.changed.append(took_s)
                followed.body, tag = body, answer.headers["ETag"]
            time.sleep(max(0.0, asked_s + every_s - time.perf_counter()))  # as a player waits
    return followed


def show_compressed(url: str) -> None:
    """The first time and later, of a playlist whose text is at hand."""
    first, *later = (Client(urls=[url], headers=GZIP).once() for _ in range(1 + _WARM))
    if first.body_bytes == Client(urls=[url]).once().body_bytes:
        show("  compressed", NOT_THERE)
        return
    warm_s = statistics.median(one.seconds for one in later)
    show("  compressed: first, warm", f"{milliseconds(first.seconds)}, {milliseconds(warm_s)}")
    show("  compressed: its size", f"{first.body_bytes / 1e6:.1f} MB")


def show_followed(what: str, latencies: Sequence[float]) -> None:
    """Median and slowest of small answers."""
    if not latencies:
        show(f"  {what}", NOT_THERE)
        return
    figure = f"{milliseconds(statistics.median(latencies))}, {milliseconds(max(latencies))}"
    show_stated(f"  {what}: median, slowest", figure, PLAYERS_ASK)
