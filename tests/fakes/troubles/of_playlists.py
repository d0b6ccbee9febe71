"""Troubles in what a playlist says, and forms that playlists may have."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

from aiohttp import web
from tests.fakes.hls_origin.scripted import TOKEN
from tests.fakes.recording import START, at_us, media
from tests.fakes.troubles.rows import Expected, row, says
from tests.fakes.troubles.stage import Stage

from longtake.services.capture.report import RecorderState

DOWN, REFUSED, UNREACHABLE = RecorderState.DOWN, RecorderState.REFUSED, RecorderState.UNREACHABLE


async def _begun(stage: Stage, count: int = 2) -> None:
    stage.origin.publish(count)
    stage.record()
    await stage.stored(*range(count))


def _edited(stage: Stage, old: str, new: str) -> None:
    stage.origin.live.edit = lambda text, request: re.sub(old, new, text, flags=re.MULTILINE)


@row("a byte-order mark stands before the playlist")
async def has_a_mark(stage: Stage) -> Expected:
    _edited(stage, r"\A", "\ufeff")
    await _begun(stage)
    return Expected()


@row("lines end as on Windows")
async def has_other_line_ends(stage: Stage) -> Expected:
    _edited(stage, "\n", "\r\n")
    await _begun(stage)
    return Expected()


@row("addresses are relative, with dots, folders and queries")
async def has_relative_addresses(stage: Stage) -> Expected:
    _edited(stage, r"^(\d+)\.ts\?.*$", r"./a/../\1.ts?x=1/2/../3&" + TOKEN)
    await _begun(stage)
    assert all("x=1/2/../3" in stage.origin.queries[f"{number}.ts"][0] for number in range(2))
    return Expected()


@row("addresses are absolute, and begin at the host")
async def has_absolute_addresses(stage: Stage) -> Expected:
    _edited(stage, r"^(\d+\.ts)", r"/\1")
    await _begun(stage)
    return Expected()


@row("tags and attributes that nobody knows")
async def has_unknown_tags(stage: Stage) -> Expected:
    stage.origin.live.lead = ('#EXT-X-STRANGE:A=1,B="x"', "#EXT-X-TWITCH-INFO:X=1", "# a comment", "")
    await _begun(stage)
    return Expected()


@row("durations are written with a comma")
async def has_commas(stage: Stage) -> Expected:
    _edited(stage, r"^#EXTINF:2\.000,", "#EXTINF:2,0,")
    await _begun(stage)
    return Expected()


@row("one EXTINF is nonsense")
async def has_a_bad_duration(stage: Stage) -> Expected:
    _edited(stage, r"^#EXTINF:2\.000,\n1\.ts", "#EXTINF:soon,\n1.ts")
    await _begun(stage, 3)
    return Expected()


@row("the version is nonsense")
async def has_a_bad_version(stage: Stage) -> Expected:
    _edited(stage, r"^#EXT-X-VERSION:6", "#EXT-X-VERSION:six")
    await _begun(stage)
    return Expected()


@row("the target duration is written with decimals")
async def has_a_fractional_target(stage: Stage) -> Expected:
    _edited(stage, r"^(#EXT-X-TARGETDURATION:2)", r"\1.000")
    await _begun(stage)
    return Expected()


@row("the playlist is empty for a while")
async def is_empty(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.live.edit = lambda text, request: "\n".join(text.split("\n")[:4]) + "\n"
    await stage.polled(3)
    stage.origin.publish(1)
    stage.origin.live.edit = None
    await stage.stored(2)
    return Expected(never=frozenset({REFUSED, UNREACHABLE}), fetched_once=True)


@row("the playlist brings nothing new: the stream stands still")
async def stands_still(stage: Stage) -> Expected:
    stage.origin.publish(2)
    stage.record(times=40)
    await stage.stored(0, 1)
    await stage.said(DOWN, "stands still")
    stage.origin.publish(1)
    await stage.stored(2)
    return Expected(says=says(DOWN), never=frozenset({REFUSED, UNREACHABLE}), fetched_once=True)


@row("the stream ends, and comes back where it was")
async def ends(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.live.ended = True
    stage.origin.publish(1)
    await stage.said(DOWN, "ended")
    stage.origin.live.ended = False
    stage.origin.publish(1)
    await stage.stored(2, 3)
    return Expected(says=says(DOWN), fetched_once=True)


@row("the stream ends, and begins anew with the same names and numbers")
async def begins_anew(stage: Stage) -> Expected:
    await _begun(stage, 3)
    stage.origin.live.ended = True
    await stage.said(DOWN, "ended")
    first, later = stage.origin.live.entries[:], stage.origin.starts_us + 3600 * 1_000_000
    stage.origin.live.entries.clear()
    stage.origin.live.ended, stage.origin.starts_us = False, later
    stage.origin.publish(2)
    await stage.until(lambda: stage.origin.requests["1.ts"] == 2, "the new one is fetched")
    stage.origin.live.entries[:] = [*first, *stage.origin.live.entries]
    await stage.stored(*range(5))
    return Expected(says=says(DOWN))


@row("the playlist slides past us while it cannot be had")
async def slides_past(stage: Stage) -> Expected:
    stage.origin.live.window = 3
    await _begun(stage)
    await stage.origin.stop()
    stage.origin.publish(6)
    await stage.origin.start()
    await stage.stored(5, 6, 7)
    return Expected(full=(0, 1, 5, 6, 7), fetched_once=True)


@row("segments are announced as gaps, and one is there after all")
async def has_gaps(stage: Stage) -> Expected:
    stage.origin.publish(1)
    for number in (1, 2):
        stage.origin.add(media(at_us(START), 30)[number], "#EXT-X-GAP")
    stage.origin.publish(1)
    stage.record()
    await stage.stored(0, 3)
    stage.origin.live.entries[2] = replace(stage.origin.live.entries[2], lines=())
    await stage.stored(2)
    return Expected(full=(0, 2, 3), counts={"gaps": 2, "missed": 0}, fetched_once=True)


@row("a delta update leaves out what is known")
async def is_a_delta(stage: Stage) -> Expected:
    def skipping(text: str, request: web.Request) -> str:
        if "_HLS_skip=YES" not in request.query_string:
            return text
        lines = text.split("\n")
        entries = [place for place, line in enumerate(lines) if ".ts" in line]
        if len(entries) < 4:
            return text
        skipped = len(entries) - 2
        first = next(
            place for place, line in enumerate(lines) if line.startswith(("#EXTINF", "#EXT-X-PROGRAM"))
        )
        return "\n".join(
            [*lines[:first], f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}", *lines[entries[skipped - 1] + 1 :]]
        )

    stage.origin.live.window = 60
    stage.origin.live.lead = ("#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.0",)
    stage.origin.live.edit = skipping
    await _begun(stage, 26)
    for number in range(26, 30):
        stage.origin.publish(1)
        await stage.stored(number)
    assert any("_HLS_skip=YES" in query for query in stage.origin.queries["live.m3u8"])
    return Expected(fetched_once=True)


@row("the server holds its answer until the next segment is there")
async def holds_its_answer(stage: Stage) -> Expected:
    async def held(request: web.Request, content: bytes) -> web.StreamResponse:
        wanted = int(request.query.get("_HLS_msn", -1))
        while wanted >= len(stage.origin.live.entries):
            await asyncio.sleep(0.01)
        return web.Response(body=stage.origin.live.text().encode())

    stage.origin.live.lead = ("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES",)
    stage.origin.always["live.m3u8"] = held
    await _begun(stage)
    await stage.until(lambda: "_HLS_msn=2" in stage.origin.queries["live.m3u8"][-1], "it waits for the third")
    asked = stage.origin.requests["live.m3u8"]
    for number in range(2, 6):
        stage.origin.publish(1)
        await stage.stored(number)
    assert stage.origin.requests["live.m3u8"] - asked <= 8, "hardly more than one poll for each"
    return Expected(fetched_once=True)


@row("low latency: parts and hints stand beside the segments")
async def has_parts(stage: Stage) -> Expected:
    part = f'#EXT-X-PART:DURATION=0.5,URI="part.ts?{TOKEN}",INDEPENDENT=YES'
    stage.origin.live.lead = ("#EXT-X-PART-INF:PART-TARGET=0.5",)
    _edited(stage, r"\n\Z", f'\n{part}\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="next.ts?{TOKEN}"\n')
    await _begun(stage, 3)
    assert not stage.origin.requests["part.ts"]
    return Expected(fetched_once=True)


@row("a master playlist comes where a media playlist was")
async def is_a_master(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.live.edit = lambda text, request: stage.origin.master
    await stage.said(REFUSED, "master playlist")
    stage.origin.publish(1)
    stage.origin.live.edit = None
    await stage.stored(2)
    return Expected(says=says(REFUSED), fetched_once=True)
