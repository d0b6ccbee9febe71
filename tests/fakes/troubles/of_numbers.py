"""Troubles with numbers, names, dates and clocks."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from tests.fakes.hls_origin.scripted import TOKEN
from tests.fakes.recording import START, at_us, media
from tests.fakes.troubles.rows import Expected, row
from tests.fakes.troubles.stage import Stage

from longtake.core.times import SECOND_US


async def _begun(stage: Stage, count: int = 2) -> None:
    stage.origin.publish(count)
    stage.record()
    await stage.stored(*range(count))


@row("there are no dates at all")
async def has_no_dates(stage: Stage) -> Expected:
    stage.origin.dated = False
    await _begun(stage, 3)
    stage.origin.publish(2)
    await stage.stored(3, 4)
    starts = [segment.start_us for segment in await stage.segments()]
    steps = [after - before for before, after in pairwise(starts)]
    assert all(1.8 * SECOND_US <= step <= 2.2 * SECOND_US for step in steps), "by the clock, and never back"
    return Expected(timed=False, fetched_once=True)


@row("the playlist loses its dates midway")
async def loses_its_dates(stage: Stage) -> Expected:
    await _begun(stage, 3)
    entries = stage.origin.live.entries
    stage.origin.dated = False
    entries[:] = [replace(entry, at_us=None) for entry in entries]
    stage.origin.publish(3)
    await stage.stored(3, 4, 5)
    starts = [segment.start_us - stage.origin.starts_us for segment in await stage.segments()]
    assert starts == [number * 2 * SECOND_US for number in range(6)], "time goes on from the last date"
    return Expected(timed=False, fetched_once=True)


@row("only the first entry of each playlist has a date")
async def dates_the_first(stage: Stage) -> Expected:
    def first_alone(text: str, request: object) -> str:
        date = "#EXT-X-PROGRAM-DATE-TIME"
        before, mark, after = text.partition(date)
        return before + mark + re.sub(rf"{date}.*\n", "", after)

    stage.origin.live.edit = first_alone
    await _begun(stage, 4)
    stage.origin.publish(2)
    await stage.stored(4, 5)
    return Expected(fetched_once=True)


@row("the source's clock jumps ahead by a minute")
async def jumps_ahead(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.starts_us += 60 * SECOND_US
    stage.origin.publish(2)
    await stage.stored(2, 3)
    return Expected(fetched_once=True, counts={"date_jumps": 1, "date_jump_s": 60.0})


@row("the source's clock jumps back by five seconds")
async def jumps_back(stage: Stage) -> Expected:
    await _begun(stage, 4)
    stage.origin.starts_us -= 5 * SECOND_US
    stage.origin.publish(2)
    await stage.stored(4, 5)
    return Expected(fetched_once=True, counts={"date_jumps": 1, "date_jump_s": -5.0})


@row("an encoder without a clock says 1970")
async def says_1970(stage: Stage) -> Expected:
    stage.origin.starts_us = 0
    await _begun(stage, 3)
    assert all(segment.hour > "2020" for segment in await stage.segments())
    return Expected(timed=False, fetched_once=True)


@row("dates lie hours ahead of our clock")
async def is_ahead(stage: Stage) -> Expected:
    now_us = stage.clock.now_us()
    stage.origin.starts_us = now_us + 7200 * SECOND_US
    await _begun(stage, 3)
    assert all(abs(one.start_us - now_us) < 600 * SECOND_US for one in await stage.segments())
    return Expected(timed=False, fetched_once=True)


@row("our own clock is set forward by an hour")
async def is_set_forward(stage: Stage) -> Expected:
    await _begun(stage)
    stage.clock.step(3600)
    stage.origin.publish(2)
    await stage.stored(2, 3)
    return Expected(fetched_once=True)


@row("our own clock is set back by an hour")
async def is_set_back(stage: Stage) -> Expected:
    stage.origin.starts_us = stage.clock.now_us() // SECOND_US * SECOND_US - 7300 * SECOND_US
    await _begun(stage)
    stage.clock.step(-3600)
    stage.origin.publish(2)
    await stage.stored(2, 3)
    return Expected(fetched_once=True)


@row("an encoder starts again with the same names, and without dates")
async def counts_anew(stage: Stage) -> Expected:
    stage.origin.dated = False
    stage.origin.live.window = 4
    stage.origin.publish(15)
    stage.record()
    await stage.stored(11, 12, 13, 14)
    old = stage.origin.live.entries[:]
    stage.origin.live.entries[:] = []
    for number in range(2):
        stage.origin.add(old[number].content)
    await stage.until(lambda: stage.origin.requests["0.ts"] == 1, "the new first is asked for")
    await stage.stored(0, 1)
    stage.origin.live.entries[:] = old
    return Expected(full=(0, 1, 11, 12, 13, 14), timed=False)


@row("each playlist has other tokens in its addresses")
async def has_tokens_of_the_moment(stage: Stage) -> Expected:
    served = iter(range(10_000))
    stage.origin.live.edit = lambda text, request: text.replace(TOKEN, f"{TOKEN}&n={next(served)}")
    await _begun(stage, 4)
    await stage.polled(5)
    stage.origin.publish(2)
    await stage.stored(4, 5)
    return Expected(fetched_once=True)


@row("another edge lags behind, and answers every second poll")
async def has_a_lagging_edge(stage: Stage) -> Expected:
    served = iter(range(10_000))

    def edges(text: str, request: object) -> str:
        if next(served) % 2:
            return text
        lines = text.rstrip("\n").split("\n")
        places = [place for place, line in enumerate(lines) if ".ts" in line]
        return "\n".join(lines[: places[-3] + 1] if len(places) > 3 else lines) + "\n"

    stage.origin.live.edit = edges
    await _begun(stage, 6)
    for number in range(6, 12):
        stage.origin.publish(1)
        await stage.stored(number)
    return Expected(fetched_once=True)


@row("there is no MEDIA-SEQUENCE, and the window slides")
async def has_no_numbers(stage: Stage) -> Expected:
    stage.origin.live.window = 4
    stage.origin.live.edit = lambda text, request: re.sub(r"#EXT-X-MEDIA-SEQUENCE.*\n", "", text)
    await _begun(stage, 4)
    for number in range(4, 10):
        stage.origin.publish(1)
        await stage.stored(number)
    return Expected(fetched_once=True)


@row("the encoder is changed: a discontinuity, other parameters")
async def has_a_discontinuity(stage: Stage) -> Expected:
    await _begun(stage)
    stage.origin.add(media(at_us(START), 30)[7], "#EXT-X-DISCONTINUITY")
    await stage.stored(2)
    return Expected(fetched_once=True)
