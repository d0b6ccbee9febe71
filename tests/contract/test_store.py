"""The contract of ``SegmentStore``, on the disk and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.place import keep_one, settled, writing
from tests.contract.store_suite import CALLS, StoreSuite
from tests.fakes.memory_store import MemoryDisk, MemoryStore

from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import StoreUnavailable


class DiskPlace:
    """A folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._opened: list[DiskStore] = []

    def open(self) -> DiskStore:
        """See ``Place``."""
        self._opened.append(DiskStore(self._root))
        return self._opened[-1]

    def put(self, channel: str, quality: str, hour: str, name: str, content: bytes = b"") -> None:
        """See ``Place``."""
        folder = self._root / channel / quality / hour
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    def in_flight(self) -> int:
        """See ``Place``."""
        return len(list(self._root.glob("*/*/.longtake/temp/*/*")))

    def close(self) -> None:
        """Ends the stores' threads."""
        for store in self._opened:
            store.close()


class MemoryPlace:
    """A ``MemoryDisk``."""

    def __init__(self) -> None:
        self.disk = MemoryDisk()
        self.put = self.disk.put

    def open(self) -> MemoryStore:
        """See ``Place``."""
        return MemoryStore(self.disk)

    def in_flight(self) -> int:
        """See ``Place``."""
        return sum(map(len, self.disk.in_flight.values()))


class TestDiskStore(StoreSuite):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[DiskPlace]:
        place = DiskPlace(tmp_path / "not there yet" / "store")
        yield place
        place.close()


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def place(self) -> MemoryPlace:
        return MemoryPlace()

    @pytest.mark.parametrize("call", CALLS)
    async def test_trouble_of_the_disk_stops_every_call(self, call: str) -> None:
        store = MemoryStore()
        await keep_one(store)
        store.disk.trouble = "the disk is full"
        with pytest.raises(StoreUnavailable, match="full"):
            await CALLS[call](store, "demo", "source")
        with pytest.raises(StoreUnavailable):
            await store.channels()
        store.disk.trouble = None
        assert await store.channels() == ["demo"]

    async def test_a_segment_that_met_trouble_is_kept_once_it_is_over(self) -> None:
        store = MemoryStore()
        async with writing(store) as writer:
            incoming = writer.begin()
            await incoming.add(b"held")
            store.disk.trouble = "the disk is full"
            with pytest.raises(StoreUnavailable):
                await incoming.keep(settled)
            assert incoming.is_whole
            store.disk.trouble = None
            segment = await incoming.keep(settled)
        assert await store.read("demo", "source", segment) == b"held"

    async def test_folders_beside_the_channels_are_none(self) -> None:
        store = MemoryStore(not_channels=["media"])
        await keep_one(store, channel="media")
        assert await store.channels() == []
        assert await store.qualities("media") == []
