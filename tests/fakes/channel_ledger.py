"""The ledgers of a channel whose segments a test names, by a clock that it sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.builders import us
from tests.fakes.memory_store import MemoryStore

from longtake.core.facts import SegmentFacts
from longtake.core.ledger import Shown
from longtake.core.segments import Segment


class LedgerOf:
    """A channel with these segments by quality; more may come."""

    def __init__(self, segments: Mapping[str, Sequence[Segment]]) -> None:
        self.store = MemoryStore()
        for quality, some in segments.items():
            self.put(*some, quality=quality)

    def put(self, *segments: Segment, quality: str = "source", at: str | None = None) -> None:
        """Leaves segments, recorded at that time if it is given."""
        for segment in segments:
            self.store.disk.put("demo", quality, segment.hour, segment.name)
            if at is not None:
                facts = SegmentFacts(name=segment.name, size_bytes=1, recorded_us=us(at), target_duration_s=2)
                self.store.disk.facts["demo", quality][segment.hour][segment.name] = facts

    def shown(
        self, quality: str = "source", *, now: str, start: str | None = None, window_s: int = 60
    ) -> Shown:
        """What viewers are shown then."""
        return self.store.look(
            "demo",
            quality,
            now_us=us(now),
            start_us=us(start) if start is not None else None,
            window_us=window_s * 1_000_000,
        )
