"""Who a node says that it is, also when its disk lets it have no id."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from tests.fakes.web_node import web_node

from longtake import __version__
from longtake.adapters.store.node_id import node_id


async def test_a_node_says_who_it_is_and_stays_who_it_is(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        async with web_node(tmp_path, node={"name": "north"}) as node:
            answer = await node.get("/api/v1/node")
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "application/json"
            told.append(json.loads(answer.body))
    assert told[0] == told[1] == {"id": node_id(tmp_path / "store"), "name": "north", "version": __version__}


async def test_without_a_name_it_has_its_machines(tmp_path: Path) -> None:
    async with web_node(tmp_path) as node:
        assert json.loads((await node.get("/api/v1/node")).body)["name"] == socket.gethostname()


async def test_what_can_keep_no_id_serves_all_the_same(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / ".longtake").write_text("in the way, as a disk that takes nothing is")
    async with web_node(tmp_path) as node:
        answer = await node.get("/api/v1/node")
        assert answer.status == 200
        assert json.loads(answer.body)["id"] is None
        assert (await node.get("/files")).status == 200


async def test_whoever_has_no_secret_may_ask_all_the_same(tmp_path: Path) -> None:
    secret = {"secret": "sixteen or more of them", "open_to_older": False}
    async with web_node(tmp_path, node=secret) as node:
        assert (await node.get("/api/v1/node")).status == 200
