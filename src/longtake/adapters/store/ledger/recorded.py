"""What a ledger is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from longtake.core.facts import SegmentFacts
from longtake.core.listing import HourListing
from longtake.core.timeline import JoinedHours


class RecordedChannel(Protocol):
    """What is recorded of a channel, looked at once. All may raise OSError."""

    def qualities(self) -> Sequence[str]:
        """All but chat."""
        ...

    def hours(self, quality: str) -> Sequence[str]:
        """Sorted."""
        ...

    def listing(self, quality: str, hour: str) -> HourListing:
        """One hour."""
        ...

    def joined(self, quality: str, *, start_us: int, end_us: int) -> JoinedHours:
        """Its timeline."""
        ...

    def facts(self, quality: str, hours: Sequence[str]) -> Mapping[str, SegmentFacts]:
        """By segment name."""
        ...
