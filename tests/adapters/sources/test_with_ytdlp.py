"""yt-dlp at its seam: a real child process that prints recorded shapes, hangs or fails; and the real one, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.fakes.web_site import WebSite

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.with_ytdlp import YtDlpMissing, YtDlpSource, live_page
from longtake.core.errors import InvalidInput, SourceDown, SourceRefused, SourceUnreachable

FAKE = Path(__file__).parents[2] / "fakes" / "fake_ytdlp"
PAGE = "https://www.youtube.com/watch?v=abcdefghijk&token=SECRET"
MASTER = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="234",NAME="Default",LANGUAGE="en",DEFAULT=YES,URI="sound?sig=SECRET"
#EXT-X-STREAM-INF:BANDWIDTH=5000000,RESOLUTION=1920x1080,FRAME-RATE=60,CODECS="avc1.64002A,mp4a.40.2",AUDIO="234"
1080?sig=SECRET
#EXT-X-STREAM-INF:BANDWIDTH=1000000,RESOLUTION=854x480,FRAME-RATE=30,CODECS="avc1.4D401F,mp4a.40.2",AUDIO="234"
480?sig=SECRET
"""


@dataclass(slots=True, kw_only=True)
class FakeYtDlp:
    """Writes what it is to do, and reads what it was asked."""

    folder: Path

    def says(self, **script: Any) -> None:
        (self.folder / "script").write_text(json.dumps({"asked": str(self.folder / "asked"), **script}))

    @property
    def asked(self) -> dict[str, Any]:
        asked: dict[str, Any] = json.loads((self.folder / "asked").read_text())
        return asked


@pytest.fixture
def ytdlp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeYtDlp:
    monkeypatch.setenv("PYTHONPATH", str(FAKE))
    monkeypatch.setenv("YTDLP_SCRIPT", str(tmp_path / "script"))
    return FakeYtDlp(folder=tmp_path)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


@pytest_asyncio.fixture
async def site() -> AsyncIterator[WebSite]:
    async with WebSite(replies={"/master.m3u8": MASTER}) as site:
        yield site


def a_format(site: WebSite, id: str, **more: Any) -> dict[str, Any]:
    return {
        "format_id": id,
        "url": f"{site.base}/{id}.m3u8?sig=SECRET",
        "protocol": "m3u8_native",
        "vcodec": "avc1.4D401F",
        "acodec": "mp4a.40.2",
        "http_headers": {"User-Agent": "Browser", "Accept": "*/*", "Sec-Fetch-Mode": "navigate"},
        **more,
    }


def info(formats: list[dict[str, Any]], **more: Any) -> str:
    return json.dumps(
        {"id": "abcdefghijk", "is_live": True, "live_status": "is_live", "formats": formats, **more}
    )


async def test_a_stream_with_a_master_playlist_is_read_from_that(
    ytdlp: FakeYtDlp, client: HttpClient, site: WebSite
) -> None:
    manifest = f"{site.base}/master.m3u8"
    ytdlp.says(
        out=info([{"format_id": "sb0", "protocol": "mhtml"}, a_format(site, "301", manifest_url=manifest)])
    )
    offering = await YtDlpSource(PAGE, client, kind="youtube", max_age_s=5).look_up()
    located = offering.locate("source")
    assert located.url == f"{site.base}/1080?sig=SECRET"
    assert (located.width, located.height, located.frame_rate, located.max_age_s) == (1920, 1080, 60, 5)
    assert [(one.url, one.language) for one in located.audio] == [(f"{site.base}/sound?sig=SECRET", "en")]
    assert located.headers == {"User-Agent": "Browser"}
    assert offering.locate("480p").url == f"{site.base}/480?sig=SECRET"
    assert site.asked[0].headers["User-Agent"] == "Browser"


async def test_the_address_is_on_no_command_line(ytdlp: FakeYtDlp, client: HttpClient, site: WebSite) -> None:
    ytdlp.says(out=info([a_format(site, "95")]))
    await YtDlpSource(PAGE, client).look_up()
    assert ytdlp.asked["url"] == f"{PAGE}\n"
    assert "SECRET" not in str(ytdlp.asked["arguments"])


@pytest.mark.parametrize("master", [404, "#EXTM3U\n#EXTINF:2,\n0.ts\n", "<html>"])
async def test_where_the_master_playlist_is_of_no_use_the_formats_are(
    ytdlp: FakeYtDlp, client: HttpClient, site: WebSite, master: object
) -> None:
    site.replies["/master.m3u8"] = master
    manifest = f"{site.base}/master.m3u8"
    ytdlp.says(
        out=info(
            [
                a_format(site, "94", manifest_url=manifest, width=854, height=480, fps=30.0, tbr=1200.5),
                a_format(site, "96", manifest_url=manifest, width=1920, height=1080, fps=30.0, tbr=4600),
                a_format(site, "137", protocol="https", height=1080, width=1920),
            ]
        )
    )
    offering = await YtDlpSource(PAGE, client).look_up()
    assert offering.locate("source").url.endswith("/96.m3u8?sig=SECRET")
    assert offering.locate("480p").url.endswith("/94.m3u8?sig=SECRET")
    assert offering.locate("94").codecs == "avc1.4D401F,mp4a.40.2"
    with pytest.raises(SourceRefused, match="'137' is sent as HTTPS; only HLS"):
        offering.locate("137")


async def test_pictures_without_sound_get_the_sound_without_pictures(
    ytdlp: FakeYtDlp, client: HttpClient, site: WebSite
) -> None:
    sound = {"vcodec": "none", "acodec": None}
    ytdlp.says(
        out=info(
            [
                a_format(site, "233", **sound, language="de", tbr=48, format_note="Deutsch"),
                a_format(site, "234", **sound, language="en", language_preference=10, tbr=128),
                a_format(site, "270", acodec="none", width=1920, height=1080, fps=30),
            ]
        )
    )
    offering = await YtDlpSource(PAGE, client).look_up()
    located = offering.locate("source")
    assert (located.codecs, located.height) == ("avc1.4D401F", 1080)
    assert [(one.name, one.language, one.default) for one in located.audio] == [
        ("234", "en", True),
        ("Deutsch", "de", False),
    ]
    assert offering.locate("234").audio == ()


async def test_of_a_list_the_first_that_is_live_is_taken(
    ytdlp: FakeYtDlp, client: HttpClient, site: WebSite
) -> None:
    over = {"live_status": "was_live", "formats": [a_format(site, "1")]}
    now = {"live_status": "is_live", "formats": [a_format(site, "2")]}
    ytdlp.says(out=json.dumps({"_type": "playlist", "entries": [None, over, now]}))
    assert (await YtDlpSource(PAGE, client).look_up()).locate("source").url.endswith("/2.m3u8?sig=SECRET")


SHAPES: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "over": ({"is_live": False, "live_status": "was_live"}, SourceDown, "is not live now"),
    "not begun": ({"is_live": False, "live_status": "is_upcoming"}, SourceDown, "is not live now"),
    "no stream, says another site": ({"is_live": False}, SourceDown, "is not live now"),
    "no HLS": (
        {"live_status": "is_live", "formats": [{"protocol": "https", "url": "x"}]},
        SourceRefused,
        "no HLS",
    ),
    "no formats": ({"live_status": "is_live"}, SourceRefused, "no HLS"),
    "an empty list": ({"_type": "playlist", "entries": []}, SourceDown, "is not live now"),
    "another shape": ({"formats": "SECRET"}, SourceRefused, "is not understood; another version"),
}


@pytest.mark.parametrize(("said", "kind", "words"), SHAPES.values(), ids=SHAPES.keys())
async def test_shapes(
    ytdlp: FakeYtDlp, client: HttpClient, said: dict[str, Any], kind: type[Exception], words: str
) -> None:
    ytdlp.says(out=json.dumps(said))
    with pytest.raises(kind, match=words) as caught:
        await YtDlpSource(PAGE, client).look_up()
    assert "SECRET" not in str(caught.value)


COMPLAINTS: dict[str, tuple[str, type[Exception], str]] = {
    "not begun": (
        "ERROR: [youtube] abcdefghijk: This live event will begin in 5 hours.",
        SourceDown,
        "will begin in 5 hours",
    ),
    "a premiere": ("ERROR: [youtube] x: Premieres in 3 days", SourceDown, "not live now"),
    "a channel that is off": (
        "ERROR: [youtube:tab] @somebody: The channel is not currently live",
        SourceDown,
        "not currently live",
    ),
    "gone": ("ERROR: [youtube] x: Video unavailable. This video is private", SourceDown, "Video unavailable"),
    "a robot": (
        "WARNING: x\nERROR: [youtube] x: Sign in to confirm you\u2019re not a bot. Use --cookies. See https://h.example/w?s=SECRET",
        SourceRefused,
        "has changed, or refuses .Sign in to confirm you.re not a bot.; a newer yt-dlp may help",
    ),
    "no name": (
        "ERROR: [youtube] x: Unable to download API page: [Errno -3] Temporary failure in name resolution",
        SourceUnreachable,
        "cannot reach the site",
    ),
    "a server that fails": ("ERROR: HTTP Error 503: Service Unavailable", SourceUnreachable, "503"),
    "too often": ("ERROR: HTTP Error 429: Too Many Requests", SourceUnreachable, "429"),
    "slow": (
        "ERROR: Unable to download webpage: The read operation timed out",
        SourceUnreachable,
        "timed out",
    ),
    "no such page": ("ERROR: Unable to download webpage: HTTP Error 404: Not Found", SourceDown, "404"),
    "another region": ("ERROR: HTTP Error 403: Forbidden", SourceRefused, "403"),
    "an unknown site": (
        "ERROR: Unsupported URL: https://h.example/?s=SECRET",
        InvalidInput,
        "does not know the site",
    ),
    "nothing": ("", SourceRefused, "has changed, or refuses; a newer"),
    "a crash": ("Traceback\n  File \"/x/SECRET/y.py\", line 1\nKeyError: 'a'", SourceRefused, "KeyError"),
}


@pytest.mark.parametrize(("complaint", "kind", "words"), COMPLAINTS.values(), ids=COMPLAINTS.keys())
async def test_complaints(
    ytdlp: FakeYtDlp, client: HttpClient, complaint: str, kind: type[Exception], words: str
) -> None:
    ytdlp.says(err=complaint, code=1)
    with pytest.raises(kind, match=words) as caught:
        await YtDlpSource(PAGE, client).look_up()
    assert "SECRET" not in str(caught.value)


async def test_what_hangs_is_killed_with_its_children(
    ytdlp: FakeYtDlp, client: HttpClient, tmp_path: Path
) -> None:
    ytdlp.says(hang=str(tmp_path / "pids"))
    with pytest.raises(SourceUnreachable, match="in time"):
        await YtDlpSource(PAGE, client, longest_s=1).look_up()
    await until_gone(tmp_path / "pids")


async def test_it_is_killed_when_nobody_waits_any_more(
    ytdlp: FakeYtDlp, client: HttpClient, tmp_path: Path
) -> None:
    ytdlp.says(hang=str(tmp_path / "pids"))
    asking = asyncio.create_task(YtDlpSource(PAGE, client).look_up(), name="asking")
    async with asyncio.timeout(10):
        while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text():
            await asyncio.sleep(0.02)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until_gone(tmp_path / "pids")


async def until_gone(pids: Path) -> None:
    async with asyncio.timeout(5):
        while any(is_running(int(pid)) for pid in pids.read_text().split()):
            await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    """A dead child whose new parent has not asked for it is no more than a line in a table."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_without_ytdlp_it_is_told_how_to_get_it(
    client: HttpClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "yt_dlp.py").write_text("raise ModuleNotFoundError('No module', name='yt_dlp')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(YtDlpMissing, match=r"pip install 'longtake\[youtube\]'"):
        await YtDlpSource(PAGE, client).look_up()


async def test_the_real_one_takes_what_we_ask(client: HttpClient, site: WebSite) -> None:
    for path in ("1080", "480", "sound"):
        site.replies[f"/{path}"] = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n0.ts\n"
    offering = await YtDlpSource(f"{site.base}/master.m3u8?token=SECRET", client).look_up()
    assert offering.locate("480p").url == f"{site.base}/480?sig=SECRET"


@pytest.mark.parametrize(
    ("page", "asked"),
    [
        ("https://www.youtube.com/@somebody", "https://www.youtube.com/@somebody/live"),
        ("https://youtube.com/channel/UCabc/?a=1", "https://youtube.com/channel/UCabc/live?a=1"),
        ("https://www.youtube.com/@somebody/live", "https://www.youtube.com/@somebody/live"),
        ("https://www.youtube.com/watch?v=abc", "https://www.youtube.com/watch?v=abc"),
        ("https://example.org/@somebody", "https://example.org/@somebody"),
    ],
)
def test_of_a_channel_its_live_page_is_asked_for(page: str, asked: str) -> None:
    assert live_page(page) == asked
