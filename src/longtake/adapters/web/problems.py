"""Errors as HTTP answers: problem+json (RFC 9457), or plain text where older nodes would take JSON for a list."""

from __future__ import annotations

import http
import json
from collections.abc import Mapping
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from longtake.adapters.web.streaming import BrokenOffError
from longtake.core.errors import (
    Busy,
    Incomplete,
    InvalidInput,
    LongtakeError,
    NotFound,
    Retryable,
    Unauthorized,
    Unsupported,
)
from longtake.core.signatures import SCHEME

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


class ProblemAnswer(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    title: str
    status: int
    detail: str


Responses = dict[int | str, dict[str, Any]]
BAD_INPUT: Responses = {400: {"model": ProblemAnswer, "description": "A name or a time that makes no sense."}}
UNKNOWN: Responses = {404: {"model": ProblemAnswer, "description": "Nothing of that name is recorded."}}
BUSY: Responses = {503: {"model": ProblemAnswer, "description": "The disk does not answer now."}}
UNSIGNED: Responses = {
    401: {"model": ProblemAnswer, "description": "Not signed with the secret that this node's team shares."}
}
UNCHANGED: Responses = {304: {"description": "What the client has (If-None-Match) is what there is."}}
"""For OpenAPI: what a route may answer besides what it is for."""

_STATUS: tuple[tuple[type[LongtakeError], int], ...] = (
    (InvalidInput, 400),
    (NotFound, 404),
    (Incomplete, 406),
    (Unsupported, 501),
    (Unauthorized, 401),
    (Busy, 503),
    (Retryable, 503),
)
_HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": SCHEME},
    503: {"Retry-After": str(RETRY_AFTER_S)},
}
_PLAIN_BELOW = ("/files/", "/extras/")

_log = structlog.get_logger()


def status_of(error: LongtakeError) -> int:
    """The HTTP status that an error is."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(
    request: Request, status: int, detail: str, *, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that says what went wrong. ``detail`` is for people."""
    accepts_problem = PROBLEM_TYPE in request.headers.get("accept", "").lower()
    if f"{request.scope['path']}/".startswith(_PLAIN_BELOW) and not accepts_problem:
        return PlainTextResponse(detail + "\n", status, headers=dict(headers or {}))
    body = {
        "type": "about:blank",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return Response(
        json.dumps(body, ensure_ascii=False), status, headers=dict(headers or {}), media_type=PROBLEM_TYPE
    )


async def on_longtake_error(request: Request, error: Exception) -> Response:
    """Exception handler for the whole tree of ``core.errors``."""
    assert isinstance(error, LongtakeError)  # noqa: S101 - registered for that class
    status = status_of(error)
    if status >= 500 and status != 501:
        _log.warning("request failed", path=request.scope["path"], status=status, reason=str(error))
    return problem(request, status, error.told, headers=_HEADERS.get(status))


async def on_http_error(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: unknown paths, wrong methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for that class
    detail = error.detail
    if error.status_code == 404 and detail == http.HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {request.scope['path'][:200]}"
    elif error.status_code == 405:
        detail = f"{request.method} is not possible here"
    return problem(request, error.status_code, detail, headers=error.headers)


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """What FastAPI refuses by a route's types: a missing or malformed parameter."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for that class
    wrong = "; ".join(f"{each['loc'][-1]}: {each['msg'].lower()}" for each in error.errors())
    return problem(request, 400, wrong)


async def refusal(request: Request, error: Exception) -> Response:
    """The answer that any error is, for routes that FastAPI's handlers do not stand around."""
    if isinstance(error, LongtakeError):
        return await on_longtake_error(request, error)
    if isinstance(error, HTTPException):
        return await on_http_error(request, error)
    return await on_bug(request, error)


async def on_bug(request: Request, error: Exception) -> Response:
    """Anything else is our fault: logged with its trace, told without it. A broken-off body has been told of."""
    if not isinstance(error, BrokenOffError):
        _log.error("request failed by a bug", path=request.scope["path"], exc_info=error)
    return problem(request, 500, "longtake made a mistake; the log of the node has the details")
