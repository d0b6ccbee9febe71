"""Asking others over HTTP (aiohttp), with their failures in our words.

``SourceDown`` is an answer that says 'not there' (404, 410); ``SourceRefused`` another 4xx; ``SourceUnreachable``
everything that may be better in a moment: 5xx, no answer, a body that breaks off. No message shows a whole URL.

Whole texts and small bodies are asked for by up to two tries (``tries``). A body that is taken piece by piece is one
try, which its caller may join with a second in the same way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from longtake import __version__
from longtake.adapters.http.limits import BODY_LIMITS, TEXT_LIMITS, Limits, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.core.errors import InvalidInput, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.hls.model import ByteRange
from longtake.core.urls import redacted

_LARGEST_TEXT = 32 << 20
_READ_BYTES = 512 << 10
"""What is read ahead. A body of a usual segment takes a fifth less of the CPU than with 64 KiB."""
_RECEIVE_BYTES = 64 << 10
"""What is asked of the socket at a time. asyncio's 256 KiB are memory with pages of its own, which are given back for each
piece that is shorter: a body takes a third more of the CPU (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """A whole text body, and the URL that it came from after redirects."""

    text: str
    url: str


class Body:
    """A body on its way: ``async for`` gives its bytes as they come. Errors, also midway, are SourceError."""

    def __init__(
        self, response: aiohttp.ClientResponse, url: str, pulse: Pulse, byte_range: ByteRange | None = None
    ) -> None:
        self._content = response.content
        self._url = url
        self._pulse = pulse
        self._wanted_bytes = byte_range.length_bytes if byte_range is not None else None
        self._loop = asyncio.get_running_loop()
        self._failure: SourceError | None = None
        self.framed = response.content_length is not None or _is_chunked(response)
        """Whether the answer says where it ends (RFC 9112 section 6.3); else it ends with the connection, or breaks off so."""
        length_bytes = None if "Content-Encoding" in response.headers else response.content_length
        pulse.answer(self._loop.time(), length_bytes)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Every byte that came, also those right before the connection broke."""
        if self._failure is not None:
            raise self._failure
        try:
            chunk = await self._content.readany()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._failure = _unreachable(self._url, error)
            self._failure.__cause__ = error
            chunk = b"".join(self._content._buffer)  # noqa: SLF001 - aiohttp has no public way to what came before it
            if not chunk:
                raise self._failure from error
        if not chunk:
            self._check_range()
            raise StopAsyncIteration
        self._pulse.hear(self._loop.time(), len(chunk))
        return chunk

    def _check_range(self) -> None:
        """A range that goes beyond what is there yet is answered with less, and no complaint (RFC 9110 section 14.1.2)."""
        if self._wanted_bytes is None or self._pulse.size_bytes == self._wanted_bytes:
            return
        sent = f"{self._pulse.size_bytes} of a range of {self._wanted_bytes} bytes"
        self._failure = SourceUnreachable(f"{redacted(self._url)} sent {sent}")
        raise self._failure


class HttpClient:
    """One pool of connections, and one way to ask on a new one. ``async with`` opens and closes it."""

    def __init__(self) -> None:
        self._pooled: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._pooled = _session(aiohttp.TCPConnector(limit=0, limit_per_host=0))
        self._fresh = _session(aiohttp.TCPConnector(limit=0, limit_per_host=0, force_close=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in (self._pooled, self._fresh):
            if session is not None:
                await session.close()

    async def get_text(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: Limits = TEXT_LIMITS
    ) -> TextAnswer:
        """A text of at most 32 MiB, as UTF-8. Raises SourceError, InvalidInput for a URL that is none."""

        async def attempt(pulse: Pulse, fresh: bool) -> TextAnswer:
            async with await self._ask(url, headers, limits.answer_hard_s, None, fresh) as response:
                _check(response, url)
                content = await _whole(Body(response, url, pulse), _LARGEST_TEXT, url)
                return TextAnswer(text=content.decode("utf-8", errors="replace"), url=str(response.url))

        return await TwoTries(attempt, url, limits).run()

    async def get_bytes(
        self,
        url: str,
        *,
        largest_bytes: int,
        byte_range: ByteRange | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = BODY_LIMITS,
    ) -> bytes:
        """A whole body. Raises SourceError, SourceRefused for one of more than ``largest_bytes``."""

        async def attempt(pulse: Pulse, fresh: bool) -> bytes:
            async with self.get_body(
                url,
                byte_range=byte_range,
                headers=headers,
                limits=limits,
                pulse=pulse,
                fresh_connection=fresh,
            ) as body:
                return bytes(await _whole(body, largest_bytes, url))

        return await TwoTries(attempt, url, limits).run()

    @asynccontextmanager
    async def get_body(
        self,
        url: str,
        *,
        byte_range: ByteRange | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = BODY_LIMITS,
        pulse: Pulse | None = None,
        fresh_connection: bool = False,
    ) -> AsyncIterator[Body]:
        """One try at a body. Whoever gives a pulse watches it and keeps the limits; else only that of the whole is kept."""
        asked = {"Accept-Encoding": "identity", **(headers or {})}
        if byte_range is not None:
            last = byte_range.offset_bytes + byte_range.length_bytes - 1
            asked["Range"] = f"bytes={byte_range.offset_bytes}-{last}"
        whole_s = limits.whole_hard_s if pulse is None else None
        async with await self._ask(url, asked, limits.answer_hard_s, whole_s, fresh_connection) as response:
            _check(response, url)
            if byte_range is not None and response.status != 206:
                raise SourceRefused(f"{redacted(url)} does not serve byte ranges")
            if byte_range is not None and not _begins_at(response, byte_range.offset_bytes):
                raise SourceRefused(f"{redacted(url)} serves another range than it was asked for")
            yield Body(response, url, pulse or Pulse(began_s=0, heard_s=0), byte_range)

    async def _ask(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        connect_s: float,
        whole_s: float | None,
        fresh: bool,
    ) -> aiohttp.ClientResponse:
        """The answer's head. ``whole_s`` is for all of it, body included, and is a timer more; None for no limit."""
        session = self._fresh if fresh else self._pooled
        assert session is not None, "used outside of async with"  # noqa: S101
        # aiohttp's own limit of silence sets a timer for each piece that comes, which costs more than reading it.
        timeout = aiohttp.ClientTimeout(total=whole_s, sock_connect=connect_s)
        try:
            return await session.get(url, headers=headers, timeout=timeout)
        except aiohttp.NonHttpUrlClientError as error:
            raise InvalidInput(f"{redacted(url)} is no http or https URL") from error
        except ValueError as error:  # InvalidURL, and host names that IDNA cannot encode
            raise InvalidInput(f"{redacted(url)} is no URL") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from error


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, headers={"User-Agent": f"longtake/{__version__}"}, read_bufsize=_READ_BYTES
    )


def _is_chunked(response: aiohttp.ClientResponse) -> bool:
    return "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _begins_at(response: aiohttp.ClientResponse, offset_bytes: int) -> bool:
    """Whether a range begins where it should, as far as the answer says (RFC 9110 section 14.4)."""
    stated = response.headers.get("Content-Range", "").removeprefix("bytes").strip().partition("-")[0]
    return not stated.isdecimal() or int(stated) == offset_bytes


def _receive_less_at_once(response: aiohttp.ClientResponse) -> None:
    """For asyncio's own transport of plain sockets; with others it does nothing."""
    connection = response.connection  # None once the whole answer is here
    transport = connection.transport if connection is not None else None
    if transport is not None and hasattr(transport, "max_size"):
        transport.max_size = _RECEIVE_BYTES


async def _whole(body: Body, largest_bytes: int, url: str) -> bytearray:
    content = bytearray()
    async for chunk in body:
        content += chunk
        if len(content) > largest_bytes:
            raise SourceRefused(f"{redacted(url)} answers with more than {largest_bytes >> 20} MiB")
    return content


def _check(response: aiohttp.ClientResponse, url: str) -> None:
    """Raises what a bad status says."""
    status = response.status
    if status < 400:
        _receive_less_at_once(response)
        return
    if status in (404, 410):
        raise SourceDown(f"{redacted(url)} is not there (HTTP {status})")
    if status < 500 and status not in (408, 429):
        raise SourceRefused(f"{redacted(url)} refuses (HTTP {status})")
    raise SourceUnreachable(f"{redacted(url)} fails (HTTP {status})")


def _unreachable(url: str, error: BaseException) -> SourceError:
    if isinstance(error, TimeoutError):
        reason = "gave no answer in time"
    elif isinstance(error, aiohttp.ClientSSLError):
        reason = "has no valid TLS certificate"
    elif isinstance(error, aiohttp.ClientConnectorDNSError):
        reason = "has a host name that cannot be found"
    elif isinstance(error, aiohttp.ClientConnectorError):
        reason = f"cannot be reached: {os.strerror(error.os_error.errno or 0).lower()}"
    elif isinstance(error, aiohttp.ClientPayloadError):
        reason = "broke off its answer"
    elif isinstance(error, aiohttp.TooManyRedirects):
        reason = "redirects in a circle, or too often"
    else:
        reason = f"broke the connection ({type(error).__name__})"
    return SourceUnreachable(f"{redacted(url)} {reason}")
