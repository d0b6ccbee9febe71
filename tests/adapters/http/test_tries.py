"""Two tries at one thing: when the second begins, which one counts, and that none is left."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress

import pytest

from longtake.adapters.http.limits import Late, Limits, Pulse
from longtake.adapters.http.tries import TwoTries
from longtake.core.errors import SourceDown, SourceUnreachable

URL = "http://example.org/x?token=SECRET"
SOON = Limits(answer_soft_s=0.05, answer_hard_s=0.3, silence_soft_s=0.05, silence_hard_s=0.3)


class Tries:
    """What each try does, in order: ``well`` returns, ``stuck`` never does, ``broken`` raises once the other has begun."""

    def __init__(self, *kinds: str) -> None:
        self._kinds = list(kinds)
        self.begun: list[bool] = []
        self.cancelled = 0
        self.running = 0

    async def __call__(self, pulse: Pulse, fresh: bool) -> str:
        kind = self._kinds[len(self.begun)]
        self.begun.append(fresh)
        self.running += 1
        try:
            return await self._do(kind, pulse)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1

    async def _do(self, kind: str, pulse: Pulse) -> str:
        if kind == "stuck":
            await asyncio.get_running_loop().create_future()
        if kind == "broken":
            raise SourceDown("gone")
        if kind == "late":
            async with asyncio.timeout(5):
                while len(self.begun) < 2:
                    await asyncio.sleep(0.01)
        if kind == "late and broken":
            await self._do("late", pulse)
            raise SourceDown("gone")
        return kind


async def test_what_comes_in_time_is_asked_for_once() -> None:
    tries = Tries("well")
    assert await TwoTries(tries, URL, SOON).run() == "well"
    assert tries.begun == [False]


async def test_a_second_try_is_on_a_new_connection_and_the_first_is_cancelled_when_it_wins() -> None:
    tries = Tries("stuck", "well")
    assert await TwoTries(tries, URL, SOON).run() == "well"
    assert tries.begun == [False, True]
    assert (tries.cancelled, tries.running) == (1, 0)


async def test_a_late_first_try_may_still_win() -> None:
    tries = Tries("late", "stuck")
    assert await TwoTries(tries, URL, SOON).run() == "late"
    assert (tries.cancelled, tries.running) == (1, 0)


@pytest.mark.parametrize("kinds", [("late and broken", "well"), ("late", "broken")])
async def test_one_that_fails_does_not_spoil_the_other(kinds: tuple[str, str]) -> None:
    assert await TwoTries(Tries(*kinds), URL, SOON).run() in kinds


async def test_a_failure_in_time_is_raised_without_a_second_try() -> None:
    tries = Tries("broken")
    with pytest.raises(SourceDown):
        await TwoTries(tries, URL, SOON).run()
    assert tries.begun == [False]


async def test_tries_that_never_end_are_ended_and_there_are_two_at_the_most() -> None:
    tries = Tries("stuck", "stuck")
    with pytest.raises(SourceUnreachable, match="no answer in time") as raised:
        await TwoTries(tries, URL, SOON).run()
    assert "SECRET" not in str(raised.value)
    assert (tries.begun, tries.running) == ([False, True], 0)


async def test_a_second_try_that_is_not_granted_is_not_made() -> None:
    tries = Tries("stuck")
    asked: list[Late] = []

    def refuse(late: Late) -> bool:
        asked.append(late)
        return False

    with pytest.raises(SourceUnreachable):
        await TwoTries(tries, URL, SOON, refuse).run()
    assert set(asked) == {Late.NO_ANSWER}
    assert tries.begun == [False]


async def test_whoever_waits_can_end_it_in_other_words() -> None:
    tries = Tries("stuck")
    both = TwoTries(tries, URL, Limits())
    waiting = asyncio.create_task(both.run())
    while not tries.begun:
        await asyncio.sleep(0)
    both.end("makes way for others")
    with pytest.raises(SourceUnreachable, match="makes way"):
        await waiting


async def test_cancelling_the_whole_leaves_nothing_running() -> None:
    tries = Tries("stuck", "stuck")
    waiting = asyncio.create_task(TwoTries(tries, URL, SOON).run())
    while len(tries.begun) < 2:
        await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (tries.cancelled, tries.running) == (2, 0)


def cancellations() -> int:
    task = asyncio.current_task()
    assert task is not None
    return task.cancelling()


@pytest.mark.parametrize("kinds", [("stuck", "well"), ("stuck", "stuck"), ("stuck", "broken")])
async def test_a_first_try_that_is_ended_does_not_leave_its_task_cancelled(kinds: tuple[str, str]) -> None:
    tries = Tries(*kinds)
    with suppress(SourceUnreachable):
        assert await TwoTries(tries, URL, SOON).run() == "well"
    assert (cancellations(), tries.running) == (0, 0)
    await asyncio.sleep(0)


async def test_who_is_cancelled_while_a_try_is_ended_is_cancelled() -> None:
    tries = Tries("stuck")
    both = TwoTries(tries, URL, Limits())
    waiting = asyncio.create_task(both.run())
    while not tries.begun:
        await asyncio.sleep(0)
    both.end("makes way for others")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert waiting.cancelled()


async def test_what_comes_in_spite_of_being_ended_counts() -> None:
    """What is being written to a disk, say, is written to its end."""

    async def stubborn(pulse: Pulse, fresh: bool) -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            return "well"
        raise AssertionError("nobody gives it anything")

    assert await TwoTries(stubborn, URL, Limits(answer_soft_s=9, answer_hard_s=0.05)).run() == "well"
    assert cancellations() == 0


async def test_a_second_try_that_has_failed_is_not_looked_at_again() -> None:
    tries, asked = Tries("stuck", "broken"), list[Late]()

    def note(late: Late) -> bool:
        asked.append(late)
        return True

    with pytest.raises(SourceUnreachable, match="no answer in time"):
        await TwoTries(tries, URL, SOON, note).run()
    assert tries.begun == [False, True]
    assert len(asked) < 4


async def test_a_first_try_that_ends_just_as_a_second_begins_leaves_nothing_unawaited() -> None:
    """The second is cancelled before its first step then."""
    arrived: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def first_alone(pulse: Pulse, fresh: bool) -> str:
        return await arrived

    def on_late(late: Late) -> bool:
        if not arrived.done():
            arrived.set_result("first")
        return True

    assert await TwoTries(first_alone, URL, SOON, on_late).run() == "first"
    gc.collect()


async def test_only_what_does_not_get_on_makes_way() -> None:
    pulses: list[Pulse] = []

    async def work(pulse: Pulse, fresh: bool) -> str:
        pulses.append(pulse)
        pulse.answer(asyncio.get_running_loop().time(), None)
        await asyncio.sleep(0.4 if fresh else 3600)
        return "well"

    both = TwoTries(work, URL, Limits(silence_soft_s=0.1))
    running = asyncio.create_task(both.run())
    await asyncio.sleep(0)
    assert not both.give_way("makes way")
    while len(pulses) < 2:
        await asyncio.sleep(0.01)
    pulses[1].hear(asyncio.get_running_loop().time(), 100_000)
    assert both.give_way("makes way")
    assert not both.give_way("makes way")
    assert await running == "well"


async def test_one_that_made_way_has_failed() -> None:
    both = TwoTries(Tries("stuck"), URL, Limits(answer_soft_s=0), lambda late: False)
    running = asyncio.create_task(both.run())
    await asyncio.sleep(0)
    assert both.give_way("makes way for others")
    with pytest.raises(SourceUnreachable, match="makes way for others"):
        await running
