from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from longtake.adapters.store.status_files import StatusFile, read_status
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


def test_a_status_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    (tmp_path / ".longtake" / "status" / ".capture.lock").unlink()
    (tmp_path / ".longtake" / "status").rmdir()
    with pytest.raises(StoreUnavailable, match="cannot write the status"):
        file.write({}, [])
    file.remove()
    (tmp_path / ".longtake" / "status").write_bytes(b"a file in the way")
    with pytest.raises(StoreUnavailable, match="cannot write the status"):
        StatusFile(tmp_path, "capture").claim()


def test_a_write_that_comes_late_does_not_bring_the_status_back(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    file.write({}, [])
    file.remove()
    file.write({}, [])
    assert list((tmp_path / ".longtake" / "status").glob("*.json")) == []
