"""Ad breaks: skipped, counted, and time goes on through them."""

from __future__ import annotations

from tests.fakes.hls_origin.scripted import ScriptedOrigin
from tests.fakes.recording import START, at_us, media
from tests.fakes.troubles.rows import Expected, row
from tests.fakes.troubles.stage import Stage

from longtake.core.live import LivePolicy
from longtake.core.times import SECOND_US, format_us


def _ads(
    origin: ScriptedOrigin, count: int, first: tuple[str, ...] = (), *, title: str = "", dated: bool = True
) -> None:
    """Segments of a break; the lines stand before the first of them."""
    for number in range(count):
        content = media(at_us(START), 30)[20 + number]
        origin.add(content, *(first if number == 0 else ()), title=title, dated=dated, listed_alone=True)


async def _content_then(stage: Stage, *, dated: bool = True) -> None:
    stage.origin.publish(2, dated=dated)
    stage.record()
    await stage.stored(0, 1)


async def _and_content_again(stage: Stage, *lines: str, ads: int = 3, dated: bool = True) -> Expected:
    """After the break; whether all of that was right."""
    number = len(stage.origin.live.entries)
    stage.origin.add(media(at_us(START), 30)[number], *lines, dated=dated)
    stage.origin.publish(1, dated=dated)
    await stage.stored(number, number + 1)
    stage_starts = [segment.start_us - stage.origin.starts_us for segment in await stage.segments()]
    assert stage_starts == [one * 2 * SECOND_US for one in (0, 1, number, number + 1)], "time ran on"
    return Expected(
        full=(0, 1, number, number + 1),
        counts={"ads": ads, "date_jumps": 0, "missed": 0},
        fetched_once=True,
    )


@row("Twitch stitches ads in, and says so with a date range")
async def stitches(stage: Stage) -> Expected:
    await _content_then(stage)
    begin = stage.origin.starts_us + 4 * SECOND_US
    tag = (
        '#EXT-X-DATERANGE:ID="stitched-ad-1-2",CLASS="twitch-stitched-ad",'
        f'START-DATE="{format_us(begin, digits=3)}",DURATION=6.000,X-TV-TWITCH-AD-ROLL-TYPE="MIDROLL"'
    )
    stage.origin.live.lead = (tag,)
    _ads(stage.origin, 3, ("#EXT-X-DISCONTINUITY",), title="Amazon|123")
    return await _and_content_again(stage, "#EXT-X-DISCONTINUITY")


@row("ads whose titles say Amazon, and nothing else does")
async def is_titled(stage: Stage) -> Expected:
    await _content_then(stage)
    _ads(stage.origin, 3, title="Amazon|4")
    return await _and_content_again(stage)


@row("a break between CUE-OUT and CUE-IN")
async def is_between_cues(stage: Stage) -> Expected:
    await _content_then(stage)
    _ads(stage.origin, 3, ("#EXT-X-CUE-OUT:6.0",))
    return await _and_content_again(stage, "#EXT-X-CUE-IN")


@row("a break whose CUE-OUT leaves the playlist while it goes on")
async def outlasts_the_window(stage: Stage) -> Expected:
    stage.origin.live.window = 3
    await _content_then(stage)
    for number in range(6):
        _ads(stage.origin, 1, ("#EXT-X-CUE-OUT",) if number == 0 else ())
        await stage.polled(2)
    return await _and_content_again(stage, "#EXT-X-CUE-IN", ads=6)


@row("a break whose CUE-IN never comes, but whose length was stated")
async def has_no_end(stage: Stage) -> Expected:
    await _content_then(stage)
    _ads(stage.origin, 3, ("#EXT-X-CUE-OUT:DURATION=6.0",))
    return await _and_content_again(stage)


@row("a break that a SCTE-35 date range opens and closes")
async def is_scte35(stage: Stage) -> Expected:
    await _content_then(stage)
    begin = stage.origin.starts_us + 4 * SECOND_US
    out = f'#EXT-X-DATERANGE:ID="7",START-DATE="{format_us(begin, digits=3)}",PLANNED-DURATION=6.0,SCTE35-OUT=0xFC30'
    _ads(stage.origin, 3, (out,))
    end = begin + 6 * SECOND_US
    closed = f'#EXT-X-DATERANGE:ID="7",END-DATE="{format_us(end, digits=3)}",SCTE35-IN=0xFC31'
    return await _and_content_again(stage, closed)


@row("after a break nothing has a date")
async def is_undated(stage: Stage) -> Expected:
    await _content_then(stage)
    _ads(stage.origin, 3, ("#EXT-X-CUE-OUT:6",), dated=False)
    return await _and_content_again(stage, "#EXT-X-CUE-IN", dated=False)


@row("ads are recorded, for that is what the operator wants")
async def is_wanted(stage: Stage) -> Expected:
    stage.origin.publish(1)
    _ads(stage.origin, 2, ("#EXT-X-CUE-OUT:4",))
    stage.origin.add(media(at_us(START), 30)[3], "#EXT-X-CUE-IN")
    stage.record(policy=LivePolicy(skip_ads=False))
    await stage.stored(0, 1, 2, 3)
    return Expected(full=(0, 1, 2, 3), fetched_once=True)
