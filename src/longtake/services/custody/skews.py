"""How far this node's recordings and those of others lie apart, quality by quality. Shown, not repaired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import structlog
from prometheus_client import CollectorRegistry, Gauge

from longtake.core.facts import SegmentFacts
from longtake.core.listing import HourListing
from longtake.core.skew import Skew, measure_skew
from longtake.core.times import SECOND_US, format_us

_WORTH_A_WORD_US = SECOND_US // 10

_log = structlog.get_logger()


class Skews:
    """As measured last. A recording of our own is one whose facts say where in the source's count it stood."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._found: dict[tuple[str, str], Skew] = {}
        self._gauge = Gauge(
            "longtake_skew_seconds",
            "How much later others date the same content; absent while there is nothing to compare",
            ["channel", "quality"],
            registry=registry,
        )

    def measure(
        self,
        channel: str,
        quality: str,
        listings: Iterable[HourListing],
        facts: Mapping[str, SegmentFacts],
    ) -> None:
        """From a quality's newest hours."""
        own = {name for name, known in facts.items() if known.source_sequence is not None}
        columns = [listing.segments for listing in listings]
        if own.issuperset(name for each in columns for name in each.names()):  # as it mostly is
            self._note(channel, quality, None)
            return
        segments = (segment for each in columns for segment in each)
        self._note(channel, quality, measure_skew(segments, own))

    def forget(self, places: Iterable[tuple[str, str]]) -> None:
        """Keeps only these: the others are not there any more."""
        kept = set(places)
        for channel, quality in set(self._found) - kept:
            self._note(channel, quality, None)

    def _note(self, channel: str, quality: str, skew: Skew | None) -> None:
        before = self._found.pop((channel, quality), None)
        if skew is None:
            if before is not None:
                self._gauge.remove(channel, quality)
            return
        self._found[channel, quality] = skew
        self._gauge.labels(channel, quality).set(skew.offset_us / SECOND_US)
        moved_us = abs(skew.offset_us - (before.offset_us if before else 0))
        if moved_us >= _WORTH_A_WORD_US:
            _log.warning(
                "others date the same content differently",
                channel=channel,
                quality=quality,
                skew_s=round(skew.offset_us / SECOND_US, 3),
                segments=skew.pairs,
            )

    def as_status(self) -> list[dict[str, object]]:
        """For the status."""
        return [
            {
                "channel": channel,
                "quality": quality,
                "skew_s": skew.offset_us / SECOND_US,
                "spread_s": skew.spread_us / SECOND_US,
                "segments": skew.pairs,
                "newest": format_us(skew.newest_us),
            }
            for (channel, quality), skew in sorted(self._found.items())
        ]
