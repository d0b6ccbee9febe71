"""Which hours of a peer are to be looked into: those whose digests differ, or, without digests, those that are due."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from longtake.core.digests import HourDigest
from longtake.core.errors import InvalidTime
from longtake.core.replication.settled import Settled
from longtake.core.times import HOUR_US, hour_start_us

_DIGEST_OF_NOTHING = hashlib.sha256().digest()
_LONGEST_WAIT_US = 6 * HOUR_US
_AGE_PER_WAIT = 20
"""An hour that ended 20 minutes ago is listed again after a minute: files come late, but ever more seldom."""
_ALWAYS = 2


def hours_to_compare(
    ours: Iterable[HourDigest],
    theirs: Iterable[HourDigest],
    settled: Settled,
    *,
    since_us: int,
    now_us: int,
) -> list[str]:
    """Hours of theirs whose digests differ from ours and are not settled, newest first.

    Not hours that begin over an hour from now or end before ``since_us``, and nothing whose name is no hour.
    """
    digests = {digest.hour: digest.digest for digest in ours}
    differing = []
    for one in theirs:
        mine = digests.get(one.hour, _DIGEST_OF_NOTHING)
        if mine != one.digest and not settled.is_settled(one.hour, mine, one.digest):
            differing.append(one.hour)
    return _newest_first(differing, since_us=since_us, now_us=now_us)


def hours_to_list(
    theirs: Iterable[str], looked_us: Mapping[str, int], *, now_us: int, since_us: int
) -> list[str]:
    """Hours of a peer without digests that are due to be listed, newest first; within the limits of ``hours_to_compare``.

    ``looked_us``: when each was last compared to the end. The newest two are always due, others the less often the longer
    ago they ended, but every six hours at least.
    """
    hours = _newest_first(theirs, since_us=since_us, now_us=now_us)
    return [
        hour for at, hour in enumerate(hours) if at < _ALWAYS or _is_due(hour, looked_us.get(hour), now_us)
    ]


def _is_due(hour: str, looked_us: int | None, now_us: int) -> bool:
    if looked_us is None or looked_us > now_us:  # the clock was set back
        return True
    wait_us = (now_us - hour_start_us(hour) - HOUR_US) // _AGE_PER_WAIT
    return now_us - looked_us >= min(_LONGEST_WAIT_US, wait_us)


def _newest_first(hours: Iterable[str], *, since_us: int, now_us: int) -> list[str]:
    within = (hour for hour in set(hours) if _is_within(hour, since_us=since_us, now_us=now_us))
    return sorted(within, reverse=True)


def _is_within(hour: str, *, since_us: int, now_us: int) -> bool:
    try:
        start_us = hour_start_us(hour)
    except InvalidTime:
        return False
    return start_us <= now_us + HOUR_US and start_us + HOUR_US >= since_us
