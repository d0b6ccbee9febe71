"""What is recorded of a quality, hour by hour and in all: the values that ``ls`` shows, and their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from longtake.cli.recordings.stretches import FULL, MISSING, lengths_us
from longtake.core.timeline import Gap
from longtake.core.times import HOUR_US, SECOND_US, format_us, hour_name, hour_start_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """How many there are of each sort. ``segments`` by type; ``size_bytes`` of the segments, if somebody looked."""

    segments: Mapping[str, int]
    others: int = 0
    """Chat batches."""
    tombstones: int = 0
    skipped: int = 0
    size_bytes: int | None = None

    @property
    def count(self) -> int:
        """Of segments and batches."""
        return sum(self.segments.values()) + self.others


NO_FILES = Files(segments={})


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLook:
    """An hour that has a folder, or all the time between two that have one (``has_folder`` is false, and all is missing).

    [start_us, end_us) is what of it lies between the first and the last recorded moment; empty if nothing does.
    """

    channel: str
    quality: str
    hour: str
    has_folder: bool
    start_us: int
    end_us: int
    gaps: tuple[Gap, ...]
    files: Files

    @property
    def lengths_us(self) -> Mapping[str, int]:
        """See ``stretches.lengths_us``."""
        return lengths_us(self.gaps, start_us=self.start_us, end_us=self.end_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLook:
    """All hours of a quality. ``first_us`` and ``last_us`` are None if no segment is recorded."""

    channel: str
    quality: str
    hours: int
    first_us: int | None
    last_us: int | None
    lengths_us: Mapping[str, int]
    files: Files


def bounds_us(hours: Sequence[str], first_us: int, last_us: int) -> list[tuple[str, bool, int, int]]:
    """For each row of ``hours`` (sorted), and for the time between two: its hour, whether it has a folder, its bounds.

    A segment at the end of the last hour may reach beyond it: that is part of it.
    """
    rows = []
    for hour, following in zip(hours, [*hours[1:], None], strict=False):
        end_us = hour_start_us(hour) + HOUR_US
        following_us = max(end_us, last_us) if following is None else hour_start_us(following)
        rows.append((hour, True, hour_start_us(hour), end_us if following else following_us))
        if following and following_us > end_us:
            rows.append((hour_name(end_us), False, end_us, following_us))
    return [
        (hour, has_folder, *_clipped(start_us, end_us, first_us, last_us))
        for hour, has_folder, start_us, end_us in rows
    ]


def _clipped(start_us: int, end_us: int, first_us: int, last_us: int) -> tuple[int, int]:
    start_us = max(start_us, first_us)
    return start_us, max(start_us, min(end_us, last_us))


def total(channel: str, quality: str, looks: Sequence[HourLook]) -> QualityLook:
    """The sum of all hours of a quality."""
    lengths: Counter[str] = Counter()
    for look in looks:
        lengths.update(look.lengths_us)
    recorded = [look for look in looks if look.end_us > look.start_us]
    return QualityLook(
        channel=channel,
        quality=quality,
        hours=sum(look.has_folder for look in looks),
        first_us=recorded[0].start_us if recorded else None,
        last_us=recorded[-1].end_us if recorded else None,
        lengths_us=dict(lengths),
        files=_sum([look.files for look in looks]),
    )


def _sum(files: Sequence[Files]) -> Files:
    segments: Counter[str] = Counter()
    for one in files:
        segments.update(one.segments)
    sizes = [one.size_bytes for one in files if one.size_bytes is not None]
    return Files(
        segments=dict(segments),
        others=sum(one.others for one in files),
        tombstones=sum(one.tombstones for one in files),
        skipped=sum(one.skipped for one in files),
        size_bytes=sum(sizes) if sizes else None,
    )


def doubtful_us(lengths: Mapping[str, int]) -> int:
    """Of ``lengths_us``: recorded, but perhaps not all of it."""
    return sum(length for kind, length in lengths.items() if kind not in (FULL, MISSING))


def as_json(look: HourLook | QualityLook) -> dict[str, object]:
    """With the same keys for hours and for qualities, but ``hour`` and ``hours``."""
    if isinstance(look, HourLook):
        own: dict[str, object] = {"hour": look.hour, "folder": look.has_folder}
        first_us, last_us = (look.start_us, look.end_us) if look.end_us > look.start_us else (None, None)
    else:
        own = {"hours": look.hours}
        first_us, last_us = look.first_us, look.last_us
    return {
        "channel": look.channel,
        "quality": look.quality,
        **own,
        "start": None if first_us is None else format_us(first_us),
        "end": None if last_us is None else format_us(last_us),
        "seconds": {kind: length / SECOND_US for kind, length in look.lengths_us.items()},
        "segments": dict(look.files.segments),
        "others": look.files.others,
        "tombstones": look.files.tombstones,
        "skipped": look.files.skipped,
        "size_bytes": look.files.size_bytes,
    }
