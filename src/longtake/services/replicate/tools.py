"""What all of replication shares, and what it has of one peer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from longtake.adapters.peers.interface import PeerApi
from longtake.adapters.store.interface import ExtraFiles, SegmentStore
from longtake.kit.clock import Clock
from longtake.kit.pace import Pace
from longtake.kit.slots import PrioritySlots
from longtake.services.replicate.claims import Claims
from longtake.services.replicate.places import Places
from longtake.services.replicate.report import PeerReport
from longtake.services.replicate.rules import Rules

CheckRoom = Callable[[str, str], Awaitable[None]]
"""(channel, quality): raises StoreUnavailable if the disk has no room but what the recorder needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Of one process. ``slots``: files that come at the same time, newest first. ``pace``: None for no limit."""

    store: SegmentStore
    extras: ExtraFiles
    places: Places
    claims: Claims
    slots: PrioritySlots
    pace: Pace | None
    check_room: CheckRoom
    clock: Clock
    rules: Rules


@dataclass(slots=True, kw_only=True)
class PeerTools:
    """Of one peer. ``slots``: as above, of this peer alone. ``is_ours``: whether it offers what only our nodes do."""

    tools: Tools
    api: PeerApi
    report: PeerReport
    slots: PrioritySlots
    is_ours: bool = False
