"""How figures are taken and shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def show(what: str, figure: str) -> None:
    """One line."""
    print(f"{what:58} {figure:>16}", flush=True)


def timed(work: Callable[[], object], times: int = 7) -> float:
    """The median of several runs, in seconds."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)
