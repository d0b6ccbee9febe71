"""Nobody gets what was read before he asked, and many who ask cost two runs."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.kit.sharing import Shared


class Work:
    """Runs that end when they are told to; each gives its number."""

    def __init__(self) -> None:
        self.begun = 0
        self.ends: list[asyncio.Event] = []
        self.error: Exception | None = None

    async def make(self) -> int:
        self.begun += 1
        number, end = self.begun, asyncio.Event()
        self.ends.append(end)
        await end.wait()
        if self.error is not None:
            raise self.error
        return number


async def turns(count: int = 5) -> None:
    """Lets everything that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_who_asks_alone_has_a_run_alone() -> None:
    work, shared = Work(), Shared[str, int]("test")
    asked = asyncio.create_task(shared.get("a", work.make))
    await turns()
    work.ends[0].set()
    assert await asked == 1
    await turns()
    assert len(shared) == 0


async def test_all_who_ask_while_one_is_under_way_share_the_next() -> None:
    work, shared = Work(), Shared[str, int]("test")
    first = asyncio.create_task(shared.get("a", work.make))
    await turns()
    later = [asyncio.create_task(shared.get("a", work.make)) for _ in range(20)]
    await turns()
    work.ends[0].set()
    await turns()
    work.ends[1].set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2] * 20
    assert work.begun == 2


async def test_keys_have_nothing_to_do_with_each_other() -> None:
    work, shared = Work(), Shared[str, int]("test")
    asked = [asyncio.create_task(shared.get(key, work.make)) for key in "ab"]
    await turns()
    assert (work.begun, len(shared)) == (2, 2)
    for end in work.ends:
        end.set()
    assert await asyncio.gather(*asked) == [1, 2]


async def test_who_leaves_ends_it_for_nobody_else_and_leaves_nothing_behind() -> None:
    work, shared = Work(), Shared[str, int]("test")
    leaves, stays = (asyncio.create_task(shared.get("a", work.make)) for _ in range(2))
    await turns()
    leaves.cancel()
    await turns()
    work.ends[0].set()
    await turns()
    work.ends[1].set()
    assert await stays == 2
    with pytest.raises(asyncio.CancelledError):
        await leaves
    await turns()
    assert len(shared) == 0


async def test_an_error_goes_to_those_who_waited_for_it_and_is_not_kept() -> None:
    work, shared = Work(), Shared[str, int]("test")
    work.error = ValueError("the disk fails")
    fails = asyncio.create_task(shared.get("a", work.make))
    await turns()
    comes_later = asyncio.create_task(shared.get("a", work.make))
    await turns()
    work.ends[0].set()
    with pytest.raises(ValueError, match="the disk fails"):
        await fails
    work.error = None
    await turns()
    work.ends[1].set()
    assert await comes_later == 2
    await turns()
    assert len(shared) == 0


async def test_an_error_that_nobody_waits_for_any_more_is_no_noise() -> None:
    work, shared = Work(), Shared[str, int]("test")
    work.error = ValueError("the disk fails")
    leaves = asyncio.create_task(shared.get("a", work.make))
    await turns()
    leaves.cancel()
    work.ends[0].set()
    await turns()
    assert len(shared) == 0


steps = st.lists(st.sampled_from(["ask", "write", "end", "leave", "turn"]), max_size=40)


@quick
@given(steps)
def test_what_is_got_was_read_after_it_was_asked_for(did: list[str]) -> None:
    async def play() -> None:
        written = 0
        ends: list[asyncio.Event] = []
        shared = Shared[str, int]("test")

        async def read() -> int:
            seen, end = written, asyncio.Event()
            ends.append(end)
            await end.wait()
            return seen

        asked: list[tuple[int, asyncio.Task[int]]] = []
        for what in did:
            if what == "ask":
                asked.append((written, asyncio.create_task(shared.get("a", read))))
                await asyncio.sleep(0)
            elif what == "write":
                written += 1
            elif what == "end" and ends:
                ends[-1].set()
            elif what == "leave" and asked:
                asked[0][1].cancel()
            elif what == "turn":
                await turns()
        while len(shared):
            for end in ends:
                end.set()
            await asyncio.sleep(0)
        for at_least, task in asked:
            if not task.cancelled() and not task.cancelling():
                assert await task >= at_least
        await asyncio.gather(*(task for _, task in asked), return_exceptions=True)

    asyncio.run(play())
