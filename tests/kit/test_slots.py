from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from longtake.kit.slots import PrioritySlots


class Guests:
    """Tasks that want a slot, and stay until they are told to leave."""

    def __init__(self, count: int) -> None:
        self.slots = PrioritySlots(count)
        self.inside: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._leave: dict[str, asyncio.Event] = {}

    async def come(self, name: str, priority: int = 0) -> None:
        self._leave[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name, priority), name=name)
        await settle()

    async def leave(self, name: str) -> None:
        self._leave[name].set()
        await settle()

    async def _stay(self, name: str, priority: int) -> None:
        async with self.slots.slot(priority):
            self.inside.append(name)
            try:
                await self._leave[name].wait()
            finally:
                self.inside.remove(name)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_so_many_are_in_at_a_time() -> None:
    guests = Guests(2)
    for name in "abcd":
        await guests.come(name)
    assert (guests.inside, guests.slots.waiting) == (["a", "b"], 2)
    await guests.leave("a")
    assert (guests.inside, guests.slots.waiting) == (["b", "c"], 1)
    for name in "bcd":
        await guests.leave(name)
    assert guests.inside == []
    for name in "efg":
        await guests.come(name)
    assert guests.inside == ["e", "f"]
    for name in "efg":
        await guests.leave(name)


async def test_the_most_urgent_goes_first_and_among_equals_the_first_who_came() -> None:
    guests = Guests(1)
    await guests.come("inside")
    for name, priority in (("late", 5), ("soon", 1), ("soon too", 1), ("at once", -3)):
        await guests.come(name, priority)
    order = []
    await guests.leave("inside")
    while guests.inside:
        order.append(guests.inside[0])
        await guests.leave(guests.inside[0])
    assert order == ["at once", "soon", "soon too", "late"]


async def test_who_no_longer_waits_is_passed_over() -> None:
    guests = Guests(1)
    for name in "abc":
        await guests.come(name)
    await cancelled(guests.tasks["b"])
    await guests.leave("a")
    assert guests.inside == ["c"]
    await guests.leave("c")
    await guests.come("d")
    assert guests.inside == ["d"]
    await guests.leave("d")


async def test_a_slot_that_is_given_to_one_cancelled_in_the_same_moment_is_not_lost() -> None:
    guests = Guests(1)
    for name in "abc":
        await guests.come(name)
    guests._leave["a"].set()
    while guests.inside == ["a"]:
        await asyncio.sleep(0)
    # b has been given the slot, and has not yet run.
    guests.tasks["b"].cancel()
    await settle()
    assert guests.tasks["b"].cancelled()
    assert guests.inside == ["c"]
    await guests.leave("c")


async def test_an_error_inside_gives_the_slot_back() -> None:
    slots = PrioritySlots(1)
    with pytest.raises(ZeroDivisionError):
        async with slots.slot(0):
            _ = 1 // 0
    async with asyncio.timeout(5), slots.slot(0):
        pass


async def test_one_cancelled_inside_gives_the_slot_to_the_next() -> None:
    guests = Guests(1)
    for name in "ab":
        await guests.come(name)
    await cancelled(guests.tasks["a"])
    await settle()
    assert guests.inside == ["b"]
    await guests.leave("b")


async def test_a_slot_given_back_early_is_given_once() -> None:
    slots = PrioritySlots(1)
    async with asyncio.timeout(5), slots.slot(0) as first:
        first.give_back()
        first.give_back()
        async with slots.slot(0):
            waiting = asyncio.create_task(pass_through(slots))
            await settle()
            assert slots.waiting == 1
        await waiting
    assert not first.is_held


async def pass_through(slots: PrioritySlots) -> None:
    async with slots.slot(0):
        pass


def saying(asked: list[str], name: str, *, makes_way: bool = True) -> Callable[[], bool]:
    def give_way() -> bool:
        asked.append(name)
        return makes_way

    return give_way


async def test_who_offers_a_slot_makes_way_as_soon_as_another_waits() -> None:
    slots, asked = PrioritySlots(2), list[str]()
    async with slots.slot(0) as first, slots.slot(0) as second:
        for name, slot in (("first", first), ("second", second)):
            slot.offer(saying(asked, name))
        assert asked == []
        waiting = asyncio.create_task(pass_through(slots))
        await settle()
        assert asked == ["first"]
        second.offer(saying(asked, "second again"))
        assert asked == ["first"]
        first.give_back()
        async with asyncio.timeout(5):
            await waiting
    async with slots.slot(0), slots.slot(0):
        assert asked == ["first"]


async def test_an_offer_while_others_wait_is_taken_at_once() -> None:
    slots, asked = PrioritySlots(1), list[str]()
    async with slots.slot(0) as slot:
        waiting = [asyncio.create_task(pass_through(slots)) for _ in range(2)]
        await settle()
        slot.offer(saying(asked, "a"))
        slot.offer(saying(asked, "b"))
        assert asked == ["a"]
    await asyncio.gather(*waiting)


async def test_who_gets_on_after_all_keeps_the_slot_and_is_asked_again_by_the_next() -> None:
    slots, asked = PrioritySlots(2), list[str]()
    async with slots.slot(0) as busy, slots.slot(0) as stuck:
        busy.offer(saying(asked, "busy", makes_way=False))
        stuck.offer(saying(asked, "stuck"))
        waiting = [asyncio.create_task(pass_through(slots)) for _ in range(2)]
        await settle()
        assert asked == ["busy", "stuck", "busy"]
        stuck.give_back()
        await asyncio.gather(*waiting)
        stuck.offer(saying(asked, "no longer held"))
    assert "no longer held" not in asked


async def test_one_more_is_taken_only_if_it_is_free_and_nobody_waits() -> None:
    slots = PrioritySlots(2)
    async with slots.slot(0):
        spare = slots.take_if_free()
        assert spare is not None
        assert slots.take_if_free() is None
        waiting = asyncio.create_task(pass_through(slots))
        await settle()
        spare.give_back()
        await waiting
        assert slots.take_if_free() is not None


async def test_more_slots_let_those_in_who_wait() -> None:
    guests = Guests(1)
    for name in "abcd":
        await guests.come(name)
    guests.slots.resize(3)
    await settle()
    assert (guests.inside, guests.slots.waiting) == (["a", "b", "c"], 1)


async def test_of_fewer_slots_nobody_who_is_in_is_sent_away() -> None:
    guests = Guests(3)
    for name in "abcd":
        await guests.come(name)
    guests.slots.resize(1)
    assert guests.inside == ["a", "b", "c"]
    await guests.leave("a")
    await guests.leave("b")
    assert (guests.inside, guests.slots.take_if_free()) == (["c"], None)
    await guests.leave("c")
    assert guests.inside == ["d"]
    guests.slots.resize(2)
    await guests.come("e")
    assert guests.inside == ["d", "e"]
    for name in "de":
        await guests.leave(name)
    assert [guests.slots.take_if_free() is not None for _ in range(3)] == [True, True, False]
