"""What a request failed of, in words, told by real servers in real trouble; and how long a server wants to be left alone."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from tests.fakes.certificates import Certificate

from longtake.adapters.http.client import HttpClient
from longtake.adapters.http.limits import Limits
from longtake.adapters.http.reasons import reason_of, retry_after_s
from longtake.core.errors import SourceUnreachable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def why(url: str) -> str:
    """Why it cannot be asked; nothing secret is ever in it."""
    async with HttpClient() as client:
        with pytest.raises(SourceUnreachable) as raised:
            await client.get_text(url, limits=Limits(answer_hard_s=0.5, whole_hard_s=3))
    assert "SECRET" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize(
    ("certificate", "word"),
    [
        (Certificate(), "signed by nobody but itself"),
        (Certificate(signer="nobody"), "authority that is not known"),
    ],
    ids=["by itself", "by a stranger"],
)
async def test_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, certificate: Certificate, word: str
) -> None:
    server = await asyncio.start_server(closing, "127.0.0.1", 0, ssl=certificate.context(tmp_path))
    async with server:
        told = await why(f"https://localhost:{server.sockets[0].getsockname()[1]}/x.m3u8?token=SECRET")
    assert word in told


@pytest.mark.parametrize(
    ("certificate", "word"),
    [
        (Certificate(host="example.org"), "certificate that is for another host name"),
        (Certificate(begins=timedelta(days=-9), ends=timedelta(days=-8)), "certificate that has expired"),
        (Certificate(begins=timedelta(days=2), ends=timedelta(days=3)), "certificate that is not valid yet"),
    ],
    ids=["for another host", "expired", "of tomorrow"],
)
async def test_a_certificate_of_one_that_is_trusted_and_does_not_do(
    tmp_path: Path, certificate: Certificate, word: str
) -> None:
    server = await asyncio.start_server(closing, "127.0.0.1", 0, ssl=certificate.context(tmp_path))
    trusting = ssl.create_default_context(cafile=tmp_path / "certificate.pem")
    async with server, aiohttp.ClientSession() as session:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
        with pytest.raises(aiohttp.ClientError) as raised:
            await session.get(url, ssl=trusting)
    assert word in reason_of(raised.value)


async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def saying(text: bytes) -> Serve:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1 << 16)  # what is not read makes the end of it a reset
        writer.write(text)
        writer.close()

    return say


@asynccontextmanager
async def server_at(serve: Serve) -> AsyncIterator[int]:
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def to(location: bytes) -> Serve:
    return saying(
        b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("serve", "word"),
    [
        (saying(b""), "closed the connection instead of answering"),
        (resetting, "reset the connection"),
        (silent, "gave no answer in time"),
        (saying(b"SSH-2.0-OpenSSH_9.9\r\n"), "no HTTP"),
        (to(b"/?token=SECRET"), "circle"),
        (to(b"ftp://example.org/SECRET"), "redirects to what is no http"),
        (to(b"http://"), "redirects to what is no http"),
    ],
    ids=[
        "closes",
        "resets",
        "is silent",
        "is no web server",
        "circle",
        "redirects to ftp",
        "redirects nowhere",
    ],
)
async def test_a_server_that_does_not_answer_as_it_should(serve: Serve, word: str) -> None:
    async with server_at(serve) as port:
        assert word in await why(f"http://127.0.0.1:{port}/x.m3u8?token=SECRET")


async def test_what_does_not_speak_tls() -> None:
    async with server_at(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert "TLS" in await why(f"https://127.0.0.1:{port}/x.m3u8?token=SECRET")


async def test_where_nobody_listens_and_whom_nobody_knows() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "cannot be reached: connection refused" in await why(f"http://127.0.0.1:{port}/x?token=SECRET")
    assert "cannot be reached: " in await why(f"http://localhost:{port}/x?token=SECRET")
    assert "host name that cannot be found" in await why("http://does-not-exist.invalid/x?token=SECRET")


def test_any_other_failure_is_named() -> None:
    assert reason_of(OSError("SECRET")) == "broke the connection (OSError)"


NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "Thu, 01 Jan 2026 12:00:20 GMT"}, 20),
        ({"Retry-After": "Thu, 01 Jan 2026 10:00:20 GMT", "Date": "Thu, 01 Jan 2026 10:00:00 GMT"}, 20),
        ({"Retry-After": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "Thu, 01 Jan 2026 12:00:20 -0000"}, 20),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "²"}, None),
    ],
    ids=[
        "not stated",
        "seconds",
        "a date",
        "a date by a clock that is two hours behind",
        "a date that is over",
        "a date without a zone",
        "a word",
        "less than nothing",
        "a digit that is none",
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, NOW) == expected
