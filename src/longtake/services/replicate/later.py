"""Files that could not be had: they are asked for again, later each time, so that they hold up no others."""

from __future__ import annotations

from dataclasses import dataclass, field

_FIRST_S = 60
_LONGEST_S = 3600
_MOST = 10_000
"""Of one quality of one peer. More than that are all asked for again at the same time."""


@dataclass(slots=True)
class _Failed:
    times: int
    not_before_s: float


@dataclass(slots=True)
class Later:
    """By path. Times are monotonic, in seconds."""

    _failed: dict[str, _Failed] = field(default_factory=dict)

    def must_wait(self, path: str, now_s: float) -> bool:
        """Whether it is too early to ask for that file again."""
        failed = self._failed.get(path)
        return failed is not None and now_s < failed.not_before_s

    def failed(self, path: str, now_s: float) -> None:
        """It came wrong once more."""
        times = self._failed[path].times + 1 if path in self._failed else 1
        if len(self._failed) >= _MOST and path not in self._failed:
            self._forget_overdue(now_s)
            if len(self._failed) >= _MOST:
                return
        delay_s = min(_LONGEST_S, _FIRST_S << min(times - 1, 10))
        self._failed[path] = _Failed(times=times, not_before_s=now_s + delay_s)

    def _forget_overdue(self, now_s: float) -> None:
        """What could have been asked for again for an hour is not listed any more."""
        self._failed = {
            path: failed for path, failed in self._failed.items() if now_s < failed.not_before_s + _LONGEST_S
        }

    def came(self, path: str) -> None:
        """It is here now, or need not be."""
        self._failed.pop(path, None)
