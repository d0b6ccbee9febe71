"""What is known of hours, read once and kept while their folders and facts stay the same.

A folder's mtime changes with each name that comes or goes, but only to the clock's tick: it is trusted only if it was
at least a second old when the listing began (git calls younger ones racy). The same holds for a facts file that was
written anew with the same size. What is not trusted is read again, yet the value of before stays if that says the same:
so others may keep what they made of it for as long as it is the same object.

Threads that want the same hour at once wait for one of them to read it. What went long unused is forgotten. Notes of facts
that have long been the same are kept on disk too (``notes_files``).
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from longtake.adapters.store.notes_files import NEVER_NS, keep_notes, read_notes_file, settled_ns
from longtake.core.hour_notes import NO_NOTES, HourNotes, read_notes
from longtake.core.listing import read_listing
from longtake.core.notes_bytes import FactsStamp
from longtake.core.timeline import HourContent
from longtake.kit.weighed import Weighed

_RACY_NS = 1_000_000_000
_TAIL_BYTES = 200
_KEPT_AGAIN_NS = 600_000_000_000
"""After a disk took nothing."""
ListNames = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """How often hours were read, how often what was kept was still right, and what is kept now."""

    read: int
    kept: int
    weight_bytes: int


class _Stamp(NamedTuple):
    """Of a folder or a file. ``settled``: the next change shows for sure. ``changed_ns``: its ctime."""

    identity: tuple[int, int, int, int]
    settled: bool
    changed_ns: int = 0

    def holds(self, now: _Stamp) -> bool:
        return self.settled and self.identity == now.identity

    def may_go_on_in(self, now: _Stamp) -> bool:
        """Whether the same file has grown, or is as it was; one of the same size that changed was written over."""
        same_file = self.identity[:2] == now.identity[:2]
        return same_file and (now.identity[3] > self.identity[3] or now.identity == self.identity)


_NOTHING = _Stamp((0, 0, 0, 0), True)


class _Notes(NamedTuple):
    """Notes, how far the file was read for them, and what its end was there: another file does not go on like that.

    0 if it was not read itself. ``keep_ns``: when to keep them on disk.
    """

    stamp: _Stamp
    notes: HourNotes
    read_to: int
    tail: bytes
    keep_ns: int = NEVER_NS


_NO_NOTES_YET = _Notes(_NOTHING, NO_NOTES, 0, b"")


class _Known(NamedTuple):
    folder: _Stamp
    notes: _Notes
    content: HourContent


def _holds(known: _Known, folder: Path, facts: Path, now_ns: int) -> bool:
    return known.folder.holds(_folder_stamp(folder, now_ns)) and known.notes.stamp.holds(
        _stamp(facts, now_ns)
    )


class HourIndex:
    """Thread-safe; ``read`` blocks on the disk. ``memory_bytes`` bounds what is kept, and ``list_names`` lists a folder."""

    def __init__(
        self,
        *,
        memory_bytes: int,
        now_ns: Callable[[], int] = time.time_ns,
        list_names: ListNames = os.listdir,
    ) -> None:
        self._now_ns = now_ns
        self._list_names = list_names
        self._lock = threading.Lock()
        self._known: Weighed[Path, _Known] = Weighed(memory_bytes)
        self._reading: dict[Path, tuple[threading.Lock, int]] = {}
        self._read = self._kept = 0

    def state(self) -> IndexState:
        """For metrics."""
        with self._lock:
            return IndexState(read=self._read, kept=self._kept, weight_bytes=self._known.weight)

    def read(self, folder: Path, facts: Path, hour: str) -> HourContent:
        """What is known of an hour: the same object as long as nothing changed. Raises OSError for a failing disk, and keeps nothing then.

        Of an hour that is not there nothing is known, and nothing kept.
        """
        content = self._still(folder, facts)
        if content is not None:
            return content
        with self._alone_with(folder):
            content = self._still(folder, facts)  # another thread may have read it while we waited
            return content if content is not None else self._read_anew(folder, facts, hour)

    def _still(self, folder: Path, facts: Path) -> HourContent | None:
        """What is kept, if it is still right."""
        with self._lock:
            known = self._known.get(folder)
        now_ns = self._now_ns()
        if known is None or not _holds(known, folder, facts, now_ns):
            return None
        kept = _kept(facts, known.notes, now_ns)
        with self._lock:
            self._kept += 1
            if kept is not known.notes and self._known.get(folder) is known:
                self._known.put(folder, known._replace(notes=kept), known.content.weight_bytes)
        return known.content

    def _read_anew(self, folder: Path, facts: Path, hour: str) -> HourContent:
        with self._lock:
            known = self._known.get(folder)
        now_ns = self._now_ns()
        stamp = _folder_stamp(folder, now_ns)
        if known is not None and known.folder.holds(stamp):
            listing = known.content.listing
        else:
            before = known.content.listing if known is not None else None
            listing = read_listing(hour, self._list(folder) if stamp != _NOTHING else (), before)
        notes = _kept(facts, _read_notes(facts, now_ns, known.notes if known is not None else None), now_ns)
        if known is not None and listing is known.content.listing and notes.notes == known.content.notes:
            content = known.content
        else:
            content = HourContent(listing=listing, notes=notes.notes)
        self._keep(folder, _Known(stamp, notes, content))
        return content

    def _keep(self, folder: Path, known: _Known) -> None:
        """An hour that is not there costs nothing to read, and must not push out those that are."""
        with self._lock:
            self._read += 1
            if known.folder == _NOTHING:
                self._known.drop(folder)
            else:
                self._known.put(folder, known, known.content.weight_bytes)

    def _list(self, folder: Path) -> list[str]:
        try:
            return self._list_names(folder)
        except (FileNotFoundError, NotADirectoryError):
            return []

    @contextmanager
    def _alone_with(self, folder: Path) -> Iterator[None]:
        """Holds the lock of an hour, which is there as long as somebody holds it or waits for it."""
        with self._lock:
            lock, users = self._reading.get(folder, (threading.Lock(), 0))
            self._reading[folder] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, users = self._reading[folder]
                if users > 1:
                    self._reading[folder] = (lock, users - 1)
                else:
                    del self._reading[folder]


def _folder_stamp(path: Path, now_ns: int) -> _Stamp:
    """A link is no hour, wherever it leads: nothing below it is served either."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return _NOTHING
    return _stamp_of(found, now_ns) if stat.S_ISDIR(found.st_mode) else _NOTHING


def _stamp(path: Path, now_ns: int) -> _Stamp:
    try:
        return _stamp_of(path.stat(), now_ns)
    except (FileNotFoundError, NotADirectoryError):
        return _NOTHING


def _stamp_of(found: os.stat_result, now_ns: int) -> _Stamp:
    """``now_ns`` was before the stat. A time that lies ahead (a clock set back) is not settled either."""
    return _Stamp(
        (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size),
        settled=now_ns - found.st_mtime_ns >= _RACY_NS,
        changed_ns=found.st_ctime_ns,
    )


def _read_notes(path: Path, now_ns: int, before: _Notes | None) -> _Notes:
    """What was appended since ``before`` is read alone, unless the file was made anew or written over."""
    stamp = _stamp(path, now_ns)
    if before is not None and before.stamp.holds(stamp):
        return before
    facts = _facts_stamp(stamp)
    keep_ns = settled_ns(facts)
    kept = read_notes_file(path, facts) if now_ns >= keep_ns else None
    if kept is not None:
        return _Notes(stamp, kept, 0, b"")
    goes_on = before is not None and before.read_to and before.stamp.may_go_on_in(stamp)
    start = before if before is not None and goes_on else _NO_NOTES_YET
    try:
        with path.open("rb") as file:
            file.seek(start.read_to - len(start.tail))
            data = file.read()
            if not data.startswith(start.tail):  # made anew
                file.seek(0)
                data, start = file.read(), _NO_NOTES_YET
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return _Notes(stamp, NO_NOTES, 0, b"")
    whole = data[: data.rfind(b"\n") + 1]
    fresh = whole[len(start.tail) :]
    if not fresh:
        return start._replace(stamp=stamp, keep_ns=keep_ns)
    return _Notes(
        stamp, read_notes(fresh, start.notes), start.read_to + len(fresh), whole[-_TAIL_BYTES:], keep_ns
    )


def _kept(path: Path, notes: _Notes, now_ns: int) -> _Notes:
    """The same, once it is time to keep them on disk."""
    if now_ns < notes.keep_ns:
        return notes
    is_kept = keep_notes(path, _facts_stamp(notes.stamp), notes.notes)
    return notes._replace(keep_ns=NEVER_NS if is_kept else now_ns + _KEPT_AGAIN_NS)


def _facts_stamp(stamp: _Stamp) -> FactsStamp:
    _, inode, modified_ns, size_bytes = stamp.identity
    return FactsStamp(inode, size_bytes, modified_ns, stamp.changed_ns)
