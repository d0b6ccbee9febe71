"""What to do when a poll brings no playlist: once more at once, then ever more rarely, and when to ask anew.

RFC 8216 leaves it open; a recorder must neither miss a stream that comes back nor be one of a thousand that storm a
source which is down. So the first failure is tried again quickly, each further one after twice the time, up to a bound,
with a quarter of jitter to either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_FIRST_S = 0.3
_LONGEST_UNREACHABLE_S = 5.0
_FIRST_ABSENT_S = 1.0
_FAILURES_UNTIL_ASKED_ANEW = 3


class FailureKind(StrEnum):
    """Why there is no playlist; what is done about it differs."""

    GONE = "gone"
    """The source answers that it is not there (404, not live)."""
    REFUSED = "refused"
    """The source answers, and not for us; most often an address that is too old."""
    UNREACHABLE = "unreachable"
    """No answer, or one that says that the server is in trouble."""
    NO_PLAYLIST = "no playlist"
    """An answer that is no media playlist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFailure:
    """A poll that brought no playlist. ``reason`` is a sentence for people."""

    kind: FailureKind
    reason: str


def asks_anew(failure: PollFailure, failures: int) -> bool:
    """Whether to ask the source where its playlist is now. ``failures`` in a row, this one counted.

    An address that is gone or refused has most likely run out; a server in trouble may be well in a moment.
    """
    absent = failure.kind in (FailureKind.GONE, FailureKind.REFUSED)
    return absent or failures >= _FAILURES_UNTIL_ASKED_ANEW


def retry_delay_s(failure: PollFailure, failures: int, *, longest_absent_s: float, jitter: float) -> float:
    """The wait after so many failures in a row."""
    if failure.kind in (FailureKind.GONE, FailureKind.REFUSED):
        return absent_delay_s(failures, longest_s=longest_absent_s, jitter=jitter)
    return _growing_s(_FIRST_S, _LONGEST_UNREACHABLE_S, failures, jitter)


def absent_delay_s(times: int, *, longest_s: float, jitter: float) -> float:
    """The wait after the source said so many times in a row that there is nothing now. ``longest_s``: before jitter."""
    return _growing_s(_FIRST_ABSENT_S, longest_s, times, jitter)


def _growing_s(first_s: float, longest_s: float, times: int, jitter: float) -> float:
    return min(longest_s, first_s * float(1 << min(times - 1, 30))) * (0.75 + 0.5 * jitter)
