"""Twitch at its seam: streamlink's own plugin, and a site that answers in Twitch's shapes instead of Twitch."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.fakes.web_site import WebSite

from longtake.adapters.sources.twitch import MAX_AGE_S, TwitchAccount, twitch_source
from longtake.core.errors import SourceDown, SourceRefused, SourceUnreachable

PAGE = "https://www.twitch.tv/somebody"
GQL = "gql.twitch.tv/gql"
USHER = "usher.ttvnw.net/api/v2/channel/hls/somebody.m3u8"
TOKEN = "abcdefghijklmnopqrstuvwxyz0123"

ACCESS = {
    "data": {
        "streamPlaybackAccessToken": {
            "value": json.dumps(
                {"channel": "somebody", "chansub": {"restricted_bitrates": []}, "user_ip": "SECRET"}
            ),
            "signature": "SECRETsignature",
            "__typename": "PlaybackAccessToken",
        }
    },
    "extensions": {"durationMilliseconds": 50, "operationName": "PlaybackAccessToken"},
}
METADATA = [
    {"data": {"userOrError": {"displayName": "Somebody"}}},
    {"data": {"user": {"lastBroadcast": {"title": "t"}, "stream": {"id": "1", "game": {"name": "g"}}}}},
]

_INFO = '#EXT-X-TWITCH-INFO:NODE="video-edge.fra",USER-IP="192.0.2.1",CLUSTER="fra",STREAM-TIME="100.5"\n'
OLD_MASTER = f"""#EXTM3U
{_INFO}#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60 (source)",AUTOSELECT=YES,DEFAULT=YES
#EXT-X-STREAM-INF:BANDWIDTH=8534030,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",VIDEO="chunked",FRAME-RATE=60.000
https://weaver.example/v1/playlist/SECRETchunked.m3u8
#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="720p60",NAME="720p60",AUTOSELECT=YES,DEFAULT=YES
#EXT-X-STREAM-INF:BANDWIDTH=3422999,RESOLUTION=1280x720,CODECS="avc1.4D401F,mp4a.40.2",VIDEO="720p60",FRAME-RATE=60.000
https://weaver.example/v1/playlist/SECRET720p60.m3u8
#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="audio_only",NAME="audio_only",AUTOSELECT=NO,DEFAULT=NO
#EXT-X-STREAM-INF:BANDWIDTH=160000,CODECS="mp4a.40.2",VIDEO="audio_only"
https://weaver.example/v1/playlist/SECRETaudio_only.m3u8
"""
MASTER = f"""#EXTM3U
{_INFO}#EXT-X-STREAM-INF:BANDWIDTH=8534030,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",FRAME-RATE=60.000,\
STABLE-VARIANT-ID="1080p60",IVS-NAME="1080p60",IVS-VARIANT-SOURCE="source"
https://weaver.example/v1/playlist/SECRETchunked.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=8000000,RESOLUTION=1080x1920,CODECS="avc1.64002A,mp4a.40.2",FRAME-RATE=60.000,\
STABLE-VARIANT-ID="1920p60",IVS-NAME="1920p60",IVS-VARIANT-SOURCE="transcode",IVS-GROUPS="portrait"
https://weaver.example/v1/playlist/SECRETportrait.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=3422999,RESOLUTION=1280x720,CODECS="avc1.4D401F,mp4a.40.2",FRAME-RATE=60.000,\
STABLE-VARIANT-ID="720p60",IVS-NAME="720p60",IVS-VARIANT-SOURCE="transcode"
https://weaver.example/v1/playlist/SECRET720p60.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=160000,CODECS="mp4a.40.2",STABLE-VARIANT-ID="audio_only",IVS-NAME="audio_only"
https://weaver.example/v1/playlist/SECRETaudio_only.m3u8
"""
ONLY_SOUND = MASTER[: MASTER.index("#EXT-X-STREAM-INF")] + MASTER[MASTER.rindex("#EXT-X-STREAM-INF") :]
IN_A_BREAK = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:6
#EXT-X-MEDIA-SEQUENCE:4000
#EXT-X-TWITCH-LIVE-SEQUENCE:4000
#EXT-X-DATERANGE:ID="stitched-ad-1-1",CLASS="twitch-stitched-ad",START-DATE="2024-11-09T04:00:00.000Z",DURATION=30.0,\
X-TV-TWITCH-AD-URL="https://ads.example/SECRET",X-TV-TWITCH-AD-ROLL-TYPE="MIDROLL"
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:00.000Z
#EXTINF:2.002,Amazon|8275
https://ads.example/1.ts
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:30.000Z
#EXTINF:2.000,live
https://video.example/2.ts
"""
OFFLINE = json.dumps(
    [
        {
            "url": "https://usher.example/SECRET",
            "error": "twirp error not_found: transcode does not exist",
            "error_code": "transcode_does_not_exist",
            "type": "error",
        }
    ]
)
BLOCKED = json.dumps(
    [{"error": "Content Restricted In Region", "error_code": "content_geoblocked", "type": "error"}]
)
NO_SUCH_CHANNEL = {"data": {"streamPlaybackAccessToken": None}}
CHANGED = {"data": {"playbackTicket": {"value": "SECRET", "signature": "SECRET"}}}
UNKNOWN_QUERY = {"errors": [{"message": "PersistedQueryNotFound"}]}
NO_INTEGRITY = {
    "errors": [{"message": "failed integrity check"}],
    "data": {"streamPlaybackAccessToken": None},
}
BAD_TOKEN = {"error": "Unauthorized", "status": 401, "message": f"The token {TOKEN} is invalid. Log in"}


@pytest_asyncio.fixture
async def site() -> AsyncIterator[WebSite]:
    names = ("chunked", "720p60", "portrait", "audio_only")
    playlists = {f"weaver.example/v1/playlist/SECRET{name}.m3u8": IN_A_BREAK for name in names}
    async with WebSite(replies={GQL: json.dumps(ACCESS), USHER: MASTER, **playlists}) as site:
        yield site


def look_up(site: WebSite, account: TwitchAccount | None = None):
    return twitch_source(PAGE, account or TwitchAccount(), open_session=site.open_session).look_up()


@pytest.mark.parametrize("master", [MASTER, OLD_MASTER], ids=["as it is", "as it was until 2025"])
@pytest.mark.parametrize(
    ("quality", "name"),
    [
        ("source", "chunked"),
        ("1080p60 (source)", "chunked"),
        ("1080p60", "chunked"),
        ("best", "chunked"),
        ("720p60", "720p60"),
        ("720p", "720p60"),
        ("audio_only", "audio_only"),
    ],
)
async def test_a_live_channel_by_quality(site: WebSite, master: str, quality: str, name: str) -> None:
    site.replies[USHER] = master
    located = (await look_up(site)).locate(quality)
    assert located.url == f"https://weaver.example/v1/playlist/SECRET{name}.m3u8"
    assert located.max_age_s == MAX_AGE_S
    assert located.headers["referer"] == "https://player.twitch.tv"


async def test_the_upright_cut_of_a_picture_is_a_quality_of_its_own(site: WebSite) -> None:
    assert (await look_up(site)).locate("1920p60_portrait").width == 1080


async def test_a_channel_that_offers_sound_alone_is_not_recorded_as_source(site: WebSite) -> None:
    site.replies[USHER] = ONLY_SOUND
    with pytest.raises(SourceRefused, match="nothing but sound; it offers audio_only"):
        (await look_up(site)).locate("source")


def reply(status: int, said: object) -> tuple[int, str]:
    return status, said if isinstance(said, str) else json.dumps(said)


FAILURES: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "the channel is offline": ({USHER: reply(404, OFFLINE)}, SourceDown, "somebody is not live now"),
    "there is no such channel": ({GQL: reply(200, NO_SUCH_CHANNEL)}, SourceDown, "is not live now"),
    "it has just gone: the playlists are no longer there": (
        dict.fromkeys(
            [
                f"weaver.example/v1/playlist/SECRET{name}.m3u8"
                for name in ("chunked", "720p60", "portrait", "audio_only")
            ],
            404,
        ),
        SourceDown,
        "is not live now",
    ),
    "another region": (
        {USHER: reply(403, BLOCKED)},
        SourceRefused,
        r"HTTP 403: Content Restricted In Region\); the token of an account may help \(twitch.token_file\)",
    ),
    "subscribers only, of which nothing is said": (
        {USHER: reply(403, "no JSON"), GQL: [json.dumps(ACCESS), json.dumps(METADATA)]},
        SourceRefused,
        "HTTP 403.*token of an account may help",
    ),
    "the answer has another shape": (
        {GQL: reply(200, CHANGED)},
        SourceRefused,
        r"has changed, or refuses \(Unable to validate response text\); a newer streamlink may help",
    ),
    "the query is not known any more": (
        {GQL: reply(200, UNKNOWN_QUERY)},
        SourceRefused,
        "PersistedQueryNotFound.*a newer streamlink may help",
    ),
    "a client-integrity token is asked for": (
        {GQL: reply(200, NO_INTEGRITY)},
        SourceRefused,
        "failed integrity check",
    ),
    "an answer that is no JSON": ({GQL: reply(200, "<html>")}, SourceRefused, "has changed, or refuses"),
    "the API fails": ({GQL: reply(503, "{}")}, SourceUnreachable, "HTTP 503"),
    "too often": ({GQL: reply(429, "{}")}, SourceUnreachable, "HTTP 429"),
    "the playlist server fails": ({USHER: 502}, SourceUnreachable, "HTTP 502"),
}


@pytest.mark.parametrize(("replies", "kind", "words"), FAILURES.values(), ids=FAILURES.keys())
async def test_failures_by_kind(
    site: WebSite,
    replies: dict[str, Any],
    kind: type[Exception],
    words: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    site.replies |= replies
    with pytest.raises(kind, match=words) as caught:
        await look_up(site)
    assert "SECRET" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


class TestAccounts:
    async def test_nobody_is_nobody(self, site: WebSite) -> None:
        await look_up(site)
        assert all("Authorization" not in asked.headers for asked in site.asked)

    @pytest.mark.parametrize("written", [TOKEN, f" {TOKEN}\n", f"oauth:{TOKEN}", f"OAuth {TOKEN}\r\n"])
    async def test_the_token_goes_to_the_api_and_nowhere_else(
        self, site: WebSite, tmp_path: Path, written: str
    ) -> None:
        file = tmp_path / "token"
        file.write_text(written)
        for account in (TwitchAccount(token=written), TwitchAccount(token_file=file)):
            site.asked.clear()
            located = (await look_up(site, account)).locate("source")
            told = {
                asked.host for asked in site.asked if asked.headers.get("Authorization") == f"OAuth {TOKEN}"
            }
            assert told == {"gql.twitch.tv"}
            assert TOKEN not in str(located.headers)
            assert TOKEN not in repr(account)

    async def test_a_file_is_read_anew_each_time(self, site: WebSite, tmp_path: Path) -> None:
        file = tmp_path / "token"
        source = twitch_source(PAGE, TwitchAccount(token_file=file), open_session=site.open_session)
        with pytest.raises(SourceRefused, match="'token' cannot be read: no such file"):
            await source.look_up()
        for word in ("one", "two"):
            file.write_text(word)
            site.asked.clear()
            await source.look_up()
            assert site.asked[0].headers["Authorization"] == f"OAuth {word}"

    @pytest.mark.parametrize(
        "written", ["", "\n", f"{TOKEN}\n{TOKEN}", f"token {TOKEN}", "tök", "x" * 5000, "\x00"]
    )
    async def test_a_file_without_a_token_is_refused_unshown(
        self, site: WebSite, tmp_path: Path, written: str
    ) -> None:
        file = tmp_path / "token"
        file.write_text(written)
        with pytest.raises(SourceRefused, match="the file 'token' holds no Twitch token") as caught:
            await look_up(site, TwitchAccount(token_file=file))
        assert TOKEN not in str(caught.value)
        assert not site.asked

    async def test_a_token_that_ran_out_is_told_without_it(self, site: WebSite) -> None:
        site.replies[GQL] = reply(401, BAD_TOKEN)
        with pytest.raises(
            SourceRefused, match=r"HTTP 401.*may have run out \(twitch.token_file\)"
        ) as caught:
            await look_up(site, TwitchAccount(token=TOKEN))
        assert TOKEN not in str(caught.value)
