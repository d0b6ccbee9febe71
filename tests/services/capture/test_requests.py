"""So many requests at a time to one source: counted at a real origin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web
from tests.fakes.fetch_desk import Desk, HurriedClock, fetching, until
from tests.fakes.hls_origin import Trouble, held_until, silent, stalled

from longtake.adapters.http.limits import Limits
from longtake.core.hls.model import InitSection
from longtake.kit.slots import PrioritySlots
from longtake.services.capture.job import Urgency

SOON = Limits(answer_soft_s=0.2, answer_hard_s=30, silence_soft_s=0.2, silence_hard_s=30)


class Peak:
    """The most requests that an origin ever had at a time."""

    def __init__(self, bad: Trouble, bad_from: int = 100) -> None:
        self.at_once = self.most = 0
        self._bad = bad
        self._bad_from = bad_from
        self.order: list[int] = []

    async def __call__(self, request: web.Request, content: bytes) -> web.StreamResponse:
        number = int(request.match_info["name"])
        self.order.append(number)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            if number >= self._bad_from:
                return await self._bad(request, content)
            await asyncio.sleep(0.02)
            return web.Response(body=content)
        finally:
            self.at_once -= 1


async def at_work(peak: Peak, count: int) -> None:
    async def so_many() -> bool:
        return peak.at_once == count

    await until(so_many, within_s=5)


async def nothing_left(desk: Desk) -> bool:
    return len(desk.fetcher) == 0


@asynccontextmanager
async def two_recorders(folder: Path, peak: Peak, places: PrioritySlots) -> AsyncIterator[tuple[Desk, Desk]]:
    """Of one source: they share its places. Each has an origin of its own, which count together."""
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                fetching(folder / name, clock=HurriedClock(), limits=SOON, always=peak, places=places)
            )
            for name in ("one", "other")
        ]
        yield one, other


async def test_requests_that_do_not_get_on_make_way_for_others_and_there_are_never_more_than_allowed(
    tmp_path: Path,
) -> None:
    for bad in (silent, stalled):
        peak, places = Peak(bad), PrioritySlots(4)
        async with two_recorders(tmp_path / bad.__name__, peak, places) as (one, other):
            one.want(100, 101, 102, 103)
            await at_work(peak, 4)
            other.want(*range(8))
            one.want(8, 9)
            await other.until_full(*range(8), within_s=8)
            await one.until_full(8, 9, within_s=8)
        assert peak.most == 4


async def test_what_stalls_while_others_wait_already_makes_way_at_once(tmp_path: Path) -> None:
    peak, places = Peak(silent), PrioritySlots(2)
    async with fetching(tmp_path, limits=SOON, always=peak, places=places) as desk:
        desk.want(100, 101, 0, 1)
        await desk.until_full(0, 1, within_s=4)
    assert peak.most == 2


async def test_one_that_is_late_and_alone_gets_a_second_try_if_there_is_a_place(tmp_path: Path) -> None:
    peak = Peak(silent)
    async with fetching(tmp_path, limits=SOON, always=peak, places=PrioritySlots(3)) as desk:
        desk.want(100)
        await at_work(peak, 2)
        desk.want(0)
        await desk.until_full(0)
        desk.want(*range(1, 6))
        await desk.until_full(*range(1, 6), within_s=5)
    assert peak.most == 3


async def test_what_is_slow_but_steady_keeps_its_place(tmp_path: Path) -> None:
    go = asyncio.Event()
    steady = Limits(answer_soft_s=0.2, silence_soft_s=20)
    peak, places = Peak(held_until(go)), PrioritySlots(2)
    async with fetching(tmp_path, limits=steady, always=peak, places=places) as desk:
        desk.want(100, 101)
        await at_work(peak, 2)
        desk.want(0)
        await asyncio.sleep(0.5)
        assert peak.order == [100, 101]
        go.set()
        await desk.until_full(100, 101, 0)
    assert peak.order == [100, 101, 0]


async def test_what_just_appeared_goes_before_the_backlog_and_that_before_what_failed(tmp_path: Path) -> None:
    go = asyncio.Event()
    peak, places = Peak(held_until(go)), PrioritySlots(1)
    async with two_recorders(tmp_path, peak, places) as (one, other):
        one.want(100)
        await at_work(peak, 1)
        other.want(1, 2, 3, urgency=Urgency.RETRY)
        other.want(4, 5, urgency=Urgency.BACKLOG)
        one.want(6, 7)
        await waits(places, 7)
        go.set()
        await one.until_full(6, 7)
        await other.until_full(1, 2, 3, 4, 5)
    assert peak.order[:3] == [100, 6, 7]
    assert (set(peak.order[3:5]), set(peak.order[5:])) == ({4, 5}, {1, 2, 3})
    assert peak.most == 1


async def waits(places: PrioritySlots, count: int) -> None:
    async def so_many() -> bool:
        return places.waiting == count

    await until(so_many, within_s=5)


async def test_time_spent_in_waiting_for_others_does_not_count_against_the_source(tmp_path: Path) -> None:
    go = asyncio.Event()
    peak, places = Peak(held_until(go)), PrioritySlots(1)
    async with fetching(tmp_path, clock=HurriedClock(), always=peak, places=places) as desk:
        desk.want(100)
        await at_work(peak, 1)
        desk.origin.troubles["0"] = [gone_for_now]
        desk.want(0, target_s=1)
        await asyncio.sleep(0.6)  # twice what its patience with a 404 is
        go.set()
        await desk.until_full(0)


async def gone_for_now(request: web.Request, content: bytes) -> web.StreamResponse:
    return web.Response(status=404)


async def test_who_stops_gives_all_places_back_and_begins_nothing_more(tmp_path: Path) -> None:
    peak, places = Peak(stalled), PrioritySlots(3)
    async with fetching(tmp_path, always=peak, places=places) as desk:
        desk.want(*range(100, 110))
        await at_work(peak, 3)
        async with asyncio.timeout(5):
            await desk.fetcher.stop(grace_s=0.2)
        assert peak.order == [100, 101, 102]
    spare = [places.take_if_free() for _ in range(4)]
    assert [slot is not None for slot in spare] == [True, True, True, False]


async def test_init_sections_need_a_place_too(tmp_path: Path) -> None:
    peak, places = Peak(stalled), PrioritySlots(1)
    async with fetching(tmp_path, limits=SOON, always=peak, places=places) as desk:
        desk.want(0, init=InitSection(uri=f"http://127.0.0.1:{desk.origin.port}/1.ts?token=SECRET"))
        desk.want(2)
        await until(lambda: nothing_left(desk), within_s=5)
    assert set(peak.order) == {0, 1, 2}
    assert peak.most == 1
