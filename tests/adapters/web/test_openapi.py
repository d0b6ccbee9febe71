"""The document: routes described by hand beside FastAPI's own, and errors as they are sent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry
from starlette.responses import Response
from starlette.routing import Route
from tests.fakes.web_routes import web_routes

from longtake.adapters.web.app import build_api
from longtake.adapters.web.openapi import Answer, Header, Operation, Parameter, problem_answer
from longtake.adapters.web.problems import BAD_INPUT, BUSY

THINGS = Operation(
    path="/things/{name}",
    summary="One thing.",
    parameters=[
        Parameter(name="name", place="path", meaning="which", example="a thing"),
        Parameter(name="size", meaning="how large", schema={"type": "integer"}),
    ],
    answers=[
        Answer(
            status=200,
            meaning="The thing.",
            types={"text/plain": {"type": "string"}},
            headers=[Header(name="ETag", meaning="its version")],
        ),
        problem_answer(400, "No name."),
        problem_answer(503, "Not now.", also_plain=True),
    ],
)


async def numbered(number: int) -> str:
    """A route of FastAPI's."""
    return str(number)


def document(*operations: Operation) -> dict[str, Any]:
    return api(*operations).openapi()


def api(*operations: Operation) -> FastAPI:
    router = APIRouter(prefix="/api/v1")
    router.add_api_route("/numbered", numbered, methods=["GET"], responses=BAD_INPUT | BUSY)
    return build_api([router], (), operations)


def test_described_routes_stand_beside_those_of_fastapi() -> None:
    assert set(document(THINGS)["paths"]) == {"/api/v1/numbered", "/things/{name}"}


def test_head_is_described_with_get_and_has_no_body() -> None:
    item = document(THINGS)["paths"]["/things/{name}"]
    assert set(item) == {"get", "head"}
    assert "content" in item["get"]["responses"]["200"]
    assert "content" not in item["head"]["responses"]["200"]
    assert item["head"]["responses"]["200"]["headers"]["ETag"]["required"] is True


def test_methods_of_one_path_share_its_place() -> None:
    put = Operation(
        path="/things/{name}", method="post", summary="More.", answers=[problem_answer(501, "No.")]
    )
    item = document(THINGS, put)["paths"]["/things/{name}"]
    assert set(item) == {"get", "head", "post"}


def test_parameters_in_paths_are_required_and_others_need_not_be() -> None:
    name, size = document(THINGS)["paths"]["/things/{name}"]["get"]["parameters"]
    assert (name["required"], name["in"], name["example"]) == (True, "path", "a thing")
    assert (size["required"], size["in"], size["schema"]) == (False, "query", {"type": "integer"})
    assert "example" not in size


def test_errors_are_problems_and_say_when_to_come_back() -> None:
    answers = document(THINGS)["paths"]["/things/{name}"]["get"]["responses"]
    assert set(answers["400"]["content"]) == {"application/problem+json"}
    assert "headers" not in answers["400"]
    assert set(answers["503"]["content"]) == {"application/problem+json", "text/plain"}
    assert answers["503"]["headers"]["Retry-After"]["schema"]["type"] == "integer"


def test_errors_of_fastapis_routes_are_told_as_they_are_sent() -> None:
    answers = document()["paths"]["/api/v1/numbered"]["get"]["responses"]
    assert set(answers) == {"200", "400", "503"}
    assert set(answers["400"]["content"]) == {"application/problem+json"}
    assert "Retry-After" in answers["503"]["headers"]


def test_no_word_is_left_of_errors_that_are_never_sent() -> None:
    assert "HTTPValidationError" not in json.dumps(document(THINGS))


def test_each_reference_leads_somewhere() -> None:
    told = document(THINGS)
    assert "ProblemAnswer" in told["components"]["schemas"]
    assert json.dumps(told).count("#/components/schemas/ProblemAnswer") >= 4


def test_the_document_is_made_once() -> None:
    made = api(THINGS)
    assert made.openapi() is made.openapi()


@pytest.mark.asyncio
async def test_a_server_gives_the_document_out() -> None:
    async def nothing(request: object) -> Response:
        return Response()

    async with web_routes(CollectorRegistry(), [Route("/nothing", nothing)]) as served:
        answer = await served.get("/api/v1/openapi.json")
    assert answer.status == 200
    assert json.loads(answer.body)["info"]["title"] == "longtake"
