"""The older system's backfiller: a client that fills a folder from one peer, one pass at a time.

Its habits are kept: hour and segment listings are taken for lists whatever their status, any JSON that comes back is one
(a dict is its keys, a text its letters), and the first thing that goes wrong ends the pass. One habit is not: names of
the peer that lead out of the folder are an error here instead of a path.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
from tests.fakes.older_node.names import (
    OlderSegment,
    decode_hash,
    list_extras,
    list_hour,
    parse_hour,
    parse_segment,
)
from yarl import URL

_RECENT = timedelta(seconds=120)
_NEAR = timedelta(milliseconds=1)
_AT_ONCE = 5
_TIMEOUT_S = 5.0


@dataclass(slots=True, kw_only=True)
class Pass:
    """What one pass did; paths are below the folder. ``skipped`` counts by reason; ``error`` ended the pass."""

    fetched: list[str] = field(default_factory=list)
    tombstones: list[str] = field(default_factory=list)
    mismatched: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    error: BaseException | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderPeer:
    """Fills ``folder`` from the node at ``url``.

    Hours that start at or before ``since`` are left alone; ``extras`` are folders that
    are copied file by file after all hours. ``random`` is the order within an hour, and goes on from pass to pass.
    """

    folder: Path
    url: str
    now: datetime
    since: datetime | None = None
    extras: Sequence[str] = ()
    random: Random = field(default_factory=lambda: Random(0))
    timeout_s: float = _TIMEOUT_S

    async def run(self) -> Pass:
        """One pass over everything that the peer lists."""
        done = Pass()
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.timeout_s, sock_read=self.timeout_s)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            running = _Running(peer=self, session=session, done=done)
            try:
                await running.everything()
            except Exception as error:  # noqa: BLE001 - anything ends a pass, and the older system starts over
                done.error = error
        return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    peer: OlderPeer
    session: aiohttp.ClientSession
    done: Pass

    async def everything(self) -> None:
        for channel in await self.listed("files", checked=True):
            for quality in await self.listed("files", channel, checked=True):
                await self.quality(channel, quality)
        for folder in self.peer.extras:
            await self.extra_folder(folder)

    async def quality(self, channel: str, quality: str) -> None:
        """Newest hour first."""
        hours = await self.listed("files", channel, quality)
        for hour in sorted(hours, reverse=True):
            if self.peer.since is not None and parse_hour(hour) <= self.peer.since:
                break
            await self.hour(channel, quality, hour)

    async def hour(self, channel: str, quality: str, hour: str) -> None:
        """What is listed there and not here, in any order. Whatever is wrong with one ends it all."""
        folder = self.local(channel, quality, hour)
        theirs = await self.listed("files", channel, quality, hour, query="?tombstones=true")
        missing = sorted(set(theirs) - set(list_hour(folder, tombstones=True)))
        self.peer.random.shuffle(missing)
        async with _Pool() as pool:
            for name in missing:
                if self.is_wanted(folder, name):
                    await pool.start(self.fetch_named(folder / name))

    def is_wanted(self, folder: Path, name: str) -> bool:
        """Makes a tombstone on the way: in a folder that is there, else it is an error. So is an infinite duration."""
        file = self.local(*folder.relative_to(self.peer.folder).parts, name)
        if name.endswith(".tombstone"):
            file.touch()
            self.done.tombstones.append(self.named(file))
            return False
        if folder.parent.name == "chat":
            return True
        try:
            segment = parse_segment(file)
        except ValueError:
            return self.skip("unparsable")
        if segment.kind == "temp":
            return self.skip("temp")
        if segment.start > self.peer.now - _RECENT:
            return self.skip("recent")
        if any(_nearly_same(segment, other) for other in _segments_in(folder)):
            return self.skip("near duplicate")
        return True

    def skip(self, reason: str) -> bool:
        self.done.skipped[reason] += 1
        return False

    async def fetch_named(self, file: Path) -> None:
        """By a temp, and only if the content is what the name says."""
        is_chat = file.parent.parent.name == "chat"
        if file.exists():
            return
        async with self.asked("segments", *file.relative_to(self.peer.folder).parts) as response:
            if is_chat and response.status == 404:  # merged away since it was listed
                self.done.gone.append(self.named(file))
                return
            response.raise_for_status()
            file.parent.mkdir(parents=True, exist_ok=True)
            temp = _temp_of(file, is_chat=is_chat)
            digest = await _stream_to(temp, response)
        if digest != _digest_in(file.name, is_chat=is_chat):
            temp.unlink()
            self.done.mismatched.append(self.named(file))
            return
        temp.rename(file)
        self.done.fetched.append(self.named(file))

    async def extra_folder(self, name: str) -> None:
        theirs = await self.listed("extras", name, checked=True)
        missing = sorted(set(theirs) - set(list_extras(self.peer.folder / name)))
        self.peer.random.shuffle(missing)
        async with _Pool() as pool:
            for path in missing:
                await pool.start(self.fetch_extra(name, path))

    async def fetch_extra(self, name: str, path: str) -> None:
        file = self.local(name, *path.split("/"))
        async with self.asked("segments", name, *path.split("/")) as response:
            response.raise_for_status()
            content = await response.read()
        file.parent.mkdir(parents=True, exist_ok=True)
        temp = file.with_name(f"{file.name}.{uuid.uuid4()}.temp")
        temp.write_bytes(content)
        temp.rename(file)
        self.done.fetched.append(self.named(file))

    async def listed(self, *parts: str, query: str = "", checked: bool = False) -> Any:
        """Whatever JSON comes back. Raises ValueError if none does."""
        async with self.asked(*parts, query=query) as response:
            if checked:
                response.raise_for_status()
            return json.loads(await response.read())

    @asynccontextmanager
    async def asked(self, *parts: str, query: str = "") -> AsyncIterator[aiohttp.ClientResponse]:
        path = "/".join(quote(part, safe="") for part in parts)
        async with self.session.get(URL(f"{self.peer.url}/{path}{query}", encoded=True)) as response:
            yield response

    def local(self, *parts: str) -> Path:
        """The path of names that a peer gave. Raises ValueError if it would lie elsewhere."""
        if any(not part or part in (".", "..") or "/" in part or "\0" in part for part in parts):
            raise ValueError(f"{parts} leads out of the folder")
        return self.peer.folder.joinpath(*parts)

    def named(self, file: Path) -> str:
        return str(file.relative_to(self.peer.folder))


class _Pool:
    """So many fetches at once. At its end all that were begun are waited for; then the first error is raised."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._fetches: list[asyncio.Task[None]] = []

    async def start(self, fetch: Coroutine[Any, Any, None]) -> None:
        """Waits for a place."""
        await self._places.acquire()
        task = asyncio.create_task(fetch, name="older peer: fetch")
        task.add_done_callback(lambda _: self._places.release())
        self._fetches.append(task)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        results = await asyncio.gather(*self._fetches, return_exceptions=True)
        errors = [result for result in results if isinstance(result, BaseException)]
        if errors and error is None:
            raise errors[0]


def _segments_in(folder: Path) -> Iterator[OlderSegment]:
    for name in list_hour(folder, tombstones=False):
        with suppress(ValueError):
            yield parse_segment(folder / name)


def _nearly_same(one: OlderSegment, other: OlderSegment) -> bool:
    return (one.duration, one.kind, one.digest) == (other.duration, other.kind, other.digest) and abs(
        one.start - other.start
    ) <= _NEAR


def _temp_of(file: Path, *, is_chat: bool) -> Path:
    if is_chat:
        return file.with_name(f"{file.name}.{uuid.uuid4()}.temp")
    time, duration, _, _ = file.name.split("-", 3)
    return file.with_name(f"{time}-{duration}-temp-{uuid.uuid4()}.ts")


def _digest_in(name: str, *, is_chat: bool) -> bytes:
    stem = name.rpartition(".")[0]
    return decode_hash(stem.split("-", 1 if is_chat else 3)[-1])


async def _stream_to(temp: Path, response: aiohttp.ClientResponse) -> bytes:
    """The SHA-256 of what came. The temp goes if it did not come whole."""
    digest = hashlib.sha256()
    try:
        with temp.open("wb") as out:
            async for piece in response.content.iter_chunked(65536):
                digest.update(piece)
                out.write(piece)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    return digest.digest()
