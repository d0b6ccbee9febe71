"""Nodes of both systems fill each other: with suspects, partials, temps, tombstones, chat and extra files, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tests.compat.stores import (
    HOUR,
    LATER,
    NEXT_HOUR,
    lying_about,
    put,
    put_chat,
    put_file,
    segments_below,
    stray_hours,
    two_hours,
)
from tests.fakes.older_node import OlderNode
from tests.fakes.older_peer import OlderPeer
from tests.fakes.replicate_bench import EXTRA_FOLDERS, RULES, files_of, replicate_bench
from tests.fakes.web_node import web_node

from longtake.core.chat_names import parse_chat_name
from longtake.core.errors import InvalidName
from longtake.core.segments import parse_segment_name

WITH_EXTRAS = replace(RULES, extra_folders=EXTRA_FOLDERS)


def understood(root: Path) -> dict[str, bytes]:
    """Of what lies in the hours, what either system can have of a peer: what is suppressed, in flight, or no file of a stream is not.

    The older one also makes tombstones of names that stand for nothing.
    """
    files = segments_below(root)
    dead = {path.removesuffix(".tombstone") for path in files if path.endswith(".tombstone")}
    return {
        path: content
        for path, content in files.items()
        if _is_meant(path) and (path.endswith(".tombstone") or path.rpartition(".")[0] not in dead)
    }


def _is_meant(path: str) -> bool:
    _, quality, hour, name = path.split("/")
    with suppress(InvalidName):
        if quality == "chat":
            parse_chat_name(hour, name.replace(".tombstone", ".json"))
        else:
            parse_segment_name(hour, name.replace(".tombstone", ".ts"))
        return True
    return False


def hours_of(*roots: Path) -> Iterator[Path]:
    """The hour folders of any of them, below each: an older node ends its pass at a tombstone for an hour that it has not."""
    for root in roots:
        for other in roots:
            for hour in other.glob("*/*/????-??-??T??"):
                yield root / hour.relative_to(other)


async def test_ours_pulls_all_that_an_older_node_has_and_another_older_one_all_that_ours_has(
    tmp_path: Path,
) -> None:
    older, ours, third = tmp_path / "older", tmp_path / "ours" / "store", tmp_path / "third"
    two_hours(older)
    lying_about(older)
    stray_hours(older)
    put_file(older, "emotes/25/dark-1.0", b"an emote")
    ours.parent.mkdir()
    async with OlderNode(folder=older) as peer, replicate_bench(ours, rules=WITH_EXTRAS) as here:
        report = await here.pass_over(peer.url)
        assert report.counts.failed == {}
        assert understood(ours) == understood(older)
        assert files_of(ours, "emotes") == files_of(older, "emotes")
        assert files_of(ours, "media") == {"media/FjEF/LUVm.png": b"PNG"}
        assert sorted(path.name for path in ours.iterdir()) == [".longtake", "demo", "emotes", "media"]
        asked = len(peer.asked)
        await here.pass_over(peer.url)
        assert not [path for path in peer.asked[asked:] if path.startswith("/segments")]
    for hour in set(hours_of(ours, third)):
        hour.mkdir(parents=True, exist_ok=True)
    async with web_node(tmp_path / "ours") as node:
        done = await OlderPeer(folder=third, url=node.url, now=LATER, extras=EXTRA_FOLDERS).run()
    assert done.error is None
    assert done.mismatched == []
    assert understood(third) == understood(ours)
    assert files_of(third, "media") == files_of(ours, "media")


async def test_one_of_each_fill_each_others_holes(tmp_path: Path) -> None:
    older, ours = tmp_path / "older", tmp_path / "ours" / "store"
    for number, (hour, clock) in enumerate(
        (hour, f"05:{s}.000000") for hour in (HOUR, NEXT_HOUR) for s in range(10, 40, 2)
    ):
        for root in ((older,), (ours,), (older, ours))[number % 3]:
            put(root, clock, hour=hour, content=f"{hour} {clock}".encode())
    put_chat(older, "58:00", b"theirs\n")
    put_chat(ours, "59:00", b"ours\n")
    dead_there = put(older, "50:00.000000", content=b"dead there")
    put_file(older, f"demo/source/{HOUR}/{dead_there.removesuffix('.ts')}.tombstone")
    put(ours, "50:00.000000", content=b"dead there")
    dead_here = put(ours, "51:00.000000", content=b"dead here")
    put_file(ours, f"demo/source/{HOUR}/{dead_here.removesuffix('.ts')}.tombstone")
    put(older, "51:00.000000", content=b"dead here")
    async with (
        OlderNode(folder=older) as peer,
        web_node(tmp_path / "ours") as node,
        replicate_bench(ours) as here,
    ):
        report = await here.pass_over(peer.url)
        assert report.counts.failed == {}
        done = await OlderPeer(folder=older, url=node.url, now=LATER).run()
        assert done.error is None
        await here.pass_over(peer.url)
    assert understood(older) == understood(ours)
    for root in (older, ours):
        for name in (dead_there, dead_here):
            assert f"demo/source/{HOUR}/{name}" not in understood(root)
    assert len(understood(ours)) == 30 + 2 + 2


async def test_near_duplicates_that_an_older_node_does_not_take_are_settled_with_it(tmp_path: Path) -> None:
    older, ours = tmp_path / "older", tmp_path / "ours" / "store"
    first = put(older, "05:10.000000", content=b"the same")
    put(ours, "05:10.000400", content=b"the same")
    async with (
        OlderNode(folder=older) as peer,
        web_node(tmp_path / "ours") as node,
        replicate_bench(ours) as here,
    ):
        await here.pass_over(peer.url)
        assert (ours / "demo" / "source" / HOUR / first).exists()
        done = await OlderPeer(folder=older, url=node.url, now=LATER).run()
        assert done.skipped == {"near duplicate": 1}
        asked = len(peer.asked)
        await here.pass_over(peer.url)
        assert not [path for path in peer.asked[asked:] if path.startswith("/segments")]
