"""``longtake custody`` as a process."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path

from tests.fakes.node_process import COMMAND, longtake, wait_for
from tests.fakes.recording import START, at_us, media, record
from tests.fakes.tone_stream import stored

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.status_files import read_status
from longtake.core.inspection import INSPECTION_VERSION


def known(store: DiskStore) -> dict[str, int | None]:
    facts = asyncio.run(store.facts("demo", "source", ["2024-11-24T04"]))
    return {name: one.looked for name, one in facts.items()}


def looked(folder: Path) -> int:
    return sum(status.facts.looked for status in read_status(folder) if status.facts is not None)


def test_without_a_time_to_keep_it_fills_in_facts_removes_nothing_and_stops_when_told(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    asyncio.run(record(store, count=2))
    copied = stored(
        media(at_us("2024-11-24T04:10:00Z"), 1)[0],
        store.layout.quality("demo", "source"),
        start_us=at_us("2024-11-24T04:10:00Z"),
        duration_s=2.0,
    )
    damaged = stored(
        b"other", store.layout.quality("demo", "source"), start_us=at_us(START) - 5_000_000, duration_s=2.0
    )
    path = store.layout.quality("demo", "source") / damaged.path
    path.write_bytes(b"than it was")
    process = subprocess.Popen([*COMMAND, "custody", "--store", str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: looked(tmp_path) == 3, "three looks")
        assert known(store)[copied.name] == INSPECTION_VERSION
        assert len(known(store)) == 3
        shown = longtake("status", "--store", str(tmp_path)).stdout
        assert f"damaged files: 1: demo/source/{damaged.path}" in "".join(shown.splitlines())
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=10)
    assert code == 0
    assert path.exists()
    store.close()
