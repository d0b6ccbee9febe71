"""A stream at a plain HLS URL: a master playlist, or a media playlist right away."""

from __future__ import annotations

from collections.abc import Mapping

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, LocatedAudio, Offering
from longtake.core.errors import InvalidPlaylist, SourceRefused
from longtake.core.hls.model import MasterPlaylist, Variant
from longtake.core.hls.parse import parse_playlist
from longtake.core.qualities import SOURCE, choose, offers
from longtake.core.urls import redacted


class HlsUrlSource:
    """``StreamSource`` at a URL. ``headers`` go with every request."""

    kind = "hls"

    def __init__(self, url: str, client: HttpClient, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._client = client
        self._headers = dict(headers or {})

    async def look_up(self) -> Offering:
        """See ``StreamSource``. A media playlist has one quality, ``source``."""
        answer = await self._client.get_text(self._url, headers=self._headers)
        try:
            playlist = parse_playlist(answer.text, answer.url)
        except InvalidPlaylist as error:
            raise SourceRefused(f"{redacted(self._url)}: {error}") from error
        if isinstance(playlist, MasterPlaylist):
            return MasterOffering(playlist, self._headers)
        return _MediaOffering(answer.url, self._headers, redacted(self._url))


class MasterOffering:
    """``Offering`` of a master playlist."""

    def __init__(
        self, master: MasterPlaylist, headers: Mapping[str, str], *, max_age_s: float | None = None
    ) -> None:
        self._master = master
        self._headers = headers
        self._max_age_s = max_age_s

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        variant = choose(offers(self._master), quality)
        width, height = variant.resolution or (None, None)
        return Located(
            url=variant.uri,
            headers=self._headers,
            codecs=variant.codecs,
            width=width,
            height=height,
            frame_rate=variant.frame_rate,
            audio=_separate_audio(self._master, variant),
            max_age_s=self._max_age_s,
        )


class _MediaOffering:
    """``Offering`` of a media playlist. ``shown`` is its address in messages."""

    def __init__(self, url: str, headers: Mapping[str, str], shown: str) -> None:
        self._url = url
        self._headers = headers
        self._shown = shown

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        if quality != SOURCE:
            raise SourceRefused(
                f"{self._shown} is a media playlist: its one quality is {SOURCE!r}, not {quality!r}"
            )
        return Located(url=self._url, headers=self._headers)


def _separate_audio(master: MasterPlaylist, variant: Variant) -> tuple[LocatedAudio, ...]:
    """The renditions of the variant's group that have playlists of their own, the default first.

    One without a URI is what the variant itself has (RFC 8216 4.3.4.2.1): then the sound is not separate.
    """
    group = [
        media
        for media in master.renditions
        if media.type == "AUDIO" and variant.audio is not None and media.group_id == variant.audio
    ]
    if any(media.uri is None and media.default for media in group):
        return ()
    separate = [
        LocatedAudio(url=media.uri, name=media.name, language=media.language, default=media.default)
        for media in group
        if media.uri is not None and media.uri != variant.uri
    ]
    return tuple(sorted(separate, key=lambda audio: not audio.default))
