"""Two nodes of a team: what one signs, the other understands, on every way that it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.compat.stores import HOUR, put, put_file
from tests.fakes.web_node import web_node

from longtake.adapters.http.client import HttpClient
from longtake.adapters.peers.node_api import NodeApi
from longtake.adapters.store.node_id import node_id
from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.core.errors import SourceDown, SourceRefused

SECRET = "sixteen or more of them"
CHANNEL = "grün: 7% & mehr"
"""Nearly all of it is encoded on the way."""


@asynccontextmanager
async def asking(folder: Path, secret: bytes | None) -> AsyncIterator[NodeApi]:
    """A node that lists for its team alone, and one that asks it."""
    settings = {"name": "north", "secret": SECRET, "open_to_older": False}
    async with web_node(folder, node=settings) as node, HttpClient() as client:
        yield NodeApi(client, node.url, secret=secret)


def filled(folder: Path) -> str:
    put_file(folder / "store", "media/a b.png")
    return put(folder / "store", "59:50.5", quality=f"{CHANNEL}/source")


async def test_who_shares_the_secret_is_told_everything(tmp_path: Path) -> None:
    name = filled(tmp_path)
    async with asking(tmp_path, SECRET.encode()) as peer:
        assert await peer.channels() == [CHANNEL]
        assert await peer.qualities(CHANNEL) == ["source"]
        assert await peer.hours(CHANNEL, "source") == [HOUR]
        assert await peer.names(CHANNEL, "source", HOUR) == [name]
        assert await peer.extras("media") == ["a b.png"]
        digests = await peer.digests(CHANNEL, "source", None)
        assert digests is not None
        assert [digest.hour for digest in digests.hours] == [HOUR]
        assert await peer.digests(CHANNEL, "source", digests.tag) is None
        await peer.suspect(CHANNEL, "source", HOUR, name)
        with pytest.raises(SourceDown):
            await peer.suspect(CHANNEL, "source", HOUR, name.replace("59:50", "59:51"))
    (noted,) = await DiskSuspicions(tmp_path / "store").listed()
    assert noted.path == f"{CHANNEL}/source/{HOUR}/{name}"


@pytest.mark.parametrize("secret", [None, b"another of sixteen letters"], ids=["none", "another"])
async def test_others_are_refused_but_may_ask_who_it_is_and_fetch(
    tmp_path: Path, secret: bytes | None
) -> None:
    name = filled(tmp_path)
    taken = b""

    async def take(chunk: bytes) -> None:
        nonlocal taken
        taken += chunk

    async with asking(tmp_path, secret) as peer:
        for ask in (
            peer.channels(),
            peer.names(CHANNEL, "source", HOUR),
            peer.extras("media"),
            peer.digests(CHANNEL, "source", None),
            peer.suspect(CHANNEL, "source", HOUR, name),
        ):
            with pytest.raises(SourceRefused, match="401"):
                await ask
        known = await peer.node()
        assert known is not None
        assert (known.id, known.name) == (node_id(tmp_path / "store"), "north")
        await peer.pull([CHANNEL, "source", HOUR, name], take)
    assert taken == (tmp_path / "store" / CHANNEL / "source" / HOUR / name).read_bytes()
    assert await DiskSuspicions(tmp_path / "store").listed() == []
