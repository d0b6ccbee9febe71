"""Sites that streamlink knows: a real plugin of ours, in streamlink's own session, over real HTTP."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.fakes.web_site import WebSite, dripping

from longtake.adapters.sources.with_streamlink import StreamlinkSource
from longtake.core.errors import InvalidInput, SourceDown, SourceError, SourceRefused, SourceUnreachable

MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60 (source)"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",URI="de?sig=SECRET"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,URI="en?sig=SECRET"
#EXT-X-STREAM-INF:BANDWIDTH=8500000,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",VIDEO="chunked",FRAME-RATE=60.0
src?sig=SECRET
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=100,URI="keys"
#EXT-X-STREAM-INF:BANDWIDTH=1400000,RESOLUTION=854x480,AUDIO="a",CODECS="avc1.4D401F,mp4a.40.2"
480?sig=SECRET
#EXT-X-STREAM-INF:BANDWIDTH=600000,RESOLUTION=640x360
gone?sig=SECRET
#EXT-X-STREAM-INF:BANDWIDTH=160000,CODECS="mp4a.40.2"
sound?sig=SECRET
"""
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n"


@pytest_asyncio.fixture
async def site() -> AsyncIterator[WebSite]:
    media = dict.fromkeys(("/src", "/480", "/sound"), MEDIA)
    async with WebSite(replies={"/master": MASTER, **media}) as site:
        yield site


def source(site: WebSite, what: str, *, longest_s: float = 20) -> StreamlinkSource:
    return StreamlinkSource(
        f"{site.base}/site/{what}?token=SECRET",
        open_session=site.open_session,
        max_age_s=77,
        longest_s=longest_s,
    )


@pytest.mark.parametrize(
    ("quality", "path"),
    [
        ("source", "src"),
        ("1080p60 (source)", "src"),
        ("1080p60", "src"),
        ("best", "src"),
        ("480p", "480"),
        ("worst", "sound"),
        ("160k", "sound"),
    ],
)
async def test_a_quality_by_the_sites_name_streamlinks_or_its_height(
    site: WebSite, quality: str, path: str
) -> None:
    located = (await source(site, "live").look_up()).locate(quality)
    assert located.url == f"{site.base}/{path}?sig=SECRET"


async def test_what_the_master_playlist_says_is_kept(site: WebSite) -> None:
    offering = await source(site, "live").look_up()
    located = offering.locate("source")
    assert (located.width, located.height, located.frame_rate) == (1920, 1080, 60.0)
    assert (located.codecs, located.max_age_s) == ("avc1.64002A,mp4a.40.2", 77)
    assert located.audio == ()
    assert located.headers["Referer"] == "https://site.example/page"
    assert "Host" not in located.headers and "Accept-Encoding" not in located.headers


async def test_separate_sound_is_told_with_its_languages(site: WebSite) -> None:
    located = (await source(site, "live").look_up()).locate("480p")
    assert [(one.name, one.language, one.default) for one in located.audio] == [
        ("English", "en", True),
        ("Deutsch", "de", False),
    ]
    assert located.audio[0].url == f"{site.base}/en?sig=SECRET"


async def test_a_variant_that_streamlink_cannot_reach_is_not_offered(site: WebSite) -> None:
    with pytest.raises(SourceRefused, match=r"no quality '360p'; it offers 160k, 480p, 1080p60 \(source\)"):
        (await source(site, "live").look_up()).locate("360p")


async def test_a_master_playlist_whose_text_is_not_there_is_taken_from_streamlink(site: WebSite) -> None:
    located = (await source(site, "parsed-elsewhere").look_up()).locate("480p")
    assert (located.url, located.height) == (f"{site.base}/480?sig=SECRET", 480)
    assert located.codecs == "avc1.4D401F,mp4a.40.2"


async def test_a_media_playlist_keeps_its_headers(site: WebSite) -> None:
    located = (await source(site, "media").look_up()).locate("source")
    assert located.url == f"{site.base}/media?sig=SECRET"
    assert located.headers["X-Own"] == "1"


async def test_two_streams_to_be_muxed_are_video_and_separate_sound(site: WebSite) -> None:
    located = (await source(site, "muxed").look_up()).locate("720p")
    assert located.url == f"{site.base}/video?s=1"
    assert [(one.url, one.default) for one in located.audio] == [(f"{site.base}/audio?s=1", True)]


async def test_of_several_ways_hls_is_recorded(site: WebSite) -> None:
    offering = await source(site, "mixed").look_up()
    assert offering.locate("720p").url.endswith("/720?sig=SECRET")
    with pytest.raises(SourceRefused, match="'2160p' is sent as HTTP; only HLS can be recorded"):
        offering.locate("2160p")


FAILURES: dict[str, tuple[str, object, type[Exception], str]] = {
    "a plugin that finds nothing: down": ("none", None, SourceDown, "is not live now"),
    "a plugin that says so: down": ("no-streams", None, SourceDown, "is not live now"),
    "a plugin that logs that it is offline: down": (
        "says-offline",
        None,
        SourceDown,
        r"not live now \(The channel is offline\)",
    ),
    "a plugin that logs something else: refused": ("says", None, SourceRefused, "the account is banned"),
    "a page that is not there: down": ("page", 404, SourceDown, "HTTP 404"),
    "401: refused": ("page", 401, SourceRefused, r"HTTP 401\)"),
    "403 with a reason: refused, with it": (
        "page",
        (403, '{"error": "Not in your region. Sorry"}'),
        SourceRefused,
        r"HTTP 403: Not in your region\)",
    ),
    "403 that the plugin swallows: refused": ("swallowed", 403, SourceRefused, "HTTP 403"),
    "429: unreachable": ("page", 429, SourceUnreachable, "HTTP 429"),
    "503: unreachable": ("page", 503, SourceUnreachable, "HTTP 503"),
    "503 that the plugin swallows: unreachable": ("swallowed", 503, SourceUnreachable, "HTTP 503"),
    "an answer of another shape: refused, without the answer": (
        "schema",
        None,
        SourceRefused,
        r"has changed, or refuses \(Unable to validate .*\); a newer streamlink may help",
    ),
    "a plugin that gives up: refused": ("fatal", None, SourceRefused, "User input is needed"),
    "a plugin with a bug: refused": ("bug", None, SourceRefused, "KeyError"),
    "no TLS there: unreachable": ("tls", None, SourceUnreachable, "TLS"),
    "no such host: unreachable": ("dns", None, SourceUnreachable, "host name"),
    "a file: refused": ("file", None, SourceRefused, "is sent as HTTP; only HLS can be recorded"),
    "DASH: refused": ("dash", None, SourceRefused, "is sent as DASH; only HLS can be recorded"),
    "no site of any plugin: bad input": ("../page", None, InvalidInput, "neither HLS nor a site"),
}


@pytest.mark.parametrize(("what", "reply", "kind", "words"), FAILURES.values(), ids=FAILURES.keys())
async def test_failures_by_kind(
    site: WebSite,
    what: str,
    reply: object,
    kind: type[Exception],
    words: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    site.replies["/page"] = reply
    with pytest.raises(kind, match=words) as caught:
        await source(site, what).look_up()
    assert type(caught.value) is kind
    assert "SECRET" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


async def test_nobody_there_is_unreachable(site: WebSite) -> None:
    await site.stop()
    with pytest.raises(SourceUnreachable, match="connection refused"):
        await source(site, "page").look_up()


class Kept(logging.Handler):
    """What reaches the root logger."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


async def test_what_streamlink_logs_is_in_no_log_of_ours(
    site: WebSite, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = Kept()
    logging.getLogger().addHandler(kept)
    try:
        with pytest.raises(SourceError):
            await source(site, "says").look_up()
        logging.getLogger("streamlink.plugins.anysite").error("said later, with a SECRET")
    finally:
        logging.getLogger().removeHandler(kept)
    assert kept.records == []
    assert capfd.readouterr() == ("", "")


async def test_a_site_that_answers_for_ever_is_left_after_the_limit_and_its_thread_ends(
    site: WebSite,
) -> None:
    site.replies["/page"] = dripping
    dripped = source(site, "page", longest_s=1)
    with pytest.raises(SourceUnreachable, match="in time"):
        await dripped.look_up()
    async with asyncio.timeout(5):
        while any(thread.name == "streamlink" for thread in threading.enumerate()):
            await asyncio.sleep(0.02)
    site.replies["/page"] = 404
    with pytest.raises(SourceDown):
        await dripped.look_up()


async def test_while_a_look_up_hangs_there_is_no_second_one(site: WebSite) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def hanging(watch):
        begun.set()
        go_on.wait(10)
        return site.open_session(watch)

    hung = StreamlinkSource(f"{site.base}/site/live", open_session=hanging, longest_s=0.5)
    with pytest.raises(SourceUnreachable, match="in time"):
        await hung.look_up()
    assert begun.is_set()
    with pytest.raises(SourceUnreachable, match="still holds up the look-up before"):
        await hung.look_up()
    go_on.set()
    async with asyncio.timeout(5):
        while any(thread.name == "streamlink" for thread in threading.enumerate()):
            await asyncio.sleep(0.02)
