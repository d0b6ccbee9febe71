"""``make bench``: our figures, on this machine, now. Absolute times move from machine to machine; ratios count.

``python -m benchmarks capture --channels 20 --seconds 15`` takes some of them, or shorter.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from benchmarks.capture import CHANNELS, SECONDS, capturing
from benchmarks.cuts import cutting
from benchmarks.figures import show, timed
from benchmarks.inspection import inspecting
from tests.fakes.web_node import WebNode, web_node

from longtake.adapters.store.disk import DiskStore
from longtake.core.facts import SegmentFacts
from longtake.core.hls.parse import parse_playlist
from longtake.core.listing import read_listing
from longtake.core.names import hash_text
from longtake.core.segments import Segment, SegmentType, name_prefix, named_segment
from longtake.core.times import HOUR_US, SECOND_US, hour_name, parse_time, to_us

START_US = to_us(parse_time("2026-11-24T00:00:00Z"))
SEGMENT_BYTES = 750_000
CONNECTIONS = 16


def main() -> None:
    """Runs all of it, about seven minutes, or the parts that are named."""
    parts: dict[str, Callable[[Path], object]] = {
        "hls": lambda _: hls(),
        "names": lambda _: names(),
        "inspection": lambda _: inspecting(),
        "storing": lambda folder: asyncio.run(storing(folder)),
        "serving": lambda folder: asyncio.run(serving(folder)),
        "cutting": lambda folder: asyncio.run(cutting(folder)),
        "capture": lambda folder: capturing(folder, channels=asked.channels, seconds=asked.seconds),
    }
    asked = arguments(list(parts))
    print(f"{'what':58} {'figure':>16}")
    for part in asked.parts or parts:
        with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
            parts[part](Path(folder))


def arguments(parts: list[str]) -> argparse.Namespace:
    """Which parts, and how long and how many streams ``capture`` records."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[[], *parts], help=", ".join(parts))
    parser.add_argument("--channels", type=int, nargs="+", default=CHANNELS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--dir", type=Path, help="where files are written; its disk is measured with")
    return parser.parse_args()


def hls() -> None:
    """Parsing what a source sends."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:2"]
    for index in range(1500):
        minute, second = divmod(index * 2, 60)
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:2026-11-24T00:{minute:02}:{second:02}.000Z",
            "#EXTINF:2.000,",
            f"segment-{index}.ts?token=abcdef",
        ]
    text = "\n".join(lines)
    show(
        "parse a playlist of 1,500 segments",
        f"{timed(lambda: parse_playlist(text, 'http://a/b')) * 1e3:.1f} ms",
    )


def names() -> None:
    """Understanding an hour."""
    listed = [file_name(index) for index in range(1800)]
    show(
        "read the 1,800 names of an hour",
        f"{timed(lambda: read_listing('2026-11-24T00', listed)) * 1e3:.1f} ms",
    )


def file_name(index: int) -> str:
    """A segment's name whose content is its number."""
    digest = hashlib.sha256(str(index).encode()).digest()
    prefix = name_prefix(start_us=START_US + index * 2 * SECOND_US, duration_s=2.0)
    return f"{prefix}-full-{hash_text(digest)}.ts"


async def storing(folder: Path) -> None:
    """Durable segments beside the same bytes written and synced by hand, eight at a time."""
    contents = [os.urandom(SEGMENT_BYTES) for _ in range(100)]
    store = DiskStore(folder / "store")

    def write(index: int) -> None:
        with (folder / str(index)).open("wb") as file:
            file.write(contents[index])
            file.flush()
            os.fsync(file.fileno())

    async with store.open_writer("bench", "source", "capture") as writer:

        async def keep(index: int) -> None:
            incoming = writer.begin()
            await incoming.add(contents[index])
            await incoming.keep(partial(settle, START_US + index * 2 * SECOND_US))

        plain_s = await spent_on(lambda index: asyncio.to_thread(write, index), len(contents))
        durable_s = await spent_on(keep, len(contents))
    store.close()
    total_mb = SEGMENT_BYTES * len(contents) / 1e6
    show("write 100 files of 750 KB with fsync, by hand", f"{total_mb / plain_s:.0f} MB/s")
    show("keep 100 segments of 750 KB durably, named by hash", f"{total_mb / durable_s:.0f} MB/s")


def settle(start_us: int, content: memoryview, digest: bytes) -> tuple[Segment, SegmentFacts]:
    """A full segment of 2 s, and the least facts."""
    segment = named_segment(start_us=start_us, duration_s=2.0, type=SegmentType.FULL, digest=digest)
    return segment, SegmentFacts(name=segment.name, size_bytes=len(content))


async def spent_on(work: Callable[[int], Awaitable[object]], count: int, at_once: int = 8) -> float:
    """Seconds for ``count`` pieces of work, some at a time."""
    waiting = list(range(count))

    async def worker() -> None:
        while waiting:
            await work(waiting.pop())

    began = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return time.perf_counter() - began


async def serving(folder: Path) -> None:
    """The web process, asked by a client in the same process: both share one core's worth of Python."""
    await asyncio.to_thread(fill, folder / "store" / "bench" / "source", hours=12)
    async with web_node(folder) as node:
        for what in ("cold", "warm"):
            began = time.perf_counter()
            answer = await node.get(
                "/playlist/bench/source.m3u8?start=2026-11-24T00:00:00Z&end=2026-11-24T12:00:00Z"
            )
            assert answer.text.count("#EXTINF") == 21_600
            show(
                f"playlist of 12 h (21,600 segments), {what}", f"{(time.perf_counter() - began) * 1e3:.0f} ms"
            )
        await node.get("/playlist/bench/source.m3u8")
        await rate(node, "live playlist", "/playlist/bench/source.m3u8", 200)
        await rate(node, "listing of one hour (1,800 names)", "/files/bench/source/2026-11-24T03", 1000)
        path = f"/segments/bench/source/2026-11-24T00/{file_name(0)}"
        await rate(node, "segment of 750 KB", path, 500)


async def rate(node: WebNode, what: str, path: str, count: int) -> None:
    """Requests per second over 16 connections, and the bytes that came."""
    size = len((await node.get(path)).body)
    spent_s = await spent_on(lambda _: node.get(path), count, at_once=CONNECTIONS)
    show(f"{what}, {CONNECTIONS} connections", f"{count / spent_s:.0f} /s")
    if size > 500_000:
        show("", f"{count * size / spent_s / 1e6:.0f} MB/s")


def fill(folder: Path, *, hours: int) -> None:
    """Segment files of the right names; only the first has content, for nobody looks into the others here."""
    for index in range(hours * 1800):
        path = folder / hour_name(START_US + index * 2 * SECOND_US) / file_name(index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SEGMENT_BYTES) if index == 0 else b"")
    past = time.time() - 10
    for hour in range(hours):
        os.utime(folder / hour_name(START_US + hour * HOUR_US), (past, past))


main()
