"""How often and how fast a server answers what is asked for again and again, and what others notice meanwhile."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.figures import show
from benchmarks.load import Client, load, probe
from benchmarks.processes import family_cpu_s
from benchmarks.web_process import WebProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a figure is held against, where there is one."""

    peer: str = ""
    goal: str = ""


NOTHING_STATED = Stated()
OTHERS = Stated(goal="under 5 ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What is asked for. Of ``is_large`` the bytes count. With ``every_s`` each connection asks that often, else at once again."""

    what: str
    paths: Sequence[str]
    connections: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    expects: int = 200
    every_s: float = 0.0
    is_large: bool = False
    stated: Stated = NOTHING_STATED


def take_rate(node: WebProcess, rate: Rate, seconds: float) -> None:
    """For so long; shows what came of it."""
    client = Client(
        urls=[f"{node.url}{path}" for path in rate.paths],
        connections=rate.connections,
        headers=rate.headers,
        expects=rate.expects,
        interval_s=rate.every_s,
    )
    with load(client) as running, load(probe(f"{node.url}/healthz")) as beside:
        before_s, began_s = family_cpu_s(node.pid), time.perf_counter()
        time.sleep(seconds)
        cpu_s, took_s = family_cpu_s(node.pid) - before_s, time.perf_counter() - began_s
    outcome = running.outcome
    figure = f"{outcome.mb_per_s:.0f} MB/s" if rate.is_large else f"{outcome.per_s:.0f} /s"
    show_stated(
        f"{rate.what}, {rate.connections} connection{'s' * (rate.connections > 1)}", figure, rate.stated
    )
    show("  median, p95", latencies_text(outcome.latencies))
    show("  the server's CPU for each", f"{cpu_s / (outcome.per_s * took_s) * 1e3:.3f} ms")
    if rate.every_s:
        show("  the server's part of a CPU", f"{cpu_s / took_s:.0%}")
    show("  the load's own part of a CPU", f"{outcome.cpu_s / outcome.seconds:.0%}")
    show_beside("  small request beside it: median, p95", beside.outcome.latencies)


def show_stated(what: str, figure: str, stated: Stated) -> None:
    """A line with what it is held against."""
    show(what, figure, stated.peer, stated.goal)


def show_beside(what: str, latencies: Sequence[float]) -> None:
    """What others notice."""
    show_stated(what, latencies_text(latencies), OTHERS)


def latencies_text(latencies: Sequence[float]) -> str:
    """Median and p95."""
    p95 = sorted(latencies)[len(latencies) * 95 // 100]
    return f"{statistics.median(latencies) * 1e3:.1f}, {p95 * 1e3:.1f} ms"


def milliseconds(seconds: float) -> str:
    """With as many digits as are worth it."""
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.01 else f"{seconds * 1e3:.1f} ms"


def mebibytes(size_bytes: int) -> str:
    """Whole ones."""
    return f"{size_bytes / 2**20:.0f} MiB"
