"""What peers suspect is looked into: damaged files end where all damaged ones do, sound ones are let be."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.compat.stores import HOUR as CHAT_HOUR
from tests.compat.stores import put_chat
from tests.fakes.recording import START, Recorded, at_us, record

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.served import DiskFiles
from longtake.adapters.store.status_files import read_status
from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.app.config import load_settings
from longtake.app.wiring.custody import custody
from longtake.core.errors import StoreUnavailable
from longtake.core.segments import Segment
from longtake.core.suspicions import Suspicion, parse_suspicion
from longtake.core.times import SECOND_US
from longtake.services.custody.filling import FactsFilling
from longtake.services.custody.suspicions import SuspicionsLook

AT = ("demo", "source")
HOUR = "2024-11-24T04"
LATER = "2024-11-24T06:00:00Z"


class StillClock:
    """Two hours after the recording; goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.us = at_us(LATER)

    def now_us(self) -> int:
        return self.us

    def monotonic_s(self) -> float:
        return self.us / SECOND_US

    async def sleep(self, delay_s: float) -> None:
        self.us += round(delay_s * SECOND_US)


class FailingStore(DiskStore):
    """Refuses to read and to note while ``fails``."""

    fails = False

    async def read(self, channel: str, quality: str, segment: Segment) -> bytes:
        """See ``SegmentStore``."""
        if self.fails:
            raise StoreUnavailable("cannot read: the disk fails")
        return await super().read(channel, quality, segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderTest:
    look: SuspicionsLook
    filling: FactsFilling
    suspicions: DiskSuspicions
    store: FailingStore
    clock: StillClock
    registry: CollectorRegistry

    async def suspect(self, *segments: Segment) -> None:
        for segment in segments:
            assert await self.suspicions.note(suspicion_of(segment))

    def counted(self, finding: str) -> float:
        return self.registry.get_sample_value("longtake_suspicions_looked_total", {"finding": finding}) or 0

    async def damaged(self) -> list[str]:
        """As the status shows them, once filling has done what there is to do."""
        return await damaged(self.filling)


async def damaged(filling: FactsFilling) -> list[str]:
    await filling.survey()
    while await filling.fill():
        await filling.survey()
    facts = filling.details()["facts"]
    assert isinstance(facts, dict)
    assert facts["damaged"] == len(facts["damaged_files"])
    return list(facts["damaged_files"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def node(root: Path) -> Iterator[UnderTest]:
    store, clock, registry = FailingStore(root), StillClock(), CollectorRegistry()
    suspicions = DiskSuspicions(root)
    files = DiskFiles(root, extra_folders=())
    look = SuspicionsLook(suspicions, store, files, clock, registry=registry)
    yield UnderTest(
        look=look,
        filling=FactsFilling(store, clock, registry=registry, also_damaged=look.damaged),
        suspicions=suspicions,
        store=store,
        clock=clock,
        registry=registry,
    )
    store.close()


def suspicion_of(segment: Segment) -> Suspicion:
    return parse_suspicion(*AT, segment.hour, segment.name)


async def recorded(node: UnderTest) -> list[Recorded]:
    """Three segments, into which filling has nothing more to look."""
    segments = await record(node.store, count=3)
    settle(node.store)
    assert await node.damaged() == []
    return segments


def settle(store: DiskStore) -> None:
    """What was changed a moment ago is never believed to be unchanged."""
    for folder in store.layout.root.glob("*/*/*"):
        os.utime(folder, (at_us(START) / SECOND_US,) * 2)


def flip(path: Path) -> None:
    """One bit, in place: neither length nor name nor folder change."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def path_of(node: UnderTest, segment: Segment) -> Path:
    return node.store.layout.quality(*AT) / segment.path


async def test_a_damaged_segment_is_shown_and_stays_so_until_it_is_well(node: UnderTest, root: Path) -> None:
    first, second, _ = await recorded(node)
    before = await node.store.facts(*AT, [HOUR])
    flip(path_of(node, second.segment))
    assert await node.damaged() == [], "nobody saw it yet"
    await node.suspect(first.segment, second.segment)
    with capture_logs() as logs:
        await node.look.once()
        shown = await node.damaged()
    assert shown == [f"demo/source/{second.segment.path}"]
    assert {"event": "a file is damaged", "path": second.segment.path}.items() <= logs[-1].items()
    assert [log["log_level"] for log in logs if "finding" in log] == ["debug", "error"]
    assert await node.suspicions.listed() == []
    assert (node.counted("damaged"), node.counted("sound"), node.counted("gone")) == (1, 1, 0)

    again = DiskStore(root)
    assert await damaged(FactsFilling(again, StillClock(), registry=CollectorRegistry())) == shown
    again.close()

    path_of(node, second.segment).write_bytes(second.content)
    os.utime(path_of(node, second.segment).parent)
    await node.filling.survey()
    await node.clock.sleep(61)
    assert await node.damaged() == []
    after = await node.store.facts(*AT, [HOUR])
    assert after[second.segment.name].recorded_us == before[second.segment.name].recorded_us


async def test_told_again_it_is_neither_noted_nor_shown_twice(node: UnderTest) -> None:
    first, *_ = await recorded(node)
    flip(path_of(node, first.segment))
    sizes = set()
    for _ in range(3):
        await node.suspect(first.segment)
        await node.look.once()
        assert len(await node.damaged()) == 1
        sizes.add(node.store.layout.facts(*AT, HOUR).stat().st_size)
    assert len(sizes) == 1


async def test_what_is_gone_or_never_was_is_dropped(node: UnderTest) -> None:
    first, *_ = await recorded(node)
    await node.suspect(first.segment)
    assert await node.suspicions.note(parse_suspicion("nobody", "source", HOUR, first.segment.name))
    await node.store.remove(*AT, first.segment)
    await node.look.once()
    assert await node.suspicions.listed() == []
    assert node.counted("gone") == 2


async def test_while_the_disk_fails_they_stay_and_it_is_told_once(node: UnderTest) -> None:
    first, *_ = await recorded(node)
    flip(path_of(node, first.segment))
    await node.suspect(first.segment)
    node.store.fails = True
    with capture_logs() as logs:
        await node.look.once()
        await node.look.once()
    assert [log["log_level"] for log in logs] == ["warning"]
    assert len(await node.suspicions.listed()) == 1
    node.store.fails = False
    await node.look.once()
    assert await node.damaged() == [f"demo/source/{first.segment.path}"]


async def test_a_mark_that_cannot_be_made_leaves_the_suspicion(
    node: UnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = await recorded(node)
    flip(path_of(node, first.segment))
    await node.suspect(first.segment, second.segment)

    async def full(*_: object) -> None:
        raise StoreUnavailable("cannot note facts: the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(node.store, "note_facts", full)
        await node.look.once()
    assert await node.suspicions.listed() == [suspicion_of(first.segment)]
    await node.look.once()
    assert await node.suspicions.listed() == []


async def test_chat_is_held_against_its_hash(node: UnderTest, root: Path) -> None:
    long = b"a minute with many messages\n" * 100_000
    names = {
        "sound": put_chat(root, "59:00", long),
        "damaged": put_chat(root, "58:00"),
        "gone": put_chat(root, "57:00", b"merged"),
    }
    folder = root / "demo" / "chat" / CHAT_HOUR
    flip(folder / names["damaged"])
    (folder / names["gone"]).unlink()
    for name in names.values():
        assert await node.suspicions.note(parse_suspicion("demo", "chat", CHAT_HOUR, name))
    with capture_logs() as logs:
        await node.look.once()
    found = {log["path"].rpartition("/")[2]: log["finding"] for log in logs}
    assert found == {name: finding for finding, name in names.items()}
    path = f"demo/chat/{CHAT_HOUR}/{names['damaged']}"
    assert [each.path for each in await node.suspicions.listed()] == [path]
    assert await node.damaged() == [path]


async def test_damaged_chat_is_shown_until_it_is_well_or_gone(node: UnderTest, root: Path) -> None:
    folder = root / "demo" / "chat" / CHAT_HOUR
    contents = {minute: f"chat of {minute}".encode() for minute in ("57:00", "58:00", "59:00")}
    files = [folder / put_chat(root, minute, content) for minute, content in contents.items()]
    for file in files:
        flip(file)
        assert await node.suspicions.note(parse_suspicion("demo", "chat", CHAT_HOUR, file.name))
    with capture_logs() as logs:
        for _ in range(3):
            await node.look.once()
        await node.clock.sleep(601)
        await node.look.once()
    assert len(logs) == 3
    assert node.counted("damaged") == 3
    assert len(await node.damaged()) == 3

    again = SuspicionsLook(
        node.suspicions,
        node.store,
        DiskFiles(root, extra_folders=()),
        node.clock,
        registry=CollectorRegistry(),
    )
    await again.once()
    assert again.damaged() == node.look.damaged()

    files[0].write_bytes(contents["57:00"])
    files[1].unlink()
    await node.look.once()
    assert len(await node.damaged()) == 3, "not yet"
    await node.clock.sleep(601)
    await node.look.once()
    path = f"demo/chat/{CHAT_HOUR}/{files[2].name}"
    assert await node.damaged() == [path]
    assert [each.path for each in await node.suspicions.listed()] == [path]


async def test_the_custody_process_looks_into_it(root: Path) -> None:
    store = DiskStore(root)
    first, *_ = await record(store, count=2)
    flip(store.layout.quality(*AT) / first.segment.path)
    store.close()
    suspicions = DiskSuspicions(root)
    await suspicions.note(suspicion_of(first.segment))
    settings = load_settings(None, {"store": {"dir": str(root)}})
    work = asyncio.create_task(custody(settings))
    try:
        async with asyncio.timeout(30):
            while await suspicions.listed():
                await asyncio.sleep(0.05)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    again = DiskStore(root)
    facts = (await again.facts(*AT, [HOUR]))[first.segment.name]
    again.close()
    assert facts.looked is None
    assert read_status(root) == []
