"""Troubles with where a stream is: master playlists, qualities, addresses that run out."""

from __future__ import annotations

from aiohttp import web
from tests.fakes.hls_origin.answers import failing, gone, page
from tests.fakes.hls_origin.scripted import TOKEN, Line
from tests.fakes.recording import START, at_us, media
from tests.fakes.troubles.of_segments import refused
from tests.fakes.troubles.rows import Expected, row, says
from tests.fakes.troubles.stage import Stage

from longtake.services.capture.report import RecorderState

DOWN, REFUSED, UNREACHABLE = RecorderState.DOWN, RecorderState.REFUSED, RecorderState.UNREACHABLE
TWITCH = (
    "#EXTM3U\n"
    '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60 (source)",AUTOSELECT=YES,DEFAULT=YES\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=8000000,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",VIDEO="chunked",FRAME-RATE=60.000\n'
    f"best.m3u8?{TOKEN}\n"
    '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="480p30",NAME="480p",AUTOSELECT=YES,DEFAULT=YES\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=1400000,RESOLUTION=852x480,CODECS="avc1.4D401F,mp4a.40.2",VIDEO="480p30",FRAME-RATE=30.000\n'
    f"live.m3u8?{TOKEN}\n"
    '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="audio_only",NAME="audio_only",AUTOSELECT=NO,DEFAULT=NO\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=160000,CODECS="mp4a.40.2",VIDEO="audio_only"\n'
    f"sound.m3u8?{TOKEN}\n"
)


@row("a quality is asked for by the source's name")
async def by_name(stage: Stage) -> Expected:
    stage.origin.master = TWITCH
    stage.origin.publish(2)
    stage.record(quality="480p")
    await stage.stored(0, 1)
    return Expected()


@row("a quality is asked for by height and frame rate")
async def by_height(stage: Stage) -> Expected:
    stage.origin.master = TWITCH.replace('NAME="480p"', 'NAME="middling"')
    stage.origin.publish(2)
    stage.record(quality="480p30")
    await stage.stored(0, 1)
    return Expected()


@row("the best is asked for, and is called otherwise than before")
async def is_the_best(stage: Stage) -> Expected:
    stage.origin.master = TWITCH.replace(" (source)", "").replace("best.m3u8", "live.m3u8", 1)
    stage.origin.publish(2)
    stage.record()
    await stage.stored(0, 1)
    return Expected()


@row("a quality is asked for that is not there")
async def is_not_offered(stage: Stage) -> Expected:
    stage.origin.master = TWITCH
    stage.record(quality="360p")
    await stage.said(REFUSED, "480p")
    return Expected(full=(), says=frozenset({REFUSED}), never=frozenset({DOWN, UNREACHABLE}))


@row("the address is that of a media playlist")
async def is_a_media_playlist(stage: Stage) -> Expected:
    stage.origin.publish(2)
    stage.record(url=f"{stage.origin.base}/live.m3u8?{TOKEN}")
    await stage.stored(0, 1)
    return Expected(fetched_once=True)


@row("the stream is not there yet")
async def is_not_there_yet(stage: Stage) -> Expected:
    stage.origin.always["master.m3u8"] = gone
    stage.record()
    await stage.said(DOWN, "HTTP 404")
    del stage.origin.always["master.m3u8"]
    stage.origin.publish(2)
    await stage.stored(0, 1)
    return Expected(says=says(DOWN), never=frozenset({REFUSED, UNREACHABLE}))


@row("the site refuses us, and then does not")
async def refuses(stage: Stage) -> Expected:
    stage.origin.always["master.m3u8"] = refused
    stage.record()
    await stage.said(REFUSED, "HTTP 403")
    del stage.origin.always["master.m3u8"]
    stage.origin.publish(2)
    await stage.stored(0, 1)
    return Expected(says=says(REFUSED), never=frozenset({DOWN, UNREACHABLE}))


@row("the site has changed: a page comes instead of the master playlist")
async def has_changed(stage: Stage) -> Expected:
    stage.origin.always["master.m3u8"] = page
    stage.record()
    await stage.said(REFUSED, "no HLS playlist")
    return Expected(full=(), says=frozenset({REFUSED}), never=frozenset({DOWN, UNREACHABLE}))


@row("the site is in trouble")
async def is_in_trouble(stage: Stage) -> Expected:
    stage.origin.always["master.m3u8"] = failing
    stage.record()
    await stage.said(UNREACHABLE, "HTTP 503")
    del stage.origin.always["master.m3u8"]
    stage.origin.publish(2)
    await stage.stored(0, 1)
    return Expected(says=says(UNREACHABLE), never=frozenset({DOWN, REFUSED}))


def _with_sessions(stage: Stage) -> None:
    """Each answer of the master names a playlist of its own."""
    asked = iter(range(1000))

    async def next_session(request: web.Request, content: bytes) -> web.StreamResponse:
        name = f"session{next(asked)}"
        stage.origin.lines.setdefault(name, Line(name=name, entries=stage.origin.live.entries))
        return web.Response(body=content.replace(b"live.m3u8", f"{name}.m3u8".encode()))

    stage.origin.always["master.m3u8"] = next_session


@row("the address runs out, and a new one is to be had")
async def runs_out(stage: Stage) -> Expected:
    _with_sessions(stage)
    stage.origin.publish(2)
    stage.record()
    await stage.stored(0, 1)
    stage.origin.always["session0.m3u8"] = refused
    stage.origin.publish(2)
    await stage.stored(2, 3)
    return Expected(fetched_once=True)


@row("the address is renewed in time, while the old one still holds")
async def is_renewed(stage: Stage) -> Expected:
    _with_sessions(stage)
    stage.origin.publish(2)
    stage.record(renew_after_s=4.0)
    await stage.stored(0, 1)
    await stage.polled(2, "session1.m3u8")
    stage.origin.publish(1)
    await stage.stored(2)
    return Expected(fetched_once=True, never=frozenset({DOWN, REFUSED, UNREACHABLE}))


@row("the renewed session begins with ads, and the old one is followed until they are over")
async def is_renewed_with_ads(stage: Stage) -> Expected:
    _with_sessions(stage)
    stage.origin.publish(2)
    ads = Line(name="session1")
    stage.origin.lines["session1"] = ads
    for number in range(3):
        stage.origin.add(media(at_us(START), 30)[20 + number], line="session1", title="Amazon|9")
    stage.record(renew_after_s=4.0)
    await stage.stored(0, 1)
    await stage.polled(3, "session1.m3u8")
    stage.origin.publish(2)
    await stage.stored(2, 3)
    ads.entries[:] = stage.origin.live.entries
    await stage.polled(2, "session1.m3u8")
    stage.origin.always["session0.m3u8"] = gone
    stage.origin.publish(2)
    await stage.stored(4, 5)
    return Expected(fetched_once=True, never=frozenset({DOWN, REFUSED, UNREACHABLE}))


@row("the site fails while the address is to be renewed")
async def cannot_be_renewed(stage: Stage) -> Expected:
    _with_sessions(stage)
    stage.origin.publish(2)
    stage.record(renew_after_s=4.0)
    await stage.stored(0, 1)
    stage.origin.always["master.m3u8"] = failing
    await stage.polled(3, "master.m3u8")
    stage.origin.publish(2)
    await stage.stored(2, 3)
    return Expected(fetched_once=True, never=frozenset({DOWN, REFUSED, UNREACHABLE}))
