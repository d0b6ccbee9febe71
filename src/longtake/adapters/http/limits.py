"""How long a request may take: soft limits, past which a second try is worth making, and hard ones, which end a try.

==========================  ====================  ====================
of one try                  a text soft / hard    a body soft / hard
==========================  ====================  ====================
until the answer's headers  5 s / 10 s            5 s / 15 s
no byte came for            3 s / 10 s            3 s / 15 s
until it is whole           8 s / 15 s            by its pace / 240 s
==========================  ====================  ====================

A body whose length is known is slow already when it would take twice its soft limit at the pace that it has; slow or not,
it trickles if it would not be whole by its hard limit. Times are the event loop's, in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

_PACE_AFTER_S = 3
"""A pace is not judged earlier: connections begin slowly."""
_TRICKLE_BYTES_PER_S = 2048
"""What has no length trickles below this: no stream that is worth recording has less."""


class Late(Enum):
    """Which soft limit a try is past."""

    NO_ANSWER = auto()
    SILENT = auto()
    SLOW = auto()
    TRICKLING = auto()
    """So slow that it will not get there."""


@dataclass(slots=True, kw_only=True)
class Pulse:
    """A try's signs of life. ``length_bytes`` is what was announced, if it was."""

    began_s: float
    heard_s: float
    answered: bool = False
    length_bytes: int | None = None
    size_bytes: int = 0
    paused_s: float | None = None

    def answer(self, now_s: float, length_bytes: int | None) -> None:
        """The headers are here."""
        self.answered = True
        self.heard_s = now_s
        self.length_bytes = length_bytes

    def hear(self, now_s: float, size_bytes: int) -> None:
        """So many more bytes are here."""
        self.heard_s = now_s
        self.size_bytes += size_bytes

    def pause(self, now_s: float) -> None:
        """Nobody reads now: from here to ``resume`` no time passes for the other side."""
        self.paused_s = now_s

    def resume(self, now_s: float) -> None:
        """It is read from again."""
        if self.paused_s is not None:
            self.began_s += now_s - self.paused_s
            self.heard_s += now_s - self.paused_s
            self.paused_s = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, of one try. See the table of this module."""

    answer_soft_s: float = 5
    answer_hard_s: float = 15
    silence_soft_s: float = 3
    silence_hard_s: float = 15
    whole_soft_s: float = 60
    whole_hard_s: float = 240

    def late(self, pulse: Pulse, now_s: float) -> Late | None:
        """Whether a second try is worth making."""
        if pulse.paused_s is not None:
            return None
        if not pulse.answered:
            return Late.NO_ANSWER if now_s - pulse.began_s >= self.answer_soft_s else None
        if now_s - pulse.heard_s >= self.silence_soft_s:
            return Late.SILENT
        took_s = now_s - pulse.began_s
        if not self._is_slow(pulse, took_s):
            return None
        return Late.TRICKLING if self._trickles(pulse, took_s) else Late.SLOW

    def over(self, pulse: Pulse, now_s: float) -> str | None:
        """Why the try is to end, in words that follow the address; None while it may go on."""
        if pulse.paused_s is not None:
            return None
        took_s = now_s - pulse.began_s
        if not pulse.answered:
            return "gave no answer in time" if took_s >= min(self.answer_hard_s, self.whole_hard_s) else None
        if took_s >= self.whole_hard_s:
            return "is far too slow"
        return "fell silent in the middle" if now_s - pulse.heard_s >= self.silence_hard_s else None

    def next_look_s(self, pulse: Pulse, now_s: float) -> float:
        """In how many seconds the try is worth another look: by then it may be past a limit, or its pace too low."""
        if pulse.paused_s is not None:
            return self.silence_soft_s
        moments = (
            pulse.heard_s + self.silence_soft_s,
            pulse.heard_s + self.silence_hard_s,
            pulse.began_s + self.answer_soft_s,
            pulse.began_s + self.answer_hard_s,
            pulse.began_s + self.whole_soft_s,
            pulse.began_s + self.whole_hard_s,
        )
        return min((moment - now_s for moment in moments if moment > now_s), default=self.silence_soft_s)

    def _is_slow(self, pulse: Pulse, took_s: float) -> bool:
        if took_s >= self.whole_soft_s:
            return True
        if took_s < _PACE_AFTER_S or not pulse.length_bytes:
            return False
        return pulse.size_bytes * 2 * self.whole_soft_s < pulse.length_bytes * took_s

    def _trickles(self, pulse: Pulse, took_s: float) -> bool:
        if pulse.length_bytes is None:
            return pulse.size_bytes < _TRICKLE_BYTES_PER_S * took_s
        return pulse.size_bytes * self.whole_hard_s < pulse.length_bytes * took_s


TEXT_LIMITS = Limits(answer_hard_s=10, silence_hard_s=10, whole_soft_s=8, whole_hard_s=15)
BODY_LIMITS = Limits()


_HOLDS_TARGETS = 3
_HOLDS_LONGER_S = 10


def blocking_limits(target_s: float) -> Limits:
    """For a request that the server holds until there is something new (rfc8216bis 6.2.5.2): one try, and a long one.

    A server answers such a request by three target durations (6.2.5.2 again: it fails it then).
    """
    longest_s = _HOLDS_TARGETS * target_s + _HOLDS_LONGER_S
    return Limits(
        answer_soft_s=longest_s,
        answer_hard_s=longest_s,
        silence_soft_s=longest_s,
        silence_hard_s=longest_s,
        whole_soft_s=longest_s,
        whole_hard_s=longest_s,
    )
