"""A stream at a plain HLS URL: a master playlist, or a media playlist right away."""

from __future__ import annotations

from collections.abc import Mapping

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.core.errors import InvalidPlaylist, SourceRefused
from longtake.core.hls.model import MasterPlaylist, Variant
from longtake.core.hls.parse import parse_playlist
from longtake.core.qualities import SOURCE, choose, offers
from longtake.core.urls import redacted


class HlsUrlSource:
    """``StreamSource`` at a URL. ``headers`` go with every request."""

    def __init__(self, url: str, client: HttpClient, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._client = client
        self._headers = dict(headers or {})

    async def locate(self, quality: str) -> Located:
        """See ``StreamSource``. A media playlist has one quality, ``source``."""
        answer = await self._client.get_text(self._url, headers=self._headers)
        try:
            playlist = parse_playlist(answer.text, answer.url)
        except InvalidPlaylist as error:
            raise SourceRefused(f"{redacted(self._url)}: {error}") from error
        if isinstance(playlist, MasterPlaylist):
            return self._located(playlist, choose(offers(playlist), quality))
        if quality != SOURCE:
            raise SourceRefused(
                f"{redacted(self._url)} is a media playlist: its one quality is {SOURCE!r}, not {quality!r}"
            )
        return Located(url=answer.url, headers=self._headers)

    def _located(self, master: MasterPlaylist, variant: Variant) -> Located:
        width, height = variant.resolution or (None, None)
        return Located(
            url=variant.uri,
            headers=self._headers,
            codecs=variant.codecs,
            width=width,
            height=height,
            frame_rate=variant.frame_rate,
            separate_audio=variant.audio is not None
            and any(
                media.type == "AUDIO" and media.group_id == variant.audio and media.uri is not None
                for media in master.renditions
            ),
        )
