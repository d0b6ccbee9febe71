from __future__ import annotations

import asyncio
import time

from longtake.kit.clock import Clock, SystemClock


def test_now_is_the_wall_time_in_microseconds() -> None:
    clock: Clock = SystemClock()
    before_ns, now_us, after_ns = time.time_ns(), clock.now_us(), time.time_ns()
    assert before_ns // 1000 <= now_us <= after_ns // 1000


def test_monotonic_time_does_not_step_back() -> None:
    moments = [SystemClock().monotonic_s() for _ in range(1000)]
    assert moments == sorted(moments)


async def test_sleep_pauses_one_task_only() -> None:
    clock = SystemClock()
    began_s = clock.monotonic_s()
    order: list[str] = []

    async def sleeper() -> None:
        await clock.sleep(0.05)
        order.append("woke up")

    task = asyncio.create_task(sleeper(), name="sleeper")
    await clock.sleep(0)
    order.append("went on")
    await task
    assert order == ["went on", "woke up"]
    assert clock.monotonic_s() - began_s >= 0.05
