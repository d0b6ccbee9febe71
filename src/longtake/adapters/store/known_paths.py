"""Paths of hours and their facts, which are the same few thousand again and again.

For a week 500 are needed at once, each two or three times. To make one takes 5 us, and so does telling two apart that are
not the same object: more than it takes to ask the disk for what is there.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_KEPT = 4096
"""At some 600 bytes."""


@lru_cache(_KEPT)
def path_below(folder: Path, name: str) -> Path:
    """``folder / name``; the same object each time."""
    return folder / name
