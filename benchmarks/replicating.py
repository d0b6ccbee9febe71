"""Pulling from a peer, which is a real ``longtake serve`` on loopback: much, many, and nothing at all.

What is copied is compared with the same bytes written by hand in the same run: eight threads, each file synced, renamed, its folder
synced. Both go onto the same disk, and share the machine with the peer.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.capture import one_run, prepared
from benchmarks.figures import show
from benchmarks.web_process import web_process
from benchmarks.week import PER_HOUR, WEEK_H, lay_out
from prometheus_client import CollectorRegistry

from longtake.app.config import load_settings
from longtake.app.settings import Settings
from longtake.app.wiring.replicate import opened_replication
from longtake.core.names import hash_text
from longtake.core.replication.addresses import Peer
from longtake.core.segments import SegmentType, name_prefix
from longtake.core.times import HOUR_US, SECOND_US, hour_name

FILES, FILE_BYTES = 960, 753_000
TINY_BYTES = 400
_START_US = 1_731_139_200_000_000
_WRITERS = 8
_TIMES = 3
_PLACE = "bench/source"


def replicating(folder: Path, *, seconds: float) -> None:
    """All of it. ``seconds``: how long streams are recorded beside it."""
    copying(folder)
    many_small(folder)
    nothing_to_do(folder)
    beside_a_recorder(folder, seconds)


def copying(folder: Path) -> None:
    """723 MB, and the same by hand."""
    peer, contents = folder / "peer", files_of(FILES, FILE_BYTES)
    put(peer, contents)
    size_mb = sum(map(len, contents.values())) / 1e6
    with web_process(peer) as served:
        by_hand, pulled = [], []
        for _ in range(_TIMES):
            by_hand.append(size_mb / written_by_hand(folder / "by hand", contents))
            pulled.append(size_mb / pulled_in(folder / "pulled", served.url, expected=FILES))
    shutil.rmtree(peer)
    show(f"write {size_mb:.0f} MB in {FILES} files by hand, durably", f"{max(by_hand):.0f} MB/s")
    show(
        "pull them from a peer, durably",
        f"{max(pulled):.0f} MB/s, {max(pulled) / max(by_hand):.0%}",
        "181, not durable",
        "70 % of by hand",
    )


def many_small(folder: Path) -> None:
    """An hour of which all is lacking, in the smallest files that there are."""
    peer = folder / "tiny"
    put(peer, files_of(PER_HOUR, TINY_BYTES))
    with web_process(peer) as served:
        spent = [pulled_in(folder / "pulled", served.url, expected=PER_HOUR) for _ in range(_TIMES)]
    show(f"pull an hour of {PER_HOUR} tiny files", f"{min(spent):.2f} s, {PER_HOUR / min(spent):.0f} /s")


def nothing_to_do(folder: Path) -> None:
    """A week that is the same on both."""
    start_us = time.time_ns() // 1000 // HOUR_US * HOUR_US - WEEK_H * HOUR_US
    peer, here = folder / "week", folder / "same week"
    for root in (peer, here):
        lay_out(root, ["bench"], "source", start_us=start_us, hours=WEEK_H)
    with web_process(peer) as served:
        first_s, later_s = asyncio.run(_passes(settings_of(here), served.url))
        command = [sys.executable, "-m", "longtake", "replicate", "bench", "--once", "--store", str(here)]
        began_s = time.perf_counter()
        subprocess.run([*command, "--from", served.url], check=True, stdout=subprocess.DEVNULL)
        once_s = time.perf_counter() - began_s
    show("the first pass over 7 days that are the same", f"{first_s * 1e3:.0f} ms")
    show("every later one, 2 requests", f"{later_s * 1e3:.0f} ms", "4.4 s, 169 requests", "0.1 s")
    show("longtake replicate --once over them, start included", f"{once_s:.2f} s", "", "1.5 s")


async def _passes(settings: Settings, url: str) -> tuple[float, float]:
    """How long the first pass takes, and the median of others."""
    async with opened_replication(settings, [Peer(name="peer", url=url)], CollectorRegistry()) as service:
        (work,) = await service.works()
        spent = []
        for _ in range(12):
            began_s = time.perf_counter()
            await work.once()
            spent.append(time.perf_counter() - began_s)
        counts = service.counts()
        assert not counts.failed, counts.failed
        return spent[0], sorted(spent[1:])[len(spent) // 2]


def beside_a_recorder(folder: Path, seconds: float) -> None:
    """20 streams recorded, alone and while as much as can be is pulled."""
    content = prepared(folder)
    peer = folder / "peer"
    put(peer, files_of(FILES, FILE_BYTES))
    show("recording 20 streams, alone", "")
    one_run(content, made(folder / "alone"), 20, seconds)
    with web_process(peer) as served:
        pulling = Pulling(folder / "beside", served.url)
        show("recording 20 streams while a peer is pulled from", "")
        try:
            one_run(content, made(folder / "not alone"), 20, seconds)
        finally:
            rounds = pulling.stop()
    show("meanwhile pulled", f"{rounds * FILES * FILE_BYTES / 1e6:.0f} MB")


class Pulling:
    """``longtake replicate --once``, again and again into empty stores, until it is stopped."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self._over = threading.Event()
        self._rounds = 0
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._over.is_set():
            store = made(self._folder / str(self._rounds))
            command = [sys.executable, "-m", "longtake", "replicate", "--once", "--store", str(store)]
            subprocess.run([*command, "--from", self._url], check=True, stdout=subprocess.DEVNULL)
            self._rounds += 1

    def stop(self) -> int:
        """After the round at work; how many there were."""
        self._over.set()
        self._thread.join()
        return self._rounds


def made(folder: Path) -> Path:
    """The folder, which is there now."""
    folder.mkdir(parents=True)
    return folder


def files_of(count: int, size_bytes: int) -> dict[str, bytes]:
    """Contents that nothing can compress, by path below a quality; consecutive segments of 2 s."""
    dice, files = random.Random(count), {}
    for index in range(count):
        content = dice.randbytes(size_bytes)
        start_us = _START_US + index * 2 * SECOND_US
        digest = hash_text(hashlib.sha256(content).digest())
        name = f"{name_prefix(start_us=start_us, duration_s=2.0)}-{SegmentType.FULL}-{digest}.ts"
        files[f"{hour_name(start_us)}/{name}"] = content
    return files


def put(root: Path, files: dict[str, bytes]) -> None:
    """A store that has them."""
    for path, content in files.items():
        file = root / _PLACE / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def written_by_hand(folder: Path, files: dict[str, bytes]) -> float:
    """Seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    for hour in {path.partition("/")[0] for path in files}:
        (folder / hour).mkdir(parents=True)

    def write(path: str) -> None:
        target = folder / path
        temp = target.with_suffix(".temp")
        with temp.open("wb") as file:
            file.write(files[path])
            file.flush()
            os.fsync(file.fileno())
        temp.replace(target)
        fd = os.open(target.parent, os.O_RDONLY)
        os.fsync(fd)
        os.close(fd)

    began_s = time.perf_counter()
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(write, files))
    return time.perf_counter() - began_s


def pulled_in(folder: Path, url: str, *, expected: int) -> float:
    """Seconds for a pass of the real service into an empty store."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return asyncio.run(_pulled(settings_of(folder), url, expected))


async def _pulled(settings: Settings, url: str, expected: int) -> float:
    async with opened_replication(settings, [Peer(name="peer", url=url)], CollectorRegistry()) as service:
        began_s = time.perf_counter()
        await service.once()
        spent_s = time.perf_counter() - began_s
        counts = service.counts()
        assert sum(counts.done.values()) == expected, (counts.done, counts.failed)
        return spent_s


def settings_of(store: Path) -> Settings:
    """Those of a node that replicates into that folder, and takes nothing else along."""
    told = {"channels": ["bench"], "extra_folders": []}
    return load_settings(None, {"store": {"dir": str(store)}, "replicate": told})
