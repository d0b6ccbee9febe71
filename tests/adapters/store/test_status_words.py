from __future__ import annotations

import json
import math

import pytest

from longtake.adapters.store.status_words import (
    STALE_S,
    DiskInfo,
    FactsInfo,
    RoomInfo,
    ServiceStatus,
    SkewInfo,
    decode_status,
)
from longtake.core.times import SECOND_US, format_us, parse_time, to_us
from longtake.kit.metrics import ExportedMetric

NOW_US = to_us(parse_time("2024-11-09T23:10:00Z"))
RECORDER = {"channel": "demo", "quality": "source", "state": "recording", "since": "2024-11-09T23:00:00Z"}
FULL = {
    **RECORDER,
    "message": None,
    "last_segment_end": "2024-11-09T23:09:58Z",
    "lag_s": 0.25,
    "segments": {"full": 3},
    "bytes": 10**12,
    "retries": 1,
    "missed": 2,
    "last_error": "HTTP 503",
}
ROOM = {"free_bytes": 10**12, "hours": 12.5, "verdict": "enough"}


def said(us: int = NOW_US, **other: object) -> dict[str, object]:
    at = format_us(us)
    return {
        "service": "capture",
        "pid": 7,
        "started": at,
        "updated": at,
        "details": {},
        "metrics": [],
    } | other


def decoded(read: object) -> ServiceStatus:
    status = decode_status("capture-2", json.loads(json.dumps(read)))
    assert status is not None
    return status


def test_what_a_recorder_says_is_understood() -> None:
    status = decoded(said(details={"recorders": [RECORDER, FULL], "room": ROOM, "new": 1}))
    assert (status.name, status.service, status.pid) == ("capture-2", "capture", 7)
    assert [recorder.segments for recorder in status.recorders] == [{}, {"full": 3}]
    assert status.recorders[1].lag_s == 0.25
    assert status.room == RoomInfo(free_bytes=10**12, hours=12.5, verdict="enough")
    assert status.details["new"] == 1


def test_disks_are_understood() -> None:
    disk = {"name": "/mnt", "trouble": None, "slow": False, **ROOM}
    status = decoded(said(details={"disks": [disk, {"name": "/a", "trouble": "the disk is full"}, {}, 5]}))
    assert status.disks == (
        DiskInfo(name="/mnt", free_bytes=10**12, hours=12.5, verdict="enough"),
        DiskInfo(name="/a", trouble="the disk is full"),
    )
    assert decoded(said()).disks == ()


def test_what_custody_says_is_understood() -> None:
    skew = {
        "channel": "demo",
        "quality": "source",
        "skew_s": -0.7,
        "spread_s": 0.01,
        "segments": 60,
        "newest": "2024-11-09T23:09:58Z",
    }
    facts = {"hours": 5, "hours_to_do": 1, "segments_to_do": 900, "looked": 900, "damaged": 1, "new": 1}
    status = decoded(
        said(service="custody", details={"skews": [skew, skew | {"skew_s": None}, 7], "facts": facts})
    )
    assert status.skews == (SkewInfo.model_validate(skew),)
    assert status.facts == FactsInfo(hours=5, hours_to_do=1, segments_to_do=900, looked=900, damaged=1)
    assert (decoded(said()).skews, decoded(said()).facts) == ((), None)


NO_STATUS: dict[str, object] = {
    "a list": [],
    "nothing": None,
    "a word": "capture",
    "an empty object": {},
    "an unknown time": said(updated="lately"),
    "a number as its time": said(updated=5),
    "a time that is a list": said(updated=[]),
    "a word as its process": said(pid="seven"),
    "no service": {key: value for key, value in said().items() if key != "service"},
}


@pytest.mark.parametrize("read", NO_STATUS.values(), ids=NO_STATUS.keys())
def test_what_is_no_status_is_none(read: object) -> None:
    assert decode_status("capture", read) is None


# details -> how many recorders, whether there is room
DETAILS: dict[str, tuple[object, int, bool]] = {
    "none": (None, 0, False),
    "a list": ([1], 0, False),
    "recorders that are a number": ({"recorders": 3}, 0, False),
    "recorders that are words": ({"recorders": ["demo", None, 1]}, 0, False),
    "one bad recorder among good ones": ({"recorders": [{}, RECORDER]}, 1, False),
    "a recorder of a newer version": ({"recorders": [{**RECORDER, "mood": "good"}]}, 1, False),
    "a recorder whose newest is no time": (
        {"recorders": [{**RECORDER, "last_segment_end": "just now"}]},
        0,
        False,
    ),
    "a recorder with an endless lag": ({"recorders": [{**RECORDER, "lag_s": math.inf}]}, 0, False),
    "a recorder with odd counts": ({"recorders": [{**RECORDER, "segments": {"full": "x"}}]}, 0, False),
    "room": ({"room": ROOM}, 0, True),
    "room while the rate is unknown": ({"room": {**ROOM, "hours": None}}, 0, True),
    "room that is a number": ({"room": 5}, 0, False),
    "room without its size": ({"room": {"hours": 1, "verdict": "enough"}}, 0, False),
    "room for no number of hours": ({"room": {**ROOM, "hours": math.nan}}, 0, False),
}


@pytest.mark.parametrize(("details", "recorders", "room"), DETAILS.values(), ids=DETAILS.keys())
def test_what_is_not_understood_of_the_details_is_passed_over(
    details: object, recorders: int, room: bool
) -> None:
    status = decoded(said(details=details))
    assert len(status.recorders) == recorders
    assert (status.room is not None) == room


def test_metrics_of_another_version_are_passed_over() -> None:
    good: ExportedMetric = {"name": "x", "help": "X", "type": "gauge", "samples": []}
    assert list(decoded(said(metrics=[{"name": 1}, good])).metrics) == [good]
    assert decoded(said(metrics=None)).metrics == ()


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
    assert decoded(said()).is_fresh(now_us=NOW_US + round(silent_s * SECOND_US)) is fresh


def test_what_a_node_says_of_its_config_is_understood() -> None:
    told = {"file": "/n/longtake.toml", "read": None, "trouble": "no valid TOML", "waiting": ["serve.listen"]}
    config = decoded(said(details={"config": told})).config
    assert config is not None
    assert config.model_dump() == told
    assert decoded(said(details={"config": {"file": 1}})).config is None
    assert decoded(said(details={})).config is None
