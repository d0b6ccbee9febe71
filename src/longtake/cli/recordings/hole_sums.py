"""What ``longtake holes`` says of a quality in sum: how many holes, how long, what is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from longtake.cli.figures import exact_clock_text, percent_text
from longtake.cli.recordings.stretches import FULL, is_doubtful, kind_of, lengths_us
from longtake.core.timeline import Gap
from longtake.core.times import SECOND_US, format_us


class HoleSums:
    """Sums over [start_us, end_us), to which holes are added one by one; those shorter than ``least_us`` are not counted.

    All of them, the short ones too, count for what is covered.
    """

    def __init__(self, *, start_us: int, end_us: int, least_us: int = 0) -> None:
        self.start_us = start_us
        self.end_us = end_us
        self._least_us = least_us
        self._lengths_us: Counter[str] = Counter(lengths_us((), start_us=start_us, end_us=end_us))
        self._counts: Counter[bool] = Counter()
        """By whether they are doubtful, like ``_counted_us``."""
        self._counted_us: Counter[bool] = Counter()
        self._longest_us = 0
        self.short = 0
        """How many were shorter."""

    def add(self, gap: Gap) -> bool:
        """Whether it counts, and is to be shown."""
        length_us = gap.end_us - gap.start_us
        self._lengths_us[kind_of(gap)] += length_us
        self._lengths_us[FULL] -= length_us
        if length_us < self._least_us:
            self.short += 1
            return False
        self._counts[is_doubtful(gap)] += 1
        self._counted_us[is_doubtful(gap)] += length_us
        if not is_doubtful(gap):
            self._longest_us = max(self._longest_us, length_us)
        return True

    @property
    def count(self) -> int:
        """Of what counts, the doubtful included."""
        return self._counts.total()

    @property
    def lengths_us(self) -> Mapping[str, int]:
        """See ``stretches.lengths_us``."""
        return dict(self._lengths_us)

    def words(self) -> str:
        """``2 holes, 0:06.000 in all, the longest 0:04.000; 1 doubtful stretch, 0:02.000; 99.92 % covered``."""
        holes, doubtful = self._counts[False], self._counts[True]
        parts = ["no hole"]
        if holes:
            longest = f", the longest {exact_clock_text(self._longest_us)}" if holes > 1 else ""
            parts = [
                f"{_counted(holes, 'hole')}, {exact_clock_text(self._counted_us[False])} in all{longest}"
            ]
        if doubtful:
            parts.append(
                f"{_counted(doubtful, 'doubtful stretch', 'es')}, {exact_clock_text(self._counted_us[True])}"
            )
        if self.short:
            parts.append(f"{self.short:,} shorter, not shown")
        covered = percent_text(self._lengths_us[FULL], self.end_us - self.start_us)
        return "; ".join([*parts, f"{covered} covered"])

    def as_json(self) -> dict[str, object]:
        """With the keys that ``longtake ls --json`` has, where it is the same."""
        return {
            "start": format_us(self.start_us),
            "end": format_us(self.end_us),
            "seconds": {kind: us / SECOND_US for kind, us in self._lengths_us.items()},
            "holes": self._counts[False],
            "longest_s": self._longest_us / SECOND_US,
            "doubtful": self._counts[True],
            "short": self.short,
        }


def gap_as_json(gap: Gap) -> dict[str, object]:
    """``kind`` is a key, ``reason`` words."""
    return {
        "start": format_us(gap.start_us),
        "end": format_us(gap.end_us),
        "seconds": (gap.end_us - gap.start_us) / SECOND_US,
        "kind": kind_of(gap),
        "reason": gap.reason.value,
    }


def _counted(count: int, noun: str, plural: str = "s") -> str:
    return f"{count:,} {noun}{'' if count == 1 else plural}"
