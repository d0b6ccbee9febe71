"""Listings of hours over real HTTP and a real store: what a peer is told, and what it costs."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from tests.builders import a_run, a_segment
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.store.disk import DiskStore
from longtake.core.listing import HourListing
from longtake.core.names import tombstone_of
from longtake.services.serve.listings import Listings

HOUR = "2024-11-09T04"
PATH = f"/files/demo/source/{HOUR}"
RUN = a_run("04:00:00", 5)
LONG_AGO_NS = 10**18


class Node:
    """``/files`` of a store on disk."""

    def __init__(self, root: Path, *, memory_bytes: int) -> None:
        self.store = DiskStore(root, memory_bytes=memory_bytes)
        self.listings = Listings(self.store, memory_bytes=memory_bytes)
        self.folder = self.store.layout.hour("demo", "source", HOUR)
        self.folder.mkdir(parents=True)
        self.web: WebRoutes

    def put(self, *names: str) -> None:
        """As a recorder does: renamed in."""
        for name in names:
            (self.folder / f".{name}").touch()
            (self.folder / f".{name}").rename(self.folder / name)

    def settle(self) -> None:
        """The folder changed long ago, so that what is read of it is trusted."""
        os.utime(self.folder, ns=(LONG_AGO_NS, LONG_AGO_NS))

    async def names(self, path: str = PATH) -> list[str]:
        answer = await self.web.get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json"), answer.text
        names: list[str] = json.loads(answer.body)
        return names

    @property
    def read(self) -> int:
        """How often an hour was read."""
        return self.store.index_state().read


@asynccontextmanager
async def node(root: Path, *, memory_bytes: int = 1 << 20) -> AsyncIterator[Node]:
    under_test = Node(root, memory_bytes=memory_bytes)
    try:
        async with web_routes(CollectorRegistry(), under_test.listings.routes()) as web:
            under_test.web = web
            yield under_test
    finally:
        under_test.store.close()


async def test_an_hour_that_is_unchanged_is_read_once(tmp_path: Path) -> None:
    async with node(tmp_path) as under_test:
        under_test.put(*(segment.name for segment in RUN))
        under_test.settle()
        for _ in range(3):
            assert await under_test.names() == [segment.name for segment in RUN]
        assert (under_test.read, under_test.store.index_state().kept) == (1, 2)


class HeldStore(DiskStore):
    """Counts the listings that are read, and lets none begin until ``go`` is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.begun = 0
        self.go = asyncio.Event()

    async def listing(self, channel: str, quality: str, hour: str) -> HourListing:
        self.begun += 1
        await self.go.wait()
        return await super().listing(channel, quality, hour)


async def listed(listings: Listings) -> list[str]:
    """Without a server, so that it is known who asked before whom."""
    parts = {"channel": "demo", "quality": "source", "hour": HOUR}
    scope = {"type": "http", "method": "GET", "path": PATH, "query_string": b"", "headers": []}
    answer = await listings.names(Request({**scope, "path_params": parts}))
    names: list[str] = json.loads(bytes(answer.body))
    return names


async def test_sixteen_at_the_same_moment_cost_two_readings_and_each_has_what_was_there_before_it_asked(
    tmp_path: Path,
) -> None:
    store = HeldStore(tmp_path)
    try:
        listings, folder = Listings(store, memory_bytes=1 << 20), store.layout.hour("demo", "source", HOUR)
        folder.mkdir(parents=True)
        (folder / RUN[0].name).touch()
        first = [asyncio.create_task(listed(listings)) for _ in range(8)]
        async with asyncio.timeout(10):
            while not store.begun:
                await asyncio.sleep(0)
        (folder / RUN[1].name).touch()
        later = [asyncio.create_task(listed(listings)) for _ in range(8)]
        await asyncio.sleep(0)  # all of them have asked
        store.go.set()
        for answer in await asyncio.gather(*first):
            assert answer[0] == RUN[0].name
        for answer in await asyncio.gather(*later):
            assert answer == [RUN[0].name, RUN[1].name]
        assert store.begun == 2
        assert store.index_state().read <= 2
    finally:
        store.close()


async def test_what_was_renamed_before_a_request_is_in_its_answer(tmp_path: Path) -> None:
    """Many names within one tick of the clock, and within the second in which no folder's time is trusted."""
    async with node(tmp_path) as under_test:
        run = a_run("04:00:00", 60)
        for count, segment in enumerate(run, 1):
            under_test.put(segment.name)
            assert await under_test.names() == [one.name for one in run[:count]]
        for count, segment in enumerate(run[:30], 1):
            (under_test.folder / segment.name).unlink()
            assert await under_test.names() == [one.name for one in run[count:]]


async def test_answers_beside_a_recorder_have_what_was_there_before_they_were_asked_for(
    tmp_path: Path,
) -> None:
    async with node(tmp_path) as under_test:
        run, written, ended = a_run("04:00:00", 400), 0, threading.Event()

        def write() -> None:
            nonlocal written
            for segment in run:
                under_test.put(segment.name)
                written += 1
            ended.set()

        async def ask() -> None:
            while not ended.is_set():
                before = written
                names = await under_test.names()
                assert names == [segment.name for segment in run[: len(names)]]
                assert len(names) >= before

        writer = threading.Thread(target=write)
        writer.start()
        await asyncio.gather(*(ask() for _ in range(4)))
        writer.join()
        assert await under_test.names() == [segment.name for segment in run]


async def test_tombstones_are_told_to_who_asks_for_them_alone(tmp_path: Path) -> None:
    async with node(tmp_path) as under_test:
        under_test.put(*(segment.name for segment in RUN))
        shown, tombstone = [segment.name for segment in RUN[1:]], tombstone_of(RUN[0].name)
        under_test.put(tombstone)
        under_test.settle()
        for _ in range(2):  # made, and kept
            assert await under_test.names() == shown
            assert await under_test.names(f"{PATH}?tombstones=false") == shown
            assert await under_test.names(f"{PATH}?tombstones=true") == [*shown, tombstone]
        assert under_test.read == 1
        refused = await under_test.web.get(f"{PATH}?tombstones=perhaps")
        assert refused.status == 400


@pytest.mark.parametrize("memory_bytes", [0, 3000], ids=["none", "for one answer"])
async def test_with_little_memory_answers_are_right(tmp_path: Path, memory_bytes: int) -> None:
    """What was made of a listing that has gone is not taken for another's."""
    async with node(tmp_path, memory_bytes=memory_bytes) as under_test:
        other = under_test.folder.with_name("2024-11-09T05")
        other.mkdir()
        (other / a_segment("05:00:00").name).touch()
        under_test.put(*(segment.name for segment in RUN))
        under_test.settle()
        for _ in range(3):
            assert await under_test.names() == [segment.name for segment in RUN]
            assert await under_test.names("/files/demo/source/2024-11-09T05") == [a_segment("05:00:00").name]
            gc.collect()


async def test_who_hangs_up_spoils_nothing(tmp_path: Path) -> None:
    async with node(tmp_path) as under_test:
        under_test.put(*(segment.name for segment in RUN))
        for _ in range(20):
            (await asyncio.to_thread(under_test.web.ask_without_reading, PATH)).close()
        assert await under_test.names() == [segment.name for segment in RUN]


async def test_an_error_of_the_disk_is_503_and_the_next_answer_is_right(tmp_path: Path) -> None:
    """A facts file that is a link to itself cannot be read, whoever one is."""
    async with node(tmp_path) as under_test:
        under_test.put(RUN[0].name)
        facts = under_test.store.layout.facts("demo", "source", HOUR)
        facts.parent.mkdir(parents=True)
        facts.symlink_to(facts)
        answers = await asyncio.gather(*(under_test.web.get(PATH) for _ in range(4)))
        assert [answer.status for answer in answers] == [503] * 4
        assert all("Retry-After" in answer.headers for answer in answers)
        facts.unlink()
        assert await under_test.names() == [RUN[0].name]


NOTHING = ["2024-11-09T05", "2024-11-09T24", "backup", "9999-12-31T23", "0001-01-01T00", "1969-12-31T23"]


@pytest.mark.parametrize("hour", NOTHING)
async def test_what_is_not_there_or_no_hour_is_an_empty_list(tmp_path: Path, hour: str) -> None:
    async with node(tmp_path) as under_test:
        assert await under_test.names(f"/files/demo/source/{hour}") == []
        assert await under_test.names(f"/files/demo/source/{hour}?tombstones=true") == []


async def test_a_link_in_place_of_an_hour_is_an_empty_list(tmp_path: Path) -> None:
    async with node(tmp_path / "store") as under_test:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "secret.ts").touch()
        under_test.folder.with_name("2024-11-09T05").symlink_to(outside)
        loop = under_test.folder.with_name("2024-11-09T06")
        loop.symlink_to(loop)
        assert await under_test.names("/files/demo/source/2024-11-09T05") == []
        assert await under_test.names("/files/demo/source/2024-11-09T06") == []
