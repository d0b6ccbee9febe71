"""Turns by hand: who gets on, who waits, who is sent away; and that no place is lost, however somebody leaves."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from starlette.requests import Request
from starlette.types import Message

from longtake.adapters.web.leaving import ClientGone
from longtake.core.errors import Busy
from longtake.services.serve.turns import Turns


class Client:
    """Stays until it leaves."""

    def __init__(self) -> None:
        self._left = asyncio.Event()
        self.request = Request({"type": "http", "method": "GET", "path": "/", "headers": []}, self._receive)

    def leave(self) -> None:
        self._left.set()

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}


def some_turns(*, at_once: int = 1, waiting: int = 2, patience_s: float = 30) -> Turns:
    return Turns("things", at_once=at_once, waiting=waiting, patience_s=patience_s)


async def until_waiting(turns: Turns, count: int) -> None:
    """Tasks get on as the loop turns; nothing here needs time to pass."""
    async with asyncio.timeout(10):
        while turns.waiting != count:
            await asyncio.sleep(0)


async def is_free(turns: Turns) -> bool:
    """Whether somebody could get on at once."""
    async with asyncio.timeout(10):
        place = await turns.take(Client().request)
    place.give_back()
    return True


async def test_a_free_place_is_had_at_once_and_without_asking_the_client() -> None:
    client = Client()
    client.leave()
    place = await some_turns().take(client.request)
    assert place.is_held


async def test_who_waits_gets_on_when_a_place_is_given_back() -> None:
    turns = some_turns()
    first = await turns.take(Client().request)
    second = asyncio.create_task(turns.take(Client().request))
    await until_waiting(turns, 1)
    first.give_back()
    (await second).give_back()
    assert await is_free(turns)


async def test_lower_priorities_go_first_and_equals_in_their_order() -> None:
    turns, order = some_turns(waiting=4), list[str]()

    async def want(name: str, priority: int) -> None:
        async with turns.turn(Client().request, priority=priority):
            order.append(name)

    first = await turns.take(Client().request)
    tasks = []
    for number, (name, priority) in enumerate([("late", 2), ("early", 1), ("later", 2), ("now", 0)], 1):
        tasks.append(asyncio.create_task(want(name, priority)))
        await until_waiting(turns, number)
    first.give_back()
    await asyncio.gather(*tasks)
    assert order == ["now", "early", "late", "later"]


async def test_more_than_may_wait_are_sent_away_at_once() -> None:
    turns = some_turns(waiting=2)
    held = await turns.take(Client().request)
    waiting = [asyncio.create_task(turns.take(Client().request)) for _ in range(2)]
    await until_waiting(turns, 2)
    with pytest.raises(Busy, match="too many things"):
        await turns.take(Client().request)
    held.give_back()
    (await waiting[0]).give_back()
    (await waiting[1]).give_back()


async def test_where_none_may_wait_a_free_place_is_had_all_the_same() -> None:
    turns = some_turns(waiting=0)
    held = await turns.take(Client().request)
    with pytest.raises(Busy):
        await turns.take(Client().request)
    held.give_back()
    assert await is_free(turns)


async def test_who_waits_too_long_is_sent_away_and_waits_no_more() -> None:
    turns = some_turns(patience_s=0.01)
    held = await turns.take(Client().request)
    with pytest.raises(Busy, match="take too long"):
        await turns.take(Client().request)
    assert turns.waiting == 0
    held.give_back()
    assert await is_free(turns)


async def test_who_leaves_while_waiting_waits_no_more() -> None:
    turns, client = some_turns(), Client()
    held = await turns.take(Client().request)
    waiting = asyncio.create_task(turns.take(client.request))
    await until_waiting(turns, 1)
    client.leave()
    with pytest.raises(ClientGone):
        await waiting
    assert turns.waiting == 0
    held.give_back()
    assert await is_free(turns)


@pytest.mark.parametrize("turns_of_the_loop", range(8))
async def test_a_place_that_comes_while_its_client_leaves_is_not_lost(turns_of_the_loop: int) -> None:
    turns, client = some_turns(), Client()
    held = await turns.take(Client().request)
    waiting = asyncio.create_task(turns.take(client.request))
    await until_waiting(turns, 1)
    held.give_back()
    for _ in range(turns_of_the_loop):
        await asyncio.sleep(0)
    client.leave()
    with suppress(ClientGone):
        (await waiting).give_back()
    assert await is_free(turns)


@pytest.mark.parametrize("turns_of_the_loop", range(8))
async def test_a_place_that_comes_while_its_task_is_cancelled_is_not_lost(turns_of_the_loop: int) -> None:
    turns = some_turns()
    held = await turns.take(Client().request)
    waiting = asyncio.create_task(turns.take(Client().request))
    await until_waiting(turns, 1)
    held.give_back()
    for _ in range(turns_of_the_loop):
        await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        (await waiting).give_back()
    assert await is_free(turns)


async def test_a_block_that_fails_gives_its_place_back() -> None:
    turns = some_turns()
    with pytest.raises(ZeroDivisionError):
        async with turns.turn(Client().request):
            raise ZeroDivisionError
    assert await is_free(turns)
