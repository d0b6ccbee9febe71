"""``/api/v1/transitions`` on a real server, and that the documents name the same ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from tests.fakes.web_routes import web_routes

from longtake.core.cutting import parse_transition
from longtake.services.serve.transitions import transitions_router

DOCS = Path(__file__).parents[3] / "docs"


async def listed() -> dict[str, object]:
    async with web_routes(CollectorRegistry(), [], [transitions_router()]) as web:
        answer = await web.get("/api/v1/transitions")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    found = json.loads(answer.body)
    assert isinstance(found, dict)
    return found


async def test_each_that_is_listed_is_taken_for_as_long_as_is_said() -> None:
    answer = await listed()
    transitions = answer["transitions"]
    assert isinstance(transitions, list)
    assert len(transitions) == 60
    assert transitions[0] == {"name": "fade", "description": "one picture melts into the other"}
    for one in transitions:
        longest = parse_transition(f"{one['name']},{answer['longest_s']}")
        assert longest is not None
        assert longest.name == one["name"]


async def test_it_is_for_our_own_pages_alone() -> None:
    async with web_routes(CollectorRegistry(), [], [transitions_router()]) as web:
        assert "Access-Control-Allow-Origin" not in (await web.get("/api/v1/transitions")).headers


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_it_is_read_only(method: str) -> None:
    async with web_routes(CollectorRegistry(), [], [transitions_router()]) as web:
        assert (await web.get("/api/v1/transitions", method=method)).status == 405


async def test_the_documents_name_the_same() -> None:
    transitions = (await listed())["transitions"]
    assert isinstance(transitions, list)
    _, _, behind = (DOCS / "http-api.md").read_text().partition("\n#### Transitions\n")
    section = behind.partition("\n### ")[0]
    rows = re.findall(r"^\| (`.+`) \| .+ \|$", section, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(one["name"] for one in transitions)
