"""Streams that streamlink finds on a site. It blocks, so it runs in a thread, and is imported when first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from longtake.adapters.sources.interface import Offering
from longtake.core.errors import InvalidInput, SourceError, SourceRefused, SourceUnreachable
from longtake.core.urls import redacted
from longtake.kit.threads import in_daemon_thread

if TYPE_CHECKING:
    from streamlink import Streamlink

    from longtake.adapters.sources.watched_session import Watch

_LONGEST_S = 60.0

SessionOpener = Callable[["Watch"], "Streamlink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAccount:
    """What to tell a plugin so that it asks as somebody. ``hint``: what may help if the site refuses, for people."""

    options: dict[str, object]
    secrets: tuple[str, ...] = ()
    hint: str = ""


def nobody() -> SiteAccount:
    """No account."""
    return SiteAccount(options={})


class StreamlinkSource:
    """``StreamSource`` at any URL that one of streamlink's plugins knows.

    ``account`` is asked before each look-up, in its thread, and may raise SourceRefused. ``open_session``: streamlink's
    session, if it is not to be the usual one.
    """

    def __init__(
        self,
        url: str,
        *,
        kind: str = "streamlink",
        max_age_s: float | None = None,
        account: Callable[[], SiteAccount] = nobody,
        open_session: SessionOpener | None = None,
        longest_s: float = _LONGEST_S,
    ) -> None:
        self._url = url
        self._kind = kind
        self._max_age_s = max_age_s
        self._account = account
        self._open_session = open_session
        self._longest_s = longest_s
        self._last: Watch | None = None

    @property
    def kind(self) -> str:
        """See ``StreamSource``."""
        return self._kind

    async def look_up(self) -> Offering:
        """See ``StreamSource``. One thread at a time, also where one was left behind because it hangs."""
        if self._last is not None and self._last.hangs:
            raise SourceUnreachable(f"the site of {redacted(self._url)} still holds up the look-up before")
        watch = self._last = await in_daemon_thread(_new_watch, "streamlink")
        try:
            async with asyncio.timeout(self._longest_s):
                return await in_daemon_thread(partial(self._in_thread, watch), "streamlink")
        except TimeoutError as error:
            raise SourceUnreachable(
                f"the site of {redacted(self._url)} did not tell in time where the stream is"
            ) from error
        finally:
            watch.give_up()

    def _in_thread(self, watch: Watch) -> Offering:
        from longtake.adapters.sources.watched_session import listening

        watch.hangs = True
        try:
            with listening(watch):
                return self._look_up(watch, self._account())
        finally:
            watch.answers.clear()
            watch.hangs = False

    def _look_up(self, watch: Watch, account: SiteAccount) -> Offering:
        from streamlink import NoPluginError
        from streamlink.options import Options

        from longtake.adapters.sources.site_errors import Asked, failure, nothing_found
        from longtake.adapters.sources.streamlink_offers import hls_offering
        from longtake.adapters.sources.watched_session import open_session

        shown = redacted(self._url)
        asked = Asked(shown=shown, hint=account.hint, secrets=account.secrets)
        try:
            session = (self._open_session or open_session)(watch)
            with closing(session.http):
                streams = session.streams(self._url, options=Options(account.options))
                if not streams:
                    raise nothing_found(watch, asked)
                offering, other_ways = hls_offering(streams, watch, self._max_age_s)
        except NoPluginError as error:
            raise InvalidInput(f"neither HLS nor a site that streamlink knows: {shown}") from error
        except SourceError:
            raise
        except Exception as error:
            raise failure(error, watch, asked) from error
        if other_ways:
            raise SourceRefused(f"{shown} is sent as {', '.join(other_ways)}; only HLS can be recorded")
        return offering


def _new_watch() -> Watch:
    from longtake.adapters.sources.watched_session import Watch

    return Watch()


def streamlink_knows(url: str) -> bool:
    """Whether one of streamlink's plugins is for this URL. Blocks, but asks nobody."""
    from streamlink import NoPluginError

    from longtake.adapters.sources.watched_session import Watch, listening, open_session

    watch = Watch()
    with listening(watch):
        try:
            open_session(watch).resolve_url_no_redirect(url)
        except NoPluginError:
            return False
        return True
