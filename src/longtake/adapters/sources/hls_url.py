"""A stream at a plain HLS URL: a master playlist, or a media playlist right away."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes, urlsplit

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, Offering
from longtake.adapters.sources.offering import offering_of
from longtake.core.errors import InvalidPlaylist, SourceRefused
from longtake.core.hls.model import MasterPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.qualities import SOURCE
from longtake.core.urls import redacted


class HlsUrlSource:
    """``StreamSource`` at a URL. ``headers`` go with every request; ``max_age_s``: how long what it finds holds."""

    def __init__(
        self,
        url: str,
        client: HttpClient,
        headers: Mapping[str, str] | None = None,
        *,
        max_age_s: float | None = None,
    ) -> None:
        self._url, self._credentials = _without_user(url)
        self._client = client
        self._headers = dict(headers or {})
        self._max_age_s = max_age_s

    @property
    def kind(self) -> str:
        """See ``StreamSource``."""
        return "hls"

    async def look_up(self) -> Offering:
        """See ``StreamSource``. A media playlist has one quality, ``source``."""
        answer = await self._client.get_text(self._url, headers=self._headers_for(self._url))
        try:
            playlist = parse_playlist(answer.text, answer.url)
        except InvalidPlaylist as error:
            raise SourceRefused(f"{redacted(self._url)}: {error}") from error
        if isinstance(playlist, MasterPlaylist):
            return offering_of(playlist, self._headers_for, max_age_s=self._max_age_s)
        # Where redirects led: who is asked there again goes on with the session that was begun for us.
        located = Located(url=answer.url, headers=self._headers_for(answer.url), max_age_s=self._max_age_s)
        return _MediaOffering(located, redacted(self._url))

    def _headers_for(self, url: str) -> Mapping[str, str]:
        """The user that the address names goes to nobody but its own host, and to that also for what it refers to."""
        return self._headers | (self._credentials if _origin(url) == _origin(self._url) else {})


def _without_user(url: str) -> tuple[str, dict[str, str]]:
    """A URL without the user in it, and a header that says the same (RFC 7617): redirects and references lose the former."""
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    secret = base64.b64encode(unquote_to_bytes(userinfo)).decode()
    return parts._replace(netloc=host).geturl(), {"Authorization": f"Basic {secret}"}


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


class _MediaOffering:
    """``Offering`` of a media playlist. ``shown`` is its address in messages."""

    def __init__(self, located: Located, shown: str) -> None:
        self._located = located
        self._shown = shown

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        if quality != SOURCE:
            raise SourceRefused(
                f"{self._shown} is a media playlist: its one quality is {SOURCE!r}, not {quality!r}"
            )
        return self._located
