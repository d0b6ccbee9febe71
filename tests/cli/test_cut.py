"""``longtake cut`` on real media: exact, whole or not there, and the same video as over HTTP."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
from pathlib import Path

import av
import pytest
from tests.fakes.node_process import COMMAND, is_alive, longtake, wait_for
from tests.fakes.tone_stream import ToneStream, frame_numbers, recorded
from tests.fakes.web_node import web_node

from longtake.core.times import SECOND_US, format_us

START_US = 1_700_000_000 * SECOND_US
STREAM = ToneStream(b_frames=3, segments=5)
FIRST, END = 37, 251
SPAN = format_us(STREAM.time_us(FIRST, START_US)), format_us(STREAM.time_us(END, START_US))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    recorded(STREAM, tmp_path / "store" / "demo" / "source", START_US)
    return tmp_path / "store"


def numbers(content: bytes) -> list[int | None]:
    return [number for _, number in frame_numbers(content)]


def video_packets(content: bytes) -> list[tuple[int | None, int | None, bytes]]:
    with av.open(io.BytesIO(content), "r") as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        first = packets[0].pts or 0
        return [((packet.pts or 0) - first, (packet.dts or 0) - first, bytes(packet)) for packet in packets]


@pytest.mark.parametrize("extension", ["mp4", "ts"])
def test_a_cut_has_exactly_its_frames_and_says_so(store: Path, tmp_path: Path, extension: str) -> None:
    output, report = tmp_path / f"clip.{extension}", tmp_path / "report.json"
    ended = longtake("cut", "demo", *SPAN, "-o", str(output), "--store", str(store), "--report", str(report))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    content = output.read_bytes()
    assert numbers(content) == list(range(FIRST, END))
    said = json.loads(report.read_text())
    assert said["first_frame"] == SPAN[0]
    assert said["last_frame"] == format_us(STREAM.time_us(END - 1, START_US))
    assert (said["frames"], said["size_bytes"], said["holes"]) == (END - FIRST, len(content), [])
    assert 0 < said["frames_coded_anew"] < STREAM.gop
    assert sorted(path.name for path in tmp_path.iterdir()) == [output.name, "report.json", "store"]


def test_an_mp4_file_has_its_index_in_front(store: Path, tmp_path: Path) -> None:
    output = tmp_path / "clip.mp4"
    assert longtake("cut", "demo", *SPAN, "-o", str(output), "--store", str(store)).returncode == 0
    content = output.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"moof" not in content


@pytest.mark.parametrize("extension", ["mp4", "ts"])
async def test_the_command_and_the_address_give_the_same_video(
    store: Path, tmp_path: Path, extension: str
) -> None:
    output = tmp_path / f"clip.{extension}"
    async with web_node(store.parent) as node:
        span = f"start={SPAN[0]}&end={SPAN[1]}"
        answer = await node.get(f"/cut/demo/source.{extension}?{span}")
        ended = longtake("cut", "demo", *SPAN, "-o", str(output), "--store", str(store))
    assert (answer.status, ended.returncode) == (200, 0)
    assert video_packets(answer.body) == video_packets(output.read_bytes())


def test_what_is_damaged_is_said_and_nothing_is_left(store: Path, tmp_path: Path) -> None:
    damaged = sorted(store.rglob("*.ts"))[2]
    content = bytearray(damaged.read_bytes())
    content[5000] ^= 1
    damaged.write_bytes(content)
    ended = longtake("cut", "demo", *SPAN, "-o", str(tmp_path / "clip.mp4"), "--store", str(store))
    assert ended.returncode == 1
    assert damaged.name in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_every_range_in_which_nothing_is_recorded_is_named(store: Path, tmp_path: Path) -> None:
    ranges = [f"{year}-01-01T00:00:00Z,{year}-01-01T00:00:01Z" for year in (2030, 2031)]
    output = tmp_path / "clip.ts"
    ended = longtake(
        *("cut", "demo", "--range", ",".join(SPAN), "--range", ranges[0], "--range", ranges[1]),
        *("-o", str(output), "--store", str(store), "--allow-holes"),
    )
    assert ended.returncode == 1
    assert "nothing is recorded between 2030-" in ended.stderr
    assert ", nor between 2031-" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_file_that_is_there_stays_as_it_is_if_the_cut_fails(store: Path, tmp_path: Path) -> None:
    output = tmp_path / "clip.ts"
    output.write_bytes(b"precious")
    late = format_us(STREAM.time_us(STREAM.frames + 300, START_US))
    arguments = ("cut", "demo", SPAN[0], late, "-o", str(output), "--store", str(store))
    assert "is there already" in longtake(*arguments).stderr
    ended = longtake(*arguments, "--overwrite")
    assert (ended.returncode, output.read_bytes()) == (1, b"precious")
    assert "not recorded from" in ended.stderr
    assert longtake(*arguments, "--overwrite", "--allow-holes").returncode == 0
    assert numbers(output.read_bytes()) == list(range(FIRST, STREAM.frames))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_cut_that_is_stopped_leaves_no_file_and_no_process(
    store: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = subprocess.Popen(
        [*COMMAND, "cut", "demo", *SPAN, "-o", str(tmp_path / "clip.mp4"), "--store", str(store)],
        stderr=subprocess.PIPE,
    )
    try:
        # The worker is stopped as soon as it is seen, so that the cut cannot be done before the signal comes.
        worker = wait_for(lambda: _child_of(process.pid), "a worker")
        worker_stopped = _stop(worker)
        process.send_signal(number)
        process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert worker_stopped
    assert process.returncode == code
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    wait_for(lambda: not is_alive(worker), "the worker's end")


def _child_of(pid: int) -> int | None:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def _stop(pid: int) -> bool:
    os.kill(pid, signal.SIGSTOP)
    return is_alive(pid)
