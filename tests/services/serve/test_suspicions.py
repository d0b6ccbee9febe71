"""What a peer may say of a node's files, and how little a liar can do with it."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.compat.stores import HOUR, put, put_chat, put_file
from tests.fakes.answer import Answer
from tests.fakes.web_node import WebNode, web_node

from longtake.adapters.store import suspicions as kept
from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.core.signatures import HOLDS_S, sign
from longtake.services.serve import suspicions as served

SECRET = "sixteen or more of them"
PATH = "/api/v1/suspicions"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
async def node(tmp_path: Path, store: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


def named(name: str, quality: str = "source") -> dict[str, str]:
    return {"channel": "demo", "quality": quality, "hour": HOUR, "name": name}


async def tell(node: WebNode, told: object, **headers: str) -> Answer:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return await node.get(PATH, method="POST", headers={**JSON, **headers}, body=body)


async def paths(store: Path) -> list[str]:
    return [suspicion.path for suspicion in await DiskSuspicions(store).listed()]


async def test_it_is_kept_until_somebody_has_looked(node: WebNode, store: Path) -> None:
    segment, chat = put(store, "59:50.5"), put_chat(store)
    for told in (named(segment), named(chat, "chat"), named(segment)):
        answer = await tell(node, told)
        assert (answer.status, answer.body) == (202, b"")
    assert await paths(store) == [f"demo/chat/{HOUR}/{chat}", f"demo/source/{HOUR}/{segment}"]


async def test_what_is_not_here_cannot_be_wrong(node: WebNode, store: Path) -> None:
    gone = put(store, "59:50.5")
    (store / "demo/source" / HOUR / gone).unlink()
    answer = await tell(node, named(gone))
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    elsewhere = put(store, "59:52.5", quality="media/source")
    assert (await tell(node, named(elsewhere))).status == 404
    assert await paths(store) == []


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'"' + b"x" * 3000 + b'"',
        named("../../../etc/passwd"),
        named("59:50.5-2.0-temp-6f1c4d0e-1111-2222-3333-444444444444.ts"),
        {**named("x.ts"), "channel": ".longtake"},
        {**named("x.ts"), "hour": None},
    ],
    ids=lambda told: repr(told)[:40],
)
async def test_what_makes_no_sense_is_refused(node: WebNode, store: Path, told: object) -> None:
    answer = await tell(node, told)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert not (store / ".longtake" / "suspicions").exists()


async def test_a_long_body_is_not_read(node: WebNode, store: Path) -> None:
    fits = json.dumps(named(put(store, "59:50.5")))
    assert (await tell(node, fits.ljust(4096).encode())).status == 202
    assert (await tell(node, fits.ljust(4097).encode())).status == 413
    assert (await tell(node, bytes(900_000))).status == 413


async def test_a_page_elsewhere_cannot_have_browsers_send_it(node: WebNode, store: Path) -> None:
    told = json.dumps(named(put(store, "59:50.5"))).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
        answer = await node.get(PATH, method="POST", headers={"Content-Type": kind}, body=told)
        assert answer.status == 415
    answer = await node.get(PATH, method="OPTIONS", headers={"Origin": "https://elsewhere.example"})
    assert answer.status == 405
    assert "Access-Control-Allow-Origin" not in answer.headers
    kind = "Application/JSON; charset=utf-8"
    assert (await node.get(PATH, method="POST", headers={"Content-Type": kind}, body=told)).status == 202


async def test_other_methods_are_none(node: WebNode) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        answer = await node.get(PATH, method=method)
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_one_address_may_say_so_many_a_minute(node: WebNode, store: Path) -> None:
    told = named(put(store, "59:50.5"))
    answers = [await tell(node, told) for _ in range(served.MOST_PER_MINUTE + 1)]
    assert [answer.status for answer in answers] == [202] * served.MOST_PER_MINUTE + [429]
    late = answers[-1]
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert json.loads(late.body)["detail"] == "at most 60 suspicions a minute"


async def test_no_more_are_kept_than_custody_can_look_into(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept.DiskSuspicions.__init__, "__kwdefaults__", {"most": 2})
    async with web_node(tmp_path) as node:
        names = [put(store, f"59:5{second}.5") for second in range(3)]
        answers = [await tell(node, named(name)) for name in names]
        assert [answer.status for answer in answers] == [202, 202, 503]
        assert answers[2].headers["Retry-After"] == "5"
        assert (await tell(node, named(names[0]))).status == 202


async def test_a_thousand_wait_at_most_also_over_restarts(tmp_path: Path, store: Path) -> None:
    names = [put(store, f"59:5{second}.5") for second in range(3)]
    async with web_node(tmp_path) as node:
        assert (await tell(node, named(names[0]))).status == 202
    for number in range(kept.MOST - 2):
        put_file(store, f".longtake/suspicions/{number}.json")
    async with web_node(tmp_path) as node:
        assert [(await tell(node, named(name))).status for name in names] == [202, 202, 503]
        assert len(await paths(store)) == 2, "custody drops what is none"
        assert (await tell(node, named(names[2]))).status == 202
    assert kept.MOST == 1000


async def test_a_disk_that_takes_nothing_is_told_without_its_paths(tmp_path: Path, store: Path) -> None:
    name = put(store, "59:50.5")
    (store / ".longtake").write_text("in the way")
    async with web_node(tmp_path) as node:
        answer = await tell(node, named(name))
    assert answer.status == 503
    assert str(store) not in answer.text


async def test_a_body_that_never_ends_is_not_waited_for(
    node: WebNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(served, "_PATIENCE_S", 0.1)
    host, _, port = node.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{"
        client.sendall(head.encode())
        told = await asyncio.to_thread(client.recv, 4096)
    assert b" 408 " in told.partition(b"\r\n")[0]


class TestWithASecret:
    @pytest.fixture
    async def node(self, tmp_path: Path) -> AsyncIterator[WebNode]:
        async with web_node(tmp_path, node={"secret": SECRET}) as node:
            yield node

    async def test_who_shares_it_may_tell(self, node: WebNode, store: Path) -> None:
        body = json.dumps(named(put(store, "59:50.5"))).encode()
        assert (await tell(node, body, Authorization=signed(body))).status == 202
        assert len(await paths(store)) == 1

    async def test_others_may_not(self, node: WebNode, store: Path) -> None:
        body = json.dumps(named(put(store, "59:50.5"))).encode()
        other = json.dumps(named(put(store, "59:52.5"))).encode()
        headers = [
            {},
            {"Authorization": ""},
            {"Authorization": "Bearer x"},
            {"Authorization": signed(other)},
            {"Authorization": signed(body, secret=b"another of sixteen letters")},
            {"Authorization": signed(body, late_s=HOLDS_S + 60)},
            {"Authorization": signed(body, method="GET")},
        ]
        for each in headers:
            answer = await tell(node, body, **each)
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Longtake")
            assert answer.headers["Content-Type"] == "application/problem+json"
        assert await paths(store) == []

    async def test_it_is_asked_for_before_anything_is_told(self, node: WebNode, store: Path) -> None:
        put_file(store, "demo/source/x")
        assert (await tell(node, named("none.ts"))).status == 401
        assert (await tell(node, b"{")).status == 401


def signed(body: bytes, *, secret: bytes = SECRET.encode(), late_s: int = 0, method: str = "POST") -> str:
    return sign(secret, method=method, target=PATH, now_s=int(time.time()) - late_s, body=body)
