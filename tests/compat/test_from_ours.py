"""An older node pulls from ours: it gets all that it can read, byte for byte, and nothing that is hidden."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from tests.compat.stores import (
    HOUR,
    LATER,
    lying_about,
    put,
    put_chat,
    put_file,
    replicated_below,
    segments_below,
    stray_hours,
    two_hours,
)
from tests.fakes.older_peer import OlderPeer
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

from longtake.core.segments import SegmentType

SECRETS = (b"secret", b"hidden", b"email")


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[WebNode]:
    (tmp_path / "store").mkdir()
    async with web_node(tmp_path) as node:
        yield node


def store_of(node: WebNode) -> Path:
    return node.store.layout.root


def peer_of(node: WebNode, **how: object) -> OlderPeer:
    here = store_of(node).with_name("here")
    here.mkdir(exist_ok=True)
    return OlderPeer(**{"folder": here, "url": node.url, "now": LATER, **how})  # type: ignore[arg-type]


def hours_made_for_tombstones(peer: OlderPeer) -> None:
    """An older node makes no hour for a tombstone alone, whoever tells it of that."""
    for quality in ("source", "chat"):
        (peer.folder / "demo" / quality / HOUR).mkdir(parents=True)


def all_below(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


async def test_it_gets_what_it_would_get_from_its_own_kind(node: WebNode) -> None:
    two_hours(store_of(node))
    lying_about(store_of(node))
    stray_hours(store_of(node))
    peer = peer_of(node)
    hours_made_for_tombstones(peer)
    done = await peer.run()
    assert done.error is None
    assert all_below(peer.folder) == replicated_below(store_of(node))
    assert done.skipped == {"temp": 1, "unparsable": 3}
    assert not any(secret in content for content in all_below(peer.folder).values() for secret in SECRETS)
    again = await peer.run()
    assert (again.fetched, again.tombstones, again.error) == ([], [], None)


async def test_it_gets_what_our_recorder_wrote(node: WebNode) -> None:
    types = {1: SegmentType.SUSPECT, 2: SegmentType.PARTIAL}
    recorded = await record(node.store, channel="höhe 7%", count=4, types=types)
    peer = peer_of(node, now=datetime(2024, 11, 25, tzinfo=UTC))
    done = await peer.run()
    assert done.error is None
    assert all_below(peer.folder) == {f"höhe 7%/source/{one.segment.path}": one.content for one in recorded}


@pytest.mark.parametrize(
    "name",
    ["a b", "ä-ö", "50%", "a#b", "a?b", "a+b", "a&b=c", "'\"", "%2F", "a\\b", "[1]", "~", "日本", "x;y"],
)
async def test_names_that_need_quoting(node: WebNode, name: str) -> None:
    put(store_of(node), "59:50", quality=f"{name}/{name}")
    peer = peer_of(node)
    done = await peer.run()
    assert (len(done.fetched), done.error) == (1, None)
    assert all_below(peer.folder) == all_below(store_of(node))


async def test_a_hole_is_filled_and_what_is_here_is_not_fetched_again(node: WebNode) -> None:
    peer = peer_of(node)
    for second in range(10, 20, 2):
        put(store_of(node), f"59:{second}")
        if second != 14:
            put(peer.folder, f"59:{second}")
    done = await peer.run()
    assert [Path(path).name[:5] for path in done.fetched] == ["59:14"]
    assert all_below(peer.folder) == all_below(store_of(node))


async def test_a_tombstone_of_ours_hides_the_file_there(node: WebNode) -> None:
    peer = peer_of(node)
    name = put(store_of(node), "59:50")
    put(peer.folder, "59:50")
    put_file(store_of(node), f"demo/source/{HOUR}/{name.removesuffix('.ts')}.tombstone")
    done = await peer.run()
    assert (done.fetched, len(done.tombstones), done.error) == ([], 1, None)


async def test_what_came_while_it_pulled_comes_with_the_next_pass(node: WebNode) -> None:
    put(store_of(node), "59:50")
    put_chat(store_of(node))
    peer = peer_of(node)
    assert len((await peer.run()).fetched) == 2
    put(store_of(node), "59:52")
    put_chat(store_of(node), "58:00", b"{}\n")
    assert len((await peer.run()).fetched) == 2
    assert all_below(peer.folder) == segments_below(store_of(node))


ERRORS = {
    "/files/.longtake": 400,
    "/files/demo/.longtake": 400,
    "/files/demo/source/.longtake": 400,
    "/files/a%00b": 400,
    "/files/a%2Fb": 400,
    "/files/" + "n" * 256: 400,
    f"/files/demo/source/{HOUR}?tombstones=maybe": 400,
    f"/files/demo/source/{HOUR}/more": 404,
    "/extras/.longtake": 400,
    "/extras/media/.hidden": 400,
    "/extras/media%2FFjEF": 400,
    "/extras": 404,
}


@pytest.mark.parametrize("path", ERRORS)
async def test_an_error_of_ours_is_nothing_that_would_be_taken_for_a_list(node: WebNode, path: str) -> None:
    put(store_of(node), "59:50")
    answer = await node.get(path)
    assert answer.status == ERRORS[path]
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(answer.body)


@pytest.mark.parametrize("duration", ["inf", "Infinity", "1e999", "1e15", "9" * 40])
async def test_no_name_of_ours_ends_its_pass(node: WebNode, duration: str) -> None:
    put(store_of(node), "59:50")
    put(store_of(node), "59:52", duration=duration)  # OverflowError there, which nobody handles
    done = await peer_of(node).run()
    assert done.error is None


async def test_extra_folders_come_without_what_is_hidden_or_in_flight(node: WebNode) -> None:
    put(store_of(node), "59:50")
    files = {"media/FjEF/LUVm.png": b"PNG", "media/höhe 7%.json": b"{}", "emotes/a/b/c": b""}
    for path, content in files.items():
        put_file(store_of(node), path, content)
    for path in ("media/.x", "media/FjEF/.1234.temp", "media/FjEF/LUVm.jpg.1234.temp", "private/x"):
        put_file(store_of(node), path, b"hidden")
    (store_of(node) / "media/link.png").symlink_to(store_of(node) / "private/x")
    peer = peer_of(node, extras=["media", "emotes", "coverage-maps"])
    done = await peer.run()
    assert done.error is None
    here = all_below(peer.folder)
    assert {path: here[path] for path in here if not path.startswith("demo/")} == files
    assert len(here) == len(done.fetched) == 4
    again = await peer.run()
    assert (again.fetched, again.error) == ([], None)


async def test_a_folder_that_ours_has_none_of_costs_it_no_segments(node: WebNode) -> None:
    put(store_of(node), "59:50")
    put_file(store_of(node), "private/x", b"hidden")
    done = await peer_of(node, extras=["private", "nothing"]).run()
    assert (len(done.fetched), done.error) == (1, None)
