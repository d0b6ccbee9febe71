"""What each service says of itself, in ``STORE/.longtake/status/SERVICE.json``, written anew every second.

Not durable, but atomic: a reader sees the old or the new one. A file whose process died stays, and shows by its age.
A store that takes no file (full, read-only, failing) must not make living processes look dead: then their words go to
a spare folder (``status_spare``), and readers take the newest of both.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from longtake.adapters.store.layout import Layout
from longtake.adapters.store.status_spare import Spare
from longtake.adapters.store.status_words import ServiceStatus, decode_status
from longtake.adapters.store.trouble import disk_trouble, words_for
from longtake.core.times import format_us
from longtake.kit.files import replace_text
from longtake.kit.locks import FileLock, LockHeld
from longtake.kit.threads import in_daemon_thread

_MOST_INSTANCES = 100
_STOP_PATIENCE_S = 0.5
_READ_PATIENCE_S = 1.0


class _Home:
    """A folder with status files, and the one in it that is ours. A second process of a service gets a number."""

    def __init__(self, service: str, folder: Callable[[], Path]) -> None:
        self._service = service
        self._folder = folder
        self._at_work = threading.Lock()
        self._lock: FileLock | None = None
        self._path = Path()
        self._ended = False

    @property
    def is_ours(self) -> bool:
        """Whether a name in it was claimed."""
        return self._lock is not None

    def claim(self) -> None:
        """Takes the first free name, unless one is ours. Raises OSError."""
        if self._lock is not None:
            return
        folder = self._folder()
        for instance in range(1, _MOST_INSTANCES):
            name = self._service if instance == 1 else f"{self._service}-{instance}"
            lock = FileLock(folder / f".{name}.lock")
            try:
                lock.acquire()
            except LockHeld:
                continue
            self._path, self._lock = folder / f"{name}.json", lock
            return

    def write(self, text: str) -> None:
        """Replaces the file; claims one first. Does nothing after ``remove``. Raises OSError."""
        with self._at_work:
            if not self._ended:
                self.claim()
                replace_text(self._path, text)

    def remove(self, *, for_good: bool) -> None:
        """Never raises, and does not wait for a disk that hangs: an old file shows by its age."""
        self._ended = self._ended or for_good
        if not self._at_work.acquire(timeout=_STOP_PATIENCE_S):
            return
        try:
            lock, self._lock = self._lock, None
            if lock is not None:
                with suppress(OSError):
                    self._path.unlink(missing_ok=True)
                lock.release()
        finally:
            self._at_work.release()


class StatusFile:
    """A service's own file; ``capture-2.json`` for a second process of the same service."""

    def __init__(self, root: Path, service: str) -> None:
        self._root = root
        self._service = service
        self._started = format_us(time.time_ns() // 1000)
        self._store = _Home(service, self._make_folder)
        self._spare = _Home(service, Spare(root).folder)

    def claim(self) -> None:
        """Takes the first free name in the store. Raises StoreUnavailable."""
        with disk_trouble("write the status"):
            self._store.claim()

    def write(self, details: Mapping[str, object], metrics: Sequence[object]) -> str | None:
        """Replaces the file, from any thread; does nothing after ``remove``.

        None, or in words what ails the store, if the status went to the spare folder. Raises StoreUnavailable if that
        did not do either.
        """
        text = self._text(details, metrics)
        try:
            self._store.write(text)
        except OSError as error:
            self._write_spare(text)
            return words_for(error)
        if self._spare.is_ours:
            self._spare.remove(for_good=False)
        return None

    def write_spare(self, details: Mapping[str, object], metrics: Sequence[object]) -> None:
        """For when the store does not even say that it fails. Raises StoreUnavailable."""
        self._write_spare(self._text(details, metrics))

    def remove(self) -> None:
        """The service ends: nothing is said of it any more. Never raises."""
        for home in (self._store, self._spare):
            home.remove(for_good=True)

    def _write_spare(self, text: str) -> None:
        with disk_trouble("write the status"):
            self._spare.write(text)

    def _make_folder(self) -> Path:
        folder = Layout(self._root).status
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _text(self, details: Mapping[str, object], metrics: Sequence[object]) -> str:
        return json.dumps(
            {
                "service": self._service,
                "pid": os.getpid(),
                "started": self._started,
                "updated": format_us(time.time_ns() // 1000),
                "details": dict(details),
                "metrics": list(metrics),
            }
        )


def read_status(root: Path) -> list[ServiceStatus]:
    """What all services wrote last, stale ones included, by name. What is no status is passed over."""
    return _merged([Layout(root).status, *Spare(root).folders()])


class StatusReader:
    """``read_status`` for a server: one reading at a time for all who ask, and a store that hangs holds up none of them."""

    def __init__(self, root: Path, *, patience_s: float = _READ_PATIENCE_S) -> None:
        self._folder = Layout(root).status
        self._spare = Spare(root)
        self._patience_s = patience_s
        self._under_way: asyncio.Task[list[ServiceStatus]] | None = None

    async def read(self) -> list[ServiceStatus]:
        """What all services wrote last; while the store does not answer, those that noticed."""
        if self._under_way is None or self._under_way.done():
            work = in_daemon_thread(
                lambda: _merged([self._folder, *self._spare.folders()]), "read the status"
            )
            self._under_way = asyncio.create_task(work, name="read the status")
        done, _ = await asyncio.wait({self._under_way}, timeout=self._patience_s)
        if done:
            return done.pop().result()
        return await in_daemon_thread(lambda: _merged(self._spare.folders()), "read the spare status")


def _read(folder: Path) -> Iterable[ServiceStatus]:
    try:
        paths = sorted(folder.glob("*.json"))
    except OSError:
        return
    for path in paths:
        try:
            read = json.loads(path.read_text())
        except (OSError, ValueError, RecursionError):
            continue
        status = decode_status(path.stem, read)
        if status is not None:
            yield status


def _merged(folders: Iterable[Path]) -> list[ServiceStatus]:
    """What is in the folders, the newest by name. Another living process that could not know of the name's owner gets the next number."""
    found = [status for folder in folders for status in _read(folder)]
    now_us = time.time_ns() // 1000
    by_name: dict[str, ServiceStatus] = {}
    processes = set()
    for status in sorted(found, key=lambda status: status.updated, reverse=True):
        process = (status.service, status.pid, status.started)
        if process in processes or (status.name in by_name and not status.is_fresh(now_us=now_us)):
            continue
        processes.add(process)
        name = next(name for name in _names(status) if name not in by_name)
        by_name[name] = replace(status, name=name)
    return [by_name[name] for name in sorted(by_name)]


def _names(status: ServiceStatus) -> Iterable[str]:
    yield status.name
    yield from (f"{status.service}-{instance}" for instance in range(2, 2 * _MOST_INSTANCES))
