"""Smart cuts and pictures over HTTP, from a server process of its own: first byte of video, whole, processor time."""

from __future__ import annotations

import asyncio
import hashlib
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from benchmarks.figures import show
from benchmarks.processes import family_cpu_s
from benchmarks.web_process import WebProcess, web_process

from longtake.adapters.teststream.encoder import encode_segments
from longtake.core.mpegts.retime import retimed
from longtake.core.mpegts.scan import ScannedSegment, scan_segment
from longtake.core.mpegts.timestamps import CLOCK_HZ
from longtake.core.segments import SegmentType, named_segment
from longtake.core.times import SECOND_US, format_us

START_US = 1_700_000_000 * SECOND_US
SEGMENT_S, FPS = 2, 30
_ENCODED = 24
"""So many segments are encoded; further ones are the same, moved in time."""
MARK_US = START_US + 40_523_000
"""A mark in the middle of a GOP."""
LENGTHS_S = {"10 s": 10, "10 min": 600, "25 min": 1500}
_READER = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as answer:
    while answer.read(1 << 20):
        pass
"""


@dataclass(frozen=True)
class Took:
    """``first_s`` until the first bytes of video, ``all_s`` until the last ones."""

    first_s: float
    all_s: float
    size_bytes: int


async def cutting(folder: Path) -> None:
    """All of it; about a minute."""
    fill(folder / "store", seconds=1620)
    with web_process(folder / "store") as node:
        async with aiohttp.ClientSession() as session:
            await until_warm(session, node)
            for extension in ("ts", "mp4"):
                for name, seconds in LENGTHS_S.items():
                    await cut_figures(
                        session, node, f"smart cut of {name} to .{extension}", extension, seconds
                    )
            for form in ("png", "jpg"):
                await frame_figures(session, node, form)
            await beside_a_cut(session, node)


def fill(store: Path, *, seconds: int) -> None:
    """A stream of 720p with one IDR per segment, timestamps going on."""
    scans = [scan_segment(segment) for segment in encode_segments(START_US // SECOND_US * FPS, _ENCODED)]
    for at in range(seconds // SEGMENT_S):
        turn, place = divmod(at, _ENCODED)
        content = moved(scans[place], turn * _ENCODED * SEGMENT_S * CLOCK_HZ)
        segment = named_segment(
            start_us=START_US + at * SEGMENT_S * SECOND_US,
            duration_s=float(SEGMENT_S),
            type=SegmentType.FULL,
            digest=hashlib.sha256(content).digest(),
        )
        path = store / "demo" / "source" / segment.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def moved(segment: ScannedSegment, ticks: int) -> bytes:
    """The segment, so many ticks later."""
    pids = frozenset(segment.packets.pid.tolist())
    return retimed(segment, video_ticks=ticks, clock_ticks=ticks, pids=pids).tobytes()


async def until_warm(session: aiohttp.ClientSession, node: WebProcess) -> None:
    """A cut and a picture before anything is measured: workers are there then."""
    await take(session, node, "ts", 4)
    await (await session.get(frame_url(node, "jpg", 0))).read()


async def take(session: aiohttp.ClientSession, node: WebProcess, extension: str, seconds: int) -> Took:
    """One cut. In MPEG-TS the first packets of video come after two of tables, in MP4 after the header."""
    span = f"start={format_us(MARK_US)}&end={format_us(MARK_US + seconds * SECOND_US)}"
    began, first_s, size = time.perf_counter(), 0.0, 0
    async with session.get(f"{node.url}/cut/demo/source.{extension}?{span}") as response:
        response.raise_for_status()
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if not first_s and size > 2048:
                first_s = time.perf_counter() - began
    return Took(first_s=first_s, all_s=time.perf_counter() - began, size_bytes=size)


async def cut_figures(
    session: aiohttp.ClientSession, node: WebProcess, what: str, extension: str, seconds: int
) -> None:
    """Medians of five, with the processor time of the server and all its workers."""
    before = family_cpu_s(node.pid)
    took = [await take(session, node, extension, seconds) for _ in range(5)]
    cpu = (family_cpu_s(node.pid) - before) / len(took)
    show(f"{what}: first video", f"{statistics.median(one.first_s for one in took):.3f} s")
    show(f"{what}: all", f"{statistics.median(one.all_s for one in took):.3f} s")
    show(f"{what}: processor time", f"{cpu:.2f} s")


def frame_url(node: WebProcess, form: str, at: int) -> str:
    """A frame in the second half of a GOP, another one each time."""
    return f"{node.url}/frame/demo/source.{form}?timestamp={format_us(MARK_US + at * 2_100_000)}"


async def frame_figures(session: aiohttp.ClientSession, node: WebProcess, form: str) -> None:
    """The median of some different frames."""
    took = []
    for at in range(15):
        began = time.perf_counter()
        async with session.get(frame_url(node, form, at)) as response:
            await response.read()
            response.raise_for_status()
        took.append(time.perf_counter() - began)
    show(f"one frame as {form}", f"{statistics.median(took) * 1e3:.0f} ms")


async def beside_a_cut(session: aiohttp.ClientSession, node: WebProcess) -> None:
    """How long small requests take, first alone, then while 25 minutes are cut again and again."""
    show("small request, alone", f"{await small_requests(session, node, 200) * 1e3:.1f} ms")
    work = asyncio.create_task(again_and_again(node), name="cut again and again")
    try:
        show(
            "small request, beside a cut of 25 min",
            f"{await small_requests(session, node, 400) * 1e3:.1f} ms",
        )
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def small_requests(session: aiohttp.ClientSession, node: WebProcess, count: int) -> float:
    """The median, one after the other with a little time between, as pages ask."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        async with session.get(f"{node.url}/files/demo/source") as response:
            await response.read()
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.005)  # pages do not ask without a pause
    return statistics.median(took)


async def again_and_again(node: WebProcess) -> None:
    """Read by a process of its own, as from elsewhere: our loop measures."""
    span = f"start={format_us(MARK_US)}&end={format_us(MARK_US + 1500 * SECOND_US)}"
    while True:
        reader = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _READER, f"{node.url}/cut/demo/source.ts?{span}"
        )
        try:
            await reader.wait()
        except BaseException:
            reader.kill()
            await reader.wait()
            raise
