"""One look at a store that asks for the same hours several times: each is read once.

What came or went within the last second is read anew each time it is asked for (``hour_index``), which for an hour of
1800 names takes 2 ms. Within one look that would tell nothing that the look must know.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from longtake.core.timeline import HourContent


class HourReader(Protocol):
    """What reads hours: see ``HourIndex.read``."""

    def read(self, folder: Path, facts: Path, hour: str) -> HourContent:
        """What is known of an hour. Raises OSError."""
        ...


class OneLook:
    """Hours as they were when this look first asked for them. Not for several threads at once."""

    def __init__(self, reader: HourReader) -> None:
        self._reader = reader
        self._read: dict[Path, HourContent] = {}

    def read(self, folder: Path, facts: Path, hour: str) -> HourContent:
        """What is known of an hour. Raises OSError."""
        known = self._read.get(folder)
        if known is None:
            known = self._read[folder] = self._reader.read(folder, facts, hour)
        return known
