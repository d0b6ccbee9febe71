from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from longtake.kit.tasks import Haste, TaskSet


class Work:
    """Coroutines that run until they are told to end, and what became of them."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.cancelled: list[int] = []
        self.go_on = asyncio.Event()

    def one(self, number: int) -> Coroutine[object, object, None]:
        return self._run(number)

    async def _run(self, number: int) -> None:
        self.begun.append(number)
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise
        self.ended.append(number)


async def fail(error: BaseException) -> None:
    raise error


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def caught_by_the_loop() -> list[dict[str, Any]]:
    """What the loop's exception handler gets from now on."""
    caught: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: caught.append(context))
    return caught


async def test_all_run_beside_each_other_and_are_counted_until_they_end() -> None:
    tasks, work = TaskSet(), Work()
    for number in range(3):
        tasks.start(work.one(number), f"work {number}")
    await settle()
    assert (work.begun, len(tasks)) == ([0, 1, 2], 3)
    work.go_on.set()
    await settle()
    assert (work.ended, len(tasks)) == ([0, 1, 2], 0)


async def test_drain_lets_end_what_ends_in_time() -> None:
    tasks, work = TaskSet(), Work()
    for number in range(3):
        tasks.start(work.one(number), f"work {number}")
    asyncio.get_running_loop().call_later(0.01, work.go_on.set)
    await tasks.drain(grace_s=10)
    assert (work.ended, work.cancelled) == ([0, 1, 2], [])


async def test_drain_cancels_what_is_late() -> None:
    tasks, work = TaskSet(), Work()
    for number in range(3):
        tasks.start(work.one(number), f"work {number}")
    await tasks.drain(grace_s=0.01)
    assert (work.ended, sorted(work.cancelled), len(tasks)) == ([], [0, 1, 2], 0)


async def test_drain_waits_for_what_cancelled_tasks_still_do() -> None:
    tidied: list[str] = []

    async def tidy_up() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            tidied.append("done")

    tasks = TaskSet()
    tasks.start(tidy_up(), "tidy")
    await tasks.drain(grace_s=0.01)
    assert tidied == ["done"]


async def test_an_error_goes_to_the_loop_and_stops_nothing_else() -> None:
    caught = caught_by_the_loop()
    tasks, work = TaskSet(), Work()
    work.go_on.set()
    error = ZeroDivisionError("a bug")
    tasks.start(fail(error), "the one with the bug")
    tasks.start(work.one(0), "work 0")
    await tasks.drain(grace_s=10)
    assert work.ended == [0]
    assert [(context["exception"], context["message"]) for context in caught] == [
        (error, "task the one with the bug failed")
    ]


async def test_an_error_while_being_cancelled_is_not_lost() -> None:
    caught = caught_by_the_loop()

    async def stumble() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("stumbled")

    tasks = TaskSet()
    tasks.start(stumble(), "stumble")
    await tasks.drain(grace_s=0.01)
    assert [str(context["exception"]) for context in caught] == ["stumbled"]


async def test_being_cancelled_is_no_error() -> None:
    caught = caught_by_the_loop()
    tasks, work = TaskSet(), Work()
    tasks.start(work.one(0), "work 0")
    await tasks.drain(grace_s=0)
    assert (caught, work.cancelled) == ([], [0])


async def test_a_task_cancelled_before_its_first_step_leaves_nothing_unawaited() -> None:
    tasks, work = TaskSet(), Work()
    tasks.start(work.one(0), "work 0")
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await tasks.drain(grace_s=10)
    assert (work.begun, len(tasks)) == ([], 0)


async def test_an_empty_set_is_drained_at_once_and_can_be_used_again() -> None:
    tasks, work = TaskSet(), Work()
    work.go_on.set()
    await tasks.drain(grace_s=10)
    tasks.start(work.one(0), "work 0")
    await tasks.drain(grace_s=10)
    assert work.ended == [0]


async def test_tasks_have_the_names_they_were_given() -> None:
    tasks, work = TaskSet(), Work()
    tasks.start(work.one(0), "work 0")
    assert "work 0" in {task.get_name() for task in asyncio.all_tasks()}
    work.go_on.set()
    await tasks.drain(grace_s=10)


async def test_told_to_hurry_drain_cancels_at_once_and_says_how_many() -> None:
    tasks, work, haste = TaskSet(), Work(), Haste()
    for number in range(3):
        tasks.start(work.one(number), f"work {number}")
    asyncio.get_running_loop().call_later(0.01, haste.hurry)
    async with asyncio.timeout(5):
        assert await tasks.drain(grace_s=3600, haste=haste) == 3
    assert (sorted(work.cancelled), len(tasks)) == ([0, 1, 2], 0)


async def test_a_drain_that_is_cancelled_leaves_nothing_running() -> None:
    tasks, work = TaskSet(), Work()
    tasks.start(work.one(0), "work 0")
    draining = asyncio.create_task(tasks.drain(grace_s=3600))
    await settle()
    draining.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(draining, return_exceptions=True)
    assert (work.cancelled, len(tasks)) == ([0], 0)
