"""Asks for a stream's media playlist; all that can go wrong becomes a value, for ``core.live`` to decide about.

A source may offer two ways to answer sooner and with less: holding the answer until there is something new (blocking
reload, rfc8216bis 6.2.5.2), and leaving out what is known (delta updates, 6.2.5.1). ``core.live`` says when to use them.

======================================  ==================================================================
an answer to a question of that kind    what is done
======================================  ==================================================================
the playlist, or an update that fits    it is the answer
an update that does not fit, no         the whole is asked for at once, without any of that
playlist, 4xx, 5xx, silence
the same twice in a row                 the like is not asked of this address again
======================================  ==================================================================
"""

from __future__ import annotations

from urllib.parse import urlsplit

from longtake.adapters.http.client import HttpClient, TextAnswer
from longtake.adapters.http.limits import TEXT_LIMITS, Limits, blocking_limits
from longtake.adapters.sources.interface import Located
from longtake.core.errors import InvalidInput, InvalidPlaylist, SourceDown, SourceError, SourceRefused
from longtake.core.hls.delta import merged
from longtake.core.hls.model import MasterPlaylist, MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.live import FailureKind, PollFailure

_TROUBLES_UNTIL_PLAIN = 2
_MOST_AHEAD = 2
"""Whoever asks for a number further ahead than this is refused (rfc8216bis 6.2.5.2), or waits for long."""


class PlaylistSession:
    """One address of a media playlist, as a look-up that was begun at ``asked_s`` (monotonic) told it."""

    def __init__(self, located: Located, client: HttpClient, *, asked_s: float) -> None:
        self.located = located
        self.asked_s = asked_s
        self.text = ""
        """The last answer as it was sent."""
        self._client = client
        self._place = ""
        self._known: MediaPlaylist | None = None
        self._troubles = 0

    async def poll(
        self, *, wait_for: int | None = None, may_skip: bool = False
    ) -> MediaPlaylist | PollFailure:
        """Raises nothing of the source. ``wait_for`` and ``may_skip`` are wishes, see ``Observation``."""
        try:
            query, limits = self._directives(wait_for, may_skip)
            if not query:
                return await self._playlist("", TEXT_LIMITS)
            return await self._by_directives(query, limits)
        except (SourceError, InvalidInput) as error:
            return as_failure(error)

    def _directives(self, wait_for: int | None, may_skip: bool) -> tuple[str, Limits]:
        known = self._known
        if known is None or not known.segments or self._troubles >= _TROUBLES_UNTIL_PLAIN:
            return "", TEXT_LIMITS
        directives, limits = [], TEXT_LIMITS
        if wait_for is not None and 0 < wait_for - known.segments[-1].sequence <= _MOST_AHEAD:
            directives.append(f"_HLS_msn={wait_for}")
            limits = blocking_limits(known.target_duration_s)
        if may_skip:
            directives.append("_HLS_skip=YES")
        return "&".join(directives), limits

    async def _by_directives(self, query: str, limits: Limits) -> MediaPlaylist:
        try:
            playlist = await self._playlist(query, limits)
        except (SourceError, InvalidPlaylist):
            self._troubles += 1
            return await self._playlist("", TEXT_LIMITS)
        self._troubles = 0
        return playlist

    async def _playlist(self, query: str, limits: Limits) -> MediaPlaylist:
        """Most answers are the one before again, which is not taken apart again."""
        located = self.located
        answer = await self._client.get_text(
            _with(located.url, query), headers=located.headers, limits=limits
        )
        place = answer.url.partition("?")[0]  # what stands in a query tells nothing of relative addresses
        if self._known is not None and (answer.text, place) == (self.text, self._place):
            return self._known
        playlist = self._understood(answer)
        self.text, self._place, self._known = answer.text, place, playlist
        return playlist

    def _understood(self, answer: TextAnswer) -> MediaPlaylist:
        playlist = parse_playlist(answer.text, answer.url)
        if isinstance(playlist, MasterPlaylist):
            raise SourceRefused("the source sent a master playlist where a media playlist was expected")
        if not playlist.skipped:
            return playlist
        if self._known is None:
            raise InvalidPlaylist("the source left out what it was not asked to leave out")
        return merged(self._known, playlist)


def is_at_same_place(one: Located, other: Located) -> bool:
    """Whether two look-ups told the same address."""
    return one.url == other.url and one.headers == other.headers


def as_failure(error: SourceError | InvalidInput) -> PollFailure:
    """The same as a value."""
    if isinstance(error, InvalidPlaylist):
        reason = f"the source sent something that is no playlist: {error}"
        return PollFailure(kind=FailureKind.NO_PLAYLIST, reason=reason)
    return PollFailure(kind=_kind(error), reason=str(error))


def _kind(error: SourceError | InvalidInput) -> FailureKind:
    if isinstance(error, SourceDown):
        return FailureKind.GONE
    if isinstance(error, SourceRefused | InvalidInput):
        return FailureKind.REFUSED
    return FailureKind.UNREACHABLE


def _with(url: str, query: str) -> str:
    """The URL with a little more of a query, and what it has left as it is: it may be signed."""
    if not query:
        return url
    address, hash_mark, fragment = url.partition("#")
    joint = "&" if urlsplit(address).query else "?"
    return f"{address.removesuffix('?')}{joint}{query}{hash_mark}{fragment}"
