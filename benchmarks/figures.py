"""How figures are taken and shown."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def show(what: str, figure: str, peer: str = "", goal: str = "") -> None:
    """One line: what, our figure, the peer's, our goal. Peer and goal are of a machine of two cores: ratios count."""
    print(f"{what:58} {figure:>22} {peer:>16} {goal:>16}".rstrip(), flush=True)


def timed(work: Callable[[], object], times: int = 7) -> float:
    """The median of several runs, in seconds."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)
