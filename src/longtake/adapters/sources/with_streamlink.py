"""Streams that streamlink finds on a site. It blocks, so it runs in a thread, and is imported when first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from longtake.adapters.sources.interface import Located, Offering
from longtake.core.errors import InvalidInput, SourceDown, SourceRefused, SourceUnreachable
from longtake.core.qualities import SOURCE
from longtake.core.urls import redacted
from longtake.kit.threads import in_daemon_thread

if TYPE_CHECKING:
    from streamlink.stream import Stream
    from streamlink.stream.hls import HLSStream

_LONGEST_S = 60
# Headers that the HTTP client sets by itself, and right for what it does.
_NOT_OURS = frozenset({"accept-encoding", "connection", "accept", "host", "content-length"})


class StreamlinkSource:
    """``StreamSource`` at any URL that one of streamlink's plugins knows."""

    kind = "streamlink"

    def __init__(self, url: str) -> None:
        self._url = url

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        try:
            async with asyncio.timeout(_LONGEST_S):
                return await in_daemon_thread(self._look_up, "streamlink")
        except TimeoutError as error:
            raise SourceUnreachable(f"streamlink found nothing at {redacted(self._url)} in time") from error

    def _look_up(self) -> Offering:
        from streamlink import NoPluginError, Streamlink

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
        return _StreamlinkOffering(streams, redacted(self._url))


class _StreamlinkOffering:
    """``Offering`` of the streams that streamlink found. ``source`` is the one of that name, else its ``best``."""

    def __init__(self, streams: Mapping[str, Stream], shown: str) -> None:
        self._streams = streams
        self._shown = shown

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        from streamlink.stream.hls import HLSStream

        streams = self._streams
        stream = streams.get(quality) or (streams.get("best") if quality == SOURCE else None)
        if stream is None:
            raise SourceRefused(f"the site offers no quality {quality!r}; it offers {', '.join(streams)}")
        if not isinstance(stream, HLSStream):
            raise SourceRefused(
                f"{self._shown} is sent as {type(stream).__name__}; only plain HLS can be recorded yet"
            )
        return _located(stream)


def _located(stream: HLSStream) -> Located:
    arguments = {key: value for key, value in stream.args.items() if key != "url"}
    request = stream.session.http.prepare_new_request(url=stream.url, **arguments)
    headers = {key: value for key, value in request.headers.items() if key.lower() not in _NOT_OURS}
    return Located(url=stream.url, headers=headers)
