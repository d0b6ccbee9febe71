"""Asking others over HTTP (aiohttp), with their failures in our words.

``SourceDown`` is an answer that says 'not there' (404, 410, 416); ``SourceRefused`` another 4xx, ``passing`` if it is 403;
``SourceUnreachable`` everything that may be better in a moment: 429, 5xx, no answer, a body that breaks off. No message shows a
whole URL. ``reasons`` has the words.

Whole texts and small bodies are asked for by up to two tries (``tries``). A body that is taken piece by piece is one
try, which its caller may join with a second in the same way.

Cookies: some CDNs hand out with the playlist what they want to see again with its segments, so they are kept, for as long as the
client is open; aiohttp keeps a few dozen per host, and drops those that were not used for longest. They go to the hosts that set
them (RFC 6265), whoever asks: two channels of one host would get each other's. So each source asks by a client of its own
(``apart``), which shares nothing but the connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from longtake import __version__
from longtake.adapters.http.limits import BODY_LIMITS, TEXT_LIMITS, Limits, Pulse
from longtake.adapters.http.reasons import BAD_REDIRECTS, reason_of, retry_after_s
from longtake.adapters.http.texts import TooLong, text_of
from longtake.adapters.http.tries import Attempt, TwoTries
from longtake.core.errors import InvalidInput, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.hls.model import ByteRange
from longtake.core.urls import redacted

_LARGEST_TEXT = 32 << 20
_LARGEST_DETOUR = 64 << 20
"""So much of what was not asked for is read to get at a part of it, from servers that know no ranges."""
_CONNECT_S = 15
_READ_BYTES = 512 << 10
"""What is read ahead. A body of a usual segment takes a fifth less of the CPU than with 64 KiB."""
_RECEIVE_BYTES = 64 << 10
"""What is asked of the socket at a time. asyncio's 256 KiB are memory with pages of its own, which are given back for each
piece that is shorter: a body takes a third more of the CPU (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAnswer:
    """A whole text body, and the URL that it came from after redirects.

    ``tag`` is its ETag; ``is_unchanged``: what has the tag that was sent along is what there is, and the text is empty.
    """

    text: str
    url: str
    tag: str | None = None
    is_unchanged: bool = False


class Body:
    """A body on its way: ``async for`` gives its bytes as they come. Errors, also midway, are SourceError."""

    def __init__(
        self, response: aiohttp.ClientResponse, url: str, pulse: Pulse, byte_range: ByteRange | None = None
    ) -> None:
        self._content = response.content
        self._url = url
        self._pulse = pulse
        self._range = byte_range
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
            if self._range is not None:
                self._check_length(self._range)
            raise StopAsyncIteration
        self._pulse.hear(self._loop.time(), len(chunk))
        return chunk

    async def whole(self, largest_bytes: int) -> bytearray:
        """All of it. Raises SourceRefused for more than so much."""
        content = bytearray()
        async for chunk in self:
            content += chunk
            if len(content) > largest_bytes:
                raise _too_big(self._url, largest_bytes)
        return content

    def _check_length(self, wanted: ByteRange) -> None:
        """A range that goes beyond what is there yet is answered with less, and no complaint (RFC 9110 section 14.1.2)."""
        if self._pulse.size_bytes != wanted.length_bytes:
            self._fail(f"sent {self._pulse.size_bytes} of a range of {wanted.length_bytes} bytes")

    def _fail(self, reason: str) -> None:
        self._failure = SourceUnreachable(f"{redacted(self._url)} {reason}")
        raise self._failure


class _PartOfAll(Body):
    """The range that was asked for, out of the whole that a server sends which does not know ranges."""

    def __init__(
        self, response: aiohttp.ClientResponse, url: str, pulse: Pulse, byte_range: ByteRange
    ) -> None:
        super().__init__(response, url, pulse, byte_range)
        self._first = byte_range.offset_bytes
        self._end = pulse.length_bytes = byte_range.offset_bytes + byte_range.length_bytes
        self._seen = 0
        self.framed = True

    async def __anext__(self) -> bytes:
        while self._seen < self._end:
            chunk = await super().__anext__()
            piece = chunk[max(0, self._first - self._seen) : self._end - self._seen]
            self._seen += len(chunk)
            if piece:
                return piece
        raise StopAsyncIteration

    def _check_length(self, wanted: ByteRange) -> None:
        self._fail(f"knows no ranges, and ends before byte {self._end}")


class HttpClient:
    """One pool of connections, and one way to ask on a new one. ``async with`` opens and closes it."""

    def __init__(self) -> None:
        self._connectors: tuple[aiohttp.TCPConnector, aiohttp.TCPConnector] | None = None
        self._pooled: aiohttp.ClientSession | None = None
        self._fresh: aiohttp.ClientSession | None = None
        self._apart: list[HttpClient] = []

    def apart(self) -> HttpClient:
        """One with cookies of its own, on the same connections. It is open, and is closed with this one."""
        other = HttpClient()
        assert self._connectors is not None, "used outside of async with"  # noqa: S101
        other._open(self._connectors, is_owner=False)
        self._apart.append(other)
        return other

    async def __aenter__(self) -> Self:
        connectors = (
            aiohttp.TCPConnector(limit=0, limit_per_host=0),
            aiohttp.TCPConnector(limit=0, limit_per_host=0, force_close=True),
        )
        self._open(connectors, is_owner=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _open(self, connectors: tuple[aiohttp.TCPConnector, aiohttp.TCPConnector], *, is_owner: bool) -> None:
        cookies = aiohttp.CookieJar(unsafe=True)  # from addresses without a name, too, as browsers do
        self._connectors = connectors
        self._pooled, self._fresh = [
            _session(connector, cookies, is_owner=is_owner) for connector in connectors
        ]

    async def close(self) -> None:
        """With all that are apart. Once more does nothing."""
        for other in self._apart:
            await other.close()
        for session in (self._pooled, self._fresh):
            if session is not None:
                await session.close()

    async def get_text(
        self, url: str, *, headers: Mapping[str, str] | None = None, limits: Limits = TEXT_LIMITS
    ) -> TextAnswer:
        """A text of at most 32 MiB, see ``texts``. Raises SourceError, InvalidInput for a URL that is none."""

        async def attempt(pulse: Pulse, fresh: bool) -> TextAnswer:
            async with await self._ask(url, headers, limits.answer_hard_s, None, fresh) as response:
                _check(response, url)
                content = await Body(response, url, pulse).whole(_LARGEST_TEXT)
                return TextAnswer(
                    text=_text(content, url),
                    url=str(response.url),
                    tag=response.headers.get("ETag"),
                    is_unchanged=response.status == 304,
                )

        return await TwoTries(attempt, url, limits).run()

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str], limits: Limits = TEXT_LIMITS
    ) -> None:
        """Sends a small body, once. What is answered is of no interest but for its status. Raises SourceError, InvalidInput."""
        whole_s = limits.whole_hard_s
        async with await self._ask(url, headers, limits.answer_hard_s, whole_s, True, body) as response:
            _check(response, url)

    async def get_bytes(
        self,
        url: str,
        *,
        largest_bytes: int,
        byte_range: ByteRange | None = None,
        headers: Mapping[str, str] | None = None,
        limits: Limits = BODY_LIMITS,
        tries: Callable[[Attempt[bytes], str, Limits], TwoTries[bytes]] = TwoTries,
    ) -> bytes:
        """A whole body. Raises SourceError, SourceRefused for one of more than ``largest_bytes``.

        ``tries``: who has something to say about when to try.
        """

        async def attempt(pulse: Pulse, fresh: bool) -> bytes:
            async with self.get_body(
                url,
                byte_range=byte_range,
                headers=headers,
                limits=limits,
                pulse=pulse,
                fresh_connection=fresh,
            ) as body:
                return bytes(await body.whole(largest_bytes))

        return await tries(attempt, url, limits).run()

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
            beat = pulse or Pulse(began_s=0, heard_s=0)
            if byte_range is None:
                yield Body(response, url, beat)
            elif response.status == 206:
                _check_begin(response, url, byte_range.offset_bytes)
                yield Body(response, url, beat, byte_range)
            else:
                _check_detour(url, byte_range.offset_bytes)
                yield _PartOfAll(response, url, beat, byte_range)

    async def _ask(
        self,
        url: str,
        headers: Mapping[str, str] | None,
        connect_s: float,
        whole_s: float | None,
        fresh: bool,
        posted: bytes | None = None,
    ) -> aiohttp.ClientResponse:
        """The answer's head, to GET or, with a body, POST. ``whole_s`` is for all of it, body included, and is a timer more;
        None for no limit.
        """
        session = self._fresh if fresh else self._pooled
        assert session is not None, "used outside of async with"  # noqa: S101
        # aiohttp's own limit of silence sets a timer for each piece that comes, which costs more than reading it.
        timeout = aiohttp.ClientTimeout(total=whole_s, sock_connect=min(connect_s, _CONNECT_S))
        try:
            method = "GET" if posted is None else "POST"
            return await session.request(
                method, _as_written(url), headers=headers, timeout=timeout, data=posted
            )
        except (*BAD_REDIRECTS, aiohttp.ClientConnectorCertificateError) as error:  # some are ValueError, too
            raise _unreachable(url, error) from error
        except aiohttp.NonHttpUrlClientError as error:
            raise InvalidInput(f"{redacted(url)} is no http or https URL") from error
        except ValueError as error:  # InvalidURL, and host names that IDNA cannot encode
            raise InvalidInput(f"{redacted(url)} is no URL") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from error


def _as_written(url: str) -> URL:
    """To the byte, since a signature is over what is written: yarl's tidying makes ``/`` of ``%2F`` in a query.

    What no request line can hold (RFC 9112 3.2) is encoded all the same.
    """
    return URL(url, encoded=url.isascii() and url.isprintable() and " " not in url)


def _session(
    connector: aiohttp.BaseConnector, cookies: aiohttp.CookieJar, *, is_owner: bool
) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        connector_owner=is_owner,
        cookie_jar=cookies,
        requote_redirect_url=False,
        headers={"User-Agent": f"longtake/{__version__}"},
        read_bufsize=_READ_BYTES,
    )


def _is_chunked(response: aiohttp.ClientResponse) -> bool:
    return "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _check_begin(response: aiohttp.ClientResponse, url: str, offset_bytes: int) -> None:
    """Whether a range begins where it should, as far as the answer says (RFC 9110 section 14.4)."""
    stated = response.headers.get("Content-Range", "").removeprefix("bytes").strip().partition("-")[0]
    if stated.isdecimal() and int(stated) != offset_bytes:
        raise SourceRefused(f"{redacted(url)} serves another range than it was asked for")


def _check_detour(url: str, offset_bytes: int) -> None:
    if offset_bytes > _LARGEST_DETOUR:
        raise SourceRefused(
            f"{redacted(url)} does not serve byte ranges, and what is wanted lies {offset_bytes >> 20} MiB in"
        )


def _receive_less_at_once(response: aiohttp.ClientResponse) -> None:
    """For asyncio's own transport of plain sockets; with others it does nothing."""
    connection = response.connection  # None once the whole answer is here
    transport = connection.transport if connection is not None else None
    if transport is not None and hasattr(transport, "max_size"):
        transport.max_size = _RECEIVE_BYTES


def _text(content: bytearray, url: str) -> str:
    try:
        return text_of(content, _LARGEST_TEXT)
    except TooLong as error:
        raise _too_big(url, _LARGEST_TEXT) from error


def _too_big(url: str, largest_bytes: int) -> SourceRefused:
    return SourceRefused(f"{redacted(url)} answers with more than {largest_bytes >> 20} MiB")


def _check(response: aiohttp.ClientResponse, url: str) -> None:
    """Raises what a bad status says."""
    status = response.status
    if status < 400:
        _receive_less_at_once(response)
        return
    if status in (404, 410):
        raise SourceDown(f"{redacted(url)} is not there (HTTP {status})")
    if status == 416:
        raise SourceDown(f"{redacted(url)} does not have that part (HTTP {status})")
    if status < 500 and status not in (408, 429):
        raise SourceRefused(f"{redacted(url)} refuses (HTTP {status})", passing=status == 403)
    wait_s = retry_after_s(response.headers, datetime.now(UTC))
    said = "is asked too often" if status == 429 else "fails"
    raise SourceUnreachable(f"{redacted(url)} {said} (HTTP {status})", retry_after_s=wait_s)


def _unreachable(url: str, error: BaseException) -> SourceError:
    return SourceUnreachable(f"{redacted(url)} {reason_of(error)}")
