"""What every longtake process does alike: logs, signals, and an end in bounded time."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import Coroutine

from longtake.kit.allocator import give_memory_back
from longtake.kit.processes import die_with_parent, end_within
from longtake.kit.tasks import Haste

PARENT_VARIABLE = "LONGTAKE_PARENT_PID"
"""Set by the supervisor for its children, which then end when it does."""
COMMAND_STOPS_WITHIN_S = 10
SERVICE_STOPS_WITHIN_S = 4
CAPTURE_STOPS_WITHIN_S = 12
"""What is in flight may arrive for ten seconds; then what is there of it is saved."""
NODE_STOPS_WITHIN_S = CAPTURE_STOPS_WITHIN_S + 1


def run_service(
    work: Coroutine[object, object, None],
    *,
    stops_within_s: int = SERVICE_STOPS_WITHIN_S,
    haste: Haste | None = None,
) -> None:
    """Runs until the work ends, or SIGINT or SIGTERM cancels it; a second one asks for haste. Raises what work raises.

    From the signal on, the kernel ends the process after ``stops_within_s``, whatever it does: to its very end, since
    threads that are still at work are waited for after the event loop.
    """
    if parent := os.environ.get(PARENT_VARIABLE):
        die_with_parent(int(parent))
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the supervisor's business
    give_memory_back()
    _settle_garbage()
    with asyncio.Runner() as runner:
        runner.run(_until_told(work, stops_within_s, haste or Haste()))


def _settle_garbage() -> None:
    """What was imported stays, and need not be searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def run_command(
    work: Coroutine[object, object, None], *, stops_within_s: int = COMMAND_STOPS_WITHIN_S
) -> None:
    """Runs work that ends by itself. SIGTERM cancels it, so that it tidies up, and ends the process as unfinished.

    The kernel does so after ``stops_within_s``, whatever its threads wait for.
    """
    with asyncio.Runner() as runner:
        runner.run(_unless_told(work, stops_within_s))


async def _unless_told(work: Coroutine[object, object, None], stops_within_s: int) -> None:
    task = asyncio.ensure_future(work)
    told = False

    def stop() -> None:
        nonlocal told
        told = True
        end_within(stops_within_s)
        task.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        await task
    except asyncio.CancelledError as error:
        if told:
            raise SystemExit(128 + signal.SIGTERM) from error
        raise


async def _until_told(work: Coroutine[object, object, None], stops_within_s: int, haste: Haste) -> None:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    told = False

    def stop() -> None:
        nonlocal told
        if told:
            haste.hurry()
        else:
            told = True
            end_within(stops_within_s)
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise
