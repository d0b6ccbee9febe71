"""How fast a disk fills by what is recorded on it."""

from __future__ import annotations

from collections.abc import Callable

from longtake.kit.clock import Clock

_OVER_S = 60
_WARM_UP_S = 15


class RecordingRate:
    """Over the last minute; 0 at first, while what the playlists hold comes in all at once."""

    def __init__(self, recorded_bytes: Callable[[], int], clock: Clock) -> None:
        self._recorded_bytes = recorded_bytes
        self._clock = clock
        self._began_s: float | None = None
        self._samples: list[tuple[float, int]] = []

    def bytes_per_s(self) -> float:
        """Takes a sample; to be asked every few seconds."""
        now_s = self._clock.monotonic_s()
        self._began_s = now_s if self._began_s is None else self._began_s
        if now_s - self._began_s < _WARM_UP_S:
            return 0.0
        now = (now_s, self._recorded_bytes())
        self._samples = [sample for sample in self._samples if now_s - sample[0] <= _OVER_S] + [now]
        first = self._samples[0]
        return (now[1] - first[1]) / (now_s - first[0]) if now_s > first[0] else 0.0
