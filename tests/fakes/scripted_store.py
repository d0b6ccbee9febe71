"""A recorder that follows a script: real segments with real facts come into a real store, at once or as their time comes.

What players are shown of it is the web process's business; here are only the files. Whole days are made of links to one
file, since nobody reads what is in them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.fakes.recorded_forms import Forms, recorded_forms
from tests.fakes.tone_stream import ToneStream, made

from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.interface import SegmentWriter
from longtake.core.facts import Dating, SegmentFacts, encode_facts
from longtake.core.inspection import facts_of, inspect
from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US
from longtake.kit.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A segment to come. ``start_us`` is since 1970."""

    start_us: int
    duration_s: float
    content: bytes
    quality: str = "source"

    @property
    def end_us(self) -> int:
        """When a recorder may have it."""
        return self.start_us + round(self.duration_s * SECOND_US)


def pieces_of(stream: ToneStream, start_us: int, *, quality: str = "source") -> list[Piece]:
    """All of a stream; its frame 0 shows at ``start_us``."""
    return [
        Piece(
            start_us=stream.time_us(at * stream.segment_frames, start_us),
            duration_s=round(float(stream.segment_frames / stream.rate), 6),
            content=content,
            quality=quality,
        )
        for at, content in enumerate(made(stream))
    ]


def pieces_in_form(stream: ToneStream, forms: Forms, start_us: int) -> list[Piece]:
    """The same packed in another way: fragmented MP4, or the sound as a quality of its own (``source.audio``)."""
    return [
        Piece(
            start_us=one.segment.start_us,
            duration_s=one.segment.duration_us / SECOND_US,
            content=one.content,
            quality=quality,
        )
        for quality, segments in recorded_forms(stream, forms, start_us).items()
        for one in segments
    ]


class ScriptedStore:
    """What is recorded of one channel, by a clock. ``target_s`` is what the source says of its segments' length."""

    def __init__(
        self, folder: Path, channel: str = "demo", *, clock: Clock | None = None, target_s: int = 1
    ) -> None:
        self.folder = folder
        self.channel = channel
        self._clock = clock or SystemClock()
        self._target_s = target_s

    async def put(self, pieces: Iterable[Piece]) -> list[Segment]:
        """All of them now, as if each had been recorded as its time came."""
        return await self._keep(pieces, "capture", self._in_time)

    async def fill(self, pieces: Iterable[Piece]) -> list[Segment]:
        """Late ones, which another writer than the recorder brings now."""
        return await self._keep(pieces, "replicate", self._late)

    async def follow(self, pieces: Iterable[Piece]) -> list[Segment]:
        """Each as soon as it has ended by the clock; returns after the last."""
        return await self._keep(sorted(pieces, key=lambda piece: piece.end_us), "capture", self._waited_for)

    def put_now(self, pieces: Iterable[Piece]) -> list[Segment]:
        """``put``, for who has no event loop of his own: where a browser is driven, playwright's runs in the thread."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(self.put(pieces))).result()

    def fill_now(self, pieces: Iterable[Piece]) -> list[Segment]:
        """``fill`` in the same way."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(self.fill(pieces))).result()

    @contextmanager
    def following(self, pieces: Iterable[Piece]) -> Iterator[None]:
        """``follow`` in a thread, for as long as the block lasts; what went wrong there is raised at its end."""
        loop = asyncio.new_event_loop()
        task = loop.create_task(self.follow(pieces))
        thread = threading.Thread(target=_run, args=(loop, task), name="scripted recorder")
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(task.cancel)
            thread.join()
            loop.close()
        if not task.cancelled():
            task.result()

    def link_now(self, first: Piece, count: int) -> list[Segment]:
        """``count`` segments from ``first`` on whose files are one; facts say that timestamps go on, as if they were many."""
        segment, facts = self._told(first, recorded_us=first.end_us)
        home = self.folder / self.channel / first.quality
        one = home / ".longtake" / "one.media"
        one.parent.mkdir(parents=True, exist_ok=True)
        one.write_bytes(first.content)
        digest = segment.digest
        linked, lines = [], dict[str, list[str]]()
        for at in range(count):
            segment = named_segment(
                start_us=first.start_us + round(at * first.duration_s * SECOND_US),
                duration_s=first.duration_s,
                type=SegmentType.FULL,
                digest=digest,
            )
            (home / segment.hour).mkdir(exist_ok=True)
            os.link(one, home / segment.path)
            linked.append(segment)
            lines.setdefault(segment.hour, []).append(encode_facts(_moved_on(facts, segment, at)))
        for hour, told in lines.items():
            path = home / ".longtake" / "facts" / f"{hour}.jsonl"
            path.parent.mkdir(exist_ok=True)
            path.write_text("".join(f"{line}\n" for line in told))
        return linked

    async def _in_time(self, piece: Piece) -> int:
        return min(self._clock.now_us(), piece.end_us)

    async def _late(self, piece: Piece) -> int:
        return self._clock.now_us()

    async def _waited_for(self, piece: Piece) -> int:
        await self._clock.sleep(max(0, piece.end_us - self._clock.now_us()) / SECOND_US)
        return self._clock.now_us()

    async def _keep(
        self, pieces: Iterable[Piece], purpose: str, recorded: Callable[[Piece], Awaitable[int]]
    ) -> list[Segment]:
        """``recorded`` says when a piece was recorded, and takes its time."""
        store = DiskStore(self.folder)
        try:
            async with AsyncExitStack() as held:
                writers: dict[str, SegmentWriter] = {}
                kept = []
                for piece in pieces:
                    recorded_us = await recorded(piece)
                    if piece.quality not in writers:
                        opened = store.open_writer(self.channel, piece.quality, purpose)
                        writers[piece.quality] = await held.enter_async_context(opened)
                    incoming = writers[piece.quality].begin()
                    await incoming.add(piece.content)
                    kept.append(await incoming.keep(partial(self._settle, piece, recorded_us)))
                return kept
        finally:
            store.close()

    def _settle(
        self, piece: Piece, recorded_us: int, content: memoryview, digest: bytes
    ) -> tuple[Segment, SegmentFacts]:
        return self._told(piece, recorded_us=recorded_us)

    def _told(self, piece: Piece, *, recorded_us: int) -> tuple[Segment, SegmentFacts]:
        segment = named_segment(
            start_us=piece.start_us,
            duration_s=piece.duration_s,
            type=SegmentType.FULL,
            digest=hashlib.sha256(piece.content).digest(),
        )
        seen = inspect(piece.content)
        assert seen.flaw is None, seen
        return segment, replace(
            facts_of(seen, name=segment.name, size_bytes=len(piece.content)),
            target_duration_s=self._target_s,
            dating=Dating.STATED,
            recorded_us=recorded_us,
            verified_us=recorded_us,
        )


def _moved_on(facts: SegmentFacts, segment: Segment, places: int) -> SegmentFacts:
    """Those of a segment that comes so many places later."""
    assert facts.first_pts is not None
    ticks = round(places * segment.duration_us * CLOCK_HZ / SECOND_US)
    return replace(
        facts,
        name=segment.name,
        first_pts=(facts.first_pts + ticks) % WRAP,
        recorded_us=segment.end_us,
        verified_us=segment.end_us,
    )


def _run(loop: asyncio.AbstractEventLoop, task: asyncio.Task[list[Segment]]) -> None:
    loop.run_until_complete(asyncio.wait({task}))
