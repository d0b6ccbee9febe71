"""A node whose config changes while it runs: real processes, a real file, real streams."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.fakes.hls_origin import HlsOrigin
from tests.fakes.node_process import COMMAND, NodeProcess, running

from longtake.adapters.store.status_files import read_status
from longtake.adapters.store.status_words import ConfigInfo
from longtake.app.wiring.demo import free_port
from longtake.kit.locks import FileLock

PATIENCE_S = 20


async def until(what: Callable[[], object], node: NodeProcess) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not what():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError("waited in vain:\n" + "".join(node.output)) from None


def channel(name: str, origin: HlsOrigin, *more: str) -> str:
    return "\n".join((f"[channels.{name}]", f"url = '{origin.url}'", *more, ""))


class Editor:
    """Replaces the config, as editors do."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "longtake.toml"

    def save(self, *parts: str) -> None:
        new = self.path.with_suffix(".new")
        new.write_text("".join(parts))
        new.replace(self.path)


def hang_up(node: NodeProcess) -> None:
    """Whoever does not want to wait says so."""
    os.kill(node.process.pid, signal.SIGHUP)


def digests(node: NodeProcess, place: str) -> set[bytes]:
    return {hashlib.sha256(path.read_bytes()).digest() for path in node.store.glob(f"{place}/2*/*-full-*.ts")}


def sent(origin: HlsOrigin) -> set[bytes]:
    return {hashlib.sha256(content).digest() for content in origin.published}


def recorders(node: NodeProcess) -> dict[str, str]:
    told = [one for status in read_status(node.store) for one in status.recorders]
    return {f"{one.channel}/{one.quality}": one.state for one in told}


def config_of(node: NodeProcess) -> ConfigInfo | None:
    return next((status.config for status in read_status(node.store) if status.name == "supervisor"), None)


def trouble_of(node: NodeProcess) -> str:
    config = config_of(node)
    return (config and config.trouble) or ""


def waiting_of(node: NodeProcess) -> list[str]:
    config = config_of(node)
    return config.waiting if config else []


async def test_channels_come_change_and_go_while_another_loses_nothing(tmp_path: Path) -> None:
    editor = Editor(tmp_path)
    async with HlsOrigin(window=30) as steady, HlsOrigin(window=30) as second, HlsOrigin(window=30) as moved:
        for origin, count in ((steady, 2), (second, 3), (moved, 4)):
            origin.publish(count)
        with running(tmp_path, "run", listen=f"127.0.0.1:{free_port()}") as node:
            await until(lambda: "capture" in node.children(), node)
            pid = node.children()["capture"]
            editor.save(channel("steady", steady))
            hang_up(node)
            await until(lambda: digests(node, "steady/source") == sent(steady), node)
            os.kill(pid, signal.SIGHUP)  # as `pkill -HUP longtake` does to all of them

            editor.save(channel("steady", steady), channel("other", second))
            await until(lambda: digests(node, "other/source") == sent(second), node)

            editor.save(channel("steady", steady), channel("other", moved, "qualities = ['180p']"))
            hang_up(node)
            await until(lambda: digests(node, "other/180p") == sent(moved), node)
            await until(lambda: set(recorders(node)) == {"steady/source", "other/180p"}, node)

            editor.save("[channels.steady\n")
            hang_up(node)
            await until(lambda: "no valid TOML" in trouble_of(node), node)
            node.until_line("the config cannot be used")
            steady.publish(2)
            await until(lambda: digests(node, "steady/source") == sent(steady), node)

            editor.save(channel("steady", steady), "[store]\nkeep = '14d'\n")
            hang_up(node)
            await until(lambda: set(recorders(node)) == {"steady/source"}, node)
            await until(lambda: waiting_of(node) == ["store.keep"], node)
            assert trouble_of(node) == ""
            lock = FileLock(node.store / "other" / "180p" / ".longtake" / "capture.lock")
            lock.acquire()
            lock.release()
            steady.publish(1)
            await until(lambda: digests(node, "steady/source") == sent(steady), node)

            assert digests(node, "other/180p") == sent(moved)
            assert digests(node, "other/source") == sent(second)
            assert node.children()["capture"] == pid
            os.kill(pid, signal.SIGKILL)
            steady.publish(1)
            await until(lambda: digests(node, "steady/source") == sent(steady), node)
            await until(lambda: set(recorders(node)) == {"steady/source"}, node)
            assert steady.requests["master"] == 2, "once by each process"
            assert [steady.requests[str(index)] for index in range(6)] == [1] * 6
            settings = node.store / ".longtake" / "settings.json"
            assert settings.stat().st_mode & 0o777 == 0o600
            assert list(json.loads(settings.read_text())["channels"]) == ["steady"]
            assert await asyncio.to_thread(node.stop) == 0
            assert "SECRET" not in "".join(node.output)
            assert "Traceback" not in "".join(node.output)


def test_a_node_ends_with_its_terminal_and_takes_a_signal_for_what_it_is_while_that_is_there(
    tmp_path: Path,
) -> None:
    ours, its = os.openpty()
    command = [*COMMAND, "run", "--dir", str(tmp_path), "--listen", f"127.0.0.1:{free_port()}"]
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, start_new_session=True)
    os.close(its)
    try:
        said = b""
        while b"longtake is ready" not in said:
            said += os.read(ours, 1000)
        process.send_signal(signal.SIGHUP)
        (tmp_path / "longtake.toml").write_text("[store]\nkeep = '14d'\n")
        while b"need a restart" not in said:
            said += os.read(ours, 1000)
        os.close(ours)
        process.send_signal(signal.SIGHUP)
        assert process.wait(timeout=15) == 0
    finally:
        process.kill()
        process.wait()
