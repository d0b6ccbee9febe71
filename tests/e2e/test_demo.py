"""``longtake demo`` as a user runs it: real processes, killed for real."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from tests.fakes.node_process import NodeProcess, is_alive, longtake, running, wait_for

from longtake.app.wiring.demo import free_port


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, "demo", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        wait_for(lambda: len(node.segments()) >= 2, "two segments")
        yield node


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def origin_of(node: NodeProcess) -> str:
    line = node.until_line("teststream.open")
    return line.partition("url=")[2].partition("/master.m3u8")[0]


def all_children(node: NodeProcess) -> list[int]:
    def four() -> list[int] | None:
        pids = list(node.children().values())
        return pids if len(pids) == 4 else None

    return wait_for(four, "all children")


def stored(node: NodeProcess, quality: str, digest: str) -> bool:
    return any(path.name.endswith(f"-full-{digest}.ts") for path in node.segments(quality))


def hash_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def test_the_address_to_open_is_printed_and_answers(demo: NodeProcess) -> None:
    line = demo.until_line("longtake is ready")
    assert f"open {demo.url}/ in a browser" in line
    assert b"<html" in get(demo.url)


def test_files_are_what_the_origin_sent(demo: NodeProcess) -> None:
    origin = origin_of(demo)
    for quality in ("source", "360p"):
        listed = re.findall(r"^\S+\.ts$", get(f"{origin}/{quality}.m3u8").decode(), re.MULTILINE)
        assert len(listed) >= 2
        for uri in listed[:-1]:  # the newest may still be on its way
            sent = hash_of(get(f"{origin}/{uri.lstrip('/')}"))
            wait_for(partial(stored, demo, quality, sent), f"{quality} {uri} in the store")
    for path in demo.segments():
        assert path.name.endswith(f"-{hash_of(path.read_bytes())}.ts")


def test_each_service_is_a_process_of_its_own(demo: NodeProcess) -> None:
    children = demo.children()
    assert set(children) == {"test-stream", "capture", "serve", "custody"}
    assert len(set(children.values())) == 4


def test_a_killed_recorder_comes_back_and_loses_nothing(demo: NodeProcess) -> None:
    killed = demo.children()["capture"]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: demo.children().get("capture", killed) != killed, "a new recorder")
    before = demo.segments()[-1]
    wait_for(lambda: demo.segments()[-1] > before, "a new segment after the kill")
    starts = [_seconds(path) for path in demo.segments()]
    wait_for(lambda: _without_holes(demo), "the segments of the time between")
    assert starts == sorted(starts)


def _seconds(path: Path) -> int:
    return int(path.name[:2]) * 60 + int(path.name[3:5]) + int(path.parent.name[-2:]) * 3600


def _without_holes(node: NodeProcess) -> bool:
    starts = [_seconds(path) for path in node.segments()]
    return all((right - left) % 86400 == 2 for left, right in pairwise(starts))


def test_a_killed_web_process_comes_back(demo: NodeProcess) -> None:
    killed = demo.children()["serve"]
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: demo.children().get("serve", killed) != killed, "a new web process")
    wait_for(lambda: _answers(demo), "an answer")


def _answers(node: NodeProcess) -> bool:
    try:
        return get(f"{node.url}/healthz") == b'{"status":"ok"}'
    except OSError:
        return False


def test_status_and_ls_show_what_goes_on(demo: NodeProcess) -> None:
    def recorders() -> list[dict[str, str]]:
        answer: list[dict[str, str]] = json.loads(get(f"{demo.url}/api/v1/status"))["recorders"]
        return [one for one in answer if one["state"] == "recording"]

    wait_for(lambda: len(recorders()) == 2, "two recorders at work")
    shown = longtake("status", "--store", str(demo.store))
    assert shown.returncode == 0
    assert "recording" in shown.stdout
    assert "360p" in shown.stdout
    listed = longtake("ls", "--store", str(demo.store))
    assert listed.returncode == 0
    assert "demo/source" in listed.stdout


def test_metrics_tell_of_the_recorder_too(demo: NodeProcess) -> None:
    labels = 'channel="demo",quality="source",service="capture",type="full"'
    wanted = f"longtake_capture_segments_total{{{labels}}}"
    wait_for(lambda: wanted in get(f"{demo.url}/metrics").decode(), "the recorder's metrics")


def test_a_cut_by_the_command_line_is_the_same_as_over_http(demo: NodeProcess, tmp_path: Path) -> None:
    one, two = demo.segments()[:2]
    assert (_seconds(two) - _seconds(one)) % 86400 == 2
    start = f"{one.parent.name}:{one.name[:5]}Z"
    end = f"{two.parent.name}:{two.name[:2]}:{int(two.name[3:5]) + 1:02}Z"
    output, report = tmp_path / "clip.ts", tmp_path / "report.json"
    arguments = ("cut", "demo", start, end, "--kind", "rough", "--store", str(demo.store))
    done = longtake(*arguments, "-o", str(output), "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == one.read_bytes() + two.read_bytes()
    assert output.read_bytes() == get(f"{demo.url}/cut/demo/source.ts?type=rough&start={start}&end={end}")
    assert json.loads(report.read_text())["holes"] == []
    again = longtake(*arguments, "-o", str(output))
    assert again.returncode == 2
    assert "--overwrite" in again.stderr


def test_a_second_node_on_the_same_folder_is_refused(demo: NodeProcess) -> None:
    second = longtake("demo", "--dir", str(demo.folder), "--listen", f"127.0.0.1:{free_port()}")
    assert second.returncode == 75
    assert "already runs" in second.stderr


def test_a_second_recorder_of_the_same_quality_is_refused(demo: NodeProcess) -> None:
    second = longtake("capture", f"demo={origin_of(demo)}/master.m3u8", "--store", str(demo.store))
    assert second.returncode == 75
    assert "demo/source is already being written" in second.stderr


def test_an_address_in_use_is_refused_before_anything_starts(demo: NodeProcess, tmp_path: Path) -> None:
    listen = demo.url.removeprefix("http://")
    second = longtake("demo", "--dir", str(tmp_path / "other"), "--listen", listen)
    assert second.returncode == 1
    assert "in use" in second.stderr


def test_each_stop_is_clean_and_the_next_start_goes_on(tmp_path: Path) -> None:
    recorded: set[Path] = set()
    for number in (signal.SIGTERM, signal.SIGINT):
        with going_on(tmp_path, recorded) as node:
            recorded = set(node.segments())
            pids = all_children(node)
            assert node.stop(number) == 0, number
            assert not any(is_alive(pid) for pid in pids), number
            assert list((node.store / ".longtake" / "status").glob("*.json")) == []
            assert "Traceback" not in "".join(node.output)
    with going_on(tmp_path, recorded) as node:
        pids = all_children(node)
        node.process.kill()
        node.process.wait()
        wait_for(
            lambda: not any(is_alive(pid) for pid in pids),
            "the end of all, with no supervisor to tell them",
            patience_s=6,
        )


@contextmanager
def going_on(folder: Path, before: set[Path]) -> Iterator[NodeProcess]:
    """A demo that has recorded more than what was there before, all of which is there still."""
    with running(folder, "demo", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        wait_for(lambda: set(node.segments()) > before, "more segments")
        yield node
