"""Passes over nodes that behave: what is asked, in which order, how much at a time, and what is never done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from tests.compat.stores import put, put_file
from tests.fakes.hls_origin.answers import stuck_after
from tests.fakes.older_node import OlderNode, faults
from tests.fakes.replicate_bench import RULES, ReplicateBench, files_of, in_flight, replicate_bench
from tests.fakes.web_node import WebNode, web_node

from longtake.adapters.peers.interface import PeerDigests
from longtake.adapters.peers.node_api import NodeApi
from longtake.core.errors import StoreUnavailable
from longtake.core.names import tombstone_of
from longtake.core.times import SECOND_US, hour_name
from longtake.kit.clock import SystemClock
from longtake.services.replicate import pulling
from longtake.services.replicate.report import Done, Failure, PeerState, Reason

HOURS = tuple(f"2024-11-09T{hour:02}" for hour in range(4, 10))


@pytest_asyncio.fixture
async def ours(tmp_path: Path) -> AsyncIterator[WebNode]:
    """A node of ours, with three segments in each of six hours."""
    (tmp_path / "theirs").mkdir()
    for hour in HOURS:
        for second in (10, 12, 14):
            put(tmp_path / "theirs" / "store", f"05:{second}.000000", hour=hour)
    async with web_node(tmp_path / "theirs") as node:
        yield node


@pytest_asyncio.fixture
async def here(tmp_path: Path) -> AsyncIterator[ReplicateBench]:
    async with replicate_bench(tmp_path / "here") as bench:
        yield bench


def theirs(tmp_path: Path) -> dict[str, bytes]:
    return files_of(tmp_path / "theirs" / "store")


class Asked:
    """Counts what is asked of a peer. The requests are real."""

    def __init__(self, here: ReplicateBench, url: str) -> None:
        self.here = here
        self.api = here.work(url)._peer.api
        assert isinstance(self.api, NodeApi)
        self.paths: list[str] = []
        client = self.api._client
        get_text, get_body = client.get_text, client.get_body

        async def counted_text(url: str, **rest: object) -> object:
            self.paths.append(url.split("/", 3)[3])
            return await get_text(url, **rest)  # type: ignore[arg-type]

        def counted_body(url: str, **rest: object) -> object:
            self.paths.append(url.split("/", 3)[3])
            return get_body(url, **rest)  # type: ignore[arg-type]

        client.get_text = counted_text  # type: ignore[assignment,method-assign]
        client.get_body = counted_body  # type: ignore[assignment,method-assign]

    def since(self) -> list[str]:
        """What was asked since the last call."""
        asked, self.paths[:] = list(self.paths), []
        return asked


async def test_a_pass_with_nothing_to_do_asks_what_there_is_and_for_the_digests(
    ours: WebNode, here: ReplicateBench
) -> None:
    asked = Asked(here, ours.url)
    await here.pass_over(ours.url)
    asked.since()
    await here.pass_over(ours.url)
    assert asked.since() == ["files", "files/demo", "api/v1/digests/demo/source"]


async def test_a_difference_that_is_meant_is_gone_through_once(
    ours: WebNode, here: ReplicateBench, tmp_path: Path
) -> None:
    put(here.root, "06:00.000000", hour=HOURS[0], content=b"only here")
    asked = Asked(here, ours.url)
    await here.pass_over(ours.url)
    assert f"files/demo/source/{HOURS[0]}?tombstones=true" in asked.since()
    await here.pass_over(ours.url)
    assert not [path for path in asked.since() if "tombstones" in path]
    put(tmp_path / "theirs" / "store", "07:00.000000", hour=HOURS[0])
    await here.pass_over(ours.url)
    listed = {path for path in asked.since() if "tombstones" in path}
    assert listed == {f"files/demo/source/{HOURS[0]}?tombstones=true"}
    await here.pass_over(ours.url)
    assert not [path for path in asked.since() if "tombstones" in path]
    assert len(here.files(f"demo/source/{HOURS[0]}")) == 5


async def test_the_newest_hours_come_first(ours: WebNode, here: ReplicateBench) -> None:
    asked = Asked(here, ours.url)
    await here.pass_over(ours.url)
    listed = [path.split("/")[3][:13] for path in asked.since() if "tombstones" in path]
    assert listed == sorted(HOURS, reverse=True)


async def test_within_an_hour_two_nodes_pull_in_different_orders(tmp_path: Path) -> None:
    for second in range(10, 58, 2):
        put(tmp_path / "peer", f"05:{second}.000000")
    orders = []
    async with OlderNode(folder=tmp_path / "peer") as peer:
        for name in ("one", "two"):
            rules = replace(RULES, concurrency_per_peer=1)
            async with replicate_bench(tmp_path / name, rules=rules) as here:
                before = len(peer.asked)
                await here.pass_over(peer.url)
                orders.append([path for path in peer.asked[before:] if path.startswith("/segments")])
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


class Crowd:
    """How many bodies a stand-in peer sends at the same time: each waits until as many are there as can be."""

    def __init__(self, wanted: int) -> None:
        self.now = self.most = 0
        self._wanted = wanted
        self._full = asyncio.Event()

    async def trouble(self, request: web.Request, content: bytes) -> web.StreamResponse:
        """As a fault of ``OlderNode``: the right answer, once so many others are asked for, or nobody else comes."""
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now >= self._wanted:
            self._full.set()
        try:
            async with asyncio.timeout(5):
                await self._full.wait()
        finally:
            self.now -= 1
        return web.Response(body=content)


async def test_so_many_at_a_time_from_one_peer_and_so_many_in_all(tmp_path: Path) -> None:
    one, both = Crowd(3), Crowd(5)
    for name in ("a", "b"):
        for second in range(10, 58, 2):
            put(tmp_path / name, f"05:{second}.000000", content=f"{name} {second}".encode())
    async with AsyncExitStack() as stack:
        a, b = [await stack.enter_async_context(OlderNode(folder=tmp_path / name)) for name in ("a", "b")]
        rules = replace(RULES, concurrency=5, concurrency_per_peer=3)
        alone = await stack.enter_async_context(replicate_bench(tmp_path / "alone", rules=rules))
        a.faults["/segments/*"] = one.trouble
        await alone.pass_over(a.url)
        assert one.most == 3
        here = await stack.enter_async_context(replicate_bench(tmp_path / "here", rules=rules))
        a.faults["/segments/*"] = b.faults["/segments/*"] = both.trouble
        await asyncio.gather(here.pass_over(a.url), here.pass_over(b.url))
        assert both.most == 5
        assert here.files() == files_of(tmp_path / "a") | files_of(tmp_path / "b")


async def test_no_segment_comes_from_two_peers_at_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        for second in range(10, 58, 2):
            put(tmp_path / name, f"05:{second}.000000", content=b"%d " % second * 50_000)
    async with AsyncExitStack() as stack:
        a, b = [await stack.enter_async_context(OlderNode(folder=tmp_path / name)) for name in ("a", "b")]
        here = await stack.enter_async_context(replicate_bench(tmp_path / "here"))
        reports = await asyncio.gather(here.pass_over(a.url), here.pass_over(b.url))
        asked = [path for peer in (a, b) for path in peer.asked if path.startswith("/segments")]
        assert len(asked) == len(set(asked)) == 24
        assert sum(report.counts.done[Done.PULLED] for report in reports) == 24
        assert all(report.counts.done[Done.PULLED] for report in reports)


async def test_peers_that_trickle_make_way_for_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulling, "_LOOKED_AT_EVERY_S", 0.05)
    monkeypatch.setattr(pulling, "_SLOW_AFTER_S", 0.2)
    for name in ("slow", "slower", "good"):
        for second in range(10, 30, 2):
            put(tmp_path / name, f"05:{second}.000000", content=f"{name} {second}".encode() * 10_000)
    async with AsyncExitStack() as stack:
        slow, slower, good = [
            await stack.enter_async_context(OlderNode(folder=tmp_path / name))
            for name in ("slow", "slower", "good")
        ]
        rules = replace(RULES, concurrency=2, concurrency_per_peer=1)
        here = await stack.enter_async_context(replicate_bench(tmp_path / "here", rules=rules))
        for peer in (slow, slower):
            peer.faults["/segments/*"] = faults.stalled
        passes = [asyncio.create_task(here.pass_over(peer.url)) for peer in (slow, slower)]
        while not all([path for path in peer.asked if "/segments" in path] for peer in (slow, slower)):
            await asyncio.sleep(0.01)  # until they hold all places
        async with asyncio.timeout(8):  # they would hold them for longer
            await here.pass_over(good.url)
        assert files_of(tmp_path / "good").items() <= here.files().items()
        for each in passes:
            each.cancel()
        await asyncio.gather(*passes, return_exceptions=True)


async def test_what_one_peer_sends_wrong_comes_from_the_other_in_the_same_pass(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path / name, "05:10.000000")
    async with AsyncExitStack() as stack:
        a, b = [await stack.enter_async_context(OlderNode(folder=tmp_path / name)) for name in ("a", "b")]
        here = await stack.enter_async_context(replicate_bench(tmp_path / "here"))
        a.faults["/segments/*"] = faults.wrong_byte
        await asyncio.gather(here.pass_over(a.url), here.pass_over(b.url))
        assert here.files() == files_of(tmp_path / "a")


async def test_wrong_bytes_of_a_node_of_ours_are_told_to_it(
    ours: WebNode, here: ReplicateBench, tmp_path: Path
) -> None:
    path = min(theirs(tmp_path))
    (tmp_path / "theirs" / "store" / path).write_bytes(b"rotten")
    report = await here.pass_over(ours.url)
    assert report.counts.failed == {Failure.WRONG_BYTES: 1}
    kept = list((tmp_path / "theirs" / "store" / ".longtake" / "suspicions").glob("[!.]*"))
    assert len(kept) == 1
    assert path.rpartition("/")[2] in kept[0].read_text()


async def test_content_that_is_here_under_another_name_gets_a_second_name_without_a_download(
    ours: WebNode, here: ReplicateBench, tmp_path: Path
) -> None:
    content = b"the same on both"
    first = put(here.root, "30:00.000100", hour=HOURS[0], content=content)
    second = put(tmp_path / "theirs" / "store", "30:00.000000", hour=HOURS[0], content=content)
    across = put(here.root, "59:59.900000", hour=HOURS[1], content=b"at the border")
    over = put(tmp_path / "theirs" / "store", "00:00.100000", hour=HOURS[2], content=b"at the border")
    asked = Asked(here, ours.url)
    report = await here.pass_over(ours.url)
    assert report.counts.done[Done.SECOND_NAMES] == 2
    assert not [path for path in asked.since() if second.replace(":", "%3A") in path or "00%3A00" in path]
    hour = here.root / "demo" / "source"
    assert (hour / HOURS[0] / first).samefile(hour / HOURS[0] / second)
    assert (hour / HOURS[1] / across).samefile(hour / HOURS[2] / over)
    facts = await here.store.facts("demo", "source", [HOURS[0]])
    assert facts[second].size_bytes == len(content)


async def test_a_second_name_for_what_is_damaged_here_is_fetched_instead(
    ours: WebNode, here: ReplicateBench, tmp_path: Path
) -> None:
    first = put(here.root, "30:00.000100", hour=HOURS[0], content=b"sound")
    (here.root / "demo" / "source" / HOURS[0] / first).write_bytes(b"rot")
    second = put(tmp_path / "theirs" / "store", "30:00.000000", hour=HOURS[0], content=b"sound")
    await here.pass_over(ours.url)
    assert (here.root / "demo" / "source" / HOURS[0] / second).read_bytes() == b"sound"


async def test_several_names_of_one_content_come_by_one_download_also_in_a_single_pass_over_an_older_node(
    tmp_path: Path,
) -> None:
    for clock in ("05:10.000000", "05:10.000100", "30:00.000000"):
        put(tmp_path / "peer", clock, content=b"the very same")
    async with OlderNode(folder=tmp_path / "peer") as peer, replicate_bench(tmp_path / "here") as here:
        report = await here.pass_over(peer.url)
        assert here.files() == files_of(tmp_path / "peer")
        assert len([path for path in peer.asked if path.startswith("/segments")]) == 1
        assert report.counts.done == {Done.PULLED: 1, Done.SECOND_NAMES: 2}


async def test_pulled_segments_have_facts_and_no_place_in_the_sources_count(
    ours: WebNode, here: ReplicateBench
) -> None:
    await here.pass_over(ours.url)
    facts = await here.store.facts("demo", "source", HOURS)
    assert len(facts) == 18
    assert all(known.looked and known.verified_us and known.recorded_us for known in facts.values())
    assert all(known.source_sequence is None for known in facts.values())


async def test_recent_segments_are_left_to_the_own_recorder_for_now(tmp_path: Path) -> None:
    now_us = SystemClock().now_us()
    moments = [now_us - ago_s * SECOND_US for ago_s in (30, 300)]
    names = [
        put(
            tmp_path / "peer",
            f"{us // 60_000_000 % 60:02}:{us // 1_000_000 % 60:02}.000000",
            hour=hour_name(us),
        )
        for us in moments
    ]
    rules = replace(RULES, recent_us=120 * SECOND_US)
    async with (
        OlderNode(folder=tmp_path / "peer") as peer,
        replicate_bench(tmp_path / "here", rules=rules) as here,
    ):
        report = await here.pass_over(peer.url)
        assert [path.rpartition("/")[2] for path in here.files()] == [names[1]]
        assert report.counts.skipped == {Reason.RECENT: 1}
        assert report.counts.failed == {}
        await here.pass_over(peer.url)
        assert report.counts.skipped == {Reason.RECENT: 1}  # not once more with each pass


LIMITS: dict[str, tuple[dict[str, object], Sequence[str]]] = {
    "a moment": ({"since": 1_731_139_200_000_000 + 7 * 60_000_000}, HOURS[5:]),
    "hours that are long over": ({"since": timedelta(hours=5)}, ()),
    "what would be removed again by age": ({"keep_us": 2 * 3600 * SECOND_US}, HOURS[-2:]),
}


@pytest.mark.parametrize("name", LIMITS)
async def test_nothing_older_than_the_limit_is_pulled(ours: WebNode, tmp_path: Path, name: str) -> None:
    limit, hours = LIMITS[name]
    async with replicate_bench(tmp_path / "here", rules=replace(RULES, **limit)) as here:  # type: ignore[arg-type]
        await here.pass_over(ours.url)
        assert {path.split("/")[2] for path in here.files()} == set(hours)


async def test_what_this_nodes_own_newest_recording_makes_too_old_is_not_pulled_to_be_removed_again(
    ours: WebNode, tmp_path: Path
) -> None:
    put(tmp_path / "here", "05:10.000000", hour="2024-11-09T12", content=b"the peer records no longer")
    rules = replace(RULES, keep_us=4 * 3600 * SECOND_US)
    async with replicate_bench(tmp_path / "here", rules=rules) as here:
        await here.pass_over(ours.url)
        assert {path.split("/")[2] for path in here.files()} == {HOURS[-1], "2024-11-09T12"}


async def test_a_peer_whose_digests_are_others_each_time_does_not_keep_a_pass_busy(
    ours: WebNode, here: ReplicateBench
) -> None:
    await here.pass_over(ours.url)
    api = here.work(ours.url)._peer.api
    right, asked = api.digests, 0

    async def flapping(channel: str, quality: str, tag: str | None) -> PeerDigests | None:
        nonlocal asked
        asked += 1
        sent = await right(channel, quality, None)
        assert sent is not None
        first = replace(sent.hours[0], digest=asked.to_bytes(32, "big"))
        return PeerDigests(hours=(first, *sent.hours[1:]), tag=None)

    api.digests = flapping  # type: ignore[method-assign]
    async with asyncio.timeout(10):
        await here.pass_over(ours.url)
    assert asked <= 2


async def test_only_what_is_wanted_is_pulled(ours: WebNode, tmp_path: Path) -> None:
    put(tmp_path / "theirs" / "store", "05:10.000000", quality="demo/480p")
    put(tmp_path / "theirs" / "store", "05:10.000000", quality="other/source")
    rules = replace(RULES, channels=["demo"], qualities=["480p"])
    async with replicate_bench(tmp_path / "here", rules=rules) as here:
        await here.pass_over(ours.url)
        assert {path.rpartition("/")[0].rpartition("/")[0] for path in here.files()} == {"demo/480p"}


async def test_what_is_suppressed_here_never_comes_back(
    ours: WebNode, here: ReplicateBench, tmp_path: Path
) -> None:
    path = min(theirs(tmp_path))
    put_file(here.root, tombstone_of(path))
    await here.pass_over(ours.url)
    await here.pass_over(ours.url)
    assert path not in here.files()
    assert len(here.files()) == 18


async def test_a_node_never_pulls_from_itself(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    put(tmp_path / "node" / "store", "05:10.000000")
    async with web_node(tmp_path / "node") as node, replicate_bench(tmp_path / "node" / "store") as here:
        report = await here.pass_over(node.url)
        assert report.state is PeerState.ITSELF
        assert report.counts.done == {}
        assert here.work(node.url).is_itself


async def test_no_room_ends_the_pass_and_is_said_and_loses_nothing(ours: WebNode, tmp_path: Path) -> None:
    full = True

    async def check_room(channel: str, quality: str) -> None:
        if full:
            raise StoreUnavailable("the disk has 1 MiB left")

    async with replicate_bench(tmp_path / "here", check_room=check_room) as here:
        report = await here.pass_over(ours.url)
        assert report.own_troubles == {"demo/source": "the disk has 1 MiB left"}
        assert report.counts.failed == {Failure.OWN_DISK: 1}
        assert here.files() == {}
        full = False
        report = await here.pass_over(ours.url)
        assert report.own_troubles == {}
        assert here.files() == theirs(tmp_path)


async def test_who_is_cancelled_in_mid_pull_leaves_nothing_behind(tmp_path: Path) -> None:
    put(tmp_path / "peer", "05:10.000000", content=b"x" * 20_000_000)
    arrived = asyncio.Event()

    async with OlderNode(folder=tmp_path / "peer") as peer, replicate_bench(tmp_path / "here") as here:
        peer.faults["/segments/*"] = stuck_after(arrived)
        work = asyncio.create_task(here.pass_over(peer.url))
        await arrived.wait()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        assert here.files() == {}
        assert in_flight(here.root) == []


async def test_a_bandwidth_limit_holds(tmp_path: Path) -> None:
    for second in range(10, 20):
        put(tmp_path / "peer", f"05:{second}.000000", content=b"%d" % second * 50_000)
    async with (
        OlderNode(folder=tmp_path / "peer") as peer,
        replicate_bench(tmp_path / "here", bytes_per_s=1_000_000) as here,
    ):
        began_s = SystemClock().monotonic_s()
        report = await here.pass_over(peer.url)
        assert report.counts.bytes == 1_000_000
        assert SystemClock().monotonic_s() - began_s > 0.8
