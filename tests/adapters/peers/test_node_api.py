"""What is asked of another node: of a real one of ours, signed and not, and of an older one."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from tests.compat.stores import HOUR, NEXT_HOUR, put, put_chat, put_file, two_hours
from tests.fakes.older_node import OlderNode
from tests.fakes.web_node import WebNode, web_node

from longtake import __version__
from longtake.adapters.http.client import HttpClient
from longtake.adapters.peers.node_api import NodeApi
from longtake.adapters.store.node_id import node_id
from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.core.errors import InvalidName, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.signatures import HOLDS_S

SECRET = b"sixteen or more of them"
TEAM: dict[str, object] = {"secret": SECRET.decode(), "name": "south"}


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A node of ours, and what another one sees of it."""

    node: WebNode
    api: NodeApi
    root: Path


@pytest_asyncio.fixture(params=["open", "unsigned", "signed", "closed"])
async def peer(request: pytest.FixtureRequest, tmp_path: Path, client: HttpClient) -> AsyncIterator[Peer]:
    """Without a secret, whether or not the asker has one; and with one, without and with a word on older nodes."""
    settings: dict[str, dict[str, object]] = {
        "open": {"name": "south"},
        "unsigned": {"name": "south"},
        "signed": TEAM,
        "closed": {**TEAM, "open_to_older": False},
    }
    async with web_node(tmp_path, node=settings[request.param]) as node:
        secret = None if request.param == "open" else SECRET
        yield Peer(node=node, api=NodeApi(client, node.url, secret=secret), root=tmp_path / "store")


async def pulled(api: NodeApi, *parts: str) -> bytes:
    content = bytearray()

    async def take(chunk: bytes) -> None:
        content.extend(chunk)

    await api.pull(parts, take)
    return bytes(content)


async def test_who_it_is(peer: Peer) -> None:
    node = await peer.api.node()
    assert node is not None
    assert (node.id, node.name, node.version) == (node_id(peer.root), "south", __version__)


async def test_who_cannot_keep_an_id_is_one_of_ours_nevertheless(tmp_path: Path, client: HttpClient) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / ".longtake").write_text("in the way")
    async with web_node(tmp_path, node={"name": "south"}) as node:
        told = await NodeApi(client, node.url).node()
    assert told is not None
    assert (told.id, told.name) == (None, "south")


async def test_what_it_lists(peer: Peer) -> None:
    two_hours(peer.root)
    assert await peer.api.channels() == ["demo"]
    assert sorted(await peer.api.qualities("demo")) == ["480p", "chat", "source"]
    assert sorted(await peer.api.hours("demo", "source")) == [HOUR, NEXT_HOUR]
    names = await peer.api.names("demo", "source", HOUR)
    here = {path.name for path in (peer.root / "demo/source" / HOUR).iterdir()}
    assert set(names) < here
    assert {name for name in names if name.endswith(".tombstone")} == {
        name for name in here if name.endswith(".tombstone")
    }
    for unknown in (peer.api.qualities("x"), peer.api.hours("demo", "x"), peer.api.names("demo", "x", HOUR)):
        assert await unknown == []


@pytest.mark.parametrize(
    "name", ["höhe 7%", "a?b#c", "a+b&c=d", "日本", "%2F", "a\\b", "'\"", "x;y", "[1]", "~", "a  b"]
)
async def test_names_that_need_quoting(tmp_path: Path, client: HttpClient, name: str) -> None:
    """Signed as they are sent, too."""
    async with web_node(tmp_path, node={**TEAM, "open_to_older": False}) as node:
        api, root = NodeApi(client, node.url, secret=SECRET), tmp_path / "store"
        file = put(root, "59:50.5", quality=f"{name}/{name}")
        put_file(root, f"media/{name}/{name}", b"extra")
        assert await api.channels() == [name]
        assert await api.qualities(name) == [name]
        assert await api.hours(name, name) == [HOUR]
        assert await api.names(name, name, HOUR) == [file]
        assert (await pulled(api, name, name, HOUR, file)).startswith(name.encode())
        assert await api.extras("media") == [f"{name}/{name}"]
        assert await pulled(api, "media", name, name) == b"extra"
        digests = await api.digests(name, name, None)
        assert digests is not None
        assert [digest.hour for digest in digests.hours] == [HOUR]
        await api.suspect(name, name, HOUR, file)


async def test_digests_are_those_of_the_store_until_something_changes(peer: Peer) -> None:
    two_hours(peer.root)
    first = await peer.api.digests("demo", "source", None)
    assert first is not None
    assert list(first.hours) == list(await peer.node.store.digests("demo", "source"))
    assert len(first.hours) == 2
    assert first.tag
    assert await peer.api.digests("demo", "source", first.tag) is None
    put(peer.root, "12:00.5")
    second = await peer.api.digests("demo", "source", first.tag)
    assert second is not None
    assert second.tag != first.tag
    assert [one.hour for one in second.hours if one not in first.hours] == [HOUR]
    nothing = await peer.api.digests("demo", "nothing", None)
    assert nothing is not None
    assert nothing.hours == ()


async def test_files_come_to_the_byte(peer: Peer) -> None:
    content = bytes(range(256)) * 12_000
    name, chat = put(peer.root, "59:50.5", content=content), put_chat(peer.root)
    put_file(peer.root, "media/a/b.png", b"")
    assert await pulled(peer.api, "demo", "source", HOUR, name) == content
    assert await pulled(peer.api, "demo", "chat", HOUR, chat) == (
        (peer.root / "demo/chat" / HOUR / chat).read_bytes()
    )
    assert await peer.api.extras("media") == ["a/b.png"]
    assert await pulled(peer.api, "media", "a", "b.png") == b""
    for gone in (("demo", "source", HOUR, name.replace("59", "58")), ("media", "x"), ("private", "x")):
        with pytest.raises(SourceDown, match="is not there"):
            await pulled(peer.api, *gone)


async def test_whoever_takes_a_file_may_stop_it(peer: Peer) -> None:
    name = put(peer.root, "59:50.5", content=bytes(5_000_000))

    class EnoughError(Exception):
        pass

    async def refuse(chunk: bytes) -> None:
        raise EnoughError

    for _ in range(3):
        with pytest.raises(EnoughError):
            await peer.api.pull(("demo", "source", HOUR, name), refuse)
    assert len(await pulled(peer.api, "demo", "source", HOUR, name)) == 5_000_000


async def test_it_is_told_of_wrong_bytes(peer: Peer) -> None:
    name, chat = put(peer.root, "59:50.5"), put_chat(peer.root)
    await peer.api.suspect("demo", "source", HOUR, name)
    await peer.api.suspect("demo", "chat", HOUR, chat)
    await peer.api.suspect("demo", "source", HOUR, name)
    noted = await DiskSuspicions(peer.root).listed()
    assert [each.path for each in noted] == [f"demo/chat/{HOUR}/{chat}", f"demo/source/{HOUR}/{name}"]
    with pytest.raises(SourceDown):
        await peer.api.suspect("demo", "source", HOUR, name.replace("59", "58"))
    with pytest.raises(SourceRefused):
        await peer.api.suspect("demo", "source", HOUR, "x.ts")


async def test_it_says_when_it_has_heard_enough(peer: Peer) -> None:
    name = put(peer.root, "59:50.5")
    for _ in range(60):
        await peer.api.suspect("demo", "source", HOUR, name)
    with pytest.raises(SourceUnreachable, match="too often") as refusal:
        await peer.api.suspect("demo", "source", HOUR, name)
    assert refusal.value.retry_after_s is not None
    assert 0 < refusal.value.retry_after_s <= 60


class TestOfAClosedNode:
    @pytest_asyncio.fixture
    async def node(self, tmp_path: Path) -> AsyncIterator[WebNode]:
        (tmp_path / "store").mkdir()
        put(tmp_path / "store", "59:50.5", content=b"a segment")
        async with web_node(tmp_path, node={**TEAM, "open_to_older": False}) as node:
            yield node

    @pytest.mark.parametrize(
        ("secret", "late_s"),
        [(None, 0), (b"another of sixteen letters", 0), (SECRET, HOLDS_S + 60), (SECRET, -HOLDS_S - 60)],
        ids=["no secret", "another secret", "a clock that is slow", "a clock that is fast"],
    )
    async def test_others_learn_only_what_viewers_do(
        self, node: WebNode, client: HttpClient, secret: bytes | None, late_s: int
    ) -> None:

        api = NodeApi(client, node.url, secret=secret, now_s=lambda: time.time() - late_s)
        (name,) = (path.name for path in node.store.layout.root.glob("demo/source/*/*.ts"))
        for asked in (
            api.channels(),
            api.qualities("demo"),
            api.hours("demo", "source"),
            api.names("demo", "source", HOUR),
            api.digests("demo", "source", None),
            api.extras("media"),
            api.suspect("demo", "source", HOUR, name),
        ):
            with pytest.raises(SourceRefused, match="401"):
                await asked
        told = await api.node()
        assert told is not None
        assert told.name == "south"
        assert await pulled(api, "demo", "source", HOUR, name) == b"a segment"


async def test_of_an_older_node_all_but_what_it_does_not_know(tmp_path: Path, client: HttpClient) -> None:
    two_hours(tmp_path)
    put_file(tmp_path, "media/a/b.png", b"PNG")
    async with OlderNode(folder=tmp_path) as older:
        for secret in (None, SECRET):
            api = NodeApi(client, older.url, secret=secret)
            assert await api.node() is None
            assert set(await api.channels()) == {"demo", "media"}
            assert set(await api.qualities("demo")) == {"source", "480p", "chat"}
            assert set(await api.hours("demo", "source")) == {HOUR, NEXT_HOUR}
            names = await api.names("demo", "source", HOUR)
            assert any(name.endswith(".tombstone") for name in names)
            name = next(name for name in names if "-full-" in name and name.endswith(".ts"))
            content = (tmp_path / "demo/source" / HOUR / name).read_bytes()
            assert await pulled(api, "demo", "source", HOUR, name) == content
            assert await api.extras("media") == ["a/b.png"]
            assert await pulled(api, "media", "a", "b.png") == b"PNG"
            with pytest.raises(SourceDown):
                await api.digests("demo", "source", None)
            with pytest.raises(SourceDown):
                await api.suspect("demo", "source", HOUR, name)


@asynccontextmanager
async def answering(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_signature_does_not_follow_a_redirect_to_another_host(client: HttpClient) -> None:
    signed: list[bool] = []

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        signed.append("Authorization" in request.headers)
        return web.json_response(["x"])

    async with answering(elsewhere) as other:

        async def there(request: web.Request) -> web.StreamResponse:
            signed.append("Authorization" in request.headers)
            raise web.HTTPFound(other + request.path_qs)

        async with answering(there) as url:
            assert await NodeApi(client, url, secret=SECRET).channels() == ["x"]
    assert signed == [True, False]


async def test_what_lies_below_a_path_of_a_proxy_is_signed_as_the_node_sees_it(
    tmp_path: Path, client: HttpClient
) -> None:
    async with web_node(tmp_path, node={**TEAM, "open_to_older": False}) as node:
        put(tmp_path / "store", "59:50.5")

        async def proxy(request: web.Request) -> web.StreamResponse:
            path = request.raw_path.removeprefix("/north")
            assert path != request.raw_path
            headers = {"Authorization": request.headers["Authorization"]}
            answer = await node.get(path, method=request.method, headers=headers)
            return web.Response(status=answer.status, body=answer.body)

        async with answering(proxy) as url:
            assert await NodeApi(client, f"{url}/north", secret=SECRET).hours("demo", "source") == [HOUR]


async def test_a_proxy_may_want_a_user_besides(tmp_path: Path, client: HttpClient) -> None:
    """As nginx does with ``auth_basic``: it looks at the user and the password, and sends the rest on."""
    async with web_node(tmp_path, node={**TEAM, "open_to_older": False}) as node:
        name = put(tmp_path / "store", "59:50.5", content=b"a segment")

        async def proxy(request: web.Request) -> web.StreamResponse:
            if request.headers.get("Authorization") != "Basic dXNlcjpodW50ZXIy":
                return web.Response(status=401)
            kept = {key: value for key, value in request.headers.items() if key != "Host"}
            answer = await node.get(
                request.raw_path, method=request.method, headers=kept, body=await request.read()
            )
            return web.Response(status=answer.status, body=answer.body)

        async with answering(proxy) as url:
            api = NodeApi(client, url.replace("http://", "http://user:hunter2@"), secret=SECRET)
            assert await api.channels() == ["demo"]
            assert await pulled(api, "demo", "source", HOUR, name) == b"a segment"
            await api.suspect("demo", "source", HOUR, name)
            with pytest.raises(SourceRefused, match="401"):
                await NodeApi(client, url, secret=SECRET).channels()


async def test_no_error_tells_the_password_of_an_address(client: HttpClient) -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        return web.Response(status=403)

    async with answering(refuse) as url:
        told = url.replace("http://", "http://user:hunter2@")
        for secret in (None, SECRET):
            api = NodeApi(client, told, secret=secret)
            for ask in (
                api.channels,
                partial(pulled, api, "a", "b", "c", "d"),
                partial(api.suspect, "a", "b", "c", "d"),
            ):
                with pytest.raises(SourceError) as refusal:
                    await ask()
                assert "hunter2" not in str(refusal.value)
                assert SECRET.decode() not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://a..b", "http://1.2.3.4.5", f"http://{'x' * 300}"])
async def test_what_turns_out_to_be_no_address_is_an_error_of_that_peer(client: HttpClient, url: str) -> None:
    api = NodeApi(client, url)
    for ask in (
        api.channels,
        partial(api.digests, "demo", "source", None),
        partial(pulled, api, "demo", "source", HOUR, "x.ts"),
        partial(api.suspect, "demo", "source", HOUR, "x.ts"),
    ):
        with pytest.raises(SourceRefused, match="is no URL"):
            await ask()


async def test_errors_of_who_takes_a_file_are_passed_on(peer: Peer) -> None:
    name = put(peer.root, "59:50.5")
    error = InvalidName("the taker's own")

    async def refuse(chunk: bytes) -> None:
        raise error

    with pytest.raises(InvalidName) as passed_on:
        await peer.api.pull(("demo", "source", HOUR, name), refuse)
    assert passed_on.value is error


async def test_a_node_that_is_gone_is_unreachable(tmp_path: Path, client: HttpClient) -> None:
    async with OlderNode(folder=tmp_path) as older:
        url = older.url
    api = NodeApi(client, url)
    for ask in (
        api.node,
        api.channels,
        partial(api.digests, "demo", "source", None),
        partial(pulled, api, "demo", "source", HOUR, "x.ts"),
        partial(api.suspect, "demo", "source", HOUR, "x.ts"),
    ):
        with pytest.raises(SourceUnreachable, match="cannot be reached"):
            async with asyncio.timeout(20):
                await ask()


async def test_what_is_sent_of_a_suspicion_is_one_small_object(client: HttpClient) -> None:
    told: list[object] = []

    async def note(request: web.Request) -> web.StreamResponse:
        told.append(json.loads(await request.read()))
        return web.Response(status=202)

    async with answering(note) as url:
        await NodeApi(client, url).suspect("demo", "source", HOUR, "x.ts")
    assert told == [{"channel": "demo", "quality": "source", "hour": HOUR, "name": "x.ts"}]
