"""The node's id: drawn once, whoever asks and whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import errno
import random
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.fakes.failing_disk import Failure, WatchedDisk
from tests.fakes.forgetful_disk import ForgetfulDisk

from longtake.adapters.store import node_id as module
from longtake.adapters.store.node_id import KnownId, node_id
from longtake.core.errors import StoreUnavailable

FORM = re.compile(r"[0-9a-f]{32}")
CHILD = """
import sys
from pathlib import Path
from longtake.adapters.store.node_id import node_id
print("ready", flush=True)
sys.stdin.readline()
print(node_id(Path(sys.argv[1])), flush=True)
"""


class PowerCutError(Exception):
    """The process is not there any more."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def file(root: Path) -> Path:
    """Where the id is; its folder is there."""
    (root / ".longtake").mkdir(parents=True)
    return root / ".longtake" / "node-id"


def test_it_is_drawn_once(root: Path) -> None:
    drawn = node_id(root)
    assert FORM.fullmatch(drawn)
    assert node_id(root) == drawn
    assert (root / ".longtake" / "node-id").read_text() == f"{drawn}\n"


def test_another_store_has_another(tmp_path: Path) -> None:
    assert node_id(tmp_path / "north") != node_id(tmp_path / "south")


@pytest.mark.parametrize("content", [None, b"", b"\n", bytes(33)], ids=["none", "empty", "a line", "zeros"])
def test_processes_that_ask_at_once_are_told_the_same(file: Path, content: bytes | None) -> None:
    if content is not None:
        file.write_bytes(content)
    asked = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, str(file.parent.parent)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    try:
        for process in asked:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in asked:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        told = {process.communicate(timeout=60)[0] for process in asked}
    finally:
        for process in asked:
            process.kill()
            process.wait()
    assert told == {file.read_text()}


def test_threads_that_ask_at_once_are_told_the_same(root: Path) -> None:
    told: list[str] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        told.append(node_id(root))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 8
    assert set(told) == {node_id(root)}


def test_whoever_was_killed_while_drawing_is_in_nobodys_way(file: Path) -> None:
    (file.parent / ".temp").write_text("half an i")
    assert FORM.fullmatch(node_id(file.parent.parent))
    assert sorted(path.name for path in file.parent.iterdir()) == [".lock", "node-id"]


@pytest.mark.parametrize(
    "content",
    [b"0123", b"north\n", b"G" * 32, b"0" * 33, b"0" * 32 + b"\n\n", b"0" * 31 + b"\0", b"\xff"],
    ids=repr,
)
def test_a_damaged_one_is_replaced_by_nobody_and_the_words_say_what_to_do(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StoreUnavailable, match=r"remove it.*node-id") as refusal:
        node_id(file.parent.parent)
    assert str(file.parent) not in refusal.value.told
    assert file.read_bytes() == content
    file.unlink()
    assert FORM.fullmatch(node_id(file.parent.parent))


def test_a_folder_in_its_place_is_the_disks_trouble(file: Path) -> None:
    file.mkdir()
    with pytest.raises(StoreUnavailable, match="cannot tell who this node is"):
        node_id(file.parent.parent)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "read-only"), (errno.EIO, "the disk fails")],
)
def test_what_the_disk_refuses_is_told_and_the_next_one_draws(root: Path, number: int, words: str) -> None:
    disk = WatchedDisk()
    told: list[str] = []
    drawn = ""
    while not drawn:
        disk.failure = Failure(at=len(told), error=number)
        try:
            drawn = node_id(root, disk)
        except StoreUnavailable as error:
            told.append(str(error))
        assert disk.open_files == 0
    assert len(told) > 3
    assert all(words in each for each in told), told
    assert node_id(root) == drawn


def test_on_a_disk_that_became_read_only_the_known_one_is_told(root: Path) -> None:
    drawn = node_id(root)
    disk = WatchedDisk()
    disk.failure = Failure(at=0, error=errno.EROFS, for_good=True)
    assert node_id(root, disk) == drawn
    assert disk.done == []


def test_what_was_told_survives_a_power_cut_and_no_moment_leaves_a_damaged_one() -> None:
    """The power goes before each operation: what is found then is the id that was told, or a new one can be drawn."""
    root = Path("/srv/store")
    dice = random.Random(1)
    told = False
    at = 0
    while not told:
        disk = ForgetfulDisk({"/srv": None})
        left = at

        def cut() -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise PowerCutError

        disk.before = cut
        drawn = None
        with suppress(PowerCutError):
            drawn = node_id(root, disk)
        told = drawn is not None
        for state in disk.after_power_cut(200, dice):
            later = ForgetfulDisk(state)
            found = node_id(root, later)
            assert FORM.fullmatch(found)
            assert drawn is None or found == drawn
        at += 1
    assert at > 8


async def test_who_can_do_without_gets_none_until_the_disk_takes_it(file: Path) -> None:
    now_s = 0.0
    known = KnownId(file.parent.parent, lambda: now_s)
    file.write_text("damaged")
    with capture_logs() as logs:
        assert await known.get() is None
        file.unlink()
        assert await known.get() is None, "it was asked again at once"
        now_s = 30.0
        drawn = await known.get()
    assert drawn == file.read_text().strip()
    assert [log["log_level"] for log in logs] == ["warning"]
    file.unlink()
    assert await known.get() == drawn


async def test_a_disk_that_hangs_holds_up_nobody_for_long(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = threading.Event()
    monkeypatch.setattr(module, "node_id", lambda root: hanging.wait(60) and "0" * 32)
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    known = KnownId(root)
    assert set(await asyncio.gather(known.get(), known.get())) == {None}
    monkeypatch.setattr(module, "_PATIENCE_S", 30)
    hanging.set()
    assert await known.get() == "0" * 32
