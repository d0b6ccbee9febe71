"""Which names an hour has, as one hash: two nodes see in one answer which of their hours differ."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from longtake.core.listing import HourListing


@dataclass(frozen=True, slots=True, kw_only=True)
class HourDigest:
    """Of ``HourListing.acknowledged``: how many names, and the SHA-256 (32 bytes) of them.

    The hash is over each name in UTF-8 followed by a newline, in the order of their code points.
    """

    hour: str
    count: int
    digest: bytes


def digest_hour(listing: HourListing) -> HourDigest:
    """The digest of an hour's names; with no name it is that of nothing."""
    names = listing.acknowledged
    content = "".join(f"{name}\n" for name in names).encode()
    return HourDigest(hour=listing.hour, count=len(names), digest=hashlib.sha256(content).digest())
