"""Raw playlists that are kept with the segments that they showed."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

from structlog.testing import capture_logs
from tests.fakes.troubles.stage import staged

HOUR = "2024-11-24T04"


async def test_each_segment_has_the_playlist_that_first_showed_it_and_those_before(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.origin.publish(1)
        stage.record(history=2)
        await stage.stored(0)
        for number in (1, 2, 3):
            stage.origin.publish(1)
            await stage.stored(number)
        folder = stage.store.layout.playlists("demo", "source", HOUR)
        await stage.until(lambda: (folder / "00:06.000000-2.m3u8.gz").exists(), "three are kept for the last")
        texts = [
            gzip.decompress((folder / f"00:06.000000-{k}.m3u8.gz").read_bytes()).decode() for k in range(3)
        ]
        assert ["3.ts" in text for text in texts] == [True, False, False]
        assert ["2.ts" in text for text in texts] == [True, True, False]
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
        assert not (folder / "00:00.000000-1.m3u8.gz").exists(), "nothing came before the first"


async def test_none_are_kept_unasked(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.origin.publish(2)
        stage.record()
        await stage.stored(0, 1)
    assert not list(tmp_path.rglob("*.m3u8.gz"))


async def test_they_go_with_their_hour(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.origin.publish(2)
        stage.record(history=1)
        await stage.stored(0, 1)
        folder = stage.store.layout.playlists("demo", "source", HOUR)
        await stage.until(lambda: (folder / "00:02.000000-0.m3u8.gz").exists(), "it is kept")
        await stage.end()
    async with staged(tmp_path) as stage:
        await stage.store.remove_hour("demo", "source", HOUR)
        assert not folder.exists()


async def test_a_disk_that_does_not_take_them_costs_no_segment(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with staged(tmp_path) as stage:
            in_the_way = stage.store.layout.playlists("demo", "source", HOUR).parent
            in_the_way.parent.mkdir(parents=True)
            in_the_way.write_text("a file where the folder should be")
            stage.origin.publish(2)
            stage.record(history=1)
            await stage.stored(0, 1)
            await stage.until(
                lambda: any(log["event"] == "playlists cannot be kept" for log in logs), "it is said"
            )
