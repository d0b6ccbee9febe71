"""Routers and routes of several services in one application, and what runs around every request."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from longtake.adapters.web.app import build_api, build_app
from longtake.core.errors import NotFound


async def word() -> str:
    return "from the API"


async def file(request: Request) -> Response:
    return PlainTextResponse(request.path_params["name"])


async def missing(request: Request) -> Response:
    raise NotFound("not here")


def a_router(path: str) -> APIRouter:
    router = APIRouter(prefix="/api/v1")
    router.add_api_route(path, word, methods=["GET"])
    return router


ROUTES = [Route("/missing", missing), Route("/{name}", file)]
ROUTERS = [a_router("/one"), a_router("/other")]


class Client:
    """Asks the application without a server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._app = build_app(ROUTERS, ROUTES, self.registry)

    async def get(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], str]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {
            "type": "http",
            "method": method,
            "path": path.replace("%2F", "/"),
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [],
            "scheme": "http",
            "server": ("node", 80),
            "http_version": "1.1",
        }
        await self._app(scope, receive, send)
        headers = {key.decode(): value.decode() for key, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent).decode()


async def test_routers_of_all_services_come_before_the_routes() -> None:
    client = Client()
    assert (await client.get("/api/v1/one"))[2] == '"from the API"'
    assert (await client.get("/api/v1/other"))[2] == '"from the API"'
    assert (await client.get("/a"))[2] == "a"
    assert set(build_api(ROUTERS, ROUTES).openapi()["paths"]) == {"/api/v1/one", "/api/v1/other"}


async def test_players_anywhere_may_ask_but_the_api_is_for_our_own_pages() -> None:
    client = Client()
    assert (await client.get("/a"))[1]["access-control-allow-origin"] == "*"
    assert (await client.get("/missing"))[1]["access-control-allow-origin"] == "*"
    assert (await client.get("/a", method="OPTIONS"))[0] == 204
    assert "access-control-allow-origin" not in (await client.get("/api/v1/one"))[1]


async def test_errors_are_problems_and_encoded_slashes_are_refused() -> None:
    client = Client()
    assert (await client.get("/missing"))[0] == 404
    assert (await client.get("/nothing/here"))[0] == 404
    status, _, text = await client.get("/a%2Fb")
    assert (status, "encoded" in text) == (400, True)


async def test_requests_are_measured_by_handler_and_never_by_path() -> None:
    client = Client()
    for path in ("/a", "/b", "/missing", "/no/where"):
        await client.get(path)
    await client.get("/a", method="BREW")
    text = generate_latest(client.registry).decode()
    assert 'longtake_http_request_seconds_count{handler="file",method="GET",status="200"} 2.0' in text
    assert 'longtake_http_request_seconds_count{handler="missing",method="GET",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "where" not in text


async def test_head_of_the_api_is_what_get_answers_without_its_body() -> None:
    client = Client()
    status, headers, body = await client.get("/api/v1/one")
    assert body == '"from the API"'
    assert await client.get("/api/v1/one", "HEAD") == (status, headers, "")
    assert (await client.get("/api/v1/nothing", "HEAD"))[0] == (await client.get("/api/v1/nothing"))[0]
