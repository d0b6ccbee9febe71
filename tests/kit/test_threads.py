from __future__ import annotations

import asyncio
import threading

import pytest

from longtake.kit.threads import in_daemon_thread


async def test_its_result_comes_from_a_daemon_thread_of_that_name() -> None:
    thread = await in_daemon_thread(threading.current_thread, "searching")
    assert (thread.name, thread.daemon) == ("searching", True)
    assert thread is not threading.current_thread()


async def test_what_it_raises_is_raised() -> None:
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        await in_daemon_thread(fail, "failing")


async def test_the_loop_goes_on_meanwhile() -> None:
    go_on = threading.Event()
    waiting = asyncio.create_task(in_daemon_thread(lambda: go_on.wait(10), "waiting"), name="waiting")
    await asyncio.sleep(0)
    assert not waiting.done()
    go_on.set()
    assert await waiting is True


async def test_a_cancelled_caller_is_free_at_once_and_the_thread_ends_unheard() -> None:
    began, go_on = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        began.set()
        go_on.wait(10)

    task = asyncio.create_task(in_daemon_thread(work, "left behind"), name="caller")
    assert await asyncio.to_thread(began.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert threads[0].is_alive()
    go_on.set()
    await asyncio.to_thread(threads[0].join, 10)
    await asyncio.sleep(0)
    assert not threads[0].is_alive()


def test_a_thread_that_outlives_its_loop_holds_nothing_up_and_says_nothing() -> None:
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        go_on.wait(10)

    async def ask_and_leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(in_daemon_thread(work, "outliving"), 0.05)

    asyncio.run(ask_and_leave())
    assert threads[0].is_alive()
    go_on.set()
    threads[0].join(10)
    assert not threads[0].is_alive()
