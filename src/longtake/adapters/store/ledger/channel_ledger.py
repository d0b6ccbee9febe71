"""The ledgers of a channel's qualities: extended together whenever one is asked for, since they are numbered together."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from longtake.adapters.store.ledger.folder import LedgerFolder
from longtake.adapters.store.ledger.growth import Growth, Ledgers, reach_us, target_s
from longtake.adapters.store.ledger.quality_ledger import KeptHours, QualityLedger
from longtake.adapters.store.ledger.recorded import RecordedChannel
from longtake.core.ledger import LedgerHour, Shown, window_start_us

_NOTHING = Shown(hours=(), start_us=0, first=0, number_before=None, target_s=0, reach_us=None)


class ChannelLedger:
    """Thread-safe; blocks on the disk.

    ``look`` begins a look at what is recorded, ``folder_of`` says where a quality's ledger lies, ``lock`` is a file that
    all processes lock.
    """

    def __init__(
        self,
        look: Callable[[], RecordedChannel],
        folder_of: Callable[[str], LedgerFolder],
        *,
        kept: KeptHours,
        lock: Path | None = None,
    ) -> None:
        self._look = look
        self._folder_of = folder_of
        self._lock = lock
        self._mutex = threading.Lock()
        self._kept = kept
        self._ledgers: dict[str, QualityLedger] = {}

    def shown(
        self,
        quality: str,
        *,
        now_us: int,
        start_us: int | None = None,
        window_us: int = 0,
        reach_back: bool = True,
    ) -> Shown:
        """The ledger from ``start_us`` on, or its last ``window_us``, after appending what is new.

        Where that is before its beginning it reaches back first, if it may. Raises OSError for a disk that cannot be read.
        """
        recorded = self._look()
        qualities = recorded.qualities()
        if quality not in qualities:
            return _NOTHING
        with self._mutex, self._locked():
            ledgers = {each: self._ledger(each) for each in qualities}
            for ledger in ledgers.values():
                ledger.refresh()
            growth = Growth(recorded, ledgers, now_us=now_us)
            if reach_back or reach_us(ledgers) is not None:  # who must not reach back begins none either
                growth.extend(start_us, window_us)
            if start_us is None:
                begins_us = window_start_us(ledgers[quality].hours_back(), window_us=window_us)
                start_us = now_us if begins_us is None else begins_us
            if reach_back:
                growth.reach_back(start_us)
            for ledger in ledgers.values():
                with suppress(OSError):  # it stays in memory, and is tried again
                    ledger.write()
            return _view(recorded, ledgers, quality, start_us)

    def _ledger(self, quality: str) -> QualityLedger:
        known = self._ledgers.get(quality)
        if known is None:
            known = self._ledgers[quality] = QualityLedger(self._folder_of(quality), self._kept)
        return known

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Of all processes, if the disk lets us; without it what others write is still seen."""
        fd = None
        if self._lock is not None:
            with suppress(OSError):
                self._lock.parent.mkdir(parents=True, exist_ok=True)
                fd = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if fd is not None:
                os.close(fd)


def _view(recorded: RecordedChannel, ledgers: Ledgers, quality: str, start_us: int) -> Shown:
    """As far back as is asked for, and one hour more, by which the numbers at its front are told."""
    hours: list[LedgerHour] = []
    number_before = None
    enough = False
    for hour in ledgers[quality].hours_back():
        if enough:
            number_before = hour.last_number
            break
        hours.append(hour)
        enough = bool(len(hour)) and int(hour.entries.ends_us[0]) <= start_us
    hours.reverse()
    hours, gone = _there(hours, frozenset(recorded.hours(quality)))
    first = 0
    if gone is not None:
        number_before = gone.last_number
        if hours[0] is gone:  # nothing is left, and the numbers go on behind it
            first = len(gone)
    front = next((at for at, hour in enumerate(hours) if len(hour)), None)
    if front is not None and not first and (first := _first_there(recorded, quality, hours[front], start_us)):
        hours = hours[front:]
    return Shown(
        hours=hours,
        start_us=start_us,
        first=first,
        number_before=number_before,
        target_s=target_s(ledgers),
        reach_us=reach_us(ledgers),
    )


def _there(hours: list[LedgerHour], present: AbstractSet[str]) -> tuple[list[LedgerHour], LedgerHour | None]:
    """Without the hours at the front whose folders are gone, and the last of those; of nothing but such that one is left."""
    gone = [at for at, hour in enumerate(hours) if len(hour) and hour.hour not in present]
    there = next((at for at, hour in enumerate(hours) if len(hour) and hour.hour in present), len(hours))
    before = [at for at in gone if at < there]
    if not before:
        return hours, None
    return hours[there:] or [hours[before[-1]]], hours[before[-1]]


def _first_there(recorded: RecordedChannel, quality: str, hour: LedgerHour, start_us: int) -> int:
    """Of the entries from ``start_us`` on the first whose file is there; 0 if none of them is gone.

    Files are removed by age, so those behind it are there too; and entries leave a playlist at its front alone.
    """
    asked = int(np.searchsorted(hour.entries.ends_us, start_us, side="right"))
    if asked >= len(hour):
        return 0
    segments = recorded.listing(quality, hour.hour).segments
    place = asked
    while place < len(hour) and not segments.has(hour.entries.columns[place]):
        place += 1
    return place if place > asked else 0
