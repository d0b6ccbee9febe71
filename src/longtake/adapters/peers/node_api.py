"""``PeerApi`` over HTTP, of nodes of ours and of older ones.

An older node answers JSON with any content type, and passes off errors as pages. So only what is a list of texts is taken for a
listing, however it is labelled; texts beside other things count, the other things do not.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from longtake.adapters.http.client import HttpClient, TextAnswer
from longtake.adapters.http.limits import Limits, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.adapters.peers.interface import PeerDigests, PeerNode, Take
from longtake.core.digests import HourDigest
from longtake.core.errors import InvalidInput, SourceDown, SourceRefused
from longtake.core.names import parse_hash
from longtake.core.signatures import sign
from longtake.core.times import hour_start_us
from longtake.core.urls import redacted

_FILE_LIMITS = Limits(answer_hard_s=10, silence_hard_s=10, whole_hard_s=600)
_MOST_NAMES = 200_000
"""Of one listing: an hour has 1,800 segments, and a folder of extra files some ten thousand."""
_PARSED_ASIDE_BYTES = 1 << 20
"""More JSON than this is parsed in a thread."""


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

    async def node(self) -> PeerNode | None:
        """See ``PeerApi``."""
        try:
            said = await self._json("/api/v1/node")
        except SourceDown:
            return None
        match said:
            case {"id": str() | None as id, "name": str() as name, "version": str() as version}:
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
        answer = await self._ask(path, {"If-None-Match": tag} if tag else {})
        if answer.is_unchanged:
            return None
        said = await self._parsed(answer, path)
        match said:
            case {"hours": list() as hours}:
                return PeerDigests(hours=tuple(self._digest(hour, path) for hour in hours), tag=answer.tag)
        raise self._odd(path, "no digests")

    def _digest(self, said: object, path: str) -> HourDigest:
        match said:
            case {"hour": str() as hour, "count": int() as count, "hash": str() as text}:
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
            async with self._client.get_body(
                url, headers=headers, limits=_FILE_LIMITS, pulse=pulse, fresh_connection=fresh
            ) as body:
                async for chunk in body:
                    await take(chunk)

        await TwoTries(attempt, url, _FILE_LIMITS, lambda late: False).run()

    async def suspect(self, channel: str, quality: str, hour: str, name: str) -> None:
        """See ``PeerApi``."""
        path = "/api/v1/suspicions"
        body = json.dumps({"channel": channel, "quality": quality, "hour": hour, "name": name}).encode()
        headers = {"Content-Type": "application/json", **self._headers("POST", path, body)}
        await self._client.post(self._url + path, body, headers=headers)

    async def _names(self, path: str) -> list[str]:
        said = await self._json(path)
        if not isinstance(said, list):
            raise self._odd(path, "no list of names")
        if len(said) > _MOST_NAMES:
            raise self._odd(path, f"over {_MOST_NAMES:,} names")
        return [name for name in said if isinstance(name, str)]

    async def _json(self, path: str) -> object:
        return await self._parsed(await self._ask(path, {}), path)

    async def _ask(self, path: str, headers: Mapping[str, str]) -> TextAnswer:
        return await self._client.get_text(
            self._url + path, headers={**headers, **self._headers("GET", path)}
        )

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
        return {"Authorization": sign(self._secret, method=method, target=path, now_s=now_s, body=body)}

    def _odd(self, path: str, what: str) -> SourceRefused:
        return SourceRefused(f"{redacted(self._url)}{path} answers {what}")


def _path(*parts: str) -> str:
    """Each part is encoded, slashes too: no name leads to another path than its own."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
