"""The stand-ins for the two sides of the older system get on with each other, with the habits that it was seen to have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from tests.compat.stores import (
    HOUR,
    LATER,
    NEXT_HOUR,
    put,
    put_chat,
    put_file,
    replicated_below,
    segments_below,
    two_hours,
)
from tests.fakes.older_node import OlderNode, faults
from tests.fakes.older_peer import OlderPeer

LISTING = f"/files/demo/source/{HOUR}"


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[OlderNode]:
    (tmp_path / "there").mkdir()
    async with OlderNode(folder=tmp_path / "there") as node:
        yield node


def peer_of(node: OlderNode, **how: object) -> OlderPeer:
    here = node.folder.with_name("here")
    here.mkdir(exist_ok=True)
    return OlderPeer(**{"folder": here, "url": node.url, "now": LATER, **how})  # type: ignore[arg-type]


async def test_it_fills_an_empty_folder_but_for_what_it_skips(node: OlderNode) -> None:
    two_hours(node.folder)
    peer = peer_of(node)
    for quality, hour in (("source", HOUR), ("chat", HOUR)):  # else the tombstones there end the pass
        (peer.folder / "demo" / quality / hour).mkdir(parents=True)
    done = await peer.run()
    assert done.error is None
    assert segments_below(peer.folder) == replicated_below(node.folder)
    assert done.skipped == {"temp": 1, "unparsable": 3}
    again = await peer.run()
    assert (again.fetched, again.tombstones, again.error) == ([], [], None)


async def test_newest_hours_first_and_none_before_the_limit(node: OlderNode) -> None:
    put(node.folder, "00:00")
    put(node.folder, "00:00", hour=NEXT_HOUR)
    put(node.folder, "00:00", hour="2024-11-09T22")
    done = await peer_of(node, since=datetime(2024, 11, 9, 22, tzinfo=UTC)).run()
    assert [path.split("/")[2] for path in done.fetched] == [NEXT_HOUR, HOUR]


async def test_what_is_recent_is_left_to_the_own_recorder(node: OlderNode) -> None:
    put(node.folder, "58:00")
    put(node.folder, "58:00.000001")
    done = await peer_of(node, now=datetime(2024, 11, 10, 0, 0, tzinfo=UTC)).run()
    assert [Path(path).name[:6] for path in done.fetched] == ["58:00-"]
    assert done.skipped == {"recent": 1}


async def test_nearly_the_same_is_not_fetched_again(node: OlderNode) -> None:
    peer = peer_of(node)
    put(peer.folder, "59:50.000000", content=b"same")
    put(node.folder, "59:50.001", content=b"same")
    put(node.folder, "59:50.001001", content=b"same")
    put(node.folder, "59:50.001", content=b"same", kind="suspect")
    done = await peer.run()
    assert sorted(Path(path).name[:20] for path in done.fetched) == [
        "59:50.001-2.0-suspec",
        "59:50.001001-2.0-ful",
    ]
    assert done.skipped == {"near duplicate": 1}


async def test_a_tombstone_in_an_hour_that_is_not_here_ends_the_pass(node: OlderNode) -> None:
    put_file(node.folder, f"demo/source/{HOUR}/x.tombstone")
    done = await peer_of(node).run()
    assert isinstance(done.error, FileNotFoundError)


@pytest.mark.parametrize(
    "trouble",
    [faults.half, faults.wrong_byte],
    ids=["half of the content", "a wrong byte"],
)
async def test_what_is_not_what_its_name_says_is_thrown_away(
    node: OlderNode, trouble: faults.Trouble
) -> None:
    name = put(node.folder, "59:50")
    node.faults[f"/segments/demo/source/{HOUR}/{name}"] = trouble
    peer = peer_of(node)
    done = await peer.run()
    assert done.mismatched == [f"demo/source/{HOUR}/{name}"]
    assert done.error is None
    assert not list((peer.folder / "demo/source" / HOUR).iterdir())


@pytest.mark.parametrize(
    "trouble",
    [faults.cut_short, faults.failing_with(404), faults.failing_with(500), faults.silent, faults.stalled],
    ids=["cut short", "not there", "in trouble", "silent", "stalled"],
)
async def test_a_fetch_that_fails_ends_the_pass_and_leaves_nothing(
    node: OlderNode, trouble: faults.Trouble
) -> None:
    path = f"demo/source/{HOUR}/{put(node.folder, '59:50')}"
    older = f"demo/source/2024-11-09T22/{put(node.folder, '59:50', hour='2024-11-09T22')}"
    node.faults[f"/segments/{path}"] = faults.first_times(1, trouble)
    peer = peer_of(node, timeout_s=0.2)
    done = await peer.run()
    assert done.error is not None
    assert segments_below(peer.folder) == {}
    assert sorted((await peer.run()).fetched) == sorted([path, older])


async def test_chat_that_was_merged_away_meanwhile_is_no_error(node: OlderNode) -> None:
    path = f"demo/chat/{HOUR}/{put_chat(node.folder)}"
    node.faults[f"/segments/{path}"] = faults.failing_with(404)
    done = await peer_of(node).run()
    assert (done.gone, done.fetched, done.error) == ([path], [], None)


@pytest.mark.parametrize(
    "value",
    [{"type": "about:blank"}, "text", [[1]], 7, ["inf.ts", "00:00-inf-full-x.ts"], ["../../x.tombstone"]],
    ids=["a dict", "a text", "nested", "a number", "an infinite duration", "a way out"],
)
async def test_odd_listings_of_an_hour(node: OlderNode, value: object) -> None:
    put(node.folder, "59:50")
    node.faults[LISTING] = faults.saying(value, status=500)
    peer = peer_of(node)
    done = await peer.run()
    # Of a dict the keys, of a text the letters are names that say nothing; the others are errors.
    assert (done.error is None) == isinstance(value, dict | str)
    assert segments_below(peer.folder.parent) == segments_below(node.folder.parent)


async def test_a_page_instead_of_a_listing_ends_the_pass(node: OlderNode) -> None:
    put(node.folder, "59:50")
    node.faults[LISTING] = faults.failing_with(500)
    assert isinstance((await peer_of(node).run()).error, ValueError)


async def test_extra_folders_come_with_all_that_is_in_them(node: OlderNode) -> None:
    put_file(node.folder, "media/FjEF/LUVm.png", b"PNG")
    put_file(node.folder, "media/FjEF/.1234.temp", b"PN")
    peer = peer_of(node, extras=["media", "emotes"])
    done = await peer.run()
    assert sorted(done.fetched) == ["media/FjEF/.1234.temp", "media/FjEF/LUVm.png"]
    assert (peer.folder / "media/FjEF/LUVm.png").read_bytes() == b"PNG"
