"""Peers that misbehave: what must hold afterwards, fault by fault. The peer is the stand-in for an older node."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.compat.stores import HOUR, NEXT_HOUR, put, put_chat, put_file
from tests.fakes.hls_origin.answers import cut_short, empty, gone, stalled
from tests.fakes.older_node import OlderNode, faults
from tests.fakes.older_node.faults import Trouble
from tests.fakes.older_node.names import encode_hash
from tests.fakes.replicate_bench import ReplicateBench, files_of, in_flight, replicate_bench

from longtake.adapters.http.limits import Limits
from longtake.adapters.peers import node_api
from longtake.services.replicate import peer as peer_work
from longtake.services.replicate.report import Done, Failure, PeerState, Reason

CONTENT = b"a segment that is like no other " * 4000


@pytest_asyncio.fixture
async def peer(tmp_path: Path) -> AsyncIterator[OlderNode]:
    """Three segments in each of two hours, and a batch of chat."""
    folder = tmp_path / "peer"
    for hour in (HOUR, NEXT_HOUR):
        for second in (10, 12, 14):
            put(folder, f"05:{second}.000000", hour=hour, content=CONTENT + f"{hour} {second}".encode())
    put_chat(folder)
    async with OlderNode(folder=folder) as node:
        yield node


@pytest_asyncio.fixture
async def here(tmp_path: Path) -> AsyncIterator[ReplicateBench]:
    async with replicate_bench(tmp_path / "here") as bench:
        yield bench


def first_of(peer: OlderNode) -> str:
    """The path of the first segment of the older hour."""
    return min(path for path in files_of(peer.folder, "demo/source"))


async def test_everything_is_pulled_to_the_byte(peer: OlderNode, here: ReplicateBench) -> None:
    report = await here.pass_over(peer.url)
    assert here.files() == files_of(peer.folder)
    assert report.counts.done == {Done.PULLED: 6, Done.CHAT: 1}
    assert report.counts.failed == {}
    assert report.counts.bytes == sum(map(len, here.files().values()))
    assert report.state is PeerState.IDLE
    assert report.kind == "older"


BAD_FILES: dict[str, tuple[Trouble, str]] = {
    "another byte": (faults.wrong_byte, Failure.WRONG_BYTES),
    "half of it, and a length that agrees": (faults.half, Failure.WRONG_BYTES),
    "nothing at all": (empty, Failure.WRONG_BYTES),
    "a body that breaks off": (cut_short, Failure.UNREACHABLE),
    "500": (faults.failing_with(500), Failure.UNREACHABLE),
    "403": (faults.failing_with(403), Failure.REFUSED),
    "404": (gone, Failure.GONE),
    "a body without end": (faults.endless, Failure.TOO_BIG),
}


@pytest.mark.parametrize("name", BAD_FILES)
async def test_a_bad_file_is_counted_and_stops_nothing_and_comes_once_it_is_well(
    peer: OlderNode, tmp_path: Path, name: str
) -> None:
    trouble, failure = BAD_FILES[name]
    bad = first_of(peer)
    peer.faults[f"/segments/{bad}"] = trouble
    async with replicate_bench(tmp_path / "here") as here:
        report = await here.pass_over(peer.url)
        assert here.files() == {path: body for path, body in files_of(peer.folder).items() if path != bad}
        assert report.counts.failed == {failure: 1}
        assert in_flight(here.root) == []
    peer.faults.clear()
    async with replicate_bench(tmp_path / "here") as here:  # who starts anew remembers no failure
        await here.pass_over(peer.url)
        assert here.files() == files_of(peer.folder)


async def test_what_came_wrong_is_not_asked_for_again_at_once(peer: OlderNode, here: ReplicateBench) -> None:
    bad = first_of(peer)
    peer.faults[f"/segments/{bad}"] = faults.wrong_byte
    await here.pass_over(peer.url)
    asked = len(peer.asked)
    report = await here.pass_over(peer.url)
    assert not [path for path in peer.asked[asked:] if path.startswith("/segments/")]
    assert report.counts.failed == {Failure.WRONG_BYTES: 1}
    assert report.counts.skipped[Reason.ASKED_LATER] == 1
    assert report.as_status()["last_wrong"] is not None


async def test_a_peer_that_hangs_is_given_up_in_bounded_time(
    peer: OlderNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasty = Limits(answer_soft_s=0.1, answer_hard_s=0.3, silence_soft_s=0.1, silence_hard_s=0.3)
    monkeypatch.setattr(node_api, "_FILE_LIMITS", hasty)
    peer.faults["/segments/*"] = stalled
    async with replicate_bench(tmp_path / "here") as here:
        async with asyncio.timeout(20):
            report = await here.pass_over(peer.url)
        assert report.state is PeerState.UNREACHABLE
        assert report.message is not None
        assert "silent" in report.message
        assert here.files() == {}
        assert in_flight(here.root) == []
    peer.faults.clear()
    async with replicate_bench(tmp_path / "here") as here:
        assert (await here.pass_over(peer.url)).state is PeerState.IDLE
        assert here.files() == files_of(peer.folder)


async def test_files_that_never_come_hold_up_no_others(peer: OlderNode, tmp_path: Path) -> None:
    for day in (11, 12, 13):
        for second in (10, 12, 14):
            put(peer.folder, f"05:{second}.000000", hour=f"2024-11-{day}T10")
        peer.faults[f"/segments/demo/source/2024-11-{day}T10/*"] = faults.failing_with(500)
    async with replicate_bench(tmp_path / "here") as here:
        for _ in range(2):
            await here.pass_over(peer.url)
        for hour in (HOUR, NEXT_HOUR):
            assert here.files(f"demo/source/{hour}") == files_of(peer.folder, f"demo/source/{hour}")


async def test_hours_that_cannot_be_listed_hold_up_no_others(peer: OlderNode, tmp_path: Path) -> None:
    for day in range(11, 18):
        put(peer.folder, "05:10.000000", hour=f"2024-11-{day}T10")
        peer.faults[f"/files/demo/source/2024-11-{day}T10"] = faults.failing_with(500)
    async with replicate_bench(tmp_path / "here") as here:
        for _ in range(3):
            await here.pass_over(peer.url)
        for hour in (HOUR, NEXT_HOUR):
            assert here.files(f"demo/source/{hour}") == files_of(peer.folder, f"demo/source/{hour}")


async def test_a_channel_that_cannot_be_asked_for_leaves_the_others_alone(
    peer: OlderNode, here: ReplicateBench
) -> None:
    for channel in ("a", "b"):
        put(peer.folder, "05:10.000000", quality=f"{channel}/source")
    peer.faults["/files/a"] = faults.failing_with(500)
    report = await here.pass_over(peer.url)
    assert here.files("b") == files_of(peer.folder, "b")
    assert here.files("demo") == files_of(peer.folder, "demo")
    assert report.state is PeerState.UNREACHABLE
    assert report.counts.failed == {Failure.UNREACHABLE: 1}


async def test_what_is_known_of_a_peer_that_is_down_for_a_while_stays(
    peer: OlderNode, here: ReplicateBench
) -> None:
    for channel in ("a", "b", "c", "d", "e"):
        put(peer.folder, "05:10.000000", quality=f"{channel}/source")
    report = await here.pass_over(peer.url)
    known = report.places
    peer.faults["/files/*"] = faults.failing_with(500)
    asked = len(peer.asked)
    report = await here.pass_over(peer.url)
    assert report.state is PeerState.UNREACHABLE
    assert report.places == known
    assert len([path for path in peer.asked[asked:] if path.count("/") == 2]) == 3
    peer.faults.clear()
    assert (await here.pass_over(peer.url)).state is PeerState.IDLE


@pytest.mark.parametrize("first", [True, False])
async def test_of_two_names_of_one_content_the_other_is_pulled_if_one_is_gone(
    peer: OlderNode, here: ReplicateBench, first: bool
) -> None:
    names = [put(peer.folder, clock, content=b"the very same") for clock in ("20:00.000000", "21:00.000000")]
    gone_one, other = names if first else reversed(names)
    peer.faults = {f"/segments/demo/source/{HOUR}/{gone_one}": gone}
    for _ in range(2):
        await here.pass_over(peer.url)
    assert f"demo/source/{HOUR}/{other}" in here.files()


async def test_what_is_listed_but_not_there_is_not_asked_for_again_and_again(
    peer: OlderNode, here: ReplicateBench
) -> None:
    peer.faults["/segments/demo/source/*"] = gone
    for _ in range(3):
        report = await here.pass_over(peer.url)
    assert len([path for path in peer.asked if path.startswith("/segments/demo/source")]) == 6
    assert report.counts.failed == {Failure.GONE: 6}
    assert not (here.root / "demo" / "source").exists()


ODD_LISTINGS: dict[str, object] = {
    "a dict": {"error": "no"},
    "a text": "05:10",
    "a number": 5,
    "null": None,
    "lists in lists": [[["05:10"]]],
    "a million names": [f"{n}.ts" for n in range(300_000)],
}


@pytest.mark.parametrize("name", ODD_LISTINGS)
async def test_an_odd_listing_of_one_hour_leaves_all_others_alone(
    peer: OlderNode, here: ReplicateBench, name: str
) -> None:
    put(peer.folder, "05:10.000000", quality="demo/480p")
    peer.faults[f"/files/demo/source/{NEXT_HOUR}"] = faults.saying(ODD_LISTINGS[name])
    report = await here.pass_over(peer.url)
    assert (report.state is PeerState.REFUSED) is (name != "lists in lists")  # a list without a name is empty
    for others in ("demo/480p", "demo/chat", f"demo/source/{HOUR}"):
        assert here.files(others) == files_of(peer.folder, others)
    peer.faults.clear()
    await here.pass_over(peer.url)
    assert here.files() == files_of(peer.folder)


async def test_an_hour_that_is_no_folder_here_leaves_all_others_alone(
    peer: OlderNode, here: ReplicateBench
) -> None:
    put_file(here.root, f"demo/source/{NEXT_HOUR}", b"somebody put a file here")
    report = await here.pass_over(peer.url)
    assert here.files(f"demo/source/{HOUR}") == files_of(peer.folder, f"demo/source/{HOUR}")
    assert list(report.own_troubles) == ["demo/source"]
    assert report.counts.failed == {Failure.OWN_DISK: 1}


async def test_a_million_channels_without_anything_do_not_keep_it_busy(
    peer: OlderNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_work, "_MOST_PLACES", 5)
    peer.faults["/files"] = faults.saying([f"channel-{number}" for number in range(100_000)])
    async with replicate_bench(tmp_path / "here") as here:
        await here.pass_over(peer.url)
        assert len([path for path in peer.asked if path.startswith("/files/channel-")]) == 5


async def test_trouble_that_lasts_is_logged_once(peer: OlderNode, here: ReplicateBench) -> None:
    put_file(here.root, f"demo/source/{NEXT_HOUR}", b"somebody put a file here")
    peer.faults["/files/demo/chat/*"] = faults.saying(5)
    with capture_logs() as logs:
        for _ in range(4):
            await here.pass_over(peer.url)
    told = [line["unit"] for line in logs if line["log_level"] in ("warning", "error")]
    assert sorted(told) == ["demo/chat", "demo/source"]


async def test_a_peer_that_fails_for_every_hour_is_not_asked_for_all_of_them(
    peer: OlderNode, here: ReplicateBench
) -> None:
    for hour in range(10):
        put(peer.folder, "05:10.000000", hour=f"2024-11-08T{hour:02}")
    peer.faults["/files/demo/source/2*"] = faults.failing_with(500)
    report = await here.pass_over(peer.url)
    assert report.state is PeerState.UNREACHABLE
    assert len([path for path in peer.asked if path.startswith("/files/demo/source/2")]) == 3


HASH = encode_hash(b"x")
HOSTILE = (
    "../../../../tmp/evil.ts",
    f"05:20-2.0-full-{HASH}/../../evil.ts",
    "05:20-2.0-temp-../../../../evil.ts",
    "/etc/passwd",
    "..",
    ".hidden.ts",
    "",
    "05:20.000000-2.0-full-" + "A" * 300 + ".ts",
    f"05:20.000000-2.0-full-{HASH}.ts\0",
    f"05:20.000000-inf-full-{HASH}.ts",
    f"05:20.000000-2.0-odd-{HASH}.ts",
    f"../evil-{HASH}.tombstone",
    "x" * 300 + ".tombstone",
    "\ud800.ts",
    ["05:20"],
    {"a": 1},
    17,
    None,
)


async def test_hostile_names_lead_nowhere_and_stop_nothing(
    peer: OlderNode, here: ReplicateBench, tmp_path: Path
) -> None:
    for level in (
        "/files",
        "/files/demo",
        "/files/demo/source",
        f"/files/demo/source/{HOUR}",
        "/files/demo/chat",
    ):
        peer.faults[level] = faults.also_listing(*HOSTILE)
    before = {path for path in tmp_path.rglob("*") if "here" not in path.parts}
    await here.pass_over(peer.url)
    assert here.files() == files_of(peer.folder)
    assert {path for path in tmp_path.rglob("*") if "here" not in path.parts} == before


async def test_a_peer_that_is_down_is_said_and_pulled_from_once_it_is_back(
    peer: OlderNode, here: ReplicateBench
) -> None:
    await peer.stop()
    report = await here.pass_over(peer.url)
    assert report.state is PeerState.UNREACHABLE
    assert report.counts.failed == {Failure.UNREACHABLE: 1}
    async with peer:
        assert (await here.pass_over(peer.url)).state is PeerState.IDLE
        assert here.files() == files_of(peer.folder)


async def test_a_chat_batch_that_was_merged_away_is_no_failure(peer: OlderNode, here: ReplicateBench) -> None:
    peer.faults["/segments/demo/chat/*"] = gone
    report = await here.pass_over(peer.url)
    assert report.counts.failed == {}
    assert report.counts.skipped[Reason.GONE] == 1
    assert here.files("demo/source") == files_of(peer.folder, "demo/source")


async def test_a_tombstone_spreads_into_an_hour_that_is_not_here_and_what_it_suppresses_never_comes(
    peer: OlderNode, here: ReplicateBench
) -> None:
    suppressed = first_of(peer)
    put_file(peer.folder, suppressed.removesuffix(".ts") + ".tombstone")
    for path in list(files_of(peer.folder)):
        if path.endswith(".ts"):
            (peer.folder / path).unlink()
    report = await here.pass_over(peer.url)
    assert report.counts.done[Done.TOMBSTONES] == 1
    assert here.files("demo/source") == {suppressed.removesuffix(".ts") + ".tombstone": b""}


async def test_an_older_node_is_not_asked_for_all_its_hours_again_and_again(
    peer: OlderNode, here: ReplicateBench
) -> None:
    for day in range(1, 9):
        put(peer.folder, "05:10.000000", hour=f"2024-11-0{day}T10", content=f"{day}".encode())
    await here.pass_over(peer.url)
    asked = len(peer.asked)
    await here.pass_over(peer.url)
    listed = [path for path in peer.asked[asked:] if path.startswith("/files/demo/source/2")]
    assert len(listed) == 2
