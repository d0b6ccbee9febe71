"""Which hours of a peer were compared to the end, so that a difference that is meant is not walked again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from longtake.core.digests import digest_hour
from longtake.core.listing import read_listing

_MOST_HOURS = 20_000
"""Over two years. Of more the oldest are forgotten, and looked at again on each pass."""
_FINGERPRINT_CHARACTERS = 32


class Settled:
    """Of one quality of one peer: for which pair of digests, ours and theirs, there is nothing to do.

    Only what was seen to be so is to be noted: the digest of the listing of ours with which a plan was done
    (``HourPlan.is_done``), and ``listed_digest`` of the listing of theirs. Then no race with a recorder, a deletion or the
    peer's own changes can settle an hour that is not.
    """

    def __init__(self) -> None:
        self._hours: dict[str, str] = {}

    def __len__(self) -> int:
        """How many hours it knows."""
        return len(self._hours)

    def note(self, hour: str, ours: bytes, theirs: bytes) -> None:
        """From now on this pair of digests (32 bytes each) is settled; no other of that hour is."""
        self._hours[hour] = _fingerprint(ours, theirs)
        if len(self._hours) > _MOST_HOURS:
            for oldest in sorted(self._hours)[: _MOST_HOURS // 10]:
                del self._hours[oldest]

    def is_settled(self, hour: str, ours: bytes, theirs: bytes) -> bool:
        """Whether these two digests are those that were noted last."""
        noted = self._hours.get(hour)
        return noted is not None and noted == _fingerprint(ours, theirs)

    def forget_others(self, hours: Collection[str]) -> None:
        """Keeps nothing but these hours, those that are listed here or there."""
        kept = set(hours)
        self._hours = {hour: noted for hour, noted in self._hours.items() if hour in kept}


def listed_digest(hour: str, names: Iterable[str]) -> bytes:
    """The digest (32 bytes) of what a peer lists for an hour, as it would tell it itself. Raises InvalidTime if ``hour`` is none."""
    return digest_hour(read_listing(hour, set(names))).digest


def _fingerprint(ours: bytes, theirs: bytes) -> str:
    return hashlib.sha256(ours + theirs).hexdigest()[:_FINGERPRINT_CHARACTERS]
