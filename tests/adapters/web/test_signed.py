"""Listings for the team alone: what is signed comes through, nothing else does, and what viewers ask is open."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.compat.stores import HOUR, put, put_file
from tests.fakes.web_node import WebNode, web_node

from longtake.core.signatures import HOLDS_S, sign

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "sixteen or more of them"
CLOSED = [
    "/files",
    "/files/",
    "/files/demo",
    f"/files/demo/source/{HOUR}",
    f"/files/demo/source/{HOUR}?tombstones=true",
    "/files/demo/source/2024%2D11%2D09T23",
    "/extras/media",
    "/api/v1/digests/demo/source",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    """Closed to all without the secret."""
    folder = tmp_path_factory.mktemp("closed")
    filled(folder)
    async with web_node(folder, node={"secret": SECRET, "open_to_older": False}) as node:
        yield node


def filled(folder: Path) -> None:
    put(folder / "store", "59:50.5")
    put_file(folder / "store", "media/a.png")


def signed(target: str, *, method: str = "GET", secret: str = SECRET, late_s: int = 0) -> dict[str, str]:
    now_s = int(time.time()) - late_s
    return {"Authorization": sign(secret.encode(), method=method, target=target, now_s=now_s)}


@pytest.mark.parametrize("path", CLOSED)
async def test_what_is_signed_comes_through(node: WebNode, path: str) -> None:
    answer = await node.get(path, headers=signed(path))
    assert answer.status == 200
    assert json.loads(answer.body)
    assert (await node.get(path, method="HEAD", headers=signed(path, method="HEAD"))).status == 200


async def test_a_proxy_may_write_it_another_way(node: WebNode) -> None:
    answer = await node.get(
        f"/files/demo/source/{HOUR.replace('-', '%2D')}", headers=signed(f"/files/demo/source/{HOUR}")
    )
    assert answer.status == 200


@pytest.mark.parametrize("path", CLOSED)
async def test_what_is_not_signed_does_not(node: WebNode, path: str) -> None:
    refused = [
        {},
        {"Authorization": "Basic bm9ydGg6c291dGg="},
        signed(path, secret="another of sixteen letters"),
        signed(path + "x"),
        signed(path, method="HEAD"),
        signed(path, late_s=HOLDS_S + 60),
        signed(path, late_s=-HOLDS_S - 60),
    ]
    for headers in refused:
        answer = await node.get(path, headers=headers)
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Longtake"), headers
        assert b"demo" not in answer.body
        assert b"a.png" not in answer.body


async def test_a_query_that_was_not_signed_does_not_count(node: WebNode) -> None:
    path = f"/files/demo/source/{HOUR}"
    assert (await node.get(f"{path}?tombstones=true", headers=signed(path))).status == 401
    assert (await node.get(path, headers=signed(f"{path}?tombstones=true"))).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "//files",
        "/./files",
        "/x/../files",
        "/files%2Fdemo",
        "/%66iles/demo",
        "/FILES",
        "/files\\demo",
        "/files;x",
    ],
)
async def test_no_other_way_of_writing_a_path_leads_past_it(node: WebNode, path: str) -> None:
    answer = await node.get(path)
    assert answer.status in (400, 401, 404)
    assert b"source" not in answer.body


async def test_errors_have_the_form_that_their_path_has(node: WebNode) -> None:
    for path in ("/files", "/extras/media"):
        answer = await node.get(path)
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert "node.secret" in answer.text
    answer = await node.get("/files", headers={"Accept": "application/problem+json"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    answer = await node.get("/api/v1/digests/demo/source")
    assert json.loads(answer.body)["status"] == 401


async def test_what_viewers_and_players_ask_is_open(node: WebNode) -> None:
    (name,) = json.loads((await node.get(path := f"/files/demo/source/{HOUR}", headers=signed(path))).body)
    for path in (
        "/healthz",
        "/metrics",
        "/api/v1/channels",
        "/api/v1/status",
        "/playlist/demo.m3u8",
        f"/playlist/demo/source.m3u8?start={HOUR}:00:00",
        f"/segments/demo/source/{HOUR}/{name}",
        "/segments/media/a.png",
    ):
        assert (await node.get(path)).status == 200, path
    assert (await node.get("/files", method="OPTIONS", headers={"Origin": "https://x.example"})).status == 204


@pytest.mark.parametrize("settings", [{"secret": SECRET}, {"open_to_older": False}, {}], ids=repr)
async def test_unless_both_is_set_it_is_all_open(tmp_path: Path, settings: dict[str, object]) -> None:
    filled(tmp_path)
    async with web_node(tmp_path, node=settings) as node:
        for path in CLOSED:
            assert (await node.get(path)).status == 200
            assert (await node.get(path, headers=signed(path))).status == 200
