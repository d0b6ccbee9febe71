"""Asking others over HTTP (aiohttp), with their failures in our words.

``SourceDown`` is an answer that says 'not there' (404, 410); ``SourceRefused`` another 4xx; ``SourceUnreachable``
everything that may be better in a moment: 5xx, no answer, a body that breaks off. No message shows a whole URL.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from longtake import __version__
from longtake.core.errors import InvalidInput, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.hls.model import ByteRange
from longtake.core.urls import redacted

_LARGEST_TEXT = 32 << 20
_CHUNK_BYTES = 256 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """A whole text body, and the URL that it came from after redirects."""

    text: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds: to connect, between two pieces of an answer, and in all."""

    connect_s: float = 5
    silence_s: float = 10
    total_s: float = 60


TEXT_LIMITS = Limits(total_s=15)
BODY_LIMITS = Limits(total_s=240)


class HttpClient:
    """One connection pool. ``async with`` opens and closes it."""

    def __init__(self) -> None:
        self._open: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._open = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=0),
            headers={"User-Agent": f"longtake/{__version__}"},
            read_bufsize=_CHUNK_BYTES,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            await self._open.close()

    async def get_text(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: Limits = TEXT_LIMITS
    ) -> TextAnswer:
        """A text of at most 32 MiB, as UTF-8. Raises SourceError, InvalidInput for a URL that is none."""
        body = bytearray()
        async with self._get(url, headers, limits) as response:
            async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                body += chunk
                if len(body) > _LARGEST_TEXT:
                    raise SourceRefused(
                        f"{redacted(url)} answers with more than {_LARGEST_TEXT >> 20} MiB of text"
                    )
        return TextAnswer(text=body.decode("utf-8", errors="replace"), url=str(response.url))

    @asynccontextmanager
    async def get_body(
        self,
        url: str,
        *,
        byte_range: ByteRange | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = BODY_LIMITS,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The pieces of a body as they come. Errors, also midway, are SourceError."""
        asked = dict(headers or {})
        if byte_range is not None:
            last = byte_range.offset_bytes + byte_range.length_bytes - 1
            asked["Range"] = f"bytes={byte_range.offset_bytes}-{last}"
        async with self._get(url, asked, limits) as response:
            if byte_range is not None and response.status != 206:
                raise SourceRefused(f"{redacted(url)} does not serve byte ranges")
            yield response.content.iter_any()

    @asynccontextmanager
    async def _get(
        self, url: str, headers: Mapping[str, str] | None, limits: Limits
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(
            total=limits.total_s, sock_connect=limits.connect_s, sock_read=limits.silence_s
        )
        try:
            async with await self._ask(url, headers, timeout) as response:
                _check_status(response.status, url)
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from error

    async def _ask(
        self, url: str, headers: Mapping[str, str] | None, timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        assert self._open is not None, "used outside of async with"  # noqa: S101
        try:
            return await self._open.get(url, headers=headers, timeout=timeout)
        except aiohttp.NonHttpUrlClientError as error:
            raise InvalidInput(f"{redacted(url)} is no http or https URL") from error
        except ValueError as error:  # InvalidURL, and host names that IDNA cannot encode
            raise InvalidInput(f"{redacted(url)} is no URL") from error


def _check_status(status: int, url: str) -> None:
    if status in (404, 410):
        raise SourceDown(f"{redacted(url)} is not there (HTTP {status})")
    if 400 <= status < 500 and status not in (408, 429):
        raise SourceRefused(f"{redacted(url)} refuses (HTTP {status})")
    if status >= 400:
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
    else:
        reason = f"broke the connection ({type(error).__name__})"
    return SourceUnreachable(f"{redacted(url)} {reason}")
