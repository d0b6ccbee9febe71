"""Which hours of a peer were compared to the end, so that a difference that is meant is not walked again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from longtake.core.digests import digest_hour
from longtake.core.errors import InvalidTime
from longtake.core.listing import read_listing
from longtake.core.times import hour_start_us

_FORM = "longtake settled 1"
"""The number goes up whenever a plan begins to take what it passed over before: then all hours are looked at again."""
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

    def encode(self) -> str:
        """As text, to be kept over a restart; ``decode`` reads it."""
        return "".join(
            f"{line}\n"
            for line in (_FORM, *(f"{hour} {noted}" for hour, noted in sorted(self._hours.items())))
        )

    @classmethod
    def decode(cls, text: str) -> Settled:
        """What ``encode`` wrote. Lines that are none are passed over, another form is nothing: what is not known is looked at."""
        settled = cls()
        form, *lines = text.split("\n")
        if form == _FORM:
            for line in filter(_is_line, lines[-_MOST_HOURS - 1 :]):
                hour, _, noted = line.partition(" ")
                settled._hours[hour] = noted
        return settled


def listed_digest(hour: str, names: Iterable[str]) -> bytes:
    """The digest (32 bytes) of what a peer lists for an hour, as it would tell it itself. Raises InvalidTime if ``hour`` is none."""
    return digest_hour(read_listing(hour, set(names))).digest


def _fingerprint(ours: bytes, theirs: bytes) -> str:
    return hashlib.sha256(ours + theirs).hexdigest()[:_FINGERPRINT_CHARACTERS]


def _is_line(line: str) -> bool:
    hour, space, noted = line.partition(" ")
    if not space or len(noted) != _FINGERPRINT_CHARACTERS or not set(noted) <= set("0123456789abcdef"):
        return False
    try:
        hour_start_us(hour)
    except InvalidTime:
        return False
    return True
