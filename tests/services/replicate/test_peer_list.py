"""The list of peers, from config, a real file and a real PostgreSQL: whatever fails, those that are known stay."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest
from tests.fakes.postgres import PASSWORD, Postgres, running_postgres
from tests.fakes.silent_port import silent_port
from tests.fakes.stepped_clock import SteppedClock

from longtake.adapters.db.nodes import NodeRow, add_node, list_nodes, remove_node
from longtake.adapters.db.upgrade import upgrade
from longtake.core.errors import InvalidInput
from longtake.core.replication.addresses import Peer
from longtake.services.replicate.peer_list import EVERY_S, PeerList

CONFIGURED = Peer(name="configured", url="http://configured")
LONGEST_PAUSE_S = 100
"""Longer than the database is left alone after failures."""
SHORT_S = 0.05


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture
async def team(postgres: Postgres) -> str:
    """The name of a database with the node 'east', which is pulled from."""
    name = await postgres.new_database()
    await upgrade(postgres.url(name))
    await add_node(postgres.url(name), node("east"))
    return name


class Sources:
    """A list of peers, and what it reads. ``database``: the URL that is asked, which a test may change."""

    def __init__(self, file: Path, database: str, patience_s: float | None = None) -> None:
        self.clock = SteppedClock()
        self.file, self.database, self.asked = file, database, 0
        file.write_text("written http://written\n")
        self.list = PeerList(
            [CONFIGURED],
            read_file=self._read,
            ask_database=self._ask,
            own_name="here",
            clock=self.clock,
            patience_s=patience_s,
        )

    async def _read(self) -> str:
        try:
            return self.file.read_text()
        except OSError as error:
            raise InvalidInput(f"the file cannot be read: {error}") from error

    async def _ask(self) -> Sequence[Peer]:
        self.asked += 1
        return [Peer(name=one.name, url=one.url) for one in await list_nodes(self.database)]

    async def names(self) -> list[str]:
        return [peer.name for peer in await self.list.peers()]

    async def names_later(self, after_s: float = EVERY_S) -> list[str]:
        self.clock.pass_by(after_s)
        return await self.names()


@pytest.fixture
async def sources(tmp_path: Path, postgres: Postgres, team: str) -> AsyncIterator[Sources]:
    made = Sources(tmp_path / "peers", postgres.url(team))
    yield made
    await made.list.close()


def node(name: str) -> NodeRow:
    return NodeRow(name=name, url=f"http://{name}", pulled_from=True)


ALL = ["configured", "east", "written"]


async def test_all_sources_count_together_and_are_followed(sources: Sources) -> None:
    assert await sources.names() == ALL
    assert sources.list.trouble is None
    sources.file.write_text("other http://other  # new\n")
    await add_node(sources.database, node("west"))
    await remove_node(sources.database, "east")
    assert await sources.names_later() == ["configured", "other", "west"]


async def test_of_one_name_the_databases_word_counts_then_the_files(sources: Sources) -> None:
    sources.file.write_text("configured http://of-file\neast http://of-file\nhere http://itself\n")
    assert await sources.list.peers() == [
        Peer(name="configured", url="http://of-file"),
        Peer(name="east", url="http://east"),
    ]


async def test_a_file_that_is_gone_or_broken_leaves_what_is_known(sources: Sources) -> None:
    await sources.names()
    sources.file.unlink()
    assert await sources.names_later() == ALL
    assert "cannot be read" in (sources.list.trouble or "")
    sources.file.write_text("written http://written\nnonsense\nnext http://next\n")
    assert await sources.names_later() == ["configured", "east", "next", "written"]
    assert "line 2" in (sources.list.trouble or "")
    sources.file.write_text("next http://next\n")
    assert await sources.names_later() == ["configured", "east", "next"]
    assert sources.list.trouble is None


async def test_a_database_that_is_down_at_the_start_counts_once_it_is_up(
    sources: Sources, postgres: Postgres
) -> None:
    postgres.stop()
    try:
        assert await sources.names() == ["configured", "written"]
        assert "nothing listens there" in (sources.list.trouble or "")
        assert PASSWORD not in (sources.list.trouble or "")
        for _ in range(20):
            assert await sources.names_later() == ["configured", "written"]
        assert sources.asked < 12  # it is left alone for longer and longer
    finally:
        postgres.start()
    assert await sources.names_later(LONGEST_PAUSE_S) == ALL
    assert sources.list.trouble is None


async def test_a_database_that_goes_down_leaves_what_it_named(sources: Sources, postgres: Postgres) -> None:
    assert await sources.names() == ALL
    postgres.stop()
    try:
        sources.file.write_text("other http://other\n")
        assert await sources.names_later() == ["configured", "east", "other"]
        assert "the database" in (sources.list.trouble or "")
    finally:
        postgres.start()
    await remove_node(sources.database, "east")
    assert await sources.names_later(LONGEST_PAUSE_S) == ["configured", "other"]
    assert sources.list.trouble is None


async def test_a_database_that_hangs_holds_nobody_up(tmp_path: Path, postgres: Postgres, team: str) -> None:
    sources = Sources(tmp_path / "peers", postgres.url(team))
    assert await sources.names() == ALL
    sources.list._patience_s = SHORT_S
    async with silent_port(postgres.port, b"FROM nodes") as way:
        sources.database = postgres.url(team, port=way.port)
        while not way.is_silent:
            await sources.names_later()
        began = time.monotonic()
        sources.file.write_text("other http://other\n")
        assert await sources.names_later() == ["configured", "east", "other"]
        assert time.monotonic() - began < 1
        asked = sources.asked
        await sources.names_later()
        assert sources.asked == asked, "asked again while it hangs"
    sources.list._patience_s = None
    await sources.names_later()
    assert "connection broke" in (sources.list.trouble or "")
    sources.database = postgres.url(team)
    assert await sources.names_later(LONGEST_PAUSE_S) == ["configured", "east", "other"]
    assert sources.list.trouble is None


async def test_a_fault_of_the_driver_stops_nothing(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> Sequence[Peer]:
        raise RuntimeError("something with a s3cret in it")

    assert await sources.names() == ALL
    sources.list._ask_database = fail
    assert await sources.names_later() == ALL
    assert sources.list.trouble == "the database cannot be asked for peers: RuntimeError"


async def test_who_ends_while_the_database_hangs_leaves_nothing_behind(
    tmp_path: Path, postgres: Postgres, team: str
) -> None:
    async with silent_port() as way:
        sources = Sources(tmp_path / "peers", postgres.url(team, port=way.port), patience_s=SHORT_S)
        assert await sources.names() == ["configured", "written"]
        await sources.list.close()
    assert [task for task in asyncio.all_tasks() if task.get_name() == "ask for peers"] == []
