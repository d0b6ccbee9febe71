"""HTTP as bytes over a bare socket: no client library tidies up what is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """What came back before the server closed: all bytes of the body as they came, names of headers in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


def raw_request(target: bytes, *headers: bytes, method: bytes = b"GET", host: bytes = b"node") -> bytes:
    """A request after which the server is to close the connection."""
    lines = (method + b" " + target + b" HTTP/1.1", b"Host: " + host, b"Connection: close", *headers)
    return b"\r\n".join((*lines, b"", b""))


async def raw_answer(port: int, request: bytes | Sequence[bytes]) -> RawAnswer:
    """Sends bytes to loopback, and reads until the server closes; within ten seconds."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for part in [request] if isinstance(request, bytes) else request:
                writer.write(part)
                await writer.drain()
            said = await reader.read()
        finally:
            writer.close()
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in lines)
    return RawAnswer(
        status=int(first.split(" ")[1]), headers={name.lower(): value for name, _, value in pairs}, body=body
    )
