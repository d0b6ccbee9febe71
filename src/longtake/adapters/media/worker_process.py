"""One worker process as its parent has it: started, given jobs, listened to, ended."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

import structlog

from longtake.adapters.media.worker_pipe import PipeReader, open_pipe

_PIECE_OF_LOG_BYTES = 16_384
_DIES_WITHIN_S = 2

_log = structlog.get_logger()


class WorkerProcess:
    """A running ``worker``; it warms itself up, and takes a job at any time."""

    def __init__(self, process: Process, results: PipeReader) -> None:
        self._process = process
        self.results = results
        self.jobs_done = 0
        self._listening = asyncio.create_task(self._log_errors(), name=f"stderr of media worker {self.pid}")

    @classmethod
    async def start(cls, nice: int) -> WorkerProcess:
        """Raises OSError if the system has no room for it.

        To be called in the thread of the event loop, and in no short-lived one: the kernel ends the worker with the
        thread that started it.
        """
        read_fd, write_fd = open_pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "longtake.adapters.media.worker", str(os.getpid()), str(nice)),
                stdin=PIPE,
                stdout=write_fd,
                stderr=PIPE,
            )
        except BaseException:
            os.close(read_fd)
            raise
        finally:
            os.close(write_fd)
        return cls(process, PipeReader(read_fd))

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False once its end is known here."""
        return self._process.returncode is None

    async def give(self, job: object) -> None:
        """Sends the job. A worker that is gone shows when it is listened to."""
        pickled = await asyncio.to_thread(pickle.dumps, job)  # a long cut's can be megabytes
        assert self._process.stdin is not None  # noqa: S101 - PIPE
        try:
            self._process.stdin.write(pickled)
            await self._process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            return

    async def ended(self) -> str:
        """For a worker that has closed its pipe: like ``end``, after a moment to end by itself."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_DIES_WITHIN_S):
                await self._process.wait()
        return await self.end()

    async def end(self) -> str:
        """Kills it if need be and reaps it; in words how it ended. It is dead even if this call is cancelled."""
        self.results.close()
        if self._process.returncode is None:
            self._process.kill()
        code = await self._process.wait()
        await asyncio.wait({self._listening})
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    async def _log_errors(self) -> None:
        """Hands on what it, or a library in it, complains of."""
        assert self._process.stderr is not None  # noqa: S101 - PIPE
        while said := await self._process.stderr.read(_PIECE_OF_LOG_BYTES):
            _log.warning("a media worker says", pid=self.pid, said=said.decode(errors="replace").strip())
