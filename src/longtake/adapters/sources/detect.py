"""Which kind of source a URL is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.hls_url import HlsUrlSource
from longtake.adapters.sources.interface import Offering, StreamSource
from longtake.adapters.sources.twitch import TwitchAccount, twitch_source
from longtake.adapters.sources.with_streamlink import StreamlinkSource, streamlink_knows
from longtake.adapters.sources.with_ytdlp import YtDlpSource
from longtake.adapters.sources.youtube import MAX_AGE_S as YOUTUBE_MAX_AGE_S
from longtake.adapters.sources.youtube import YouTubeSource
from longtake.core.errors import InvalidInput
from longtake.kit.threads import in_daemon_thread

PREFIXES = ("hls:", "streamlink:", "yt-dlp:")
"""What may stand before an address, to say how the stream is found."""

_TWITCH = ("twitch.tv",)
_YOUTUBE = ("youtube.com", "youtu.be", "youtube-nocookie.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A stream's address. ``prefix`` is one of ``PREFIXES`` or empty."""

    url: str
    prefix: str
    host: str
    path: str

    @property
    def is_hls(self) -> bool:
        """Whether it is a playlist, as it says or as it looks."""
        return self.prefix == "hls:" or (not self.prefix and self.path.casefold().endswith((".m3u8", ".m3u")))

    @property
    def is_twitch(self) -> bool:
        """Whether it is a page of Twitch."""
        return not self.is_hls and _is_at(self.host, _TWITCH)

    @property
    def is_youtube(self) -> bool:
        """Whether it is a page of YouTube."""
        return not self.is_hls and _is_at(self.host, _YOUTUBE)


def read_address(url: str) -> Address:
    """Raises InvalidInput for what is no http(s) URL."""
    prefix = next((prefix for prefix in PREFIXES if url.startswith(f"{prefix}http")), "")
    address = url.removeprefix(prefix)
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError as error:
        raise InvalidInput("the stream's address is no URL") from error
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidInput("a stream's address begins with http:// or https://")
    return Address(url=address, prefix=prefix, host=host.rstrip("."), path=parts.path)


def source_at(
    url: str,
    client: HttpClient,
    *,
    twitch: TwitchAccount | None = None,
    max_age_s: float | None = None,
) -> StreamSource:
    """The source for a URL: a prefix says it, ``….m3u8`` is HLS, Twitch and YouTube are known, others are looked at.

    ``max_age_s``: how long after a look-up what it found holds; else what is right for the site. Raises InvalidInput for
    what is no http(s) URL.
    """
    address = read_address(url)
    if address.is_hls:
        return HlsUrlSource(address.url, client, max_age_s=max_age_s)
    if address.is_youtube:
        return _youtube(address, client, YOUTUBE_MAX_AGE_S if max_age_s is None else max_age_s)
    if address.prefix == "yt-dlp:":
        return YtDlpSource(address.url, client, max_age_s=max_age_s)
    if address.is_twitch:
        return twitch_source(address.url, twitch or TwitchAccount(), max_age_s=max_age_s)
    if address.prefix == "streamlink:":
        return StreamlinkSource(address.url, max_age_s=max_age_s)
    return DetectedSource(address.url, client, max_age_s=max_age_s)


def _youtube(address: Address, client: HttpClient, max_age_s: float) -> StreamSource:
    by_streamlink = StreamlinkSource(address.url, kind="youtube", max_age_s=max_age_s)
    by_ytdlp = YtDlpSource(address.url, client, kind="youtube", max_age_s=max_age_s)
    if address.prefix == "streamlink:":
        return by_streamlink
    return by_ytdlp if address.prefix == "yt-dlp:" else YouTubeSource(by_streamlink, by_ytdlp)


class DetectedSource:
    """Asks streamlink whether it knows the site; what it does not know is taken for an HLS URL."""

    def __init__(
        self,
        url: str,
        client: HttpClient,
        *,
        max_age_s: float | None = None,
        knows: Callable[[str], bool] = streamlink_knows,
    ) -> None:
        self._url = url
        self._client = client
        self._max_age_s = max_age_s
        self._knows = knows
        self._found: StreamSource | None = None

    @property
    def kind(self) -> str:
        """See ``StreamSource``."""
        return "unknown" if self._found is None else self._found.kind

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        if self._found is None:
            known = await in_daemon_thread(lambda: self._knows(self._url), "streamlink")
            self._found = (
                StreamlinkSource(self._url, max_age_s=self._max_age_s)
                if known
                else HlsUrlSource(self._url, self._client, max_age_s=self._max_age_s)
            )
        return await self._found.look_up()


def _is_at(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
