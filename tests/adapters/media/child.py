"""A parent of media workers that a test kills: says the pids of its workers, one at work and one idle, and waits."""

from __future__ import annotations

import asyncio
import sys
from contextlib import aclosing

from tests.fakes.media_jobs import Hang, WhoAmI

from longtake.adapters.media.workers import MediaWorkers


async def main() -> None:
    """Until it is killed."""
    async with (
        MediaWorkers(warm=1, at_most=3, nice=0) as workers,
        workers.run(Hang()) as running,
        aclosing(running.chunks()) as chunks,
    ):
        busy = int(await anext(chunks))
        idle, *_ = await workers.once(WhoAmI())
        sys.stdout.write(f"{busy} {idle}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
