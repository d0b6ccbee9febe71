"""Whether an hour changed since it was last looked at, without listing it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from longtake.adapters.store.interface import HourStamp

_RACY_NS = 1_000_000_000
"""A change within the clock's tick after another does not show in an mtime (git calls such files racy)."""


def read_stamps(hours: Iterable[tuple[Path, Path | None]], *, now_ns: int) -> list[HourStamp]:
    """Of hours, each given as (its folder, its facts if they count). What is not there is zero. Raises OSError for a failing disk.

    A folder that changed within the last second gets a stamp that no later one equals.
    """
    return [
        HourStamp(names_ns=_names_ns(folder, now_ns), facts_bytes=_size(facts)) for folder, facts in hours
    ]


def _names_ns(folder: Path, now_ns: int) -> int:
    try:
        changed_ns = folder.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
    return -now_ns if now_ns - changed_ns < _RACY_NS else changed_ns


def _size(path: Path | None) -> int:
    if path is None:
        return 0
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
