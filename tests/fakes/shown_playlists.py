"""A node's playlists by a clock that the test sets: the whole web application on a real store, without a socket.

Files come as a recorder or a peer leaves them: into the folder of their hour, with a line of facts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message
from tests.fakes.answer import Answer

from longtake.adapters.store.disk import DiskStore
from longtake.app.config import load_settings
from longtake.app.wiring.media import opened_media
from longtake.app.wiring.serve import web_app
from longtake.core.facts import SegmentFacts, encode_facts
from longtake.core.segments import Segment

CHANNEL = "demo"


class SetClock:
    """Says what it was set to."""

    def __init__(self, now_us: int) -> None:
        self.now = now_us

    def now_us(self) -> int:
        """See ``Clock``."""
        return self.now

    def monotonic_s(self) -> float:
        """See ``Clock``."""
        return self.now / 1e6

    async def sleep(self, delay_s: float) -> None:
        """See ``Clock``."""
        raise AssertionError("a request does not wait")


class Shelves:
    """The folders of one channel, as others than the web process write them."""

    def __init__(self, root: Path, channel: str = CHANNEL) -> None:
        self.root = root
        self.channel = channel

    def put(
        self,
        segment: Segment,
        *,
        quality: str = "source",
        content: bytes = b"media",
        facts: SegmentFacts | None = None,
    ) -> None:
        """A file, and what is known of it; without facts it is an older node's."""
        home = self.root / self.channel / quality
        path = home / segment.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if facts is not None:
            self.note(facts, segment, quality=quality)
        path.write_bytes(content)

    def note(self, facts: SegmentFacts, segment: Segment, *, quality: str = "source") -> None:
        """A line of facts."""
        log = self.root / self.channel / quality / ".longtake" / "facts" / f"{segment.hour}.jsonl"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as lines:
            lines.write(f"{encode_facts(facts)}\n")

    def hours(self, quality: str = "source") -> list[str]:
        """That are there, oldest first."""
        home = self.root / self.channel / quality
        return sorted(path.name for path in home.glob("[0-9]*T*")) if home.is_dir() else []

    def content(self, path: str) -> bytes | None:
        """What ``/segments`` would serve of a path on the server (``tests.services.serve.playlist_rules``: a Resource)."""
        file = self.root / path.removeprefix("/segments/")
        return file.read_bytes() if path.startswith("/segments/") and file.is_file() else None


class Node:
    """One life of the web process."""

    def __init__(self, app: ASGIApp, store: DiskStore) -> None:
        self._app = app
        self.store = store

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """What the application answers. Header names come back in lower case."""
        asked = {"host": "node", **(headers or {})}
        where, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": where,
            "raw_path": quote(where).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in asked.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        sent: list[Message] = []

        async def receive() -> Message:
            if not sent:
                await asyncio.sleep(0)
            await asyncio.Event().wait()  # the client stays
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        begin = next(message for message in sent if message["type"] == "http.response.start")
        return Answer(
            status=begin["status"],
            headers={name.decode().lower(): value.decode() for name, value in begin["headers"]},
            body=b"".join(bytes(message.get("body", b"")) for message in sent),
        )


@asynccontextmanager
async def shown_node(folder: Path, clock: SetClock) -> AsyncIterator[Node]:
    """Until the block ends. Its store is ``folder``/store."""
    settings = load_settings(None, {}, base=folder)
    settings.store.dir.mkdir(parents=True, exist_ok=True)
    store = DiskStore(settings.store.dir, not_channels=settings.store.extra_folders)
    try:
        async with opened_media(settings, store, warm=0) as media:
            yield Node(web_app(settings, store, media, CollectorRegistry(), clock), store)
    finally:
        store.close()
