"""One segment on its way from a playlist to the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from longtake.adapters.sources.interface import Located
from longtake.adapters.store.interface import IncomingSegment
from longtake.core.live import SegmentFetch
from longtake.services.capture.copies import Copies


class Urgency(IntEnum):
    """Whose turn it is when slots are scarce."""

    LIVE = 0
    AGAIN = 1
    """It just appeared, and a try for it failed quickly."""
    BACKLOG = 2
    RETRY = 3


@dataclass(slots=True, kw_only=True)
class Attempt:
    """What one try brought. ``broken`` until its body came to its end; ``flaw`` is what its encryption makes doubtful."""

    incoming: IncomingSegment
    init_bytes: int
    began_s: float
    framed: bool = False
    broken: bool = True
    slow: bool = False
    flaw: str | None = None

    @property
    def media_bytes(self) -> int:
        """How much came, without the init section."""
        return max(0, self.incoming.size_bytes - self.init_bytes)


@dataclass(slots=True, kw_only=True)
class Job:
    """A segment that is wanted. ``held`` is the longest attempt that broke off and is not stored yet.

    ``first_try_s`` is the monotonic time of the first try; what was spent in waiting for the disk, or for others to be done
    with the source, since moves it on. ``waited_s`` is all of that.
    """

    wanted: SegmentFetch
    located: Located
    urgency: Urgency
    looked: bool = False
    in_flight: bool = False
    first_try_s: float | None = None
    waited_s: float = 0.0
    failures: int = 0
    key_bytes: bytes | None = None
    """What it was last decrypted with."""
    key_doubted: bool = False
    held: Attempt | None = None
    copies: Copies = field(default_factory=Copies)
    doubt: str | None = None
    """Why the last copy is not full."""

    def begin(self, now_s: float) -> None:
        """Something is asked for on its behalf."""
        self.in_flight = True
        if self.first_try_s is None:
            self.first_try_s = now_s

    def hold(self, attempt: Attempt) -> Attempt | None:
        """Holds the longer one; the other, if there is one, is to be discarded."""
        if not attempt.media_bytes or (self.held and self.held.media_bytes >= attempt.media_bytes):
            return attempt
        shorter, self.held = self.held, attempt
        return shorter

    def forgive(self, waited_s: float) -> None:
        """Time that passed before the source was even asked, or after it had answered, does not count against it."""
        self.waited_s += waited_s
        if self.first_try_s is not None:
            self.first_try_s += waited_s
