"""What replication does to a disk, in short, what it promises meanwhile, and what must hold in each state that a power cut may leave."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from tests.contract.place import HOUR, START_US, a_batch, renamed
from tests.fakes.forgetful_disk import ForgetfulDisk, State

from longtake.adapters.store import extra_files
from longtake.adapters.store.extra_files import DiskExtraFiles
from longtake.adapters.store.hour_digests import HourDigests
from longtake.adapters.store.incoming import InThread
from longtake.adapters.store.named_files import NamedFiles
from longtake.adapters.store.threads import DiskThreads
from longtake.adapters.store.writer import DiskWriter, StoreFiles
from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.errors import Corrupt
from longtake.core.extra_paths import digest_in
from longtake.core.facts import decode_all
from longtake.core.listing import read_listing
from longtake.core.names import CHAT, TOMBSTONE_EXTENSION, hash_text
from longtake.core.segments import Segment, SegmentType, named_segment, parse_segment_name
from longtake.core.times import HOUR_US, SECOND_US
from longtake.core.tombstones import tombstone_for
from longtake.services.replicate import settling

ROOT = Path("/srv/store")
CHANNEL = ROOT / "demo"
QUALITY = CHANNEL / "source"
FOLDERS = ("emotes", "media")
NOW_US = START_US + 24 * HOUR_US

Params = ParamSpec("Params")
Result = TypeVar("Result")


async def directly(
    function: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs
) -> Result:
    """One thing after the other, so that every operation has its number."""
    return function(*args, **kwargs)


class NoThreads:
    """In the place of ``DiskThreads``."""

    def at(self, folder: Path) -> InThread:
        return directly


def a_segment(content: bytes, *, at_s: float = 0) -> Segment:
    """With the name that it has at the peer."""
    return named_segment(
        start_us=START_US + round(at_s * SECOND_US),
        duration_s=2.0,
        type=SegmentType.FULL,
        digest=hashlib.sha256(content).digest(),
    )


@dataclass(slots=True)
class Promises:
    """``kept``: acknowledged paths, with their content; None for what may hold anything, of a careless older node.

    ``gone``: what was removed and must not come back. ``foreign``: files of others, which may be wrong.
    """

    kept: dict[str, bytes | None] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    extras: dict[str, bytes] = field(default_factory=dict)
    """All that was ever begun, with its whole content."""

    def copy(self) -> Promises:
        return Promises(
            kept=dict(self.kept), gone=set(self.gone), foreign=set(self.foreign), extras=dict(self.extras)
        )


class Replicating:
    """A replicator's process; ``restarted`` is the next one."""

    def __init__(self, disk: ForgetfulDisk, promises: Promises | None = None) -> None:
        self.disk = disk
        self.promises = promises or Promises()
        self.files = StoreFiles.of(ROOT, disk)
        self.named = NamedFiles(disk, self.files.folders)
        self.extras = DiskExtraFiles(ROOT, FOLDERS, ops=disk, threads=cast("DiskThreads", NoThreads()))
        self.writer = DiskWriter(self.files, "demo", "source", "replicate", directly)
        self.chat = DiskWriter(self.files, "demo", CHAT, "replicate", directly)

    def open(self) -> None:
        """As ``DiskStore.open_writer`` does it."""
        for quality, writer in (("source", self.writer), (CHAT, self.chat)):
            self.files.folders.make(self.files.layout.ours("demo", quality))
            writer.prepare()

    def restarted(self) -> Replicating:
        replicating = Replicating(self.disk, self.promises)
        replicating.open()
        return replicating

    async def pull(self, segment: Segment, *chunks: bytes) -> None:
        """Under the name that the peer gave it, whatever came. A careless way of settling it is found where it is used."""
        coming = self.writer.begin()
        try:
            for chunk in chunks:
                await coming.add(chunk)
            with suppress(Corrupt):
                await coming.keep(settling.settled_as(segment, now_us=NOW_US))
                self.promises.kept[str(QUALITY / segment.path)] = b"".join(chunks)
        finally:
            await coming.discard()

    def foreign(self, segment: Segment, content: bytes) -> None:
        """An older node puts a file there, and syncs nothing."""
        path = QUALITY / segment.path
        for folder in (CHANNEL, QUALITY, path.parent):
            self.disk.make_folder(folder)
        self.promises.foreign.add(str(path))
        fd = self.disk.open_new(path)
        self.disk.write(fd, memoryview(content))
        self.disk.close(fd)

    async def second_name(self, segment: Segment, of: Segment, content: bytes) -> None:
        with suppress(Corrupt):
            await self.writer.keep_second_name(segment, of)
            self.promises.kept[str(QUALITY / segment.path)] = content

    async def chat_batch(self, batch: ChatBatch, content: bytes) -> None:
        with suppress(Corrupt):
            await self.chat.keep_chat(batch, content)
            self.promises.kept[str(CHANNEL / CHAT / batch.path)] = content

    def suppress(self, hour: str, name: str, quality: str = "source") -> None:
        """As ``DiskStore.suppress`` does it."""
        target = self.files.layout.hour("demo", quality, hour) / tombstone_for(quality, hour, name)
        self.promises.gone.discard(str(target))
        self.named.tombstone(target)
        self.promises.kept[str(target)] = b""

    def reveal(self, hour: str, name: str, quality: str = "source") -> None:
        target = self.files.layout.hour("demo", quality, hour) / tombstone_for(quality, hour, name)
        self.promises.kept.pop(str(target), None)
        self.named.no_tombstone(target)
        self.promises.gone.add(str(target))

    async def extra(self, folder: str, path: str, *chunks: bytes) -> None:
        target = str(ROOT / folder / path)
        self.promises.extras.setdefault(target, b"".join(chunks))
        coming = self.extras.begin(folder, path)
        try:
            for chunk in chunks:
                await coming.add(chunk)
            with suppress(Corrupt):
                await coming.keep()
                self.promises.kept[target] = self.promises.extras[target]
        finally:
            await coming.discard()

    def digests(self) -> None:
        """What counts in one is acknowledged, whoever made it."""

        def names(hour: str) -> list[str]:
            return self.disk.names(QUALITY / hour)

        hours = [name for name in self.disk.names(QUALITY) if not name.startswith(".")]
        counted = {hour: read_listing(hour, names(hour)).acknowledged for hour in hours}
        HourDigests(self.disk).read(QUALITY, hours, lambda hour: read_listing(hour, names(hour)))
        for hour, acknowledged in counted.items():
            for name in acknowledged:
                self.promises.kept.setdefault(str(QUALITY / hour / name), None)


Scenario = Callable[[Replicating], Awaitable[None]]

ONE, BIG, SAME, DAMAGED = b"one " * 9, b"big" * 900, b"the same", b"is damaged"
PICTURE = b"a picture" * 5
PICTURE_PATH = f"{hash_text(bytes(32))}/{hash_text(hashlib.sha256(PICTURE).digest())}.png"
FOREIGN = a_segment(SAME, at_s=20)
WRONG = a_segment(b"what it should be", at_s=30)


async def a_pass(replicating: Replicating) -> None:
    """All that replication does to a disk, from an empty one on."""
    replicating.open()
    one, big = a_segment(ONE), a_segment(BIG, at_s=2)
    await replicating.pull(one, ONE[:5], ONE[5:])
    await replicating.pull(big, BIG[:1500], BIG[1500:])
    await replicating.pull(a_segment(b"promised", at_s=4), b"something else")
    await replicating.pull(a_segment(b"promised" * 300, at_s=6), b"something else" * 99, b"and more" * 100)
    await replicating.second_name(renamed(one), one, ONE)
    replicating.foreign(FOREIGN, SAME)
    replicating.digests()
    await replicating.second_name(renamed(FOREIGN), FOREIGN, SAME)
    replicating.suppress(HOUR, big.name)
    await replicating.chat_batch(a_batch(b"[1, 2]"), b"[1, 2]")
    await replicating.chat_batch(a_batch(b"[3]"), b"[4]")
    await replicating.extra("media", PICTURE_PATH, PICTURE[:9], PICTURE[9:])
    await replicating.extra("emotes", "25/big", b"e" * 2000, b"mote")

    replicating = replicating.restarted()
    replicating.foreign(WRONG, DAMAGED)
    await replicating.second_name(renamed(WRONG), WRONG, DAMAGED)
    await replicating.second_name(renamed(one, later_us=HOUR_US), one, ONE)
    await replicating.second_name(renamed(one), one, ONE)
    unseen = a_segment(b"never seen", at_s=7200)
    replicating.suppress(unseen.hour, unseen.name)
    replicating.suppress(HOUR, big.name)
    await replicating.extra("emotes", "25/big", b"another one")
    await replicating.extra("media", PICTURE_PATH.replace("/", "0/"), b"not that picture")
    replicating.digests()
    replicating.reveal(HOUR, big.name)
    await replicating.pull(a_segment(b"after a kill", at_s=8), b"after a kill")


def check(state: State, promises: Promises) -> None:
    """Nothing acknowledged is missing, nothing that is there is false."""
    for path, content in promises.kept.items():
        assert path in state, f"{path} was acknowledged"
        assert content is None or state[path] == content, f"{path} was acknowledged"
    for path in promises.gone:
        assert path not in state, f"{path} was removed"
    for path, found in state.items():
        if found is not None and path not in promises.foreign:
            check_file(path, found, promises.extras.get(path))


def check_file(path: str, found: bytes, extra: bytes | None) -> None:
    parts = tuple(path.removeprefix(f"{ROOT}/").split("/"))
    if parts[0] in FOLDERS:
        if parts[1] != extra_files.TEMPS:
            assert found == extra, f"{path} is not what came"
            digest = digest_in(parts[0], parts[1:])
            assert digest in (None, hashlib.sha256(found).digest()), f"{path} is not what it says"
        return
    if parts[2] != ".longtake":
        check_content(parts[1], *parts[2:], content=found)
        return
    assert parts[3] in ("temp", "facts"), path
    if parts[3] == "facts" and not parts[4].startswith("."):
        for line in decode_all(found.decode(errors="replace").splitlines()).values():
            parse_segment_name(parts[4].removesuffix(".jsonl"), line.name)


@cache
def check_content(quality: str, hour: str, name: str, *, content: bytes) -> None:
    if name.endswith(TOMBSTONE_EXTENSION):
        assert content == b""
        return
    parse = parse_chat_name if quality == CHAT else parse_segment_name
    assert parse(hour, name).digest == hashlib.sha256(content).digest(), f"{hour}/{name} is not what it says"


async def check_that_it_goes_on(state: State, promises: Promises) -> None:
    """The next process clears away what was in flight, and brings all of it."""
    disk = ForgetfulDisk(state)
    replicating = Replicating(disk, promises.copy())
    replicating.open()
    assert not [path for path in disk.now() if "/.longtake/temp/replicate/" in path]
    one, big = a_segment(ONE), a_segment(BIG, at_s=2)
    for segment, content in ((one, ONE), (big, BIG)):
        if not await replicating.writer.is_here(segment.hour, segment.name):
            await replicating.pull(segment, content)
    await replicating.second_name(renamed(one), one, ONE)
    await replicating.chat_batch(a_batch(b"[1, 2]"), b"[1, 2]")
    await replicating.extra("emotes", "26", b"e" * 1100, b"mote")
    replicating.suppress(one.hour, one.name)
    replicating.digests()
    for after in (disk.now(), next(disk.after_power_cut(2, random.Random(0)))):
        check(after, replicating.promises)
    assert disk.open_files == 0


async def power_cuts(
    scenario: Scenario, disk: ForgetfulDisk, *, most: int
) -> AsyncIterator[tuple[State, Promises]]:
    """(what is there, what was promised): before each operation and at the end, up to ``most`` states of each moment."""
    found: list[tuple[State, Promises]] = []
    seen: set[int] = set()
    dice = random.Random(4)
    replicating = Replicating(disk)

    def look() -> None:
        promises = replicating.promises.copy()
        for state in disk.after_power_cut(most, dice):
            key = hash((frozenset(state.items()), frozenset(promises.kept), frozenset(promises.gone)))
            if key not in seen:
                seen.add(key)
                found.append((state, promises))

    disk.before = look
    await scenario(replicating)
    look()
    disk.before = lambda: None
    for one in found:
        yield one
