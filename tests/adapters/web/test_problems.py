from __future__ import annotations

import json

import pytest
from starlette.requests import Request

from longtake.adapters.web.problems import on_bug, on_longtake_error, problem, status_of
from longtake.core.errors import (
    AlreadyRunning,
    Busy,
    Corrupt,
    Incomplete,
    InvalidName,
    InvalidTime,
    LongtakeError,
    MediaFailed,
    NotFound,
    SourceDown,
    StoreUnavailable,
    Unsupported,
)


def request(path: str = "/cut/demo/source.ts", accept: str = "*/*") -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": path, "headers": [(b"accept", accept.encode())]}
        | {"query_string": b"", "server": ("node", 80), "scheme": "http"}
    )


STATUSES: list[tuple[type[LongtakeError], int]] = [
    (InvalidName, 400),
    (InvalidTime, 400),
    (NotFound, 404),
    (Incomplete, 406),
    (Corrupt, 500),
    (MediaFailed, 500),
    (AlreadyRunning, 500),
    (Unsupported, 501),
    (Busy, 503),
    (StoreUnavailable, 503),
    (SourceDown, 503),
]


@pytest.mark.parametrize(("kind", "status"), STATUSES, ids=lambda value: getattr(value, "__name__", value))
async def test_every_error_has_its_status(kind: type[LongtakeError], status: int) -> None:
    assert status_of(kind("why")) == status
    answer = await on_longtake_error(request(), kind("why"))
    body = json.loads(bytes(answer.body))
    assert (answer.status_code, body["status"], body["detail"]) == (status, status, "why")
    assert ("retry-after" in answer.headers) == (status == 503)


PLACES = {
    "a cut": ("/cut/demo/source.ts", "*/*", "application/problem+json"),
    "a listing": ("/files/demo", "*/*", "text/plain; charset=utf-8"),
    "an extra folder": ("/extras/media", "application/json", "text/plain; charset=utf-8"),
    "all listings": ("/files", "*/*", "text/plain; charset=utf-8"),
    "a path that only begins alike": ("/filesystem", "*/*", "application/problem+json"),
    "one who asks in capitals": ("/files/demo", "Application/Problem+JSON", "application/problem+json"),
    "a listing for one who asks": ("/files", "application/problem+json", "application/problem+json"),
}


@pytest.mark.parametrize(("path", "accept", "media_type"), PLACES.values(), ids=PLACES.keys())
def test_older_nodes_get_no_json_where_they_would_take_it_for_a_list(
    path: str, accept: str, media_type: str
) -> None:
    assert problem(request(path, accept), 400, "why").headers["content-type"] == media_type


async def test_where_things_are_on_this_machine_is_not_told() -> None:
    error = StoreUnavailable("cannot list an hour: the disk fails", where="/srv/store/demo")
    answer = await on_longtake_error(request("/playlist/demo.m3u8"), error)
    assert b"the disk fails" in bytes(answer.body)
    assert b"/srv" not in bytes(answer.body)


async def test_a_bug_is_told_without_its_trace() -> None:
    answer = await on_bug(request(), ValueError("secret"))
    assert answer.status_code == 500
    assert b"secret" not in bytes(answer.body)
