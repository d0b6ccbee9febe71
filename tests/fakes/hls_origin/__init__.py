"""A live HLS origin on loopback: a simple one, one that follows a script, and bad answers for both."""

from tests.fakes.hls_origin.answers import (
    Trouble,
    broken_in_chunks,
    cut_short,
    empty,
    ended_by_closing,
    failing,
    gone,
    held_until,
    packed,
    page,
    sent,
    silent,
    stalled,
    stuck_after,
    trickling,
)
from tests.fakes.hls_origin.origin import HlsOrigin

__all__ = [
    "HlsOrigin",
    "Trouble",
    "broken_in_chunks",
    "cut_short",
    "empty",
    "ended_by_closing",
    "failing",
    "gone",
    "held_until",
    "packed",
    "page",
    "sent",
    "silent",
    "stalled",
    "stuck_after",
    "trickling",
]
