"""The power goes at any moment of a recording, on a disk that forgets what was not synced.

``power_cuts`` runs a scenario and stops before each of its operations on the disk; each state that may be found then is
checked, and recorded into again. To play another scenario (pulling, deleting, a journal), give it another function.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest
from tests.contract.place import START_US, settled
from tests.fakes.forgetful_disk import ForgetfulDisk, State

from longtake.adapters.store import facts_log, incoming
from longtake.adapters.store.facts_log import FactsLog
from longtake.adapters.store.removal import Removal
from longtake.adapters.store.writer import DiskWriter, StoreFiles
from longtake.core.facts import SegmentFacts, decode_all
from longtake.core.segments import Segment, SegmentType, parse_segment_name
from longtake.core.times import SECOND_US

ROOT = Path("/srv/store")
QUALITY = ROOT / "demo" / "source"
OURS = QUALITY / ".longtake"
MEMORY = str(OURS / "capture.memory")

Params = ParamSpec("Params")
Result = TypeVar("Result")


async def directly(
    function: Callable[Params, Result], /, *args: Params.args, **kwargs: Params.kwargs
) -> Result:
    """One thing after the other, so that every operation has its number."""
    return function(*args, **kwargs)


@dataclass(slots=True)
class Promises:
    """What a recording may be held to."""

    kept: dict[str, bytes] = field(default_factory=dict)
    """Acknowledged, and not removed since."""
    noted: dict[str, set[SegmentFacts]] = field(default_factory=dict)
    """All that was ever said of a segment."""
    remembered: set[str] = field(default_factory=set)


class Recording:
    """A recorder's process; ``restarted`` is the next one, after a kill that lost nothing but what it had in hand."""

    def __init__(self, disk: ForgetfulDisk, promises: Promises | None = None) -> None:
        self.disk = disk
        self.promises = promises or Promises()
        self.files = StoreFiles.of(ROOT, disk)
        self.writer = DiskWriter(self.files, "demo", "source", "capture", directly)
        self.removal = Removal(disk, FactsLog(disk))

    def open(self) -> None:
        """As ``DiskStore.open_writer`` does it."""
        self.files.folders.make(OURS)
        self.writer.prepare()

    def restarted(self) -> Recording:
        recording = Recording(self.disk, self.promises)
        recording.open()
        return recording

    async def keep(
        self, *chunks: bytes, at_s: int = 0, type: SegmentType = SegmentType.FULL, codecs: str | None = None
    ) -> Segment:
        def settle(content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
            segment, _ = settled(content, digest, start_us=START_US + at_s * SECOND_US, type=type)
            facts = SegmentFacts(name=segment.name, size_bytes=len(content), codecs=codecs)
            self.promises.noted.setdefault(segment.name, set()).add(facts)
            return segment, facts

        on_its_way = self.writer.begin()
        for chunk in chunks:
            await on_its_way.add(chunk)
        segment = await on_its_way.keep(settle)
        self.promises.kept[segment.path] = b"".join(chunks)
        return segment

    async def remember(self, text: str) -> None:
        self.promises.remembered.add(text)
        await self.writer.remember(text)

    def facts_of(self, segment: Segment) -> Path:
        return self.files.layout.facts("demo", "source", segment.hour)

    def note(self, segment: Segment, codecs: str) -> SegmentFacts:
        facts = SegmentFacts(name=segment.name, size_bytes=1, codecs=codecs)
        self.promises.noted[segment.name].add(facts)
        return facts

    def remove(self, segment: Segment) -> None:
        del self.promises.kept[segment.path]
        self.removal.segment(QUALITY / segment.path, self.facts_of(segment))

    def remove_hour(self, hour: str) -> None:
        for path in [path for path in self.promises.kept if path.startswith(hour)]:
            del self.promises.kept[path]
        self.removal.hour(QUALITY / hour, self.files.layout.facts("demo", "source", hour))


Scenario = Callable[[Recording], Awaitable[None]]


async def a_day_in_short(recording: Recording) -> None:
    """All that recording does to a disk, from an empty one on."""
    recording.open()
    first = await recording.keep(b"first " * 9, at_s=0)
    doubtful = await recording.keep(b"doubtful", at_s=2, type=SegmentType.SUSPECT)
    await recording.remember("anchor 1")
    full = await recording.keep(b"doubtful no more", at_s=2)
    big = await recording.keep(*(bytes([number]) * 600 for number in range(5)), at_s=4)
    await recording.keep(at_s=6, type=SegmentType.SUSPECT)
    given_up = recording.writer.begin()
    for _ in range(3):
        await given_up.add(b"given up" * 100)
    await given_up.discard()
    recording.files.facts.append(
        recording.facts_of(full), [recording.note(full, "avc1"), recording.note(big, "avc1")]
    )
    next_hour = await recording.keep(b"the next hour", at_s=3600)
    await recording.remember("anchor 2")
    recording.files.facts.replace(
        recording.facts_of(first), [recording.note(first, "hvc1"), recording.note(full, "hvc1")]
    )
    for number in range(6):
        recording.files.facts.append(recording.facts_of(first), [recording.note(first, f"hvc{number}")])
    assert len(recording.disk.read(recording.facts_of(first)).splitlines()) < 6
    recording.remove(doubtful)
    left_behind = recording.writer.begin()
    for _ in range(3):
        await left_behind.add(b"in flight" * 100)

    recording = recording.restarted()
    assert await recording.writer.recall() == "anchor 2"
    await recording.keep(b"after a kill", at_s=8)
    await recording.keep(b"first " * 9, at_s=0)
    recording.remove(next_hour)
    again = await recording.keep(b"in an hour that had gone", at_s=3602)
    recording.remove_hour(first.hour)
    await recording.keep(b"late", b"r", at_s=10)
    recording.files.facts.replace(recording.facts_of(again), [])
    await recording.remember("anchor 3")


def check(state: State, promises: Promises) -> None:
    """Nothing acknowledged is missing, nothing that is there is false."""
    for path, content in promises.kept.items():
        assert state.get(f"{QUALITY}/{path}") == content, f"{path} was acknowledged"
    for path, found in state.items():
        if found is None:
            continue
        if path == MEMORY:
            assert found.decode() in promises.remembered, "something else is remembered"
            continue
        for facts in told_by(path, found):
            assert facts in promises.noted[facts.name], f"{path} tells what nobody said"


@cache
def told_by(path: str, content: bytes) -> tuple[SegmentFacts, ...]:
    """The facts in a file of facts; of others nothing, but that each is what it should be."""
    *above, folder, name = path.removeprefix(f"{QUALITY}/").split("/")
    if not above:
        digest = parse_segment_name(folder, name).digest
        assert digest == hashlib.sha256(content).digest(), f"{path} is not what it says"
    elif folder == "facts" and not name.startswith("."):
        return tuple(decode_all(content.decode(errors="replace").splitlines()).values())
    else:
        assert (*above, folder) in ((".longtake", "facts"), (".longtake", "temp", "capture")), path
    return ()


async def check_that_recording_goes_on(state: State, promises: Promises) -> None:
    disk = ForgetfulDisk(state)
    recording = Recording(
        disk, Promises(kept=dict(promises.kept), noted=promises.noted, remembered=promises.remembered)
    )
    recording.open()
    assert [path for path in disk.now() if path.startswith(f"{OURS}/temp/capture/")] == []
    assert await recording.writer.recall() in {None, *promises.remembered}
    await recording.keep(b"and on it goes", at_s=12)
    await recording.keep(b"first " * 9, at_s=0)
    for after in (disk.now(), next(disk.after_power_cut(2, random.Random(0)))):
        check(after, recording.promises)
    assert disk.open_files == 0


async def power_cuts(
    scenario: Scenario, disk: ForgetfulDisk, *, most: int
) -> AsyncIterator[tuple[int, State, Promises]]:
    """(number of the operation, what is there, what was promised): before each operation and at the end, up to ``most``
    states of each moment; a state that was there before with the same promises is left out.
    """
    found: list[tuple[int, State, Promises]] = []
    seen: set[int] = set()
    dice = random.Random(4)
    recording = Recording(disk)

    def look() -> None:
        promised = recording.promises
        promises = Promises(
            kept=dict(promised.kept),
            noted={name: set(facts) for name, facts in promised.noted.items()},
            remembered=set(promised.remembered),
        )
        for state in disk.after_power_cut(most, dice):
            key = hash((frozenset(state.items()), frozenset(promises.kept), frozenset(promises.remembered)))
            if key not in seen:
                seen.add(key)
                found.append((disk.operations, state, promises))

    disk.before = look
    await scenario(recording)
    look()
    disk.before = lambda: None
    for one in found:
        yield one


@pytest.fixture(autouse=True)
def little_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "_ONE_MAY_HOLD", 1000)
    monkeypatch.setattr(facts_log, "_LOOKED_AT_BYTES", 300)
    monkeypatch.setattr(facts_log, "_SPARE_LINES", 1)


@pytest.mark.parametrize(
    ("most", "goes_on"),
    [pytest.param(420, 4, id="some of them"), pytest.param(2_000, 1, id="many", marks=pytest.mark.soak)],
)
async def test_whatever_a_power_cut_leaves_is_what_was_promised_and_true(most: int, goes_on: int) -> None:
    """Into each ``goes_on``-th state is recorded again."""
    states = 0
    async for _, state, promises in power_cuts(a_day_in_short, ForgetfulDisk(), most=most):
        check(state, promises)
        if states % goes_on == 0:
            await check_that_recording_goes_on(state, promises)
        states += 1
    assert states >= 10_000


class NoSync(ForgetfulDisk):
    def fsync(self, fd: int) -> None:
        pass


class NoFolderSync(ForgetfulDisk):
    def fsync_folder(self, path: Path) -> None:
        pass


class NoSyncOfTheFolderAbove(ForgetfulDisk):
    def fsync_folder(self, path: Path) -> None:
        if path != QUALITY:
            super().fsync_folder(path)


class SyncsTooLate(ForgetfulDisk):
    """The file gets its name first, and is synced then."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[int] = []

    def fsync(self, fd: int) -> None:
        self._late.append(fd)

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        for fd in self._late:
            super().fsync(fd)
        self._late.clear()


class AcknowledgesTooEarly(ForgetfulDisk):
    """A folder is synced with the next one only."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[Path] = []

    def fsync_folder(self, path: Path) -> None:
        for folder in self._late:
            super().fsync_folder(folder)
        self._late = [path]


@pytest.mark.parametrize(
    "careless", [NoSync, NoFolderSync, NoSyncOfTheFolderAbove, SyncsTooLate, AcknowledgesTooEarly]
)
async def test_a_sync_that_is_left_out_is_found_out(careless: type[ForgetfulDisk]) -> None:
    async def look() -> None:
        async for _, state, promises in power_cuts(a_day_in_short, careless(), most=100):
            check(state, promises)

    with pytest.raises(AssertionError):
        await look()
