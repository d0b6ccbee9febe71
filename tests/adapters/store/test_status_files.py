from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from longtake.adapters.store.status_files import STALE_S, ServiceStatus, StatusFile, is_fresh, read_status
from longtake.core.errors import StoreUnavailable
from longtake.core.times import SECOND_US, format_us, parse_time, to_us

NOW_US = to_us(parse_time("2024-11-09T23:10:00Z"))


def said_at(us: int) -> ServiceStatus:
    return ServiceStatus(
        service="capture", pid=1, started=format_us(us), updated=format_us(us), details={}, metrics=[]
    )


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".longtake" / "status").glob("*.json"))


def test_what_a_service_said_last_is_read(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    assert read_status(tmp_path) == []
    file.write({"recorders": 1}, [])
    file.write({"recorders": 2, "ä": ["x"]}, [{"name": "longtake_x"}])
    [status] = read_status(tmp_path)
    assert (status["service"], status["pid"]) == ("capture", os.getpid())
    assert status["details"] == {"recorders": 2, "ä": ["x"]}
    assert status["metrics"] == [{"name": "longtake_x"}]
    assert status["started"] <= status["updated"]
    assert is_fresh(status, now_us=time.time_ns() // 1000)
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
    assert [status["service"] for status in read_status(tmp_path)] == ["capture", "capture", "serve"]
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
    assert status["pid"] == os.getpid()
    file.remove()


def test_removing_what_was_never_claimed_leaves_the_file_of_the_other(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    file.write({}, [])
    StatusFile(tmp_path, "capture").remove()
    assert names(tmp_path) == ["capture.json"]
    file.remove()


@pytest.mark.parametrize(
    ("silent_s", "fresh"),
    [
        pytest.param(0, True, id="just now"),
        pytest.param(STALE_S, True, id="as long ago as may be"),
        pytest.param(STALE_S + 0.001, False, id="a little longer ago"),
        pytest.param(-60, True, id="by a clock that is ahead"),
    ],
)
def test_a_service_that_is_silent_for_too_long_is_stale(silent_s: float, fresh: bool) -> None:
    status = said_at(NOW_US)
    assert is_fresh(status, now_us=NOW_US + round(silent_s * SECOND_US)) is fresh


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
        pytest.param(json.dumps({**said_at(NOW_US), "metrics": None}).encode(), id="no metrics"),
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
    assert read_status(tmp_path) == [said_at(NOW_US)]


def test_a_store_that_is_not_there_has_no_services(tmp_path: Path) -> None:
    assert read_status(tmp_path / "none") == []


def test_a_status_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    file = StatusFile(tmp_path, "capture")
    file.claim()
    file.remove()
    (tmp_path / ".longtake" / "status" / ".capture.lock").unlink()
    (tmp_path / ".longtake" / "status").rmdir()
    with pytest.raises(StoreUnavailable, match="cannot write the status"):
        file.write({}, [])
    (tmp_path / ".longtake" / "status").write_bytes(b"a file in the way")
    with pytest.raises(StoreUnavailable, match="cannot write the status"):
        StatusFile(tmp_path, "capture").claim()
