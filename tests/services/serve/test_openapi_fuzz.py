"""A node answers as its own description says, whatever is sent: schemathesis over the OpenAPI document.

The node is a process of its own over a real recording. One test takes what schemathesis makes up from the document,
sound and unsound; others take names and times of what is recorded, alone and mixed with bad ones, so that answers with
content are compared with the document, too.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from tests.fakes.node_process import COMMAND, wait_for
from tests.fakes.recording import record

from longtake.adapters.store.disk import DiskStore
from longtake.app.openapi import openapi_text
from longtake.app.wiring.demo import free_port
from longtake.services.serve.node_paths import NODE_OPERATIONS

AnyCase = schemathesis.Case[Any]
SOME, MANY = 8, 300
"""Examples for each operation: in every run, and in the long form."""
MAY_FAIL = ["2xx", "3xx", "4xx", 501, 503]
"""What is still to come is 501, a busy node 503; both are in the document. Never anything else of the 5xx."""
HOUR = "2024-11-24T04"
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "not_a_server_error": {"expected-statuses": MAY_FAIL},
            # The forms of times and names are in the document, but not that they have to be in the calendar.
            "positive_data_acceptance": {"enabled": False},
            # Whatever the path, OPTIONS is answered as players elsewhere need it (CORS), before it is routed.
            "allow_header_conformance": {"enabled": False},
        }
    }
)


def document() -> dict[str, Any]:
    """Of the whole node, without a server."""
    told = json.loads(openapi_text())
    for operation in NODE_OPERATIONS:
        told["paths"].setdefault(operation.path, {}).update(operation.as_openapi())
    assert isinstance(told, dict)
    return told


DOCUMENT = document()
SCHEMA = schemathesis.openapi.from_dict(document(), config=CONFIG)
OPERATIONS = [(method, path) for path, item in DOCUMENT["paths"].items() for method in item]
ANSWERED = [
    (method, path) for method, path in OPERATIONS if "200" in DOCUMENT["paths"][path][method]["responses"]
]
either_sound_or_not = settings(deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A node: its address, and a segment that it has, as a path below ``/segments``."""

    url: str
    session: requests.Session
    segment: str

    def ask(self, case: AnyCase, url: str | None = None) -> requests.Response:
        """What the node answers; ``url`` instead of the one that the case has."""
        asked = case.as_transport_kwargs(base_url=self.url)
        # schemathesis writes the slashes of a path encoded, which nobody does and we refuse.
        asked["url"] = url or (asked["url"].replace("%2F", "/") if "{path}" in case.path else asked["url"])
        return self.session.request(**asked, allow_redirects=False, timeout=30)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``longtake serve`` over a recording with a hole."""
    folder = tmp_path_factory.mktemp("node") / "store"
    recorded = record_into(folder)
    listen = f"127.0.0.1:{free_port()}"
    process = subprocess.Popen([*COMMAND, "serve", "--store", str(folder), "--listen", listen])
    try:
        with requests.Session() as session:
            wait_for(lambda: is_up(session, f"http://{listen}/healthz"), "the web process")
            yield Served(url=f"http://{listen}", session=session, segment=recorded)
    finally:
        process.kill()
        process.wait(timeout=10)


def record_into(folder: Path) -> str:
    """Fills a store, with a private file and an extra one beside; the path of its first segment."""
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "notes.json").write_text("{}")
    (folder / "roles.csv").write_text("secret")
    store = DiskStore(folder)
    first, *_ = asyncio.run(record(store, leave_out={3}))
    store.close()
    return f"demo/source/{first.segment.hour}/{first.segment.name}"


def is_up(session: requests.Session, url: str) -> bool:
    try:
        return session.get(url, timeout=5).ok
    except requests.ConnectionError:
        return False


def test_the_document_that_is_tested_is_the_one_that_a_node_gives_out(node: Served) -> None:
    assert node.session.get(f"{node.url}/api/v1/openapi.json").json() == DOCUMENT


@SCHEMA.parametrize()
@settings(either_sound_or_not, max_examples=SOME)
def test_a_node_answers_as_its_document_says(case: AnyCase, node: Served) -> None:
    case.call_and_validate(base_url=node.url, session=node.session, allow_redirects=False)


@pytest.mark.soak
@SCHEMA.parametrize()
@settings(either_sound_or_not, max_examples=MANY)
def test_a_node_answers_for_long_as_its_document_says(case: AnyCase, node: Served) -> None:
    case.call_and_validate(base_url=node.url, session=node.session, allow_redirects=False)


def real(path: str, node: Served) -> dict[str, list[str]]:
    """For each parameter, what is good, or at least no nonsense, for what is recorded; the best first."""
    known = real_but_for_paths(path, node)
    return {**known, "path": ["media", "media/cats", "roles.csv"]} if path.startswith("/extras") else known


def real_but_for_paths(path: str, node: Served) -> dict[str, list[str]]:
    files = ["source.ts", "source.mp4"] if path.startswith("/cut") else ["source.png", "source.jpeg"]
    return {
        "channel": ["demo", "nobody"],
        "quality": ["source", "source.m3u8", "chat"],
        "hour": [HOUR, "2024-11-24T05"],
        "file": [*files, "source.mkv", "source"],
        "path": [node.segment, "media/notes.json", node.segment.replace("full", "partial"), "roles.csv"],
        "start": [f"{HOUR}:00:00Z", f"{HOUR}:00:01.5", "2024-11-24", "2000-01-01T00:00:00Z"],
        "end": [f"{HOUR}:00:04Z", f"{HOUR}:00:09Z", f"{HOUR}:30:00Z"],
        "timestamp": [f"{HOUR}:00:01Z", f"{HOUR}:00:06.5Z"],
        "window": ["60", "12h", "250ms"],
        "holes": ["gap"],
        "together": ["source.audio", "source,480p"],
        "_HLS_skip": ["YES", "v2"],
        "_HLS_msn": ["0", "1"],
        "range": [f"{HOUR}:00:00Z,{HOUR}:00:01Z", f"{HOUR}:00:03Z,{HOUR}:00:09Z"],
        "type": ["rough", "fast", "mpegts", "webm", "archive"],
        "transition": ["fade,0.5", ""],
        "allow_holes": ["true", "FALSE"],
        "tombstones": ["true", "False"],
        "keyframe": ["true", "false"],
        "width": ["160", "16"],
        "Range": ["bytes=0-187", "bytes=-10", "bytes=0-1,5-6", "bytes=99999999-", "bytes=5-1", "lines=1-2"],
        "If-None-Match": ['"an old one"', "*", f'W/"{node.segment[-46:-3]}"', f'"{node.segment[-46:-3]}"'],
        "If-Range": [f'"{node.segment[-46:-3]}"', '"another"'],
    }


SECOND_CHOICES = {
    *("quality", "range", "transition", "window", "holes", "together", "_HLS_skip", "_HLS_msn"),
    *("Range", "If-None-Match", "If-Range"),
}
"""Parameters that a plain request does without. (quality is one of paths, too: there it is always needed.)"""


def parameters(method: str, path: str) -> list[dict[str, Any]]:
    """Of an operation, as the document has them."""
    told = DOCUMENT["paths"][path][method].get("parameters", [])
    assert isinstance(told, list)
    return told


def case_of(method: str, path: str, values: Mapping[str, Any]) -> AnyCase:
    """A request with these parameters; those that the operation does not have are left out."""
    placed: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
    for parameter in parameters(method, path):
        name, place = parameter["name"], parameter["in"]
        if name in values:
            encoded = quote(values[name], safe="/") if place == "path" else values[name]
            placed[place][name] = encoded
    return SCHEMA[path][method].Case(
        path_parameters=placed["path"], query=placed["query"], headers=placed["header"]
    )


@pytest.mark.parametrize(("method", "path"), ANSWERED)
def test_what_is_recorded_is_answered_as_described(method: str, path: str, node: Served) -> None:
    values = {
        name: known[0]
        for name, known in real(path, node).items()
        if name not in SECOND_CHOICES or f"{{{name}}}" in path
    }
    case = case_of(method, path, values)
    answer = node.ask(case)
    assert answer.status_code == 200, answer.text[:300]
    case.validate_response(answer)


@pytest.mark.parametrize(
    ("status", "path", "values", "what"),
    [
        (206, "/segments/{path}", {"Range": "bytes=0-187"}, "a range of bytes"),
        (206, "/segments/{path}", {"Range": "bytes=0-1,5-6"}, "two ranges"),
        (416, "/segments/{path}", {"Range": "bytes=99999999-"}, "a range behind the end"),
        (304, "/segments/{path}", {"If-None-Match": "*"}, "a file that the client has"),
        (304, "/frame/{channel}/{file}", {"If-None-Match": "*"}, "a picture that the client has"),
        (400, "/segments/{path}", {"path": "demo/.longtake/x"}, "a hidden file"),
        (404, "/segments/{path}", {"path": "roles.csv"}, "a private file"),
        (404, "/playlist/{channel}.m3u8", {"channel": "nobody"}, "an unknown channel"),
        (404, "/cut/{channel}/{file}", {"channel": "nobody"}, "a cut of an unknown channel"),
        (
            406,
            "/cut/{channel}/{file}",
            {"end": f"{HOUR}:00:09Z", "allow_holes": "false"},
            "a cut over a hole",
        ),
        (406, "/frame/{channel}/{file}", {"timestamp": f"{HOUR}:00:06.5Z"}, "a picture of a hole"),
        (501, "/cut/{channel}/{file}", {"type": "mpegts"}, "a cut that is still to come"),
        (400, "/files/{channel}", {"channel": ".x"}, "a hidden channel, in plain text"),
        (400, "/extras/{path}", {"path": "media/.x"}, "a hidden extra folder, in plain text"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_other_answers_are_as_described(
    status: int, path: str, values: dict[str, str], what: str, node: Served
) -> None:
    plain = {name: known[0] for name, known in real(path, node).items() if name not in SECOND_CHOICES}
    case = case_of("get", path, {**plain, **values})
    answer = node.ask(case)
    assert answer.status_code == status, f"{what}: {answer.text[:300]}"
    case.validate_response(answer)


def some_values(method: str, path: str, node: Served) -> st.SearchStrategy[dict[str, Any]]:
    """For each parameter of an operation nothing, something real, or anything."""
    junk = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(
        lambda text: text.strip("./") and "/" not in text
    )
    of_head = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
    known = real(path, node)
    always: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for parameter in parameters(method, path):
        name = parameter["name"]
        usual = st.sampled_from(known[name])
        value: st.SearchStrategy[Any] = usual | usual | (of_head if parameter["in"] == "header" else junk)
        if parameter["schema"].get("type") == "array":
            value = st.lists(value, max_size=3)
        (always if parameter["in"] == "path" else optional)[name] = value
    return st.fixed_dictionaries(always, optional=optional)


def check_a_mixture(data: st.DataObject, method: str, path: str, node: Served) -> None:
    case = case_of(method, path, data.draw(some_values(method, path, node)))
    case.validate_response(node.ask(case))


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@settings(either_sound_or_not, max_examples=SOME)
@given(data=st.data())
def test_good_and_bad_together_are_answered_as_described(
    data: st.DataObject, method: str, path: str, node: Served
) -> None:
    check_a_mixture(data, method, path, node)


@pytest.mark.soak
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@settings(either_sound_or_not, max_examples=MANY)
@given(data=st.data())
def test_good_and_bad_together_are_answered_for_long_as_described(
    data: st.DataObject, method: str, path: str, node: Served
) -> None:
    check_a_mixture(data, method, path, node)
