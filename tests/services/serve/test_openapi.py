"""The document of the node: every route is in it, and everything in it is routed."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from starlette.routing import Mount, Route
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

from longtake.adapters.media.processed import ProcessedMedia
from longtake.adapters.media.workers import MediaWorkers
from longtake.adapters.store.disk import DiskStore
from longtake.app.config import load_settings
from longtake.app.wiring.serve import web_routes
from longtake.kit.clock import SystemClock
from longtake.services.cutting.insides import Insides
from longtake.services.serve.node_paths import NODE_OPERATIONS

API = "/api/v1/"
REAL = {
    "channel": "demo",
    "quality": "source",
    "hour": "2024-11-24T04",
    "path": "media/cat.png",
    "start": "2024-11-24T04:00:00Z",
    "end": "2024-11-24T04:00:04Z",
}
FILES = {"/cut/{channel}/{file}": "source.ts"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path_factory.mktemp("node")) as node:
        await record(node.store)
        yield node


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(node: WebNode) -> dict[str, Any]:
    answer = await node.get("/api/v1/openapi.json")
    assert answer.status == 200
    told = json.loads(answer.body)
    assert isinstance(told, dict)
    return told


def routes(folder: Path) -> list[tuple[str, str]]:
    """Method and path, in OpenAPI's form, of each route that FastAPI knows nothing of; HEAD stands with GET."""
    store, settings = DiskStore(folder), load_settings(None, base=folder)
    idle = MediaWorkers(warm=0, at_most=1, nice=0)
    media = ProcessedMedia(store.layout.quality, cutters=idle, painters=idle)
    made = web_routes(settings, store, media, Insides(store), CollectorRegistry(), SystemClock())
    store.close()
    assert all(isinstance(route, Route | Mount) for route in made)
    return [
        (method.lower(), re.sub(r":path\}", "}", route.path))
        for route in made
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
    ]


def described() -> list[tuple[str, str]]:
    return [(method, each.path) for each in NODE_OPERATIONS for method in each.as_openapi()]


def test_every_route_is_described_and_every_description_is_routed(tmp_path: Path) -> None:
    assert sorted(described()) == sorted(routes(tmp_path))


def test_nothing_is_described_twice() -> None:
    assert len(set(described())) == len(described())


@pytest.mark.asyncio(loop_scope="module")
async def test_the_document_that_a_node_gives_out_has_all_of_them(document: dict[str, Any]) -> None:
    told = [(method, path) for path, item in document["paths"].items() for method in item]
    assert set(described()) <= set(told)
    rest = {path for _, path in set(told) - set(described())}
    assert rest
    assert all(path.startswith(API) for path in rest)


@pytest.mark.asyncio(loop_scope="module")
async def test_every_path_of_the_document_answers_to_its_methods(
    node: WebNode, document: dict[str, Any]
) -> None:
    for path, item in document["paths"].items():
        for method in item:
            answer = await node.get(filled(path), method=method.upper())
            assert answer.status != 405, (method, path)
            assert b"there is nothing at" not in answer.body, (method, path)
            assert str(answer.status) in item[method]["responses"], (method, path, answer.status)


def filled(path: str) -> str:
    """The path with names of what is recorded."""
    names = {**REAL, "file": FILES.get(path, "source.png")}
    query = "" if path.startswith("/segments") else f"?start={REAL['start']}&end={REAL['end']}&type=rough"
    return re.sub(r"\{(\w+)\}", lambda match: names[match[1]], path) + query


@pytest.mark.asyncio(loop_scope="module")
async def test_every_operation_says_what_it_is_for(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], (method, path)
            for parameter in operation.get("parameters", ()):
                assert parameter["name"], (method, path)


@pytest.mark.asyncio(loop_scope="module")
async def test_each_name_in_a_path_is_a_parameter_of_it(document: dict[str, Any]) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), (method, path)


@pytest.mark.asyncio(loop_scope="module")
async def test_all_references_of_the_document_lead_somewhere(document: dict[str, Any]) -> None:
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document))):
        assert name in document["components"]["schemas"]
