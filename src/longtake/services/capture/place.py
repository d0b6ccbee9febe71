"""One quality's folder on a disk: what its recorder met is tried again here, ever more rarely, before the gate opens."""

from __future__ import annotations

import structlog

from longtake.kit.backoff import Backoff
from longtake.kit.clock import Clock
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.probing import Probing

PROBE_BYTES = 1 << 20
"""Before recording goes on: about a segment, since a full disk still takes a few bytes."""
FORGIVEN_AFTER_S = 60
_SAID_EVERY_S = 60

_log = structlog.get_logger()


class Place:
    """Opens its gate again once the folder takes what is written.

    A disk that takes probes but no segments is asked ever more rarely: the waits grow until it was well for a minute.
    """

    def __init__(self, name: str, gate: DiskGate, probing: Probing, clock: Clock) -> None:
        self.name = name
        self.gate = gate
        self._probing = probing
        self._clock = clock
        self._backoff = Backoff(first_s=1, longest_s=30)
        self._opened_s: float | None = None
        self._said_s: float | None = None

    async def run(self) -> None:
        """For ever."""
        while True:
            await self.gate.failure()
            began_s = self._clock.monotonic_s()
            if self._opened_s is not None and began_s - self._opened_s > FORGIVEN_AFTER_S:
                self._backoff.reset()
            said = await self._until_it_takes()
            self._opened_s = self._clock.monotonic_s()
            self.gate.mended()
            if said:
                lasted_s = round(self._opened_s - began_s, 1)
                _log.info("the disk takes segments again", place=self.name, lasted_s=lasted_s)

    async def _until_it_takes(self) -> bool:
        """Whether something was said of it."""
        said = False
        reason = self.gate.reason
        while True:
            await self._clock.sleep(self._backoff.next_delay_s())
            disk_was_well = self.gate.disk_does
            await self.gate.until_disk_is_well()
            if disk_was_well and self._is_news():  # else the disk's watch says it
                _log.error(
                    "the disk does not take segments: recording pauses", place=self.name, reason=reason
                )
                said = True
            probed = await self._probing.attempt(PROBE_BYTES)
            if probed.trouble is None:
                return said
            reason = probed.trouble

    def _is_news(self) -> bool:
        now_s = self._clock.monotonic_s()
        if self._said_s is not None and now_s - self._said_s < _SAID_EVERY_S:
            return False
        self._said_s = now_s
        return True
