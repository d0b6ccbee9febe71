"""``make bench``: our figures, on this machine, now. Absolute times move from machine to machine; ratios count.

``python -m benchmarks capture --channels 20 --seconds 15`` takes some of them, or shorter; so does
``python -m benchmarks serving --hours 24 --seconds 1``. ``--server "env PYTHONPATH=OLD/src .venv/bin/python -m longtake serve"``
takes those of serving from another version, so that both can be taken one right after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import shlex
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from benchmarks.capture import CHANNELS, capturing
from benchmarks.capture import SECONDS as CAPTURE_S
from benchmarks.cuts import cutting
from benchmarks.figures import show, timed
from benchmarks.inspection import inspecting
from benchmarks.replicating import replicating
from benchmarks.serving import FEWEST_H, serving
from benchmarks.serving import SECONDS as SERVING_S
from benchmarks.web_process import COMMAND
from benchmarks.week import WEEK_H

from longtake.adapters.store.disk import DiskStore
from longtake.core.facts import SegmentFacts
from longtake.core.hls.parse import parse_playlist
from longtake.core.listing import read_listing
from longtake.core.names import hash_text
from longtake.core.segments import Segment, SegmentType, name_prefix, named_segment
from longtake.core.times import SECOND_US, parse_time, to_us

START_US = to_us(parse_time("2026-11-24T00:00:00Z"))
SEGMENT_BYTES = 750_000


def main() -> None:
    """Runs all of it, some minutes, or the parts that are named."""
    parts: dict[str, Callable[[Path], object]] = {
        "hls": lambda _: hls(),
        "names": lambda _: names(),
        "inspection": lambda _: inspecting(),
        "storing": lambda folder: asyncio.run(storing(folder)),
        "serving": lambda folder: serving(
            folder, hours=asked.hours, seconds=asked.seconds or SERVING_S, command=asked.server
        ),
        "cutting": lambda folder: asyncio.run(cutting(folder)),
        "capture": lambda folder: capturing(
            folder, channels=asked.channels, seconds=asked.seconds or CAPTURE_S
        ),
        "replicating": lambda folder: replicating(folder, seconds=asked.seconds or CAPTURE_S),
    }
    asked = arguments(list(parts))
    show("what", "figure", "peer", "goal")
    for part in asked.parts or parts:
        with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
            parts[part](Path(folder))


def arguments(parts: list[str]) -> argparse.Namespace:
    """Which parts, how long and how many streams ``capture`` records, and how much ``serving`` serves."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", choices=[[], *parts], help=", ".join(parts))
    parser.add_argument("--channels", type=int, nargs="+", default=CHANNELS)
    parser.add_argument(
        "--seconds", type=float, help="that streams are recorded, that each rate of serving is taken"
    )
    parser.add_argument(
        "--hours", type=int, default=WEEK_H, help=f"of four channels that are served; from {FEWEST_H} on"
    )
    parser.add_argument(
        "--server", type=shlex.split, default=COMMAND, help="command that serves; for old versions"
    )
    parser.add_argument("--dir", type=Path, help="where files are written; its disk is measured with")
    asked = parser.parse_args()
    if asked.hours < FEWEST_H:
        parser.error(f"--hours: {FEWEST_H} or more, so that files can be new in several of them")
    return asked


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


main()
