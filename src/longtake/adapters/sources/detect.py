"""Which kind of source a URL is."""

from __future__ import annotations

from urllib.parse import urlsplit

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.hls_url import HlsUrlSource
from longtake.adapters.sources.interface import Offering, StreamSource
from longtake.adapters.sources.with_streamlink import StreamlinkSource
from longtake.core.errors import InvalidInput
from longtake.kit.threads import in_daemon_thread

_PREFIXES = ("hls:", "streamlink:")


def source_at(url: str, client: HttpClient) -> StreamSource:
    """The source for a URL: ``hls:URL`` and ``streamlink:URL`` say it, ``….m3u8`` is HLS, others are looked at.

    Raises InvalidInput for what is no http(s) URL.
    """
    prefix = next((prefix for prefix in _PREFIXES if url.startswith(prefix + "http")), None)
    address = url.removeprefix(prefix or "")
    try:
        parts = urlsplit(address)
        host, path = parts.hostname, parts.path.lower()
    except ValueError as error:
        raise InvalidInput("the stream's address is no URL") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput("a stream's address begins with http:// or https://")
    if prefix == "streamlink:":
        return StreamlinkSource(address)
    if prefix == "hls:" or path.endswith((".m3u8", ".m3u")):
        return HlsUrlSource(address, client)
    return DetectedSource(address, client)


class DetectedSource:
    """Asks streamlink whether it knows the site; what it does not know is taken for an HLS URL."""

    def __init__(self, url: str, client: HttpClient) -> None:
        self._url = url
        self._client = client
        self._found: StreamSource | None = None

    @property
    def kind(self) -> str:
        """See ``StreamSource``."""
        return "unknown" if self._found is None else self._found.kind

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        if self._found is None:
            known = await in_daemon_thread(lambda: _streamlink_knows(self._url), "streamlink")
            self._found = StreamlinkSource(self._url) if known else HlsUrlSource(self._url, self._client)
        return await self._found.look_up()


def _streamlink_knows(url: str) -> bool:
    from streamlink import NoPluginError, Streamlink

    try:
        Streamlink().resolve_url_no_redirect(url)
    except NoPluginError:
        return False
    return True
