"""Playlists of ranges of any length, sent hour by hour as they are made, from hours that are kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from urllib.parse import quote

from prometheus_client import CollectorRegistry, Gauge
from starlette.requests import Request
from starlette.responses import Response

from longtake.adapters.store.interface import SegmentStore
from longtake.adapters.web.leaving import CLIENT_CLOSED_REQUEST, ClientGone, unless_gone
from longtake.adapters.web.streaming import BodyEnd, StreamedBody, set_length
from longtake.core.hls.model import MediaPlaylist
from longtake.core.hls.render import ENDLIST, render_header_lines
from longtake.core.playlists import range_head
from longtake.core.timeline import JoinedHours
from longtake.services.serve.hour_texts import HourTexts
from longtake.services.serve.targets import Targets
from longtake.services.serve.turns import Turns

HLS_TYPE = "application/vnd.apple.mpegurl"
HLS_HEADERS = {"Cache-Control": "no-cache"}
_WAITING = 32
_WAITS_S = 10
_STALLED_AFTER_S = 60
_PIECE_BYTES = 1 << 19
"""A usual hour in one."""


class RangePlaylists:
    """``at_once`` of them are made at a time; ``memory_bytes`` bounds the text that is kept."""

    def __init__(
        self,
        store: SegmentStore,
        targets: Targets,
        registry: CollectorRegistry,
        *,
        at_once: int,
        memory_bytes: int,
    ) -> None:
        self._store = store
        self._targets = targets
        self._texts = HourTexts(memory_bytes=memory_bytes)
        self._turns = Turns(
            "playlists of long ranges", at_once=at_once, waiting=_WAITING, patience_s=_WAITS_S
        )
        kept = Gauge("longtake_playlist_text_bytes", "Text of playlists that is kept", registry=registry)
        kept.set_function(lambda: self._texts.weight_bytes)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return self._turns.waiting

    async def answer(
        self, request: Request, channel: str, quality: str, *, start_us: int, end_us: int, ended: bool
    ) -> Response:
        """The playlist of [start_us, end_us), which ``ended``, or may grow. HEAD starts no work. Raises Busy."""
        if request.method == "HEAD":
            return _head_alone()
        try:
            place = await self._turns.take(request)
        except ClientGone:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        with ExitStack() as held:
            held.callback(place.give_back)
            try:
                joined = await unless_gone(
                    request.receive,
                    self._store.joined(channel, quality, start_us=start_us, end_us=end_us),
                )
            except ClientGone:
                return Response(status_code=CLIENT_CLOSED_REQUEST)
            least_s = 0 if ended else self._targets.least_s(channel, quality)
            head = range_head(joined, ended=ended, least_target_s=least_s)
            if not ended:
                self._targets.raise_to(head.target_duration_s, channel, quality)
            folder = f"../../segments/{quote(channel, safe='')}/{quote(quality, safe='')}/"
            return _body(head, self._chunks(joined, folder, ended=ended), held.pop_all())

    async def _chunks(self, joined: JoinedHours, folder: str, *, ended: bool) -> AsyncGenerator[bytes, None]:
        async for piece in self._texts.entries(joined, folder):
            yield piece
        if ended:
            yield f"{ENDLIST}\n".encode()


def _head_alone() -> Response:
    """Its length is not known, and not none."""
    answer = Response(media_type=HLS_TYPE, headers=HLS_HEADERS)
    set_length(answer, None)
    return answer


def _body(head: MediaPlaylist, chunks: AsyncGenerator[bytes, None], held: ExitStack) -> StreamedBody:
    """Lets go of what is held once it is over, however it ends."""

    def over(end: BodyEnd, sent_bytes: int) -> None:
        held.close()

    return StreamedBody(
        chunks,
        first=("\n".join(render_header_lines(head)) + "\n").encode(),
        length_bytes=None,
        media_type=HLS_TYPE,
        headers=HLS_HEADERS,
        when_over=over,
        patience_s=_STALLED_AFTER_S,
        piece_bytes=_PIECE_BYTES,
    )
