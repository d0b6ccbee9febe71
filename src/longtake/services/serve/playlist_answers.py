"""Playlists as answers: with an ETag, compressed for who takes that, and made once for all who ask for the same."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack

from prometheus_client import CollectorRegistry, Gauge
from starlette.requests import Request
from starlette.responses import Response

from longtake.adapters.web.encodings import chosen_form
from longtake.adapters.web.streaming import BodyEnd, StreamedBody, set_length
from longtake.core.hour_entries import HourEntries
from longtake.core.playlist_range import PlaylistRange
from longtake.kit.gzip_pieces import compress_piece, gzip_of
from longtake.kit.weighed import Weighed
from longtake.services.serve.hour_texts import HourTexts
from longtake.services.serve.packed_texts import PackedTexts
from longtake.services.serve.turns import Turns

HLS_TYPE = "application/vnd.apple.mpegurl"
HLS_HEADERS = {"Cache-Control": "no-cache"}
_STALLED_AFTER_S = 60
_PIECE_BYTES = 1 << 19
"""A usual hour in one."""
_FEW_ENTRIES = 6_000
"""What has no more (three hours of 2 s) is made whole before it is sent, and kept for others: live viewers all ask for the same."""
_WAITING = 32
_WAITS_S = 10
_FINGERPRINTS_AT_ONCE = 2
"""More are made in a thread: a week's take a twentieth of a second."""
_COMPRESSED_AT_ONCE = 1 << 16
"""Bytes; more are compressed in a thread."""


class PlaylistAnswers:
    """``memory_bytes`` bounds the text that is kept. ``at_once`` long ones are made and sent at a time."""

    def __init__(self, registry: CollectorRegistry, *, memory_bytes: int, at_once: int) -> None:
        self.turns = Turns("long playlists", at_once=at_once, waiting=_WAITING, patience_s=_WAITS_S)
        self._texts = HourTexts(memory_bytes=memory_bytes // 4)
        self._packed = PackedTexts(self._texts, memory_bytes=memory_bytes // 2)
        self._bodies: Weighed[tuple[str, str], bytes] = Weighed(memory_bytes // 4)
        self._fingerprints: weakref.WeakKeyDictionary[HourEntries, bytes] = weakref.WeakKeyDictionary()
        kept = Gauge("longtake_playlist_text_bytes", "Text of playlists that is kept", registry=registry)
        kept.set_function(lambda: self._texts.weight_bytes + self._packed.weight_bytes + self._bodies.weight)

    async def answer(
        self, request: Request, listed: PlaylistRange, folder: str, held: ExitStack | None = None
    ) -> Response:
        """The playlist, or 304. ``folder``: see ``HourTexts``.

        ``held`` is closed once the body is over; without it a long body waits for its turn. Raises Busy, ClientGone.
        """
        with held or ExitStack() as work:
            form = chosen_form(request, await self.tag(listed))
            headers = {**HLS_HEADERS, **form.headers}
            if form.is_known:
                return Response(status_code=304, headers=headers)
            if request.method == "HEAD":
                return _head_alone(headers)
            if len(listed) <= _FEW_ENTRIES:
                body = await self._whole(listed, folder, form.headers["ETag"], is_gzip=form.is_gzip)
                return Response(body, media_type=HLS_TYPE, headers=headers)
            if held is None:
                work.callback((await self.turns.take(request)).give_back)
            texts = self._packed if form.is_gzip else self._texts
            return _streamed(texts.pieces(listed, folder), headers, work.pop_all())

    async def tag(self, listed: PlaylistRange) -> str:
        """The ETag of its plain text."""
        unknown = {
            stretch.entries for stretch in listed.stretches if stretch.entries not in self._fingerprints
        }
        if len(unknown) > _FINGERPRINTS_AT_ONCE:
            made = await asyncio.to_thread(lambda: [(hour, hour.fingerprint()) for hour in unknown])
            self._fingerprints.update(made)
        else:
            self._fingerprints.update((hour, hour.fingerprint()) for hour in unknown)
        return f'"{listed.etag(self._fingerprints.__getitem__)}"'

    async def _whole(self, listed: PlaylistRange, folder: str, tag: str, *, is_gzip: bool) -> bytes:
        """The tag says which form it is, too."""
        body = self._bodies.get((folder, tag))
        if body is None:
            body = b"".join([piece async for piece in self._texts.pieces(listed, folder)])
            if is_gzip:
                body = await _compressed(body)
            self._bodies.put((folder, tag), body, len(body))
        return body


def unchanged(request: Request, tag: str) -> Response | None:
    """304, if the client has what bears the tag in either form."""
    form = chosen_form(request, tag)
    return Response(status_code=304, headers={**HLS_HEADERS, **form.headers}) if form.is_known else None


async def _compressed(body: bytes) -> bytes:
    if len(body) > _COMPRESSED_AT_ONCE:
        return await asyncio.to_thread(lambda: gzip_of([compress_piece(body)]))
    return gzip_of([compress_piece(body)])


def _head_alone(headers: Mapping[str, str]) -> Response:
    """Its length is not known, and not none."""
    answer = Response(media_type=HLS_TYPE, headers=dict(headers))
    set_length(answer, None)
    return answer


def _streamed(
    pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str], held: ExitStack
) -> StreamedBody:
    """Lets go of what is held once it is over, however it ends."""

    def over(end: BodyEnd, sent_bytes: int) -> None:
        held.close()

    return StreamedBody(
        pieces,
        first=b"",
        length_bytes=None,
        media_type=HLS_TYPE,
        headers=headers,
        when_over=over,
        patience_s=_STALLED_AFTER_S,
        piece_bytes=_PIECE_BYTES,
    )
