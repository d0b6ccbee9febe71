"""``PeerApi`` over HTTP, of nodes of ours and of older ones.

An older node answers JSON with any content type, and passes off errors as pages. So only what is a list of texts is taken for a
listing, however it is labelled; texts beside other things count, the other things do not. Who answers ``/api/v1/node`` with anything
but what a node of ours says is an older node: proxies in front of those have pages for every path, and refusals.

A file is one try: who asks for it tries again later. It is ended when nothing comes for a while, or so little that it would hold
its place for hours. The time that we take to store what came does not count.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from urllib.parse import quote, urlsplit

from longtake.adapters.http.client import Body, HttpClient, TextAnswer
from longtake.adapters.http.limits import Late, Limits, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.adapters.peers.interface import PeerDigests, PeerNode, Take
from longtake.core.digests import HourDigest
from longtake.core.errors import InvalidInput, SourceDown, SourceRefused, SourceUnreachable
from longtake.core.names import parse_hash
from longtake.core.signatures import BESIDE, HEADER, sign
from longtake.core.times import hour_start_us
from longtake.core.urls import redacted

_LISTING_LIMITS = Limits(
    answer_soft_s=10, answer_hard_s=30, silence_hard_s=10, whole_soft_s=60, whole_hard_s=120
)
"""A disk that was asleep lists a folder of many thousand files in some ten seconds."""
_FILE_LIMITS = Limits(answer_hard_s=10, silence_hard_s=10, whole_hard_s=6 * 3600)
_SLOW_AFTER_S, _SLOWEST_BYTES_PER_S = 30, 4096
_MOST_NAMES = 200_000
"""Of one listing: an hour has 1,800 segments, and a folder of extra files some ten thousand."""
_MOST_HOURS = 100_000
"""Of one quality: eleven years."""
_LISTINGS_AT_ONCE = 4
"""Of one peer. Of a thousand qualities all at once would be listed else, at up to 32 MiB each."""
_MOST_BRACKETS = 10_000
"""Names hardly have any. Eleven million lists in a list take 800 MiB once they are parsed (measured)."""
_PARSED_ASIDE_BYTES = 1 << 20
"""More JSON than this is parsed in a thread."""
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_LONGEST_WORD = 255
_LONGEST_TAG = 200


class NodeApi:
    """One peer. With a secret, what is asked is signed (``core.signatures``)."""

    def __init__(
        self,
        client: HttpClient,
        url: str,
        *,
        secret: bytes | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._url = url
        self._secret = secret
        self._now_s = now_s
        self._listings = asyncio.Semaphore(_LISTINGS_AT_ONCE)
        self._header = HEADER if urlsplit(url).username is None else BESIDE

    async def node(self) -> PeerNode | None:
        """See ``PeerApi``."""
        try:
            said = await self._json("/api/v1/node")
        except (SourceDown, SourceRefused):
            return None
        match said:
            case {"id": str() | None as id, "name": str() as name, "version": str() as version}:
                known = id is None or _ID.fullmatch(id)
                if known and _is_word(name) and _is_word(version):
                    return PeerNode(id=id, name=name, version=version)
        return None

    async def channels(self) -> list[str]:
        """See ``PeerApi``."""
        return await self._names("/files")

    async def qualities(self, channel: str) -> list[str]:
        """See ``PeerApi``."""
        return await self._names(_path("files", channel))

    async def hours(self, channel: str, quality: str) -> list[str]:
        """See ``PeerApi``."""
        return await self._names(_path("files", channel, quality))

    async def names(self, channel: str, quality: str, hour: str) -> list[str]:
        """See ``PeerApi``."""
        return await self._names(_path("files", channel, quality, hour) + "?tombstones=true")

    async def extras(self, folder: str) -> list[str]:
        """See ``PeerApi``."""
        return await self._names(_path("extras", folder))

    async def digests(self, channel: str, quality: str, tag: str | None) -> PeerDigests | None:
        """See ``PeerApi``."""
        path = _path("api", "v1", "digests", channel, quality)
        async with self._listings:
            answer = await self._ask(path, {"If-None-Match": tag} if tag else {})
            if answer.is_unchanged and tag:
                return None
            said = await self._parsed(answer, path)
        match said:
            case {"hours": list() as hours} if len(hours) <= _MOST_HOURS:
                digests = tuple(self._digest(hour, path) for hour in hours)
                return PeerDigests(hours=digests, tag=_sound(answer.tag))
        raise self._odd(path, "no digests")

    def _digest(self, said: object, path: str) -> HourDigest:
        match said:
            case {"hour": str() as hour, "count": int() as count, "hash": str() as text} if count >= 0:
                try:
                    hour_start_us(hour)
                    return HourDigest(hour=hour, count=count, digest=parse_hash(text))
                except InvalidInput as error:
                    raise self._odd(path, "no digest") from error
        raise self._odd(path, "no digest")

    async def pull(self, parts: Sequence[str], take: Take) -> None:
        """See ``PeerApi``."""
        path = _path("segments", *parts)
        url, headers = self._url + path, self._headers("GET", path)

        async def attempt(pulse: Pulse, fresh: bool) -> None:
            async with AsyncExitStack() as answer:
                with _addressed():
                    body = await answer.enter_async_context(
                        self._client.get_body(
                            url, headers=headers, limits=_FILE_LIMITS, pulse=pulse, fresh_connection=fresh
                        )
                    )
                await _take_all(body, pulse, take, self._url)

        def on_late(late: Late) -> bool:
            """One that would not be whole in time makes way at once; there is no second try, the next pass makes one."""
            if late is Late.TRICKLING:
                tries.end("is far too slow")
            return False

        tries = TwoTries(attempt, url, _FILE_LIMITS, on_late)
        await tries.run()

    async def suspect(self, channel: str, quality: str, hour: str, name: str) -> None:
        """See ``PeerApi``."""
        path = "/api/v1/suspicions"
        body = json.dumps({"channel": channel, "quality": quality, "hour": hour, "name": name}).encode()
        headers = {"Content-Type": "application/json", **self._headers("POST", path, body)}
        with _addressed():
            await self._client.post(self._url + path, body, headers=headers)

    async def _names(self, path: str) -> list[str]:
        async with self._listings:
            answer = await self._ask(path, {})
            if sum(map(answer.text.count, "[{")) > _MOST_BRACKETS:
                raise self._odd(path, "more lists in a list than names")
            said = await self._parsed(answer, path)
        if not isinstance(said, list):
            raise self._odd(path, "no list of names")
        if len(said) > _MOST_NAMES:
            raise self._odd(path, f"over {_MOST_NAMES:,} names")
        return [name for name in said if isinstance(name, str)]

    async def _json(self, path: str) -> object:
        return await self._parsed(await self._ask(path, {}), path)

    async def _ask(self, path: str, headers: Mapping[str, str]) -> TextAnswer:
        headers = {**headers, **self._headers("GET", path)}
        with _addressed():
            return await self._client.get_text(self._url + path, headers=headers, limits=_LISTING_LIMITS)

    async def _parsed(self, answer: TextAnswer, path: str) -> object:
        try:
            if len(answer.text) > _PARSED_ASIDE_BYTES:
                return await asyncio.to_thread(json.loads, answer.text)
            return json.loads(answer.text)
        except (ValueError, RecursionError) as error:
            raise self._odd(path, "something that is no JSON") from error

    def _headers(self, method: str, path: str, body: bytes = b"") -> Mapping[str, str]:
        if self._secret is None:
            return {}
        now_s = round(self._now_s())
        return {self._header: sign(self._secret, method=method, target=path, now_s=now_s, body=body)}

    def _odd(self, path: str, what: str) -> SourceRefused:
        return SourceRefused(f"{redacted(self._url)}{path} answers {what}")


@contextmanager
def _addressed() -> Iterator[None]:
    """Some texts show only when they are used that they are no address (``http://a..b``)."""
    try:
        yield
    except InvalidInput as error:
        raise SourceRefused(str(error)) from error


async def _take_all(body: Body, pulse: Pulse, take: Take, url: str) -> None:
    """Raises SourceUnreachable for what comes too slowly, and for what does not say where it ends: half of it would look whole."""
    if not body.framed:
        raise SourceUnreachable(f"{redacted(url)} does not say how long a file is")
    loop = asyncio.get_running_loop()
    async for chunk in body:
        pulse.pause(loop.time())
        try:
            await take(chunk)
        finally:
            pulse.resume(loop.time())
        took_s = loop.time() - pulse.began_s
        if took_s >= _SLOW_AFTER_S and pulse.size_bytes < took_s * _SLOWEST_BYTES_PER_S:
            raise SourceUnreachable(f"{redacted(url)} is far too slow")


def _is_word(text: str) -> bool:
    """Fit to be shown to people."""
    return len(text) <= _LONGEST_WORD and text.isprintable()


def _sound(tag: str | None) -> str | None:
    """A tag that may be sent back in a header."""
    if not tag or len(tag) > _LONGEST_TAG:
        return None
    return tag if tag.isascii() and tag.isprintable() else None


def _path(*parts: str) -> str:
    """Each part is encoded, slashes too: no name leads to another path than its own."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
