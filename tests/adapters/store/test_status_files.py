from __future__ import annotations

import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from longtake.adapters.store import status_spare
from longtake.adapters.store.status_files import StatusFile, StatusReader, read_status
from longtake.adapters.store.status_words import decode_status
from longtake.core.errors import StoreUnavailable
from longtake.core.times import format_us, parse_time, to_us
from longtake.kit.metrics import ExportedMetric

NOW_US = to_us(parse_time("2024-11-09T23:10:00Z"))


def said_at(us: int) -> dict[str, object]:
    at = format_us(us)
    return {"service": "capture", "pid": 1, "started": at, "updated": at, "details": {}, "metrics": []}


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".longtake" / "status").glob("*.json"))


def test_what_a_service_said_last_is_read(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    assert read_status(tmp_path) == []
    file.write({"recorders": 1}, [])
    family: ExportedMetric = {"name": "longtake_x", "help": "X", "type": "gauge", "samples": []}
    file.write({"recorders": 2, "ä": ["x"]}, [family])
    [status] = read_status(tmp_path)
    assert (status.name, status.service, status.pid) == ("capture", "capture", os.getpid())
    assert status.details == {"recorders": 2, "ä": ["x"]}
    assert list(status.metrics) == [family]
    assert status.started <= status.updated
    assert status.is_fresh(now_us=time.time_ns() // 1000)
    file.remove()
    assert read_status(tmp_path) == []


def test_a_second_process_of_a_service_gets_a_number_and_the_first_free_name(tmp_path: Path) -> None:
    first, second, third = (StatusFile(tmp_path, "capture") for _ in range(3))
    for file in (first, second):
        file.claim()
        file.write({}, [])
    assert names(tmp_path) == ["capture-2.json", "capture.json"]
    other = StatusFile(tmp_path, "serve")
    other.claim()
    other.write({}, [])
    first.remove()
    third.claim()
    third.write({}, [])
    assert names(tmp_path) == ["capture-2.json", "capture.json", "serve.json"]
    assert [(status.name, status.service) for status in read_status(tmp_path)] == [
        ("capture", "capture"),
        ("capture-2", "capture"),
        ("serve", "serve"),
    ]
    for file in (second, third, other):
        file.remove()
    assert names(tmp_path) == []


def test_the_file_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    folder = tmp_path / ".longtake" / "status"
    folder.mkdir(parents=True)
    (folder / "capture.json").write_text(json.dumps(said_at(NOW_US)))
    (folder / ".capture.lock").write_text("1\n")
    file = StatusFile(tmp_path, "capture")
    file.claim()
    file.write({}, [])
    [status] = read_status(tmp_path)
    assert status.pid == os.getpid()
    file.remove()


def test_removing_what_was_never_claimed_leaves_the_file_of_the_other(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    file.write({}, [])
    StatusFile(tmp_path, "capture").remove()
    assert names(tmp_path) == ["capture.json"]
    file.remove()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half of a file"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="nothing"),
        pytest.param(b'"capture"', id="a word"),
        pytest.param(b"{}", id="says nothing"),
        pytest.param(json.dumps({**said_at(NOW_US), "updated": "lately"}).encode(), id="an unknown time"),
        pytest.param(json.dumps({**said_at(NOW_US), "updated": 5}).encode(), id="a number as its time"),
        pytest.param(b"[" * 100_000, id="a very deep list"),
        pytest.param(json.dumps({"updated": said_at(NOW_US)["updated"]}).encode(), id="only a time"),
    ],
)
def test_unreadable_files_are_passed_over(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / ".longtake" / "status"
    folder.mkdir(parents=True)
    (folder / "a.json").write_bytes(content)
    (folder / "b.json").write_text(json.dumps(said_at(NOW_US)))
    (folder / "c.json").mkdir()
    (folder / "d.json").symlink_to(folder / "none.json")
    assert read_status(tmp_path) == [decode_status("b", said_at(NOW_US))]


def test_a_store_that_is_not_there_has_no_services(tmp_path: Path) -> None:
    assert read_status(tmp_path / "none") == []


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A run-time folder on another file system than the tests' stores."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A store in which no status can be written: a file is in the way."""
    store = tmp_path / "store"
    (store / ".longtake").mkdir(parents=True)
    (store / ".longtake" / "status").write_bytes(b"in the way")
    return store


def test_a_status_that_the_store_does_not_take_goes_elsewhere_and_comes_back(
    broken: Path, elsewhere: Path
) -> None:
    file = StatusFile(broken, "capture")
    with pytest.raises(StoreUnavailable, match="cannot write the status"):
        file.claim()
    assert file.write({"recorders": 1}, []) == "File exists"
    [status] = read_status(broken)
    assert (status.name, status.details) == ("capture", {"recorders": 1})
    [spare] = elsewhere.rglob("capture.json")
    (broken / ".longtake" / "status").unlink()
    assert file.write({"recorders": 2}, []) is None
    assert not spare.exists()
    [status] = read_status(broken)
    assert status.details == {"recorders": 2}
    file.remove()
    assert read_status(broken) == []


def test_the_newest_word_counts_wherever_it_is(tmp_path: Path, elsewhere: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    assert file.write({"recorders": 1}, []) is None
    file.write_spare({"recorders": 2}, [])
    [status] = read_status(tmp_path)
    assert status.details == {"recorders": 2}
    file.remove()
    assert read_status(tmp_path) == []
    assert list(elsewhere.rglob("*.json")) == []


def test_a_process_that_began_on_a_failing_disk_replaces_the_word_of_a_dead_one(
    tmp_path: Path, elsewhere: Path
) -> None:
    folder = tmp_path / ".longtake" / "status"
    folder.mkdir(parents=True)
    (folder / "capture.json").write_text(json.dumps(said_at(NOW_US)))
    file = StatusFile(tmp_path, "capture")
    file.write_spare({}, [])
    [status] = read_status(tmp_path)
    assert status.pid == os.getpid()
    file.remove()


def test_two_living_processes_that_could_not_agree_on_a_name_are_both_shown(
    tmp_path: Path, elsewhere: Path
) -> None:
    folder = tmp_path / ".longtake" / "status"
    folder.mkdir(parents=True)
    (folder / "capture.json").write_text(json.dumps(said_at(time.time_ns() // 1000)))
    file = StatusFile(tmp_path, "capture")
    file.write_spare({}, [])
    assert [(status.name, status.pid) for status in read_status(tmp_path)] == [
        ("capture", os.getpid()),
        ("capture-2", 1),
    ]
    file.remove()


async def test_many_who_ask_a_store_that_hangs_cost_one_thread_and_hear_who_noticed(
    tmp_path: Path, elsewhere: Path
) -> None:
    file, slow = StatusFile(tmp_path, "capture"), StatusFile(tmp_path, "serve")
    slow.write({}, [])
    file.write_spare({"recorders": 2}, [])
    reader = StatusReader(tmp_path, patience_s=0.05)
    assert [status.name for status in await reader.read()] == ["capture", "serve"]
    path = tmp_path / ".longtake" / "status" / "serve.json"
    path.unlink()
    os.mkfifo(path)  # who opens it to read waits for a writer
    for _ in range(3):
        heard = await asyncio.gather(*(reader.read() for _ in range(5)))
        assert [[status.name for status in services] for services in heard] == [["capture"]] * 5
    assert sum(thread.name == "read the status" for thread in threading.enumerate()) == 1
    path.write_text("{}")
    async with asyncio.timeout(10):
        while sum(thread.name == "read the status" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)
    path.unlink()
    assert [status.name for status in await reader.read()] == ["capture"]
    file.remove()
    slow.remove()


def test_a_place_that_somebody_else_put_in_ours_is_not_used(
    broken: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status_spare, "_bases", lambda: [elsewhere])
    ours, other = elsewhere / f"longtake-{os.geteuid()}", elsewhere / "other"
    other.mkdir(mode=0o700)
    ours.symlink_to(other)
    with pytest.raises(StoreUnavailable):
        StatusFile(broken, "capture").write({}, [])
    assert list(other.iterdir()) == []
    ours.unlink()
    ours.mkdir()
    ours.chmod(0o777)
    with pytest.raises(StoreUnavailable):
        StatusFile(broken, "capture").write({}, [])
    assert list(ours.iterdir()) == []


def test_what_others_left_elsewhere_goes_after_a_day(broken: Path, elsewhere: Path) -> None:
    ours = elsewhere / f"longtake-{os.geteuid()}"
    for name, age_s in (("old", 86_500), ("young", 1000)):
        (ours / name).mkdir(parents=True)
        (ours / name / "capture.json").write_text("{}")
        os.utime(ours / name, (0, time.time() - age_s))
    ours.chmod(0o700)
    file = StatusFile(broken, "capture")
    file.write({}, [])
    assert {path.name for path in ours.iterdir()} >= {"young"}
    assert not (ours / "old").exists()
    file.remove()


def test_a_write_that_comes_late_does_not_bring_the_status_back(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    file.write({}, [])
    file.remove()
    file.write({}, [])
    assert list((tmp_path / ".longtake" / "status").glob("*.json")) == []
