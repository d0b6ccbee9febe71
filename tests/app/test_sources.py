"""Sources from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr
from tests.fakes.web_site import WebSite

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import PREFIXES
from longtake.app.settings import SOURCE_PREFIXES, TwitchSettings
from longtake.app.wiring.sources import fetches_at_once, source_of
from longtake.core.errors import InvalidInput, SourceRefused


@pytest_asyncio.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with HttpClient() as client:
        yield client


async def test_the_time_after_which_to_ask_anew_is_that_of_the_settings(client: HttpClient) -> None:
    async with WebSite(replies={"/x.m3u8": "#EXTM3U\n#EXTINF:2,\n0.ts\n"}) as site:
        source = source_of(f"{site.base}/x.m3u8", client, twitch=TwitchSettings(), renew_after_s=90)
        assert (await source.look_up()).locate("source").max_age_s == 90


async def test_twitch_is_asked_with_the_token_of_its_file(client: HttpClient, tmp_path: Path) -> None:
    settings = TwitchSettings(token_file=tmp_path / "none")
    with pytest.raises(SourceRefused, match="'none' cannot be read: no such file"):
        await source_of("https://www.twitch.tv/somebody", client, twitch=settings).look_up()


async def test_a_token_that_is_none_is_refused_unshown(client: HttpClient) -> None:
    settings = TwitchSettings(token=SecretStr("two SECRET words"))
    with pytest.raises(SourceRefused, match=r"twitch.token holds no Twitch token") as caught:
        await source_of("https://www.twitch.tv/somebody", client, twitch=settings).look_up()
    assert "SECRET" not in str(caught.value)


def test_youtube_is_asked_for_little_at_once() -> None:
    assert fetches_at_once("https://youtu.be/abcdefghijk") == 4
    assert fetches_at_once("yt-dlp:https://www.youtube.com/@somebody") == 4
    assert fetches_at_once("https://www.twitch.tv/somebody") == 64
    with pytest.raises(InvalidInput):
        fetches_at_once("x")


def test_the_settings_know_the_prefixes_that_there_are() -> None:
    assert SOURCE_PREFIXES == PREFIXES
