"""Heavy work on media, in warm processes beside ours: bounded in number, stopped at once, never outliving us.

Not threads, which would hold up the event loop (the GIL) and cannot be stopped; not a ProcessPoolExecutor, which cannot
cancel and which one killed process breaks; never a fork, since the HTTP server has threads.

=============================  =========================================  ==================================
failed                         state left                                 who acts
=============================  =========================================  ==================================
the job, by a LongtakeError    a sound worker, used again                 the caller: gets that very error
the job, by a bug              a worker that is not trusted: killed       the caller: MediaFailed; the log
the worker (killed, crashed)   half a stream                              the caller: MediaFailed; the log
the caller leaves early        nothing: the worker is killed and reaped   nobody
our process, whatever way      nothing: the kernel ends the workers       nobody
=============================  =========================================  ==================================
"""

from __future__ import annotations

import asyncio
import pickle
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar, cast

import structlog

from longtake.adapters.media.interface import Emit
from longtake.adapters.media.worker_pipe import Message
from longtake.adapters.media.worker_process import WorkerProcess
from longtake.core.errors import Busy, LongtakeError, MediaFailed
from longtake.kit.tasks import TaskSet

_MOST_JOBS_OF_A_WORKER = 200  # libraries leak now and then

Report = TypeVar("Report")
Report_co = TypeVar("Report_co", covariant=True)

_log = structlog.get_logger()


class Job(Protocol[Report_co]):
    """Work that can be pickled, of a class that a worker can import."""

    def run(self, emit: Emit) -> Report_co:
        """In the worker: gives its stream to ``emit``, which blocks while the reader is slow, and returns a report
        that can be pickled. A LongtakeError is raised again on the other side, with its words."""
        ...


class RunningJob(Generic[Report]):
    """A job under way. Read ``chunks`` to their end; then there is a ``report``."""

    def __init__(self, worker: WorkerProcess, job: Job[Report], when_heard: Callable[[], None]) -> None:
        self._worker = worker
        self._name = type(job).__name__
        self._when_heard = when_heard
        self._reports: list[Report] = []
        self.is_clean = False
        """Whether the worker has done with the job, and is fit for another."""

    @property
    def report(self) -> Report:
        """What the job returned. To be asked for after the last chunk."""
        if not self._reports:
            raise RuntimeError("the job has not reported yet: read its chunks to the end")
        return self._reports[0]

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The stream, in pieces as they come. Raises what the job raised, MediaFailed."""
        try:
            while True:
                received = await self._worker.results.received()
                self._when_heard()
                if received.content:
                    yield received.content
                if received.last is not None:
                    self._finish(*received.last)
                    return
        except EOFError:
            how = await self._worker.ended()
        _log.warning("a media worker died", job=self._name, pid=self._worker.pid, how=how)
        raise MediaFailed(
            f"the process that worked on the video ended before it was done ({how}); "
            "try once more, and if it fails again look into the node's log"
        )

    def _finish(self, kind: Message, body: bytes) -> None:
        self.is_clean = kind is not Message.BUG
        if kind is Message.BUG:
            _log.error("media job failed by a bug", job=self._name, trace=body.decode(errors="replace"))
            raise MediaFailed("longtake could not work on this video; the log of the node has the details")
        said = pickle.loads(body)  # noqa: S301 - from our own worker
        if kind is Message.REFUSAL:
            raise cast("LongtakeError", said)
        self._reports.append(said)


class MediaWorkers:
    """``warm`` idle workers are kept ready, ``at_most`` jobs run at once, each at a niceness of ``nice``.

    Up to one more than ``warm`` stays after a job, so that one user's jobs, one after the other, start no processes.
    """

    def __init__(self, *, warm: int, at_most: int, nice: int) -> None:
        self._warm = warm
        self._at_most = at_most
        self._nice = nice
        self._running = 0
        self._starting = 0
        self._idle: deque[WorkerProcess] = deque()
        self._all: set[WorkerProcess] = set()
        self._tasks = TaskSet()
        self._open = False

    async def __aenter__(self) -> Self:
        """Begins to warm workers, and waits for none."""
        self._open = True
        self._refill()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kills all, those at work included, and waits for their end."""
        self._open = False
        await self._tasks.drain(grace_s=1)
        await asyncio.gather(*(self._end(worker) for worker in tuple(self._all)))

    @asynccontextmanager
    async def run(self, job: Job[Report]) -> AsyncIterator[RunningJob[Report]]:
        """The job at work; leaving the block before its end kills it. Raises Busy if as many as may are running."""
        if not self._open:
            raise RuntimeError("the media workers are not open")
        if self._running >= self._at_most:
            raise Busy("as much work on video is going on as may at once; try again in a moment")
        self._running += 1
        try:
            worker = await self._take()
            running = RunningJob(worker, job, self._refill)
            try:
                await worker.give(job)
                yield running
            finally:
                worker.jobs_done += 1
                if running.is_clean and self._may_stay(worker):
                    self._idle.appendleft(worker)
                else:
                    await self._end(worker)
        finally:
            self._running -= 1
            self._refill()

    async def once(self, job: Job[Report]) -> Report:
        """The report of a job whose stream, if it has any, is of no interest. Raises like ``run`` and ``chunks``."""
        async with self.run(job) as running, aclosing(running.chunks()) as chunks:
            async for _ in chunks:
                pass
            return running.report

    async def _take(self) -> WorkerProcess:
        """The idle worker that is most surely warm, else a new one."""
        while self._idle:
            worker = self._idle.popleft()
            if worker.is_alive:
                return worker
            _log.warning("an idle media worker died", pid=worker.pid, how=await self._end(worker))
        try:
            return await self._start()
        except OSError as error:
            raise Busy(f"the system has no room for another process: {error.strerror}") from error

    async def _start(self) -> WorkerProcess:
        worker = await WorkerProcess.start(self._nice)
        self._all.add(worker)
        return worker

    async def _end(self, worker: WorkerProcess) -> str:
        self._all.discard(worker)
        return await worker.end()

    def _may_stay(self, worker: WorkerProcess) -> bool:
        return self._open and len(self._idle) <= self._warm and worker.jobs_done < _MOST_JOBS_OF_A_WORKER

    def _refill(self) -> None:
        """Starts what is missing. Not before a running job is first heard of: it would take the processor from it."""
        while (
            self._open
            and len(self._idle) + self._starting < self._warm
            and len(self._idle) + self._starting + self._running < self._at_most
        ):
            self._starting += 1
            self._tasks.start(self._warm_one(), "warm a media worker")

    async def _warm_one(self) -> None:
        try:
            self._idle.append(await self._start())
        except OSError as error:
            _log.warning("no media worker is kept ready", reason=error.strerror)
        finally:
            self._starting -= 1
