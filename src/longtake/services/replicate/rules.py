"""What replication is told to do, as values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from longtake.core.replication.limits import since_us
from longtake.core.times import SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """``channels``, ``qualities``: None for all that a peer has. ``since``: how long ago, or a moment in microseconds.

    ``keep_us``: what is older than the newest recording by more than this is removed here, so it is not pulled.
    """

    node: str = "here"
    """The name of this node."""
    seed: bytes = b""
    """Of this node alone: it pulls in an order of its own."""
    channels: Sequence[str] | None = None
    qualities: Sequence[str] | None = None
    extra_folders: Sequence[str] = ()
    """Those that are pulled."""
    not_channels: frozenset[str] = frozenset()
    """Folders beside the channels."""
    since: timedelta | int | None = None
    keep_us: int | None = None
    recent_us: int = 120 * SECOND_US
    every_s: float = 30
    concurrency: int = 8
    concurrency_per_peer: int = 4
    largest_segment_bytes: int = 64 << 20
    largest_extra_bytes: int = 256 << 20

    def since_us(self, *, now_us: int) -> int:
        """The moment before which nothing is pulled; 0 for no limit."""
        return since_us(self.since, now_us=now_us)
