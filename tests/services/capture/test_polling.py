"""Polls of a real origin: whatever comes back is a value."""

from __future__ import annotations

import pytest
from tests.fakes.hls_origin import HlsOrigin

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, Offering
from longtake.core.errors import SourceDown
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, PollFailure
from longtake.kit.clock import SystemClock
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.polling import PlaylistPoll


class Somewhere:
    """A source that says where the playlist is, as often as it is asked."""

    def __init__(self, url: str, *, live: bool = True) -> None:
        self.url = url
        self.live = live
        self.asked = 0

    kind = "somewhere"

    async def look_up(self) -> Offering:
        self.asked += 1
        if not self.live:
            raise SourceDown("the stream is not live")
        return self

    def locate(self, quality: str) -> Located:
        return Located(url=self.url)


class Silent:
    """Takes what is logged."""

    def warning(self, event: str) -> None:
        raise AssertionError(event)


def poll_of(source: Somewhere, client: HttpClient) -> PlaylistPoll:
    return PlaylistPoll(ChannelLookup(source, SystemClock()), "source", client, Silent())  # type: ignore[arg-type]


def at(origin: HlsOrigin) -> str:
    return f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET"


async def test_a_playlist_that_did_not_change_is_taken_apart_once() -> None:
    async with HlsOrigin() as origin, HttpClient() as client:
        origin.publish(2)
        source = Somewhere(at(origin))
        playlist = poll_of(source, client)
        first = await playlist.poll()
        assert isinstance(first, MediaPlaylist)
        assert await playlist.poll() is first
        origin.publish(1)
        second = await playlist.poll()
        assert isinstance(second, MediaPlaylist)
        assert len(second.segments) == 3
        assert source.asked == 1, "where it is has been told"


async def test_asked_anew_the_source_may_name_another_place() -> None:
    async with HlsOrigin() as origin, HttpClient() as client:
        origin.publish(2)
        source = Somewhere("http://127.0.0.1:1/gone.m3u8")
        playlist = poll_of(source, client)
        assert isinstance(await playlist.poll(), PollFailure)
        source.url = at(origin)
        assert isinstance(await playlist.poll(), PollFailure)
        playlist.ask_anew()
        assert isinstance(await playlist.poll(), MediaPlaylist)


MASTER = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlive.m3u8\n"


@pytest.mark.parametrize(
    ("status", "text", "kind", "word"),
    [
        (404, None, FailureKind.GONE, "HTTP 404"),
        (403, None, FailureKind.REFUSED, "HTTP 403"),
        (500, None, FailureKind.UNREACHABLE, "HTTP 500"),
        (200, "<html>hello</html>", FailureKind.NO_PLAYLIST, "no playlist"),
        (200, MASTER, FailureKind.REFUSED, "master playlist"),
    ],
    ids=["not there", "not for us", "in trouble", "a web page", "a master playlist"],
)
async def test_other_answers(status: int, text: str | None, kind: FailureKind, word: str) -> None:
    async with HlsOrigin(playlist_status=status, playlist_text=text) as origin, HttpClient() as client:
        answer = await poll_of(Somewhere(at(origin)), client).poll()
        assert isinstance(answer, PollFailure)
        assert answer.kind is kind
        assert word in answer.reason
        assert "SECRET" not in answer.reason


async def test_a_source_that_is_down_and_an_address_that_is_none() -> None:
    async with HttpClient() as client:
        down = await poll_of(Somewhere("", live=False), client).poll()
        assert down == PollFailure(kind=FailureKind.GONE, reason="the stream is not live")
        none = await poll_of(Somewhere("http://a..b/x"), client).poll()
        assert isinstance(none, PollFailure)
        assert none.kind is FailureKind.REFUSED
