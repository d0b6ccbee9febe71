"""Stores laid out for commands that read names alone: the files are empty, or nearly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from longtake.core.segments import Segment


def lay_out(
    store: Path,
    segments: Iterable[Segment],
    *,
    channel: str = "demo",
    quality: str = "source",
    size_bytes: int = 0,
) -> None:
    """Puts files with the names of the segments into the store."""
    for segment in segments:
        path = store / channel / quality / segment.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"G" * size_bytes)
