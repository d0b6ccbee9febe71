"""Requests that only nodes of the same team may make: signed with the secret that they share (``core.signatures``)."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from longtake.adapters.web.problems import refusal
from longtake.core.errors import Unauthorized
from longtake.core.signatures import BESIDE, HEADER, is_signed
from longtake.core.times import SECOND_US
from longtake.kit.clock import Clock


class Signatures:
    """What is signed with ``secret``. A node without one takes everybody for one of its team."""

    def __init__(self, secret: bytes | None, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def check(self, request: Request, body: bytes = b"") -> None:
        """Raises Unauthorized unless the request and its body are signed, at most some minutes ago."""
        if self._secret is None:
            return
        header = request.headers.get(BESIDE) or request.headers.get(HEADER)
        now_s = self._clock.now_us() // SECOND_US
        target = _target(request.scope)
        if not is_signed(self._secret, header, method=request.method, target=target, now_s=now_s, body=body):
            raise Unauthorized(_words(header))


def _words(header: str | None) -> str:
    if not header:
        return "this is for nodes that share this node's secret (node.secret), and the request is not signed with it"
    return "the signature does not fit: another secret, another request, or the clocks are more than 5 minutes apart"


def _target(scope: Scope) -> str:
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return (path.partition(b"?")[0] + (b"?" + query if query else b"")).decode(errors="replace")


class SignedOnly:
    """Around an application: of paths ``below`` these ('/files'), only what is signed comes through."""

    def __init__(self, app: ASGIApp, signatures: Signatures, below: Sequence[str]) -> None:
        self._app = app
        self._signatures = signatures
        self._below = tuple(f"{path}/" for path in below)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and f"{scope['path']}/".startswith(self._below):
            request = Request(scope)
            try:
                self._signatures.check(request)
            except Unauthorized as error:
                await (await refusal(request, error))(scope, receive, send)
                return
        await self._app(scope, receive, send)
