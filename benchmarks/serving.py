"""Serving a week: a real ``longtake serve`` process, asked by others.

Four channels of 2 s segments in the past, one that goes on now, and one of a few segments with content. Cold is the
first request after a start, with the machine's page cache warm, first of all (facts are read) and after a later start
(notes of them are on disk); after one new file is right after it came, while the folder's time cannot yet be trusted. Memory is that of the process and all below it (PSS), its peak sampled every 50 ms in a run of its own.

While rates are taken, a probe asks for ``/healthz`` every 20 ms: what other people notice. Load, probe and server share
the machine's cores: with two of them, the probe also waits for those who ask.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.figures import show
from benchmarks.growing import growing
from benchmarks.load import Client, load, probe
from benchmarks.players import follow, show_compressed, show_followed
from benchmarks.processes import family_bytes, family_cpu_s, peak_of_family
from benchmarks.rates import (
    NOTHING_STATED,
    Rate,
    Stated,
    mebibytes,
    milliseconds,
    show_beside,
    show_stated,
    take_rate,
)
from benchmarks.web_process import COMMAND, WebProcess, web_process
from benchmarks.week import PER_HOUR, SEGMENT_S, WEEK_H, lay_out, put_in, settle, take_out

from longtake.core.segments import SegmentType, named_segment
from longtake.core.times import HOUR_US, SECOND_US, format_us, hour_name, parse_time, to_us

START_US = to_us(parse_time("2026-06-01T00:00:00Z"))
SECONDS = 3.0
HALF_DAY_H = 12
FEWEST_H = 6
CHANNELS = ("one", "two", "three", "four")
CONTENT = "content"
QUALITY = "source"
MANY = 16
_SEGMENT_BYTES = 750_000
_SEGMENTS = 16
_NEW_FILES = 3
_WARM = 5
_FOLLOWED_EVERY_S = 0.02
_MISSING_AT_S = 1000
_IDLE_AFTER_S = 2
_HALF = {"Range": f"bytes=0-{_SEGMENT_BYTES // 2 - 1}"}


_WEEK = {
    "cold": Stated(peer="7.0 s", goal="0.8 s"),
    "warm": Stated(peer="3.7 s", goal="0.08 s"),
    "after one new file": Stated(peer="3.8 s", goal="0.08 s"),
    "memory": Stated(peer="282 MiB", goal="200 MiB"),
    "peak": Stated(peer="341 MiB", goal="200 MiB"),
}
_LISTING = Stated(peer="330 /s", goal="10000 /s")
_SEGMENT = Stated(peer="403 MB/s", goal="2000 MB/s")


def serving(
    folder: Path, *, hours: int = WEEK_H, seconds: float = SECONDS, command: Sequence[str] = COMMAND
) -> None:
    """All of it, about three minutes of a week: ``hours`` are laid out, each rate is taken for ``seconds``."""
    store = folder / "store"
    began_s = time.perf_counter()
    lay_out(store, CHANNELS, QUALITY, start_us=START_US, hours=hours)
    paths = with_content(store)
    show(f"lay out {len(CHANNELS)} channels of {hours} h", f"{time.perf_counter() - began_s:.0f} s")
    bench = _Bench(store=store, seconds=seconds, command=tuple(command))
    for span_h in sorted({min(HALF_DAY_H, hours), hours}):
        bench.playlist(span_h)
        bench.playlist_watched(span_h)
    bench.all_channels(hours)
    growing(store, QUALITY, hours=hours, seconds=seconds, command=command)
    bench.rates(paths)
    bench.api(hours)


def with_content(store: Path) -> list[str]:
    """Some segments of 750 kB; their paths below ``/segments``."""
    paths = []
    for at in range(_SEGMENTS):
        content = os.urandom(_SEGMENT_BYTES)
        segment = named_segment(
            start_us=START_US + at * SEGMENT_S * SECOND_US,
            duration_s=float(SEGMENT_S),
            type=SegmentType.FULL,
            digest=hashlib.sha256(content).digest(),
        )
        path = store / CONTENT / QUALITY / segment.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        paths.append(f"/segments/{CONTENT}/{QUALITY}/{segment.path}")
    past_s = START_US / SECOND_US
    os.utime(path.parent, (past_s, past_s))
    return paths


def span(hours: int) -> str:
    """As parameters, from the start on."""
    return f"start={format_us(START_US)}&end={format_us(START_US + hours * HOUR_US)}"


def playlist_url(node: WebProcess, channel: str, hours: int) -> str:
    """Of a range."""
    return f"{node.url}/playlist/{channel}/{QUALITY}.m3u8?{span(hours)}"


def length(hours: int) -> str:
    """``12 h``, ``7 days``."""
    return f"{hours // 24} days" if hours % 24 == 0 and hours > 24 else f"{hours} h"


def once_s(url: str) -> float:
    """How long one request takes."""
    return Client(urls=[url]).once().seconds


def segments_in(url: str) -> int:
    """How many a playlist has."""
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
    return body.count(b"#EXTINF")


def is_there(url: str) -> bool:
    """Whether the server knows such a thing."""
    try:
        urllib.request.urlopen(url).close()
    except urllib.error.HTTPError as error:
        error.close()
        return error.code != 404
    return True


@dataclass(frozen=True, kw_only=True)
class _Bench:
    """``store`` is laid out; each rate is taken for ``seconds``."""

    store: Path
    seconds: float
    command: tuple[str, ...]

    @contextmanager
    def _node(self) -> Iterator[WebProcess]:
        with web_process(self.store, self.command) as node:
            yield node

    def playlist(self, hours: int) -> None:
        """Cold, warm, after a new file; nothing else is done meanwhile."""
        stated = _WEEK if hours == WEEK_H else {}
        missing = [
            START_US + (hours // 2 - at) * HOUR_US + _MISSING_AT_S * SECOND_US for at in range(_NEW_FILES)
        ]
        for start_us in missing:
            take_out(self.store, CHANNELS[0], QUALITY, start_us)
        with self._node() as node:
            url = playlist_url(node, CHANNELS[0], hours)
            time.sleep(_IDLE_AFTER_S)  # its workers come up meanwhile, and would be counted
            before_s = family_cpu_s(node.pid)
            took = {"cold": once_s(url)}
            cold_cpu_s = family_cpu_s(node.pid) - before_s
            took["warm"] = statistics.median(once_s(url) for _ in range(_WARM))
            warm_cpu_s = (family_cpu_s(node.pid) - before_s - cold_cpu_s) / _WARM
            size_bytes = Client(urls=[url]).once().body_bytes
            counts, after = [segments_in(url)], list[float]()
            for start_us in missing:
                put_in(self.store, CHANNELS[0], QUALITY, start_us)
                after.append(once_s(url))
                counts.append(segments_in(url))
            took["after one new file"] = statistics.median(after)
        for start_us in missing:
            settle(self.store, CHANNELS[0], QUALITY, start_us)
        whole = hours * PER_HOUR
        if counts != [whole - left for left in range(_NEW_FILES, -1, -1)]:
            raise RuntimeError(f"the playlist had {counts} segments, the store {whole}")
        show(f"playlist of {length(hours)}, {whole} segments", f"{size_bytes / 1e6:.1f} MB")
        for what, spent_s in took.items():
            show_stated(f"  {what}", milliseconds(spent_s), stated.get(what, NOTHING_STATED))
        show("  the server's CPU: cold, warm", f"{milliseconds(cold_cpu_s)}, {milliseconds(warm_cpu_s)}")
        with self._node() as node:
            url = playlist_url(node, CHANNELS[0], hours)
            time.sleep(_IDLE_AFTER_S)
            before_s = family_cpu_s(node.pid)
            show_stated(
                "  cold, after a later start", milliseconds(once_s(url)), stated.get("cold", NOTHING_STATED)
            )
            show("  the server's CPU for that", milliseconds(family_cpu_s(node.pid) - before_s))
            show_compressed(url)
            show_followed("304", follow(url, seconds=self.seconds, every_s=_FOLLOWED_EVERY_S).unchanged)

    def playlist_watched(self, hours: int) -> None:
        """The memory for it, and what others notice: cold, then warm for some seconds."""
        stated = _WEEK if hours == WEEK_H else {}
        with self._node() as node:
            time.sleep(_IDLE_AFTER_S)  # its workers come up meanwhile, and belong to the memory at rest
            show("  memory at rest", mebibytes(family_bytes(node.pid)))
            client = Client(urls=[playlist_url(node, CHANNELS[0], hours)])
            with peak_of_family(node.pid) as peak:
                with load(probe(f"{node.url}/healthz")) as cold:
                    client.once()
                with load(probe(f"{node.url}/healthz")) as warm:
                    client.for_seconds(self.seconds)
            show_stated(
                "  memory afterwards", mebibytes(family_bytes(node.pid)), stated.get("memory", NOTHING_STATED)
            )
            show_stated(
                "  memory at its peak", mebibytes(peak.size_bytes), stated.get("peak", NOTHING_STATED)
            )
        show_beside("  small request beside it, cold: median, p95", cold.outcome.latencies)
        show_beside("  small request beside it, warm: median, p95", warm.outcome.latencies)

    def all_channels(self, hours: int) -> None:
        """Of each channel one, at once."""
        what = f"{len(CHANNELS)} playlists of {length(hours)} at once"
        with self._node() as node:
            client = Client(
                urls=[playlist_url(node, one, hours) for one in CHANNELS], connections=len(CHANNELS)
            )
            with peak_of_family(node.pid) as peak, load(probe(f"{node.url}/healthz")) as beside:
                took_s = [client.once().seconds for _ in range(4)]
            show(f"{what}, cold", milliseconds(took_s[0]))
            show("  warm", milliseconds(statistics.median(took_s[1:])))
            show("  memory at its peak", mebibytes(peak.size_bytes))
        show_beside("  small request beside it: median, p95", beside.outcome.latencies)

    def rates(self, segments: Sequence[str]) -> None:
        """Of small things and of large ones, over one connection and over many."""
        hour = (f"/files/{CHANNELS[0]}/{QUALITY}/{hour_name(START_US + HOUR_US)}",)
        names = f"hour of {PER_HOUR} names"
        large = Rate(what="segments of 750 kB", paths=segments, is_large=True)
        halves = replace(large, what="halves of them", headers=_HALF, expects=206)
        with self._node() as node:
            with load(probe(f"{node.url}/healthz")) as alone:
                time.sleep(self.seconds)
            show_beside("small request, alone: median, p95", alone.outcome.latencies)
            for rate in (
                Rate(what=names, paths=hour),
                Rate(what=names, paths=hour, connections=MANY, stated=_LISTING),
                Rate(what="the same with tombstones", paths=[f"{hour[0]}?tombstones=true"], connections=MANY),
                large,
                replace(large, connections=MANY, stated=_SEGMENT),
                halves,
                replace(halves, connections=MANY),
                Rate(what="list of channels", paths=["/api/v1/channels"]),
            ):
                take_rate(node, rate, self.seconds)

    def api(self, hours: int) -> None:
        """Coverage and digests."""
        for what in ("coverage", "digests"):
            path = f"/api/v1/{what}/{CHANNELS[0]}/{QUALITY}?{span(hours) if what == 'coverage' else ''}"
            with self._node() as node:
                cold_s = once_s(f"{node.url}{path}") if is_there(f"{node.url}/api/v1/{what}/x/y") else None
                if cold_s is None:
                    show(f"{what} of {length(hours)}", "not there")
                    continue
                show(f"{what} of {length(hours)}, cold", milliseconds(cold_s))
                show(
                    "  warm",
                    milliseconds(statistics.median(once_s(f"{node.url}{path}") for _ in range(_WARM))),
                )
                take_rate(node, Rate(what=what, paths=[path]), self.seconds)
