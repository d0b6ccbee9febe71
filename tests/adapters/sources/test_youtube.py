"""YouTube at its seam: streamlink's own plugin and a site that answers in YouTube's shapes; then yt-dlp, if refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.fakes.web_site import WebSite

from longtake.adapters.sources.interface import Located, Offering
from longtake.adapters.sources.with_streamlink import StreamlinkSource
from longtake.adapters.sources.with_ytdlp import YtDlpMissing
from longtake.adapters.sources.youtube import YouTubeSource
from longtake.core.errors import SourceDown, SourceRefused, SourceUnreachable

PAGE = "https://www.youtube.com/watch?v=abcdefghijk"
WATCH = "www.youtube.com/watch"
PLAYER = "www.youtube.com/youtubei/v1/player"
MANIFEST = "manifest.example/api/manifest/hls_variant/SECRET/index.m3u8"
MASTER = """#EXTM3U
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=1282872,CODECS="avc1.4D401F,mp4a.40.2",RESOLUTION=854x480,FRAME-RATE=30,CLOSED-CAPTIONS=NONE
https://manifest.example/api/manifest/hls_playlist/SECRET/itag/94/playlist/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=7000000,CODECS="avc1.64002A,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=60,CLOSED-CAPTIONS=NONE
https://manifest.example/api/manifest/hls_playlist/SECRET/itag/301/playlist/index.m3u8
"""
DETAILS = {
    "videoDetails": {"videoId": "abcdefghijk", "author": "a", "title": "t", "isLive": True},
    "microformat": {"playerMicroformatRenderer": {"category": "Gaming"}},
}
HTML = (
    f"<html><script>var ytInitialPlayerResponse = {json.dumps(DETAILS)};var meta = document;</script></html>"
)
LIVE = {"playabilityStatus": {"status": "OK"}, "streamingData": {"hlsManifestUrl": f"https://{MANIFEST}"}}


def unplayable(status: str, reason: str) -> dict[str, Any]:
    return {"playabilityStatus": {"status": status, "reason": reason}}


@pytest_asyncio.fixture
async def site() -> AsyncIterator[WebSite]:
    async with WebSite(replies={WATCH: HTML, PLAYER: json.dumps(LIVE), MANIFEST: MASTER}) as site:
        yield site


def by_streamlink(site: WebSite) -> StreamlinkSource:
    return StreamlinkSource(PAGE, kind="youtube", open_session=site.open_session)


@pytest.mark.parametrize(
    ("quality", "itag"), [("source", "301"), ("1080p60", "301"), ("480p", "94"), ("worst", "94")]
)
async def test_a_live_stream_by_quality(site: WebSite, quality: str, itag: str) -> None:
    located = (await by_streamlink(site).look_up()).locate(quality)
    assert f"/itag/{itag}/" in located.url
    assert located.frame_rate == (60 if itag == "301" else 30)


FAILURES: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "not begun": (
        {PLAYER: json.dumps(unplayable("LIVE_STREAM_OFFLINE", "This live event will begin in 5 hours."))},
        SourceDown,
        "will begin in 5 hours",
    ),
    "gone": ({PLAYER: json.dumps(unplayable("ERROR", "Video unavailable"))}, SourceDown, "Video unavailable"),
    "a robot": (
        {PLAYER: json.dumps(unplayable("LOGIN_REQUIRED", "Sign in to confirm you're not a bot"))},
        SourceRefused,
        "Sign in to confirm you're not a bot",
    ),
    "over": (
        {
            PLAYER: json.dumps(
                {
                    "playabilityStatus": {"status": "OK"},
                    "streamingData": {
                        "adaptiveFormats": [
                            {
                                "itag": 137,
                                "mimeType": 'video/mp4; codecs="avc1"',
                                "url": "https://v.example/SECRET",
                            }
                        ]
                    },
                }
            )
        },
        SourceDown,
        "not live now",
    ),
    "another shape": ({PLAYER: '{"playable": "SECRET"}'}, SourceRefused, "has changed, or refuses"),
    "too often": ({WATCH: 429}, SourceUnreachable, "HTTP 429"),
}


@pytest.mark.parametrize(("replies", "kind", "words"), FAILURES.values(), ids=FAILURES.keys())
async def test_failures_by_kind(
    site: WebSite, replies: dict[str, Any], kind: type[Exception], words: str
) -> None:
    site.replies |= replies
    with pytest.raises(kind, match=words) as caught:
        await by_streamlink(site).look_up()
    assert "SECRET" not in str(caught.value)


class Told:
    """A source that does as it is told."""

    kind = "youtube"

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked = 0

    def locate(self, quality: str) -> Located:
        return Located(url=quality)

    async def look_up(self) -> Offering:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self


class TestTheSecondWay:
    async def test_it_is_asked_where_the_first_is_refused(self) -> None:
        first, second = Told(SourceRefused("changed")), Told()
        assert await YouTubeSource(first, second).look_up() is second

    @pytest.mark.parametrize("error", [None, SourceDown("off"), SourceUnreachable("network")])
    async def test_it_is_not_asked_otherwise(self, error: Exception | None) -> None:
        first, second = Told(error), Told()
        if error is None:
            assert await YouTubeSource(first, second).look_up() is first
        else:
            with pytest.raises(type(error)):
                await YouTubeSource(first, second).look_up()
        assert second.asked == 0

    async def test_what_the_second_says_counts(self) -> None:
        with pytest.raises(SourceDown, match="off"):
            await YouTubeSource(Told(SourceRefused("changed")), Told(SourceDown("off"))).look_up()

    async def test_if_there_is_no_second_both_are_told(self) -> None:
        source = YouTubeSource(Told(SourceRefused("changed")), Told(YtDlpMissing("none")))
        with pytest.raises(SourceRefused, match=r"changed; or yt-dlp.*pip install") as caught:
            await source.look_up()
        assert type(caught.value) is SourceRefused
