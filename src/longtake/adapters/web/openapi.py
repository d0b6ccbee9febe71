"""Routes that FastAPI does not know, described by hand in the same OpenAPI document (OpenAPI 3.1).

Hot routes skip FastAPI, so nothing is derived from their code: they are described by values of their own, and a test
watches that each described path is routed, and each route described. What FastAPI writes of the other routes is
mended here, since it says 422 and application/json of errors that are 400 and problem+json with us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from fastapi import FastAPI

from longtake.adapters.web.problems import PROBLEM_TYPE, RETRY_AFTER_S, ProblemAnswer

Schema = Mapping[str, Any]
"""JSON Schema."""
Method = Literal["get", "post"]

TEXT: Schema = {"type": "string"}
JSON_TYPE = "application/json"
PLAIN_TYPE = "text/plain"
_PROBLEM = "#/components/schemas/ProblemAnswer"
_NEVER_SENT = ("HTTPValidationError", "ValidationError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a path, query or header carries. Those in paths are always required."""

    name: str
    meaning: str
    place: Literal["path", "query", "header"] = "query"
    schema: Schema = field(default_factory=lambda: TEXT)
    required: bool = False
    example: str | None = None

    def as_openapi(self) -> dict[str, Any]:
        """A Parameter Object."""
        told: dict[str, Any] = {
            "name": self.name,
            "in": self.place,
            "description": self.meaning,
            "required": self.required or self.place == "path",
            "schema": dict(self.schema),
        }
        return told if self.example is None else {**told, "example": self.example}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the head of an answer says besides; ``always``, or sometimes."""

    name: str
    meaning: str
    schema: Schema = field(default_factory=lambda: TEXT)
    always: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One status. ``types`` are the media types that its body can have, each with its schema; none is no body."""

    status: int
    meaning: str
    types: Mapping[str, Schema] = field(default_factory=dict)
    headers: Sequence[Header] = ()

    def as_openapi(self, *, with_body: bool = True) -> dict[str, Any]:
        """A Response Object."""
        told: dict[str, Any] = {"description": self.meaning}
        if self.types and with_body:
            told["content"] = {name: {"schema": dict(schema)} for name, schema in self.types.items()}
        if self.headers:
            told["headers"] = {
                header.name: {
                    "description": header.meaning,
                    "required": header.always,
                    "schema": dict(header.schema),
                }
                for header in self.headers
            }
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method on a path, in OpenAPI's form: ``/files/{channel}``. Whatever takes GET takes HEAD too."""

    path: str
    method: Method = "get"
    summary: str
    detail: str = ""
    parameters: Sequence[Parameter] = ()
    answers: Sequence[Answer]

    def as_openapi(self) -> dict[str, Any]:
        """Operation Objects by method, for a Path Item Object."""
        if self.method == "post":
            return {"post": self._described(with_body=True)}
        return {"get": self._described(with_body=True), "head": self._described(with_body=False)}

    def _described(self, *, with_body: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "summary": self.summary,
            "tags": ["node"],
            "parameters": [parameter.as_openapi() for parameter in self.parameters],
            "responses": {
                str(answer.status): answer.as_openapi(with_body=with_body) for answer in self.answers
            },
        }
        return {**told, "description": self.detail} if self.detail else told


RETRY_AFTER = Header(
    name="Retry-After",
    meaning="seconds to wait",
    schema={"type": "integer", "minimum": 0, "examples": [RETRY_AFTER_S]},
)


_CHALLENGE = Header(name="WWW-Authenticate", meaning="Longtake: signed with the secret of a team of nodes")
_HEADERS: Mapping[int, Sequence[Header]] = {
    401: (_CHALLENGE,),
    429: (RETRY_AFTER,),
    503: (RETRY_AFTER,),
}


def problem_answer(status: int, meaning: str, *, also_plain: bool = False) -> Answer:
    """An error: problem+json; ``also_plain`` where it is plain text unless Accept names problem+json."""
    types: dict[str, Schema] = {PROBLEM_TYPE: {"$ref": _PROBLEM}}
    if also_plain:
        types = {PLAIN_TYPE: TEXT, **types}
    return Answer(status=status, meaning=meaning, types=types, headers=_HEADERS.get(status, ()))


def describe(app: FastAPI, operations: Iterable[Operation]) -> None:
    """From now on the app's document has these operations too, and its errors are as they are sent."""
    described = tuple(operations)
    of_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with(_mended(of_fastapi()), described)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _with(document: dict[str, Any], operations: Iterable[Operation]) -> dict[str, Any]:
    paths = document.setdefault("paths", {})
    for operation in operations:
        paths.setdefault(operation.path, {}).update(operation.as_openapi())
    return document


def _mended(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's document, with its errors as our handlers send them."""
    for item in document.get("paths", {}).values():
        for operation in item.values():
            operation["responses"].pop("422", None)
            for status, response in operation["responses"].items():
                _mend(status, response)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _NEVER_SENT:
        schemas.pop(name, None)
    schemas.setdefault("ProblemAnswer", ProblemAnswer.model_json_schema())
    return document


def _mend(status: str, response: dict[str, Any]) -> None:
    content = response.get("content", {})
    if content.get(JSON_TYPE, {}).get("schema", {}).get("$ref") == _PROBLEM:
        content[PROBLEM_TYPE] = content.pop(JSON_TYPE)
    if int(status) in _HEADERS:
        response["headers"] = problem_answer(int(status), "").as_openapi()["headers"]
