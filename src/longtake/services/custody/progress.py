"""What filling in facts did and has still to do: for status and metrics."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge

Place = tuple[str, str]
"""(channel, quality)."""
_NAMED = 10


class Progress:
    """Counts by quality."""

    def __init__(self, registry: CollectorRegistry) -> None:
        place = ["channel", "quality"]
        self._looked = Counter(
            "longtake_facts_looked_segments", "Segments looked into afterwards", place, registry=registry
        )
        self._to_do = Gauge(
            "longtake_facts_to_do_segments",
            "Segments of which no facts, or old ones, are known",
            place,
            registry=registry,
        )
        self._damaged = Gauge(
            "longtake_damaged_segments",
            "Files that were found not to be what their names say",
            place,
            registry=registry,
        )
        self._places: set[Place] = set()
        self._count = 0
        self._not_understood = 0
        self.hours: dict[Place, int] = {}
        """How many there are."""
        self.to_do: dict[Place, dict[str, int]] = {}
        """Segments by hour, of hours in which some are to be looked into."""
        self.damaged: dict[Place, set[str]] = {}
        """Paths of files that are not what their names say."""
        self.trouble: str | None = None
        """Why it does not go on, if it does not."""

    def looked(self, place: Place, *, understood: bool) -> None:
        """A segment is done."""
        self._count += 1
        self._not_understood += not understood
        self._looked.labels(*place).inc()

    def show(self, places: set[Place]) -> None:
        """Brings the metrics up to date; what is not there any more is forgotten."""
        for place in self._places - places:
            for gauge in (self._to_do, self._damaged):
                gauge.remove(*place)
        for known in (self.hours, self.to_do, self.damaged):
            for place in set(known) - places:  # also of one that was seen by a survey that failed
                del known[place]
        self._places = set(places)
        for place in places:
            self._to_do.labels(*place).set(sum(self.to_do.get(place, {}).values()))
            self._damaged.labels(*place).set(len(self.damaged.get(place, ())))

    def as_status(self, also_damaged: Iterable[str] = ()) -> dict[str, object]:
        """For the status. ``also_damaged``: paths below the store that others found out."""
        ours = (
            f"{channel}/{quality}/{path}"
            for (channel, quality), paths in self.damaged.items()
            for path in paths
        )
        damaged = sorted({*ours, *also_damaged})
        return {
            "hours": sum(self.hours.values()),
            "hours_to_do": sum(len(hours) for hours in self.to_do.values()),
            "segments_to_do": sum(sum(hours.values()) for hours in self.to_do.values()),
            "looked": self._count,
            "not_understood": self._not_understood,
            "damaged": len(damaged),
            "damaged_files": damaged[:_NAMED],
            "trouble": self.trouble,
        }
