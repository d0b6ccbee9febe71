"""Late downloads: which keep their slot, which make way, which are tried twice."""

from __future__ import annotations

import asyncio

from longtake.adapters.http.limits import Late, Limits, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.core.errors import SourceUnreachable
from longtake.kit.slots import PrioritySlots
from longtake.services.capture.downloading import SLOW_TWICE_AT_ONCE, LateDownloads
from longtake.services.capture.job import Attempt


async def stuck(pulse: Pulse, fresh: bool) -> Attempt:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody waits so long")


def tries() -> TwoTries[Attempt]:
    return TwoTries(stuck, "http://example.org/", Limits())


async def test_a_silent_one_gives_its_slot_back_and_is_tried_twice() -> None:
    late, slots = LateDownloads(8), PrioritySlots(1)
    async with slots.slot(0) as slot:
        assert late.enter(tries(), slot, Late.SILENT)
        assert not slot.is_held


async def test_a_slow_one_keeps_its_slot_and_only_a_few_are_tried_twice() -> None:
    late, slots = LateDownloads(8), PrioritySlots(1)
    async with slots.slot(0) as slot:
        slow = [tries() for _ in range(SLOW_TWICE_AT_ONCE + 1)]
        assert [late.enter(one, slot, Late.SLOW) for one in slow] == [True] * SLOW_TWICE_AT_ONCE + [False]
        assert slot.is_held
        late.leave(slow[0])
        assert late.enter(slow[-1], slot, Late.SLOW)


async def test_when_too_many_do_not_get_on_the_oldest_makes_way() -> None:
    late, slots = LateDownloads(2), PrioritySlots(3)
    stuck_ones = [tries() for _ in range(3)]
    running = [asyncio.create_task(one.run()) for one in stuck_ones]
    await asyncio.sleep(0)
    for one in stuck_ones:
        async with slots.slot(0) as slot:
            late.enter(one, slot, Late.TRICKLING)
    async with asyncio.timeout(5):
        (error,) = await asyncio.gather(running[0], return_exceptions=True)
    assert isinstance(error, SourceUnreachable)
    assert not running[1].done()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
