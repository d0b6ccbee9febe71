"""When a segment is asked for again, and when no more.

==========================================  ==================================================================
what came                                   asked for again
==========================================  ==================================================================
nothing, or a part: no answer, 5xx, broken  after 0.5, 1, 2, 4, 8, 8, … s, for five minutes from the first try
a part, the same twice again                the same, for three target durations
429, 503 that says how long to wait         not earlier than that, up to a minute
404, 410, 416                               the same, for three target durations: edges of CDNs lag behind playlists
403                                         the same: some say so of what is not there yet
401, 451 and the like, too big              never
all, but doubtful                           four times more within three target durations
all, but too long for its playlist          never: each copy is as long
all, the same doubtful bytes twice again    never: that is what the source has
404 or 403 once there is a doubtful one     never
==========================================  ==================================================================
"""

from __future__ import annotations

from longtake.core.errors import (
    LongtakeError,
    SourceDown,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    StoreUnavailable,
)

GIVE_UP_AFTER_S = 300
MOST_WHOLE = 5
_ENOUGH_REPEATS = 2
_FIRST_S = 0.5
_LONGEST_S = 8
_LONGEST_WISH_S = 60


def pause_after_failure_s(
    error: LongtakeError, *, failures: int, repeats: int, tried_s: float, target_s: float
) -> float | None:
    """How long to wait after so many failures, the last being ``error``; None to give up."""
    if tried_s >= _patience_s(error, repeats, target_s):
        return None
    pause_s = min(_LONGEST_S, _FIRST_S * float(1 << min(failures - 1, 10)))
    wish_s = error.retry_after_s if isinstance(error, SourceError) else None
    return pause_s if wish_s is None else max(pause_s, min(_LONGEST_WISH_S, wish_s))


def pause_after_doubt_s(*, whole: int, repeats: int, target_s: float) -> float | None:
    """How long to wait after ``whole`` doubtful copies, ``repeats`` of them known bytes; None if that is all."""
    if whole >= MOST_WHOLE or repeats >= _ENOUGH_REPEATS:
        return None
    return _reach_s(target_s) * float(1 << (whole - 1)) / ((1 << (MOST_WHOLE - 1)) - 1)


def _patience_s(error: LongtakeError, repeats: int, target_s: float) -> float:
    is_same_again = isinstance(error, SourceUnreachable) and repeats >= _ENOUGH_REPEATS
    may_pass = isinstance(error, SourceRefused) and error.passing
    if is_same_again or may_pass or isinstance(error, SourceDown):
        return _reach_s(target_s)
    return GIVE_UP_AFTER_S if isinstance(error, SourceUnreachable | StoreUnavailable) else 0.0


def _reach_s(target_s: float) -> float:
    return min(GIVE_UP_AFTER_S, max(3.0, 3 * target_s))
