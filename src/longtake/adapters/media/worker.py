"""A worker process: does the jobs that come on its standard input, until that ends. See ``workers`` for its parent.

``python -m longtake.adapters.media.worker PARENT_PID NICE``. What a job prints goes to standard error, and with it to
the parent's log.
"""

from __future__ import annotations

import importlib
import os
import pickle
import pkgutil
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import IO

from longtake.adapters.media.worker_pipe import Message, PipeWriter
from longtake.core.errors import LongtakeError
from longtake.kit.processes import die_with_parent

_LIBRARIES = ("av", "numpy")
_PARENTS_SIDE = ("worker", "workers", "worker_process")


def main(parent_pid: int, nice: int) -> None:
    """Until the parent closes the pipe, or is gone, or a job failed by a bug: then nothing here is to be trusted."""
    die_with_parent(parent_pid)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # a terminal sends it to all; our parent says what follows from it
    _give_way(nice)
    jobs, results = _take_pipes()
    warm_up()
    with suppress(EOFError, BrokenPipeError):
        while _do(pickle.load(jobs), results):  # noqa: S301 - from our parent
            pass


def _give_way(nice: int) -> None:
    """To the recorder and to other requests: with the processor, and when memory runs out (oom_score_adj, proc(5))."""
    os.nice(nice)
    with suppress(OSError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text("500")


def warm_up() -> None:
    """Imports all that a job may need, so that none has to wait for it."""
    for library in _LIBRARIES:
        importlib.import_module(library)
    package = importlib.import_module("longtake.adapters.media")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in _PARENTS_SIDE:
            importlib.import_module(f"{package.__name__}.{module.name}")


def _take_pipes() -> tuple[IO[bytes], PipeWriter]:
    """The standard streams for us alone: what else reads or writes them must not come between the messages."""
    jobs, results = os.fdopen(os.dup(0), "rb"), PipeWriter(os.dup(1))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return jobs, results


def _do(job: object, results: PipeWriter) -> bool:
    """Whether the worker may go on to the next job. Raises BrokenPipeError if nobody wants the result."""
    try:
        message = Message.REPORT, pickle.dumps(job.run(results.emit))  # type: ignore[attr-defined]  # Job, by pickle
    except BrokenPipeError:
        raise
    except LongtakeError as error:
        message = Message.REFUSAL, pickle.dumps(error)
    except Exception:  # noqa: BLE001 - the boundary of a job; the parent logs it
        message = Message.BUG, traceback.format_exc().encode(errors="replace")
    results.message(*message)
    return message[0] is not Message.BUG


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
