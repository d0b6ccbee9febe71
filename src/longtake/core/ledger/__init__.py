"""What viewers were shown, in order, with its numbers: append-only, so that no version of a playlist contradicts another.

RFC 8216 6.2.1 and 6.2.2: a playlist that grows may only do so at its end, and lose entries at its front; MEDIA-SEQUENCE
and DISCONTINUITY-SEQUENCE of a segment never change. So once an entry is in the ledger it stays as it is; what arrives
late for an earlier time is seen in fixed ranges, never here.

- ``hours``: an hour of it, as value and as text.
- ``settling``: which holes may still be filled.
- ``extending``: what comes next, for all qualities of a channel together; and what is put before.
- ``viewing``: a part of it as a playlist.
"""

from longtake.core.ledger.extending import (
    Coming,
    extended,
    from_where_us,
    goes_on,
    hour_reach_us,
    reached_back,
)
from longtake.core.ledger.hours import (
    LedgerHead,
    LedgerHour,
    decode_hour,
    encode_entries,
    encode_head,
)
from longtake.core.ledger.settling import FUTURE_US, settled_count
from longtake.core.ledger.viewing import LEAST_TARGETS, Shown, shown_range, window_start_us

__all__ = [
    "FUTURE_US",
    "LEAST_TARGETS",
    "Coming",
    "LedgerHead",
    "LedgerHour",
    "Shown",
    "decode_hour",
    "encode_entries",
    "encode_head",
    "extended",
    "from_where_us",
    "goes_on",
    "hour_reach_us",
    "reached_back",
    "settled_count",
    "shown_range",
    "window_start_us",
]
