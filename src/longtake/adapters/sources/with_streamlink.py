"""Streams that streamlink finds on a site. It blocks, so it runs in a thread, and is imported when first needed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from longtake.adapters.sources.interface import Located
from longtake.core.errors import InvalidInput, SourceDown, SourceRefused, SourceUnreachable
from longtake.core.qualities import SOURCE
from longtake.core.urls import redacted
from longtake.kit.threads import in_daemon_thread

if TYPE_CHECKING:
    from streamlink.stream.hls import HLSStream

_LONGEST_S = 60
# Headers that the HTTP client sets by itself, and right for what it does.
_NOT_OURS = frozenset({"accept-encoding", "connection", "accept", "host", "content-length"})


class StreamlinkSource:
    """``StreamSource`` at any URL that one of streamlink's plugins knows."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def locate(self, quality: str) -> Located:
        """See ``StreamSource``. ``source`` is the stream of that name, else streamlink's ``best``."""
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await in_daemon_thread(lambda: self._locate(quality), "streamlink")
        except TimeoutError as error:
            raise SourceUnreachable(f"streamlink found nothing at {redacted(self._url)} in time") from error

    def _locate(self, quality: str) -> Located:
        from streamlink import NoPluginError, Streamlink
        from streamlink.stream.hls import HLSStream

        try:
            streams = Streamlink().streams(self._url)
        except NoPluginError as error:
            raise InvalidInput(
                f"neither HLS nor a site that streamlink knows: {redacted(self._url)}"
            ) from error
        except Exception as error:
            raise SourceRefused(
                f"streamlink cannot use {redacted(self._url)} ({type(error).__name__})"
            ) from error
        if not streams:
            raise SourceDown(f"{redacted(self._url)} is not live now")
        stream = streams.get(quality) or (streams.get("best") if quality == SOURCE else None)
        if stream is None:
            raise SourceRefused(f"the site offers no quality {quality!r}; it offers {', '.join(streams)}")
        if not isinstance(stream, HLSStream):
            raise SourceRefused(
                f"{redacted(self._url)} is sent as {type(stream).__name__}; only plain HLS can be recorded yet"
            )
        return _located(stream)


def _located(stream: HLSStream) -> Located:
    arguments = {key: value for key, value in stream.args.items() if key != "url"}
    request = stream.session.http.prepare_new_request(url=stream.url, **arguments)
    headers = {key: value for key, value in request.headers.items() if key.lower() not in _NOT_OURS}
    return Located(url=stream.url, headers=headers)
