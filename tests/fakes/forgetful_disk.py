"""A disk in memory that forgets what was not synced: ``FileOps`` for tests of what a power cut may leave.

The model is what POSIX promises and no more, as in ALICE (Pillai et al., "All File Systems Are Not Created Equal", OSDI
2014) and LazyFS:

- Written bytes are on disk once their file was fsynced. Of those written since, any beginning may be there, cut between
  writes or within one; or the file has grown, and what is in it instead is zeros or anything else.
- A name (made, given by a rename, removed) is on disk once *its folder* was fsynced; syncing the file is not enough. Of
  what happened to a name since, any stage may be there; names do not wait for each other, nor for content.
- A rename is atomic: the new name leads to the old file or to the new one, never to nothing. The old name goes at the same
  time or later, never before.
- A folder is on disk once the folder that it is in was fsynced; until then, all that is in it may be lost with it.

A process that is killed loses nothing: go on with the same disk. A power cut loses: go on with ``ForgetfulDisk(state)``.
"""

from __future__ import annotations

import errno
import itertools
import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

State = Mapping[str, bytes | None]
"""Path to content; None is a folder."""


@dataclass(slots=True, eq=False)
class _File:
    synced: bytes = b""
    since: list[bytes] = field(default_factory=list)

    @property
    def content(self) -> bytes:
        return self.synced + b"".join(self.since)

    def survivors(self) -> list[bytes]:
        """What may be in it after a power cut, the least first and the whole last."""
        if not self.since:
            return [self.synced]
        pending = b"".join(self.since)
        ends = list(itertools.accumulate(map(len, self.since)))
        starts = [0, *ends[:-1]]
        cuts = sorted({0, *ends, *((start + end) // 2 for start, end in zip(starts, ends, strict=True))})
        half = len(pending) // 2
        odd = [
            bytes(len(pending)),
            pending[:half] + bytes(len(pending) - half),
            pending[:half] + b"\xa5" * half,
        ]
        return [self.synced + tail for tail in (*(pending[:cut] for cut in cuts[:-1]), *odd, pending)]


@dataclass(slots=True, eq=False)
class _Folder:
    """``names`` is how each name stands on disk and all that happened to it since: the last is how it stands now."""

    names: dict[str, list[_Change]] = field(default_factory=dict)
    changed_ns: int = 0


@dataclass(slots=True, eq=False)
class _Change:
    """A name leads to ``node``, or to nothing. ``after``: the change that must have survived if this one has."""

    node: _File | _Folder | None
    after: _Change | None = None
    on_disk: bool = False


class ForgetfulDisk:
    """``before`` is called before each operation that changes something: the moment for a power cut."""

    def __init__(self, state: State | None = None, *, before: Callable[[], None] = lambda: None) -> None:
        self.before = before
        self.operations = 0
        self._root = _Folder()
        self._open: dict[int, tuple[str, _File]] = {}
        self._fds = itertools.count(3)
        for path, content in sorted((state or {}).items()):
            node = _Folder() if content is None else _File(content)
            folder, name = self._find(path)
            folder.names[name] = [_Change(node, on_disk=True)]

    @property
    def open_files(self) -> int:
        """How many descriptors were opened and not closed."""
        return len(self._open)

    # Files

    def open_new(self, path: Path) -> int:
        """See ``FileOps``."""
        if self._node(path) is not None:
            raise _error(errno.EEXIST, path)
        return self._create(path)

    def open_log(self, path: Path) -> int:
        """See ``FileOps``."""
        node = self._node(path)
        if node is None:
            return self._create(path)
        if not isinstance(node, _File):
            raise _error(errno.EISDIR, path)
        return self._opened(path, node)

    def _create(self, path: Path) -> int:
        file = _File()
        self._change(path, _Change(file))
        return self._opened(path, file)

    def _opened(self, path: Path, file: _File) -> int:
        fd = next(self._fds)
        self._open[fd] = (str(path), file)
        return fd

    def write(self, fd: int, data: memoryview) -> int:
        """See ``FileOps``."""
        self._step()
        self._open[fd][1].since.append(bytes(data))
        return len(data)

    def read_back(self, fd: int, size_bytes: int, offset: int = 0) -> memoryview:
        """See ``FileOps``."""
        return memoryview(self._open[fd][1].content[offset : offset + size_bytes])

    def size_bytes(self, fd: int) -> int:
        """See ``FileOps``."""
        return len(self._open[fd][1].content)

    def lock(self, fd: int) -> None:
        """See ``FileOps``. There is one process."""

    def is_at(self, fd: int, path: Path) -> bool:
        """See ``FileOps``."""
        return self._node(path) is self._open[fd][1]

    def fsync(self, fd: int) -> None:
        """See ``FileOps``."""
        self._step()
        file = self._open[fd][1]
        file.synced, file.since = file.content, []

    def close(self, fd: int) -> None:
        """See ``FileOps``. Syncs nothing."""
        del self._open[fd]

    def read(self, path: Path) -> bytes:
        """See ``FileOps``."""
        node = self._there(path)
        if not isinstance(node, _File):
            raise _error(errno.EISDIR, path)
        return node.content

    def read_synced(self, path: Path) -> bytes:
        """See ``FileOps``."""
        self._step()
        content = self.read(path)
        file = self._node(path)
        assert isinstance(file, _File)
        file.synced, file.since = content, []
        return content

    # Names

    def rename(self, source: Path, target: Path) -> None:
        """See ``FileOps``."""
        given = _Change(self._there(source))
        self._change(target, given)
        folder, name = self._find(str(source))
        folder.names[name].append(_Change(None, after=given))

    def link(self, source: Path, target: Path) -> None:
        """See ``FileOps``. The names do not wait for each other: each is on disk once its folder was synced."""
        if self._node(target) is not None:
            raise _error(errno.EEXIST, target)
        self._change(target, _Change(self._there(source)))

    def remove(self, path: Path) -> None:
        """See ``FileOps``."""
        if not isinstance(self._there(path), _File):
            raise _error(errno.EISDIR, path)
        self._change(path, _Change(None))

    def make_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        if self._node(path) is not None:
            return False
        self._change(path, _Change(_Folder()))
        return True

    def remove_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        if self.names(path):
            raise _error(errno.ENOTEMPTY, path)
        self._change(path, _Change(None))

    def fsync_folder(self, path: Path) -> None:
        """See ``FileOps``."""
        self._step()
        folder = self._folder(path)
        for name, changes in list(folder.names.items()):
            last = changes[-1]
            for change in changes:
                change.on_disk = True
                if change.after is not None:
                    change.after.on_disk = True
            if last.node is None:
                del folder.names[name]
            else:
                folder.names[name] = [last]

    def names(self, folder: Path) -> list[str]:
        """See ``FileOps``."""
        changes = self._folder(folder).names
        return [name for name, stages in changes.items() if stages[-1].node is not None]

    def is_folder(self, path: Path) -> bool:
        """See ``FileOps``."""
        return isinstance(self._node(path), _Folder)

    def is_there(self, path: Path) -> bool:
        """See ``FileOps``."""
        return self._node(path) is not None

    def is_link(self, path: Path) -> bool:
        """See ``FileOps``. There are none."""
        return False

    def changed_ns(self, folder: Path) -> int:
        """See ``FileOps``. Time goes by operations, a second each."""
        return self._folder(folder).changed_ns

    def _change(self, path: Path, change: _Change) -> None:
        self._step()
        folder, name = self._find(str(path))
        folder.names.setdefault(name, [_Change(None, on_disk=True)]).append(change)
        folder.changed_ns = self.operations * 1_000_000_000

    def _find(self, path: str) -> tuple[_Folder, str]:
        *above, name = path.strip("/").split("/")
        node: _File | _Folder | None = self._root
        for part in above:
            if isinstance(node, _File):
                raise _error(errno.ENOTDIR, path)
            node = node.names[part][-1].node if node is not None and part in node.names else None
            if node is None:
                raise _error(errno.ENOENT, path)
        if not isinstance(node, _Folder):
            raise _error(errno.ENOTDIR, path)
        return node, name

    def _node(self, path: Path) -> _File | _Folder | None:
        if path == path.parent:
            return self._root
        try:
            folder, name = self._find(str(path))
        except FileNotFoundError:
            return None
        return folder.names[name][-1].node if name in folder.names else None

    def _there(self, path: Path) -> _File | _Folder:
        node = self._node(path)
        if node is None:
            raise _error(errno.ENOENT, path)
        return node

    def _folder(self, path: Path) -> _Folder:
        node = self._there(path)
        if not isinstance(node, _Folder):
            raise _error(errno.ENOTDIR, path)
        return node

    def _step(self) -> None:
        self.before()
        self.operations += 1

    # What a power cut leaves

    def now(self) -> State:
        """What is there as long as there is power."""
        return self._state({})

    def after_power_cut(self, most: int, dice: random.Random) -> Iterator[State]:
        """What may be there after a power cut at this moment: every possibility, or ``most`` of them drawn by the dice.

        What the least and what the most of it all leaves is always among them.
        """
        unsure = self._unsure()
        sizes = [len(stages) for stages in unsure.values()]
        if prod(sizes) <= most:
            choices: Iterator[tuple[int, ...]] = itertools.product(*map(range, sizes))
        else:
            drawn = (tuple(dice.randrange(size) for size in sizes) for _ in range(most - 2))
            choices = itertools.chain([(0,) * len(sizes), tuple(size - 1 for size in sizes)], drawn)
        for choice in choices:
            chosen = {key: stages[at] for (key, stages), at in zip(unsure.items(), choice, strict=True)}
            if _is_legal(chosen, unsure):
                yield self._state(chosen)

    def _unsure(self) -> dict[int, list[_Change] | list[bytes]]:
        """By the identity of a list of changes, or of a file: the stages in which it may be found."""
        unsure: dict[int, list[_Change] | list[bytes]] = {}
        folders, seen = [self._root], {id(self._root)}
        while folders:
            for changes in folders.pop().names.values():
                stages = _still_possible(changes)
                if len(stages) > 1:
                    unsure[id(changes)] = stages
                for node in (change.node for change in changes):
                    if isinstance(node, _File) and node.since:
                        unsure[id(node)] = node.survivors()
                    elif isinstance(node, _Folder) and id(node) not in seen:
                        seen.add(id(node))
                        folders.append(node)
        return unsure

    def _state(self, chosen: Mapping[int, _Change | bytes]) -> dict[str, bytes | None]:
        state: dict[str, bytes | None] = {}
        folders = [("", self._root)]
        while folders:
            above, folder = folders.pop()
            for name, changes in folder.names.items():
                change = chosen.get(id(changes), changes[-1])
                assert isinstance(change, _Change)
                node, path = change.node, f"{above}/{name}"
                if isinstance(node, _Folder):
                    state[path] = None
                    folders.append((path, node))
                elif node is not None:
                    content = chosen.get(id(node))
                    state[path] = content if isinstance(content, bytes) else node.content
        return state


def _still_possible(changes: list[_Change]) -> list[_Change]:
    """From the last one on that is known to be on disk."""
    last = max(at for at, change in enumerate(changes) if change.on_disk)
    for change in changes[:last]:
        change.on_disk = True
    return changes[last:]


def _is_legal(
    chosen: Mapping[int, _Change | bytes], unsure: Mapping[int, list[_Change] | list[bytes]]
) -> bool:
    """Whether no old name has gone whose new one has not come."""
    there: set[int] = set()
    needed: list[_Change] = []
    for key, stage in chosen.items():
        if not isinstance(stage, _Change):
            continue
        for change in unsure[key]:
            assert isinstance(change, _Change)
            there.add(id(change))
            if change.after is not None:
                needed.append(change.after)
            if change is stage:
                break
    return all(change.on_disk or id(change) in there for change in needed)


def _error(number: int, path: Path | str) -> OSError:
    return OSError(number, os.strerror(number), str(path))
