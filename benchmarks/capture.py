"""Recording many live streams: the CPU, the memory and the lag of a real ``longtake capture`` process.

The streams are 3 Mbit/s of H.264 and AAC in MPEG-TS, 2 s a segment, from ``benchmarks.live_origin`` over loopback, onto a real
folder. The lag is from the moment since which a playlist has a segment until it has its final name (the file's ctime,
exact to some milliseconds; its content is synced by then, the folder's entry a moment later). Loopback brings bytes in
larger pieces than a real network, which costs a recorder less.

Both processes share the machine with the measure. Where it had no CPU left, the lag is not the recorder's alone, and
the figures say so.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import show
from benchmarks.live_schedule import SEGMENT_US, WINDOW, Schedule, schedules
from benchmarks.processes import Load, load_of, machine_busy, peak_bytes, proportional_bytes
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.listing import read_listing
from longtake.core.segments import Segment, SegmentType

CHANNELS = (1, 20, 100)
SECONDS = 60
WARM_UP_S = 10
_CATCH_UP_S = 60
_GRACE_S = 4
_SATURATED = 0.85
_STREAM = ToneStream(
    size=(1280, 720),
    segments=8,
    noise=True,
    x264="colorprim=bt709:bitrate=2650:vbv-maxrate=2650:vbv-bufsize=2650:nal-hrd=cbr:filler=1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was used up to a moment."""

    at_s: float
    recorder: Load
    origin: Load
    busy_s: float
    counts: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One run: both processes, and where they meet."""

    channels: Sequence[Schedule]
    url: str
    store: Path
    origin_pid: int
    recorder_pid: int

    def usage(self) -> Usage:
        """Now."""
        with urllib.request.urlopen(f"{self.url}/counts") as answer:
            counts = Counter(json.load(answer))
        return Usage(
            at_s=time.time(),
            recorder=load_of(self.recorder_pid),
            origin=load_of(self.origin_pid),
            busy_s=machine_busy(),
            counts=counts,
        )


def capturing(folder: Path, *, channels: Sequence[int] = CHANNELS, seconds: float = SECONDS) -> None:
    """One run for each number of channels. ``folder`` is on the disk that is to be recorded onto.

    What was recorded stays until the end: ext4 makes files more slowly for minutes after many were removed.
    """
    content = prepared(folder)
    for count in channels:
        store = folder / f"{count} channels"
        store.mkdir()
        one_run(content, store, count, seconds)


def prepared(folder: Path) -> Path:
    """The contents that go round, one after the other in one file, their sizes beside it."""
    path = folder / "content.ts"
    segments = made(_STREAM)
    path.write_bytes(b"".join(segments))
    path.with_suffix(".json").write_text(json.dumps([len(segment) for segment in segments]))
    return path


def one_run(content: Path, store: Path, count: int, seconds: float) -> None:
    """Records, measures, shows."""
    start_us = time.time_ns() // 1000 - (WINDOW + 1) * SEGMENT_US
    channels = schedules(count, start_us)
    with (
        origin(content, count, start_us) as (origin_pid, url),
        recorder(channels, url, store) as recorder_pid,
    ):
        setting = Setting(
            channels=channels, url=url, store=store, origin_pid=origin_pid, recorder_pid=recorder_pid
        )
        warmed_up(setting)
        before = setting.usage()
        time.sleep(seconds)
        after = setting.usage()
        memory = proportional_bytes(recorder_pid), peak_bytes(recorder_pid)
        time.sleep(_GRACE_S)
    show_costs(channels, before, after, memory)
    show_lags(channels, before, after, store)


@contextmanager
def origin(content: Path, count: int, start_us: int) -> Iterator[tuple[int, str]]:
    """Its process and address."""
    command = [sys.executable, "-m", "benchmarks.live_origin", str(content), str(count), str(start_us)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@contextmanager
def recorder(channels: Sequence[Schedule], url: str, store: Path) -> Iterator[int]:
    """The process that is measured; its log is beside the store."""
    command = [str(Path(sys.executable).with_name("longtake")), "capture", "--store", str(store / "store")]
    command += [f"{one.channel}={url}/{one.channel}/live.m3u8?token=secret" for one in channels]
    with (store / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield process.pid
        finally:
            if process.poll() is not None:
                print(f"the recorder ended by itself:\n{(store / 'log').read_text()[-2000:]}")
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()


def warmed_up(setting: Setting) -> None:
    """After some seconds, and once everything was fetched that the playlists had at first sight."""
    time.sleep(WARM_UP_S)
    for _ in range(_CATCH_UP_S):
        listed = sum(one.newest(time.time_ns() // 1000) + 1 for one in setting.channels)
        if setting.usage().counts["segment"] >= listed - 2 * len(setting.channels):
            return
        time.sleep(1)
    print(f"  the recorder did not catch up within {_CATCH_UP_S} s: the figures are of that state")


def show_costs(channels: Sequence[Schedule], before: Usage, after: Usage, memory: tuple[int, int]) -> None:
    """CPU, memory, requests."""
    count = len(channels)
    minutes = count * (after.at_s - before.at_s) / 60
    spent = after.recorder - before.recorder
    counts = after.counts - before.counts
    segments = max(1, sum(len(one.listed_between(before.at_s, after.at_s)) for one in channels))
    busy = (after.busy_s - before.busy_s) / (after.at_s - before.at_s) / (os.cpu_count() or 1)
    show(f"record {count} x 3 Mbit/s, CPU per stream-minute", f"{spent.cpu_s / minutes:.3f} s")
    show("  of it user, system", f"{spent.user_s / minutes:.3f} s, {spent.system_s / minutes:.3f} s")
    show("  memory, and its peak", f"{memory[0] / 2**20:.0f} MiB, {memory[1] / 2**20:.0f} MiB")
    show(
        "  requests for a segment, polls per segment",
        f"{(counts.total() - counts['playlist']) / segments:.2f}, {counts['playlist'] / segments:.2f}",
    )
    show(
        "  the machine's CPU, the origin's part", f"{busy:.0%}, {(after.origin - before.origin).cpu_s:.1f} s"
    )
    if busy > _SATURATED:
        show("  the machine was saturated: the lag is not", "the recorder's")


def show_lags(channels: Sequence[Schedule], before: Usage, after: Usage, store: Path) -> None:
    """Of all segments that came to be listed in the time that was measured."""
    lags, types = list[float](), Counter[str]()
    for one in channels:
        kept = segments_of(store / "store" / one.channel / "source")
        for sequence in one.listed_between(before.at_s, after.at_s):
            found = kept.get(one.shows_us(sequence), [])
            best = next((item for item in found if item[0].type is SegmentType.FULL), None)
            types.update(segment.type for segment, _ in found)
            types.update([] if best else ["missed"])
            if best is not None:
                lags.append(best[1] - one.listed_us(sequence) / 1e6)
    show_lag_figures(lags)
    odd = {kind: number for kind, number in types.items() if kind != SegmentType.FULL}
    show(f"  of {len(lags)} segments not full", ", ".join(f"{n} {kind}" for kind, n in odd.items()) or "0")


def show_lag_figures(lags: list[float]) -> None:
    """The middle and the tail."""
    if len(lags) > 1:
        p95 = statistics.quantiles(lags, n=20, method="inclusive")[-1]
        show("  lag: median, p95, max", f"{statistics.median(lags):.2f}, {p95:.2f}, {max(lags):.2f} s")


def segments_of(quality: Path) -> dict[int, list[tuple[Segment, float]]]:
    """What was recorded, by the start: each with the time in seconds since which it has its name."""
    found: dict[int, list[tuple[Segment, float]]] = {}
    for hour in sorted(quality.iterdir()) if quality.is_dir() else ():
        if hour.name.startswith("."):
            continue
        for segment in read_listing(hour.name, os.listdir(hour)).segments:  # noqa: PTH208 - names are wanted
            named_s = (hour / segment.name).stat().st_ctime_ns / 1e9
            found.setdefault(segment.start_us, []).append((segment, named_s))
    return found
