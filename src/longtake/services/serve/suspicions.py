"""``POST /api/v1/suspicions``: a peer got bytes for a name that are not what the name says. Custody looks into it.

Bounded in every way, since strangers may send it too where no secret is set: a small body, that comes soon; files that are
here; so many a minute from one address; so many that wait. The worst that a liar gets is that his node's files are read.
"""

from __future__ import annotations

import asyncio
import http
import math
import time
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from longtake.adapters.store.interface import ServedFiles, Suspicions
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST
from longtake.adapters.web.problems import BAD_INPUT, BUSY, UNKNOWN, UNSIGNED, ProblemAnswer, Responses
from longtake.adapters.web.signed import Signatures
from longtake.core.errors import NotFound
from longtake.core.suspicions import decode_suspicion
from longtake.kit.rates import RateLimit

MOST_PER_MINUTE = 60
"""From one address."""
_LARGEST_BYTES = 4096
_PATIENCE_S = 10.0
_JSON = "application/json"
_TEXT = {"type": "string"}
_BODY: dict[str, Any] = {
    "required": True,
    "description": f"which file it was, as on disk; at most {_LARGEST_BYTES} bytes",
    "content": {
        _JSON: {
            "schema": {
                "type": "object",
                "properties": {
                    "channel": {**_TEXT, "examples": ["demo"]},
                    "quality": {**_TEXT, "examples": ["source", "chat"]},
                    "hour": {**_TEXT, "examples": ["2026-11-24T04"]},
                    "name": {**_TEXT, "description": "a segment's name, or in `chat` a batch's"},
                },
                "required": ["channel", "quality", "hour", "name"],
            }
        }
    },
}


def _refusal(status: int, why: str) -> Responses:
    return {status: {"model": ProblemAnswer, "description": why}}


_REFUSALS = (
    BAD_INPUT
    | UNSIGNED
    | UNKNOWN
    | BUSY
    | _refusal(408, "The body did not come in time.")
    | _refusal(413, "The body is too long.")
    | _refusal(415, "The body is not sent as application/json.")
    | _refusal(429, "Too many from one address: Retry-After says when to try again.")
)


class SuspicionsApi:
    """One route."""

    def __init__(
        self,
        suspicions: Suspicions,
        files: ServedFiles,
        signatures: Signatures,
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._suspicions = suspicions
        self._files = files
        self._signatures = signatures
        self._limit = RateLimit(MOST_PER_MINUTE, now_s=now_s)

    def router(self) -> APIRouter:
        """To be included by the app."""
        router = APIRouter(prefix="/api/v1")
        router.add_api_route(
            "/suspicions",
            self.suspect,
            methods=["POST"],
            status_code=202,
            response_class=Response,
            response_description="It will be looked into, or is already to be.",
            responses=_REFUSALS,
            openapi_extra={"requestBody": _BODY},
        )
        return router

    async def suspect(self, request: Request) -> Response:
        """Says that this node gave wrong bytes for a file's name. Signed, if this node has a secret."""
        self._count(request)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                body = await _small_body(request)
        except TimeoutError as error:
            raise HTTPException(408, "the body did not come in time") from error
        except ClientDisconnect:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        self._signatures.check(request, body)
        # A page elsewhere may have a browser send other types without asking first.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
            raise HTTPException(415, f"the body is to be sent as {_JSON}")
        suspicion = decode_suspicion(body)
        if await self._files.servable(suspicion.path) is None:
            raise NotFound(f"there is no file {suspicion.path[:300]}")
        await self._suspicions.note(suspicion)
        return Response(status_code=202)

    def _count(self, request: Request) -> None:
        wait_s = self._limit.wait_s(request.client.host if request.client else "")
        if wait_s:
            raise HTTPException(
                http.HTTPStatus.TOO_MANY_REQUESTS,
                f"at most {MOST_PER_MINUTE} suspicions a minute",
                headers={"Retry-After": str(math.ceil(wait_s))},
            )


async def _small_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST_BYTES:
            raise HTTPException(413, f"a suspicion has at most {_LARGEST_BYTES} bytes")
    return body
