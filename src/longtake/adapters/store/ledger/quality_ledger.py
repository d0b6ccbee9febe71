"""One quality's ledger: its hours in order, of which a few are kept in memory.

A disk that takes nothing (full, read-only) must not end live viewing: what it did not take stays in memory, and is
written once it does. Should another process write meanwhile, what that wrote counts.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from longtake.adapters.store.ledger.folder import LedgerFolder
from longtake.core.errors import InvalidInput
from longtake.core.ledger import LedgerHour, decode_hour, encode_entries, encode_head
from longtake.kit.weighed import Weighed

_NAME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2})\.(\d{1,18})", re.ASCII)


class _Key(NamedTuple):
    sequence: int
    hour: str

    @property
    def name(self) -> str:
        return f"{self.hour}.{self.sequence}"


class KeptHours:
    """Hours of several ledgers that were read lately. Thread-safe."""

    def __init__(self, memory_bytes: int) -> None:
        self._lock = threading.Lock()
        self._kept: Weighed[object, LedgerHour] = Weighed(memory_bytes)

    def get(self, key: object) -> LedgerHour | None:
        """The hour, if it is kept."""
        with self._lock:
            return self._kept.get(key)

    def put(self, key: object, hour: LedgerHour) -> None:
        """Keeps an hour."""
        with self._lock:
            self._kept.put(key, hour, hour.weight_bytes)

    def drop(self, key: object) -> None:
        """Forgets an hour."""
        with self._lock:
            self._kept.drop(key)


class QualityLedger:
    """Not for several threads at once."""

    def __init__(self, folder: LedgerFolder, kept: KeptHours) -> None:
        self._folder = folder
        self._kept = kept
        self._keys: list[_Key] = []
        self._stamp: object = self
        self._oldest: LedgerHour | None = None
        """The first of several hours, once somebody has asked for it."""
        self._newest: LedgerHour | None = None
        self._written = self._written_bytes = 0
        """Entries of the newest hour that are on the disk, and the bytes that it takes there."""
        self._unwritten: dict[_Key, LedgerHour] = {}
        """Whole hours that the disk has not taken yet, the newest apart."""

    def refresh(self) -> None:
        """Looks at what other processes wrote. Raises OSError."""
        stamp = self._folder.stamp()
        if stamp == self._stamp and self._is_as_written():
            return
        ours, our_key = self._newest, self._keys[-1] if self._keys else None
        unwritten = self._unwritten
        self._keys, self._unwritten, self._newest = self._listed(), {}, None
        self._load_newest()
        if ours is not None and our_key is not None and self._goes_on_in(our_key, ours):
            self._take_back(our_key, ours, unwritten)
        self._oldest = None
        self._stamp = stamp

    @property
    def newest(self) -> LedgerHour | None:
        """The last hour; an empty one if nothing but the beginning is known."""
        return self._newest

    @property
    def oldest(self) -> LedgerHour | None:
        """The first hour. Raises OSError."""
        if len(self._keys) < 2:
            return self._newest
        if self._oldest is None:
            self._oldest = self._hour(self._keys[0])
        return self._oldest

    def hours_back(self) -> Iterator[LedgerHour]:
        """All hours whose entries follow each other, newest first. What cannot be read ends them."""
        later: LedgerHour | None = None
        for key in reversed(self._keys):
            hour = self._hour(key)
            if hour is None or (later is not None and hour.end_sequence != later.head.sequence):
                return
            yield hour
            later = hour

    def go_on(self, hours: Sequence[LedgerHour]) -> None:
        """Takes hours that have more entries, or are new: the first may be the newest one so far."""
        for hour in hours:
            key = _Key(hour.head.sequence, hour.hour)
            if self._keys and key == self._keys[-1] and self._newest is not None:
                self._newest = hour
                continue
            if self._newest is not None:
                self._close_newest()
            self._keys.append(key)
            self._oldest = None
            self._newest, self._written, self._written_bytes = hour, 0, 0

    def put_before(self, hours: Sequence[LedgerHour]) -> None:
        """Takes hours that come before all others, oldest first."""
        for hour in hours:
            key = _Key(hour.head.sequence, hour.hour)
            at = bisect_left(self._keys, key)
            self._keys.insert(at, key)
            self._unwritten[key] = hour
        if self._newest is None and hours:
            newest = self._unwritten.pop(self._keys[-1])
            self._newest, self._written, self._written_bytes = newest, 0, 0
        self._oldest = None

    def write(self) -> None:
        """Puts on the disk what is not there yet. Raises OSError; then it is tried again the next time."""
        for key in sorted(self._unwritten, reverse=True):  # a kill in between leaves the end of them
            hour = self._unwritten[key]
            self._folder.put(key.name, _encoded(hour), durable=True)
            self._keep(key, hour)
            del self._unwritten[key]
        if self._newest is not None:
            self._write_newest(self._newest)
        self._stamp = self._folder.stamp()

    def forget_before(self, hour: str) -> None:
        """Removes hours from before that one, but for the last of them: the numbers after it are told by it. Raises OSError."""
        gone = [key for key in self._keys[:-1] if key.hour < hour]
        for key in gone[:-1]:
            self._folder.remove(key.name)
            self._keys.remove(key)
            self._oldest = None
            self._unwritten.pop(key, None)
            self._kept.drop((self, key))

    def _listed(self) -> list[_Key]:
        matches = [match for name in self._folder.names() if (match := _NAME.fullmatch(name)) is not None]
        return sorted(_Key(int(match[2]), match[1]) for match in matches)

    def _goes_on_in(self, key: _Key, ours: LedgerHour) -> bool:
        """Whether an hour of ours, that the disk took in part or not at all, goes on where the disk ends."""
        there = self._newest
        if there is None:
            return True
        if self._keys[-1] == key:
            names = ours.entries.columns.text
            return len(there) <= len(ours) and names.startswith(there.entries.columns.text)
        return key not in self._keys and there.end_sequence <= ours.head.sequence

    def _take_back(self, key: _Key, ours: LedgerHour, unwritten: Mapping[_Key, LedgerHour]) -> None:
        self._unwritten = {other: hour for other, hour in unwritten.items() if other not in self._keys}
        self._keys = sorted({*self._keys, *self._unwritten})
        if not self._keys or self._keys[-1] != key:
            self._keys.append(key)
            self._written = self._written_bytes = 0
        self._newest = ours

    def _is_as_written(self) -> bool:
        if self._newest is None:
            return True
        return self._folder.size_bytes(self._keys[-1].name) == self._written_bytes

    def _load_newest(self) -> None:
        while self._keys and self._newest is None:
            name = self._keys[-1].name
            try:
                content = self._folder.read(name)
                self._newest, self._written_bytes = decode_hour(self._keys[-1].hour, content)
            except (InvalidInput, FileNotFoundError):
                self._keys.pop()  # nothing of it is left; its numbers are given anew
                continue
            self._written = len(self._newest)

    def _hour(self, key: _Key) -> LedgerHour | None:
        if key == self._keys[-1]:
            return self._newest
        hour = self._unwritten.get(key)
        if hour is None:
            hour = self._kept.get((self, key))
        if hour is None:
            try:
                hour, _ = decode_hour(key.hour, self._folder.read(key.name))
            except (InvalidInput, FileNotFoundError):
                return None
            self._keep(key, hour)
        return hour

    def _keep(self, key: _Key, hour: LedgerHour) -> None:
        self._kept.put((self, key), hour)

    def _close_newest(self) -> None:
        hour, key = self._newest, self._keys[-1]
        assert hour is not None  # noqa: S101 - asked before
        try:
            self._write_newest(hour)
            self._folder.sync(key.name)
        except OSError:
            self._unwritten[key] = hour
        else:
            self._keep(key, hour)

    def _write_newest(self, hour: LedgerHour) -> None:
        name = self._keys[-1].name
        if self._written_bytes == 0:
            data = _encoded(hour)
            self._folder.put(name, data, durable=True)
            self._written_bytes = len(data)
        elif self._written < len(hour):
            data = encode_entries(hour, self._written).encode()
            self._folder.append(name, self._written_bytes, data)
            self._written_bytes += len(data)
        self._written = len(hour)


def _encoded(hour: LedgerHour) -> bytes:
    return (encode_head(hour.head) + encode_entries(hour)).encode()
