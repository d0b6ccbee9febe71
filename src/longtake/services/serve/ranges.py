"""Playlists of ranges that are over: any length, sent hour by hour as they are made, from hours that are kept as text."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from urllib.parse import quote

from prometheus_client import CollectorRegistry, Gauge
from starlette.requests import Request
from starlette.responses import Response

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST, ClientGone, unless_gone
from longtake.adapters.web.streaming import BodyEnd, StreamedBody
from longtake.core.hls.render import ENDLIST, render_header_lines
from longtake.core.playlists import range_head
from longtake.core.timeline import JoinedHours
from longtake.services.serve.hour_texts import HourTexts
from longtake.services.serve.turns import Turns

HLS_TYPE = "application/vnd.apple.mpegurl"
HLS_HEADERS = {"Cache-Control": "no-cache"}
_WAITING = 32
_WAITS_S = 10
_STALLED_AFTER_S = 30


class RangePlaylists:
    """``at_once`` of them are made at a time; ``memory_bytes`` bounds the text that is kept."""

    def __init__(
        self, store: SegmentStore, registry: CollectorRegistry, *, at_once: int, memory_bytes: int
    ) -> None:
        self._store = store
        self._texts = HourTexts(memory_bytes=memory_bytes)
        self._turns = Turns(
            "playlists of long ranges", at_once=at_once, waiting=_WAITING, patience_s=_WAITS_S
        )
        kept = Gauge("longtake_playlist_text_bytes", "Text of playlists that is kept", registry=registry)
        kept.set_function(lambda: self._texts.weight_bytes)

    async def answer(
        self, request: Request, channel: str, quality: str, *, start_us: int, end_us: int
    ) -> Response:
        """The playlist of [start_us, end_us), which ended. HEAD starts no work. Raises Busy."""
        if request.method == "HEAD":
            return Response(media_type=HLS_TYPE, headers=HLS_HEADERS)
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._turns.turn(request))
                joined = await unless_gone(
                    request.receive,
                    self._store.joined(channel, quality, start_us=start_us, end_us=end_us),
                )
            except ClientGone:
                return Response(status_code=CLIENT_CLOSED_REQUEST)
            kept = held.pop_all()
        return self._body(
            joined, f"../../segments/{quote(channel, safe='')}/{quote(quality, safe='')}/", kept
        )

    def _body(self, joined: JoinedHours, folder: str, turn: AsyncExitStack) -> StreamedBody:
        lines = render_header_lines(range_head(joined))
        return StreamedBody(
            self._chunks(joined, folder, turn),
            first=("\n".join(lines) + "\n").encode(),
            length_bytes=None,
            media_type=HLS_TYPE,
            headers=HLS_HEADERS,
            when_over=_nothing,
            patience_s=_STALLED_AFTER_S,
        )

    async def _chunks(
        self, joined: JoinedHours, folder: str, turn: AsyncExitStack
    ) -> AsyncGenerator[bytes, None]:
        async with turn:
            async for piece in self._texts.entries(joined, folder):
                yield piece
            yield f"{ENDLIST}\n".encode()


def _nothing(end: BodyEnd, sent_bytes: int) -> None:
    """Nobody needs to know."""
