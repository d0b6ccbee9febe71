"""Asks for a stream's media playlist; all that can go wrong becomes a value, for ``core.live`` to decide about."""

from __future__ import annotations

import structlog

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located
from longtake.core.errors import InvalidInput, InvalidPlaylist, SourceDown, SourceError, SourceRefused
from longtake.core.hls.model import MasterPlaylist, MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.live import FailureKind, PollFailure
from longtake.services.capture.lookup import ChannelLookup


class PlaylistPoll:
    """Asks the source where the playlist is, when told to, and then for the playlist."""

    def __init__(
        self,
        lookup: ChannelLookup,
        quality: str,
        client: HttpClient,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self._lookup = lookup
        self._unusable_s = float("-inf")
        self._quality = quality
        self._client = client
        self._log = log
        self._last: tuple[str, str, MediaPlaylist] | None = None
        self.located: Located | None = None
        """Where it is, as far as known."""

    def ask_anew(self) -> None:
        """The next poll asks the source first."""
        self.located = None

    async def poll(self) -> MediaPlaylist | PollFailure:
        """Raises nothing of the source."""
        try:
            if self.located is None:
                self.located, asked_s = await self._lookup.locate(self._quality, since_s=self._unusable_s)
                self._unusable_s = asked_s
                self._warn_of_separate_audio(self.located)
            return await self._playlist(self.located)
        except InvalidPlaylist as error:
            reason = f"the source sent something that is no playlist: {error}"
            return PollFailure(kind=FailureKind.NO_PLAYLIST, reason=reason)
        except (SourceError, InvalidInput) as error:
            return PollFailure(kind=_kind(error), reason=str(error))

    async def _playlist(self, located: Located) -> MediaPlaylist:
        """Most answers are the one before again, which is not taken apart again."""
        answer = await self._client.get_text(located.url, headers=located.headers)
        if self._last is not None and self._last[:2] == (answer.text, answer.url):
            return self._last[2]
        playlist = parse_playlist(answer.text, answer.url)
        if isinstance(playlist, MasterPlaylist):
            raise SourceRefused("the source sent a master playlist where a media playlist was expected")
        self._last = (answer.text, answer.url, playlist)
        return playlist

    def _warn_of_separate_audio(self, located: Located) -> None:
        if located.audio:
            self._log.warning("the stream's sound is a separate rendition, which is not recorded yet")


def _kind(error: SourceError | InvalidInput) -> FailureKind:
    if isinstance(error, SourceDown):
        return FailureKind.GONE
    if isinstance(error, SourceRefused | InvalidInput):
        return FailureKind.REFUSED
    return FailureKind.UNREACHABLE
