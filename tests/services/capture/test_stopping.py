"""SIGTERM to a real recorder with a long queue and a slow source."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.fakes.hls_origin import HlsOrigin, held_until, stalled
from tests.fakes.recording import START, at_us

from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.hls.render import render_media
from longtake.core.times import SECOND_US, from_us


def many(count: int) -> str:
    """A playlist of so many segments of two seconds."""
    segments = [
        MediaSegment(
            uri=f"{number}.ts",
            duration_s=2.0,
            sequence=number,
            program_date_time=from_us(at_us(START) + number * 2 * SECOND_US),
        )
        for number in range(count)
    ]
    return render_media(
        MediaPlaylist(target_duration_s=2, media_sequence=0, segments=tuple(segments), version=6)
    )


@asynccontextmanager
async def recorder(origin: HlsOrigin, folder: Path) -> AsyncIterator[Process]:
    """``longtake capture``, with all its fetches under way."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "longtake", "capture", f"demo={origin.url}", "--store", str(folder)),
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        async with asyncio.timeout(20):
            while origin.at_once.total() < 8:
                await asyncio.sleep(0.02)
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def types(folder: Path) -> list[str]:
    return sorted(path.name.split("-")[2] for path in folder.glob("demo/source/2*/*.ts"))


async def ended(process: Process, within_s: float) -> str:
    async with asyncio.timeout(within_s):
        told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode()


async def test_what_is_in_flight_arrives_and_the_rest_is_given_up(tmp_path: Path) -> None:
    go = asyncio.Event()
    async with HlsOrigin(always=held_until(go), playlist_text=many(2000)) as origin:
        origin.publish(30)
        async with recorder(origin, tmp_path) as process:
            process.send_signal(signal.SIGTERM)
            asyncio.get_running_loop().call_later(0.5, go.set)
            told = await ended(process, within_s=5)
            assert types(tmp_path) == ["full"] * 8
            assert origin.requests.total() - origin.requests["master"] - origin.requests["live"] == 8
            (line,) = [line for line in told.splitlines() if "stopped before" in line]
            assert "not_begun=1992" in line


async def test_a_second_signal_saves_at_once_what_is_there(tmp_path: Path) -> None:
    async with HlsOrigin(always=stalled, playlist_text=many(2000)) as origin:
        origin.publish(30)
        async with recorder(origin, tmp_path) as process:
            process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.5)  # two signals in the same moment are one
            process.send_signal(signal.SIGTERM)
            told = await ended(process, within_s=4)
            assert types(tmp_path) == ["partial"] * 8
            assert "cut_short=8" in told


@pytest.mark.soak
async def test_what_never_arrives_is_saved_within_the_limit(tmp_path: Path) -> None:
    async with HlsOrigin(always=stalled, playlist_text=many(2000)) as origin:
        origin.publish(30)
        async with recorder(origin, tmp_path) as process:
            process.send_signal(signal.SIGTERM)
            await ended(process, within_s=12)
            assert types(tmp_path) == ["partial"] * 8
