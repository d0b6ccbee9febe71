"""Runs are begun and ended by hand: nothing here depends on how long anything takes."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.kit.sharing import Shared


@dataclass(slots=True)
class Workshop:
    """Runs, numbered as they begin, that end when they are told to."""

    runs: list[asyncio.Future[None]] = field(default_factory=list)

    async def make(self) -> int:
        number = len(self.runs)
        self.runs.append(asyncio.get_running_loop().create_future())
        await self.runs[number]
        return number


async def turns(count: int = 5) -> None:
    """Lets all that can go on go on: from one end of a run to its caller's next line is fewer turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def complaints() -> list[str]:
    """What the loop says of errors that nobody looked at."""
    said: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(str(context["message"])))
    return said


async def test_those_who_ask_at_once_share_one_run() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    callers = [asyncio.create_task(shared.get("a", shop.make)) for _ in range(20)]
    await turns()
    shop.runs[0].set_result(None)
    assert await asyncio.gather(*callers) == [0] * 20
    assert len(shop.runs) == 1
    assert len(shared) == 0


async def test_those_who_ask_while_a_run_is_under_way_share_the_next() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    first = asyncio.create_task(shared.get("a", shop.make))
    await turns()
    later = [asyncio.create_task(shared.get("a", shop.make)) for _ in range(20)]
    await turns()
    assert len(shop.runs) == 1
    shop.runs[0].set_result(None)
    assert await first == 0
    await turns()
    shop.runs[1].set_result(None)
    assert await asyncio.gather(*later) == [1] * 20
    assert len(shop.runs) == 2
    assert len(shared) == 0


async def test_the_next_run_is_made_as_one_of_its_own_callers_said() -> None:
    shared: Shared[str, int] = Shared("work")
    shop, other = Workshop(), Workshop()
    first = asyncio.create_task(shared.get("a", shop.make))
    await turns()
    second = asyncio.create_task(shared.get("a", other.make))
    await turns()
    shop.runs[0].set_result(None)
    await turns()
    other.runs[0].set_result(None)
    assert await first == await second == 0
    assert len(shop.runs) == 1


async def test_other_keys_wait_for_nothing() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    hangs = asyncio.create_task(shared.get("a", shop.make))
    other = asyncio.create_task(shared.get("b", shop.make))
    await turns()
    shop.runs[1].set_result(None)
    assert await other == 1
    assert len(shared) == 1
    shop.runs[0].set_result(None)
    assert await hangs == 0


async def test_who_asks_once_it_is_done_gets_a_run_of_his_own() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    for number in range(3):
        caller = asyncio.create_task(shared.get("a", shop.make))
        await turns()
        shop.runs[number].set_result(None)
        assert await caller == number


async def test_an_error_goes_to_all_of_its_run_and_is_not_kept() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    first = [asyncio.create_task(shared.get("a", shop.make)) for _ in range(3)]
    await turns()
    later = asyncio.create_task(shared.get("a", shop.make))
    await turns()
    shop.runs[0].set_exception(OSError("the disk fails"))
    for caller in first:
        with pytest.raises(OSError, match="the disk fails"):
            await caller
    await turns()
    shop.runs[1].set_result(None)
    assert await later == 1
    assert len(shared) == 0


async def test_an_error_before_the_first_wait_goes_to_the_caller_too() -> None:
    shared: Shared[str, int] = Shared("work")

    def fails() -> asyncio.Future[int]:
        raise ValueError("no such thing")

    with pytest.raises(ValueError, match="no such thing"):
        await shared.get("a", fails)
    assert len(shared) == 0


async def test_a_caller_that_leaves_takes_nothing_from_the_others() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    leaves, stays = (asyncio.create_task(shared.get("a", shop.make)) for _ in range(2))
    await turns()
    leaves.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaves
    shop.runs[0].set_result(None)
    assert await stays == 0


async def test_a_run_that_all_have_left_ends_by_itself_and_leaves_nothing(complaints: list[str]) -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    callers = [asyncio.create_task(shared.get("a", shop.make)) for _ in range(3)]
    await turns()
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    assert len(shared) == 1
    shop.runs[0].set_exception(OSError("nobody is there to hear it"))
    await turns()
    assert len(shared) == 0
    gc.collect()
    assert complaints == []


async def test_work_that_is_cancelled_within_is_the_end_of_that_run_alone() -> None:
    shared: Shared[str, int] = Shared("work")
    shop = Workshop()
    first = asyncio.create_task(shared.get("a", shop.make))
    await turns()
    later = asyncio.create_task(shared.get("a", shop.make))
    await turns()
    shop.runs[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await turns()
    shop.runs[1].set_result(None)
    assert await later == 1


@pytest.mark.parametrize(
    "begun", [pytest.param(True, id="under way"), pytest.param(False, id="not yet begun")]
)
async def test_a_run_that_is_ended_from_outside_lets_all_callers_go(begun: bool) -> None:
    shared: Shared[str, int] = Shared("work to end")
    shop = Workshop()
    first = asyncio.ensure_future(shared.get("a", shop.make))
    await turns(1)  # the caller's first step: the run's task is there, and has not begun
    if begun:
        await turns()
    later = asyncio.ensure_future(shared.get("a", shop.make))
    await turns(1) if begun else None
    [work] = [task for task in asyncio.all_tasks() if task.get_name() == "work to end"]
    work.cancel()
    ended, waiting = await asyncio.wait({first, later}, timeout=10)
    assert waiting == set()
    assert all(caller.cancelled() for caller in ended)
    assert len(shop.runs) == int(begun)
    assert len(shared) == 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), st.integers(0, 1)),
        st.tuples(st.just("leave"), st.integers(0, 9)),
        st.tuples(st.sampled_from(["end", "fail"]), st.integers(0, 9)),
        st.tuples(st.just("turn"), st.integers(1, 4)),
    ),
    max_size=40,
)


async def _ask(shared: Shared[int, int], key: int, shop: Workshop, asked: list[int]) -> int:
    asked.append(len(shop.runs))
    return await shared.get(key, shop.make)


class Interleaving:
    """Callers of two keys come and leave, runs end well or badly, and the loop turns a little or a lot between."""

    def __init__(self) -> None:
        self.shared: Shared[int, int] = Shared("work")
        self.shops = Workshop(), Workshop()
        self.callers: list[tuple[int, list[int], asyncio.Task[int]]] = []

    async def step(self, what: str, number: int) -> None:
        open_runs = [run for shop in self.shops for run in shop.runs if not run.done()]
        if what == "ask":
            asked: list[int] = []
            work = _ask(self.shared, number, self.shops[number], asked)
            self.callers.append((number, asked, asyncio.create_task(work)))
        elif what == "turn":
            await turns(number)
        elif what == "leave" and self.callers:
            self.callers[number % len(self.callers)][2].cancel()
        elif what in ("end", "fail") and open_runs:
            run = open_runs[number % len(open_runs)]
            run.set_result(None) if what == "end" else run.set_exception(OSError("fails"))

    async def finish(self) -> None:
        """Lets all runs end that are still to come."""
        await turns()
        while len(self.shared):
            for shop in self.shops:
                for run in shop.runs:
                    if not run.done():
                        run.set_result(None)
            await turns()

    def check(self) -> None:
        for _, asked, task in self.callers:
            assert task.done()
            if not task.cancelled() and task.exception() is None:
                assert task.result() >= asked[0]
        for key, shop in enumerate(self.shops):
            callers = sum(1 for number, asked, _ in self.callers if number == key and asked)
            assert len(shop.runs) <= callers
            assert all(run.done() for run in shop.runs)


@quick
@given(steps)
def test_whoever_asks_is_told_of_what_began_after_he_asked(did: list[tuple[str, int]]) -> None:
    async def interleave() -> list[str]:
        said: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: said.append(str(context)))
        world = Interleaving()
        for what, number in did:
            await world.step(what, number)
        await world.finish()
        world.check()
        return said

    assert asyncio.run(interleave()) == []
