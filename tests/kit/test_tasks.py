from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from longtake.kit.tasks import TaskPool


class Work:
    """Coroutines that run until they are told to end, and what became of them."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.most_at_once = 0
        self.go_on = asyncio.Event()

    def one(self, number: int) -> Coroutine[object, object, None]:
        return self._run(number)

    async def _run(self, number: int) -> None:
        self.begun.append(number)
        self.most_at_once = max(self.most_at_once, len(self.begun) - len(self.ended) - len(self.cancelled))
        try:
            await self.go_on.wait()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        self.ended.append(number)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def fail(error: BaseException) -> None:
    raise error


async def test_no_more_run_at_once_than_may_and_all_of_them_run() -> None:
    pool, work = TaskPool(at_once=3, waiting=20), Work()
    for number in range(12):
        await pool.start(work.one(number), f"work {number}")
    await settle()
    assert work.begun == [0, 1, 2]
    assert len(pool) == 12
    work.go_on.set()
    await pool.drain(grace_s=10)
    assert sorted(work.ended) == list(range(12))
    assert work.most_at_once == 3
    assert len(pool) == 0


async def test_start_waits_only_when_the_queue_is_full() -> None:
    pool, work = TaskPool(at_once=1, waiting=2), Work()
    async with asyncio.timeout(5):
        for number in range(3):
            await pool.start(work.one(number), f"work {number}")
    fourth = asyncio.create_task(pool.start(work.one(3), "work 3"), name="start")
    await settle()
    assert not fourth.done()
    work.go_on.set()
    await asyncio.wait_for(fourth, 5)
    await pool.drain(grace_s=10)
    assert work.ended == [0, 1, 2, 3]


async def test_drain_lets_end_what_ends_in_time() -> None:
    pool, work = TaskPool(at_once=2, waiting=5), Work()
    for number in range(4):
        await pool.start(work.one(number), f"work {number}")
    asyncio.get_running_loop().call_later(0.01, work.go_on.set)
    await pool.drain(grace_s=10)
    assert (sorted(work.ended), work.cancelled) == ([0, 1, 2, 3], [])


async def test_drain_cancels_what_is_late_and_what_never_had_its_turn() -> None:
    pool, work = TaskPool(at_once=2, waiting=5), Work()
    for number in range(4):
        await pool.start(work.one(number), f"work {number}")
    await pool.drain(grace_s=0.01)
    assert (work.begun, sorted(work.cancelled), work.ended) == ([0, 1], [0, 1], [])
    assert len(pool) == 0


async def test_drain_waits_for_what_cancelled_tasks_still_do() -> None:
    tidied: list[str] = []

    async def tidy_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            tidied.append("done")

    pool = TaskPool(at_once=1, waiting=0)
    await pool.start(tidy_up(), "tidy")
    await pool.drain(grace_s=0.01)
    assert tidied == ["done"]


async def test_a_cancelled_start_begins_nothing_and_leaves_nothing_unawaited() -> None:
    pool, work = TaskPool(at_once=1, waiting=0), Work()
    await pool.start(work.one(0), "work 0")
    second = asyncio.create_task(pool.start(work.one(1), "work 1"), name="start")
    await settle()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    work.go_on.set()
    await pool.start(work.one(2), "work 2")
    await pool.drain(grace_s=10)
    assert work.ended == [0, 2]


async def test_a_task_cancelled_before_its_first_step_leaves_nothing_unawaited() -> None:
    pool, work = TaskPool(at_once=1, waiting=1), Work()
    await pool.start(work.one(0), "work 0")
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await pool.drain(grace_s=10)
    assert work.begun == []


async def test_an_error_is_raised_by_drain_and_stops_nothing_else() -> None:
    pool, work = TaskPool(at_once=1, waiting=5), Work()
    work.go_on.set()
    await pool.start(fail(ZeroDivisionError("a bug")), "bug")
    await pool.start(fail(KeyError("another")), "bug 2")
    await pool.start(work.one(0), "work 0")
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await pool.drain(grace_s=10)
    assert work.ended == [0]


async def test_an_error_while_being_cancelled_is_not_lost() -> None:
    async def stumble() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("stumbled")

    pool = TaskPool(at_once=1, waiting=0)
    await pool.start(stumble(), "stumble")
    with pytest.raises(ValueError, match="stumbled"):
        await pool.drain(grace_s=0.01)


async def test_an_empty_pool_is_drained_at_once_and_can_be_used_again() -> None:
    pool, work = TaskPool(at_once=1, waiting=0), Work()
    work.go_on.set()
    await pool.drain(grace_s=10)
    await pool.start(work.one(0), "work 0")
    await pool.drain(grace_s=10)
    assert work.ended == [0]


async def test_tasks_have_the_names_they_were_given() -> None:
    pool, work = TaskPool(at_once=1, waiting=1), Work()
    for number in range(2):
        await pool.start(work.one(number), f"work {number}")
    assert {task.get_name() for task in asyncio.all_tasks()} >= {"work 0", "work 1"}
    work.go_on.set()
    await pool.drain(grace_s=10)
