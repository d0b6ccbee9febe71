"""Looks at the live edge: few for many who ask at once, none from before they asked."""

from __future__ import annotations

import asyncio

from tests.builders import a_run, us
from tests.fakes.memory_store import MemoryStore

from longtake.core.ledger import Shown
from longtake.kit.clock import SystemClock
from longtake.services.serve.live_edge import Asked, LiveEdge

RUN = a_run(count=5)
ASKED = Asked("demo", "source", window_us=60_000_000)


class CountedStore(MemoryStore):
    """Counts looks, each of which takes a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def shown(
        self,
        channel: str,
        quality: str,
        *,
        now_us: int,
        start_us: int | None = None,
        window_us: int = 0,
        reach_back: bool = True,
    ) -> Shown:
        self.looks += 1
        await asyncio.sleep(0)
        return await super().shown(
            channel, quality, now_us=us("05:00:00"), start_us=start_us, window_us=window_us
        )


def put(store: MemoryStore, count: int) -> None:
    for segment in RUN[:count]:
        store.disk.put("demo", "source", segment.hour, segment.name)


def entries(shown: Shown) -> int:
    return sum(map(len, shown.hours))


async def test_many_who_ask_at_once_cost_one_look() -> None:
    store = CountedStore()
    put(store, 3)
    edge = LiveEdge(store, SystemClock())
    found = await asyncio.gather(*(edge.shown(ASKED) for _ in range(200)))
    assert {entries(shown) for shown in found} == {3}
    assert store.looks == 1


async def test_who_asks_later_sees_what_came_before_he_asked() -> None:
    store = CountedStore()
    put(store, 3)
    edge = LiveEdge(store, SystemClock())
    first = asyncio.create_task(edge.shown(ASKED))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    put(store, 4)
    assert entries(await edge.shown(ASKED)) == 4
    assert entries(await first) in (3, 4)


async def test_it_looks_again_until_what_is_waited_for_is_there() -> None:
    store = CountedStore()
    put(store, 3)
    edge = LiveEdge(store, SystemClock())
    waits = asyncio.create_task(edge.shown_once(ASKED, lambda shown: entries(shown) == 4, patience_s=20))
    async with asyncio.timeout(10):
        while store.looks < 3:
            await asyncio.sleep(0.01)
    put(store, 4)
    assert entries(await waits) == 4
    assert entries(await edge.shown_once(ASKED, lambda shown: False, patience_s=0)) == 4
