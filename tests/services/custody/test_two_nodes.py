"""Two nodes that record the same stream: the same names if it says its times, else a skew that is measured and shown."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path
from statistics import median

from tests.fakes.hls_origin import HlsOrigin
from tests.fakes.recorder_bench import Bench, count, recording
from typer.testing import CliRunner

from longtake.adapters.store.status_files import read_status
from longtake.adapters.store.status_words import SkewInfo
from longtake.app.config import load_settings
from longtake.app.wiring.custody import custody
from longtake.cli.main import app


async def test_a_stream_that_says_its_times_has_the_same_names_on_both_to_the_byte(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path / "a") as ours:
        origin.publish(3)
        await ours.until(count(3))
        async with recording(origin.url, tmp_path / "b") as theirs:
            origin.publish(2)
            assert await ours.until(count(5)) == await theirs.until(count(5))
            assert await ours.contents() == await theirs.contents()


async def both_record_undated(ours: Bench, origin: HlsOrigin, folder: Path) -> tuple[float, float]:
    """What they see of it: how much later the other one began, and dates the same content, in seconds."""
    began_s = time.time()
    origin.publish(4)
    await ours.until(count(4))
    await asyncio.sleep(0.7)  # the one thing that makes two undated recordings differ
    later_s = time.time() - began_s
    async with recording(origin.url, folder) as theirs:
        await theirs.until(count(4))
        origin.publish(2)
        own = {segment.digest: segment for segment in await ours.until(count(6))}
        others = await theirs.until(count(6))
        assert not {one.name for one in others} & {one.name for one in own.values()}
        offsets_us = [one.start_us - own[one.digest].start_us for one in others]
    return later_s, median(offsets_us) / 1e6


async def shown_by_custody(store: Path) -> tuple[SkewInfo, str]:
    settings = load_settings(None, {"store": {"dir": str(store)}})
    work = asyncio.create_task(custody(settings))
    try:
        async with asyncio.timeout(20):
            while True:
                skews = [skew for service in read_status(store) for skew in service.skews]
                if skews:
                    shown = await asyncio.to_thread(
                        CliRunner().invoke, app, ["status", "--store", str(store)]
                    )
                    return skews[0], " ".join(shown.output.split())
                await asyncio.sleep(0.05)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_where_it_does_not_the_skew_is_measured_from_what_one_has_of_the_other(tmp_path: Path) -> None:
    async with HlsOrigin(dated=False) as origin, recording(origin.url, tmp_path / "a") as ours:
        later_s, true_s = await both_record_undated(ours, origin, tmp_path / "b")
    assert abs(true_s - later_s) < 0.5
    shutil.copytree(
        tmp_path / "b" / "demo" / "source",
        tmp_path / "a" / "demo" / "source",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(".longtake"),
    )
    skew, shown = await shown_by_custody(tmp_path / "a")
    assert (skew.channel, skew.quality, skew.segments) == ("demo", "source", 6)
    assert abs(skew.skew_s - true_s) < 0.005
    assert skew.spread_s < 0.5
    assert f"other nodes date the same content {skew.skew_s:.3f} s later than this node" in shown
