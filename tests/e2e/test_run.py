"""``longtake run`` and ``capture`` with a stream of one's own: here, that of ``longtake test-stream``."""

from __future__ import annotations

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from tests.fakes.node_process import COMMAND, NodeProcess, longtake, running, wait_for

from longtake.app.wiring.demo import free_port


@pytest.fixture(scope="module")
def stream() -> Iterator[str]:
    listen = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen(
        [*COMMAND, "test-stream", "--listen", listen], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://{listen}/master.m3u8?token=SECRET"
    try:
        wait_for(lambda: _is_live(url), "the stream to begin")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _is_live(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


@pytest.fixture(scope="module", autouse=True)
def configured(stream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    """Runs beside the others: how fast a disk fills is known after a quarter of a minute."""
    folder = tmp_path_factory.mktemp("configured")
    (folder / "longtake.toml").write_text(
        f"[channels.mine]\nurl = '{stream}'\nqualities = ['360p']\n[store]\nwarn_hours = 1e9\n"
    )
    with running(folder, "run", listen=f"127.0.0.1:{free_port()}") as node:
        yield node


def test_run_records_a_stream_named_on_the_command_line(stream: str, tmp_path: Path) -> None:
    listen = f"127.0.0.1:{free_port()}"
    with running(tmp_path, "run", "--stream", f"mine={stream}", listen=listen) as node:
        node.until_line("longtake is ready")
        wait_for(lambda: len(list(node.store.glob("mine/source/*/*-full-*.ts"))) >= 2, "two segments")
        assert set(node.children()) == {"capture", "custody", "replicate", "serve"}
        assert node.stop() == 0
        assert "SECRET" not in "".join(node.output)


def test_run_warns_of_little_room_and_stops_short_of_filling_the_disk(
    stream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LONGTAKE_STORE__RESERVE", "1000TiB")
    with running(tmp_path, "run", "--stream", f"mine={stream}", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("the disk is nearly full: recording stops")
        node.until_line("paused")
        assert list(node.store.glob("mine/source/*/*.ts")) == []


def test_capture_alone_records_and_stops_cleanly(stream: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "capture", f"mine={stream}", "--store", str(tmp_path / "store"), "--quality", "360p"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    try:
        wait_for(lambda: list(tmp_path.glob("store/mine/360p/*/*-full-*.ts")), "a segment")
    finally:
        process.terminate()
        _, told = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "Traceback" not in told
    listed = longtake("ls", "mine", "--store", str(tmp_path / "store"))
    assert "mine/360p/" in listed.stdout
    assert list(tmp_path.glob("store/mine/360p/.longtake/temp/capture/*")) == []


def test_run_takes_its_channels_from_the_config_in_its_folder(configured: NodeProcess) -> None:
    wait_for(lambda: list(configured.store.glob("mine/360p/*/*-full-*.ts")), "a segment")
    configured.until_line("the disk has little room left")
