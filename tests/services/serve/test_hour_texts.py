"""Texts of hours: rendered once for all who want them, kept within bounds, and given up by nobody for others."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections import Counter
from collections.abc import Sequence

import pytest
from tests.builders import a_run, a_segment, listings_of, us
from tests.fakes.listed import text_of as listed_text

from longtake.core.fixed_range import fixed_range
from longtake.core.hour_entries import HourEntries
from longtake.core.hour_notes import NO_NOTES
from longtake.core.hour_text import HourText, render_hour
from longtake.core.segments import Segment
from longtake.core.timeline import HourContent, HourTimeline, JoinedHours, build_hour, join_hours
from longtake.services.serve.hour_texts import HourTexts

FOLDER = "../../segments/demo/source/"
UNIFORM = a_run("04:00:00", 5)
ODD = [a_segment("05:00:00"), a_segment("05:00:02", 4.0), a_segment("05:00:06")]
ODDER = [a_segment("06:00:00", 3.0), a_segment("06:00:03", 4.0), a_segment("06:00:09")]


class SteppedRendering:
    """Really renders, and counts. While ``held``, a rendering waits in its thread until ``go`` is set, then fails if told to."""

    def __init__(self) -> None:
        self.rendered: Counter[str] = Counter()
        self.held = False
        self.begun = threading.Event()
        self.go = threading.Event()
        self.failure: Exception | None = None

    def __call__(self, hour: HourEntries, folder: str) -> HourText:
        self.rendered[hour.columns.hour] += 1
        self.begun.set()
        if self.held:
            assert self.go.wait(30), "the test never let it go on"
        if self.failure is not None:
            raise self.failure
        return render_hour(hour, folder)


def hours_of(segments: Sequence[Segment]) -> list[HourTimeline]:
    contents = [HourContent(listing=listing, notes=NO_NOTES) for listing in listings_of(segments)]
    return [build_hour(content, None, None, sizes={}) for content in contents]


def joined(hours: Sequence[HourTimeline], start: str = "00:00:00", end: str = "12:00:00") -> JoinedHours:
    return join_hours(hours, start_us=us(start), end_us=us(end))


async def text_of(texts: HourTexts, hours: JoinedHours) -> str:
    """What stands between head and tail."""
    listed = fixed_range(hours, holes=False)
    pieces = [piece for stretch in listed.stretches async for piece in texts.stretch(stretch, FOLDER)]
    return b"".join(pieces).decode()


def directly(hours: Sequence[HourTimeline]) -> str:
    """As it is without anything that is kept or waited for."""
    lines = listed_text(fixed_range(joined(hours), holes=False)).splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.startswith("#EXT-X-PROGRAM-DATE-TIME"))
    return "".join(lines[first:-1])


async def until_begun(rendering: SteppedRendering) -> None:
    assert await asyncio.to_thread(rendering.begun.wait, 10)


async def until_idle(texts: HourTexts) -> None:
    async with asyncio.timeout(10):
        while texts.under_way:
            await asyncio.sleep(0.001)


async def test_a_range_is_its_hours_one_after_the_other() -> None:
    hours = hours_of([*UNIFORM, *ODD, *ODDER])
    texts = HourTexts(memory_bytes=1 << 20)
    assert await text_of(texts, joined(hours)) == directly(hours)


async def test_many_of_one_range_cost_one_rendering_of_each_hour_that_is_not_uniform() -> None:
    rendering, hours = SteppedRendering(), hours_of([*UNIFORM, *ODD, *ODDER])
    texts = HourTexts(memory_bytes=1 << 20, render=rendering)
    rendering.held = True
    asked = [asyncio.create_task(text_of(texts, joined(hours))) for _ in range(20)]
    await until_begun(rendering)
    rendering.go.set()
    assert set(await asyncio.gather(*asked)) == {directly(hours)}
    assert rendering.rendered == {"2024-11-09T05": 1, "2024-11-09T06": 1}
    assert await text_of(texts, joined(hours, "05:00:02", "06:00:03")) != ""
    assert rendering.rendered.total() == 2


async def test_an_hour_that_was_made_anew_is_rendered_anew() -> None:
    rendering = SteppedRendering()
    texts = HourTexts(memory_bytes=1 << 20, render=rendering)
    before, after = hours_of(ODD), hours_of([*ODD, a_segment("05:00:08")])
    assert await text_of(texts, joined(before)) == directly(before)
    assert await text_of(texts, joined(after)) == directly(after)
    assert rendering.rendered == {"2024-11-09T05": 2}


async def test_without_memory_all_is_right_and_rendered_each_time() -> None:
    rendering, hours = SteppedRendering(), hours_of([*ODD, *ODDER])
    texts = HourTexts(memory_bytes=0, render=rendering)
    for _ in range(3):
        assert await text_of(texts, joined(hours)) == directly(hours)
    assert (texts.weight_bytes, rendering.rendered.total()) == (0, 6)


async def test_what_is_kept_stays_within_its_bounds_and_the_oldest_goes() -> None:
    rendering = SteppedRendering()
    first, second = hours_of([*ODD, *ODDER])
    weights = [
        render_hour(hour.entries, f"{FOLDER}{hour.columns.hour}/").weight_bytes for hour in (first, second)
    ]
    texts = HourTexts(memory_bytes=max(weights), render=rendering)
    for hour in (first, second, second, first):
        await text_of(texts, joined([hour]))
        assert 0 < texts.weight_bytes <= max(weights)
    assert rendering.rendered == {"2024-11-09T05": 2, "2024-11-09T06": 1}


async def test_who_leaves_ends_the_rendering_for_nobody_else() -> None:
    rendering, hours = SteppedRendering(), hours_of(ODD)
    texts = HourTexts(memory_bytes=1 << 20, render=rendering)
    rendering.held = True
    leaves, stays = (asyncio.create_task(text_of(texts, joined(hours))) for _ in range(2))
    await until_begun(rendering)
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    rendering.go.set()
    assert await stays == directly(hours)
    assert rendering.rendered.total() == 1


async def test_once_all_have_left_the_rendering_ends_and_leaves_nothing_but_what_it_made() -> None:
    rendering, hours = SteppedRendering(), hours_of(ODD)
    texts = HourTexts(memory_bytes=1 << 20, render=rendering)
    rendering.held = True
    asked = asyncio.create_task(text_of(texts, joined(hours)))
    await until_begun(rendering)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert texts.under_way == 1
    rendering.go.set()
    await until_idle(texts)
    assert await text_of(texts, joined(hours)) == directly(hours)
    assert rendering.rendered.total() == 1


async def test_an_error_goes_to_all_who_wait_and_the_next_one_is_right() -> None:
    rendering, hours = SteppedRendering(), hours_of(ODD)
    texts = HourTexts(memory_bytes=1 << 20, render=rendering)
    rendering.held, rendering.failure = True, MemoryError("none left")
    asked = [asyncio.create_task(text_of(texts, joined(hours))) for _ in range(3)]
    await until_begun(rendering)
    rendering.go.set()
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(result) for result in results] == [MemoryError] * 3
    rendering.failure = None
    assert (texts.under_way, texts.weight_bytes) == (0, 0)
    assert await text_of(texts, joined(hours)) == directly(hours)


async def test_an_error_that_nobody_waits_for_is_nobodys() -> None:
    rendering, hours = SteppedRendering(), hours_of(ODD)
    texts = HourTexts(memory_bytes=1 << 20, render=rendering)
    rendering.held, rendering.failure = True, MemoryError("none left")
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: complaints.append(context))
    asked = asyncio.create_task(text_of(texts, joined(hours)))
    await until_begun(rendering)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    rendering.go.set()
    await until_idle(texts)
    del asked
    gc.collect()  # a task whose error nobody looked at complains when it goes
    await asyncio.sleep(0)
    assert complaints == []


async def test_a_text_does_not_keep_its_hour() -> None:
    texts, hours = HourTexts(memory_bytes=1 << 20), hours_of(ODD)
    await text_of(texts, joined(hours))
    kept = weakref.ref(hours[0])
    hours.clear()
    gc.collect()
    assert kept() is None
    assert texts.weight_bytes > 0
    anew = hours_of(ODD)
    assert await text_of(texts, joined(anew)) == directly(anew)
