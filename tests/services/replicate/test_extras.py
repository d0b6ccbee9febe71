"""Extra folders: what comes, from whom, and what is never asked for twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.compat.stores import put_file
from tests.fakes.older_node import OlderNode, faults
from tests.fakes.replicate_bench import RULES, files_of, replicate_bench

from longtake.services.replicate.report import Done, Failure, Reason

WITH_MEDIA = replace(RULES, extra_folders=("media",))


async def test_two_peers_with_the_same_files_each_bring_their_part(tmp_path: Path) -> None:
    async def slow_look(channel: str, quality: str) -> None:
        await asyncio.sleep(0)

    for name in ("a", "b"):
        for number in range(30):
            put_file(tmp_path / name, f"media/x/{number}.bin", b"%d" % number * 1000)
    async with (
        OlderNode(folder=tmp_path / "a") as a,
        OlderNode(folder=tmp_path / "b") as b,
        replicate_bench(tmp_path / "here", rules=WITH_MEDIA, check_room=slow_look) as here,
    ):
        reports = await asyncio.gather(here.pass_over(a.url), here.pass_over(b.url))
        assert here.files("media") == files_of(tmp_path / "a", "media")
        assert [report.counts.failed for report in reports] == [{}, {}]
        assert sum(report.counts.done[Done.EXTRAS] for report in reports) == 30
        asked = [path for peer in (a, b) for path in peer.asked if path.startswith("/segments")]
        assert len(asked) == len(set(asked)) == 30


async def test_what_is_there_but_no_file_that_is_listed_is_not_pulled(tmp_path: Path) -> None:
    put_file(tmp_path / "peer", "media/big.bin", b"big")
    put_file(tmp_path / "peer", "media/other.bin", b"other")
    (tmp_path / "here" / "media").mkdir(parents=True)
    (tmp_path / "here" / "media" / "big.bin").symlink_to(tmp_path / "peer" / "media" / "big.bin")
    async with (
        OlderNode(folder=tmp_path / "peer") as peer,
        replicate_bench(tmp_path / "here", rules=WITH_MEDIA) as here,
    ):
        for _ in range(3):
            report = await here.pass_over(peer.url)
        assert not [path for path in peer.asked if "segments/media/big" in path]
        assert report.counts.done[Done.EXTRAS] == 1
        assert report.counts.skipped == {Reason.HERE: 1}


async def test_a_bad_file_stops_no_other_and_is_asked_for_later(tmp_path: Path) -> None:
    for number in range(10):
        put_file(tmp_path / "peer", f"media/{number}.bin", b"x")
    async with (
        OlderNode(folder=tmp_path / "peer") as peer,
        replicate_bench(tmp_path / "here", rules=replace(WITH_MEDIA, largest_extra_bytes=100)) as here,
    ):
        peer.faults["/segments/media/3.bin"] = faults.failing_with(500)
        put_file(tmp_path / "peer", "media/huge.bin", b"x" * 101)
        for _ in range(2):
            report = await here.pass_over(peer.url)
        assert len(here.files("media")) == 9
        assert report.counts.failed == {Failure.UNREACHABLE: 1, Failure.TOO_BIG: 1}
