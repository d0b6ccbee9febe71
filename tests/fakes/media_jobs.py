"""Jobs for media workers that do what media jobs do, without media."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Emit = Callable[[bytes | memoryview], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Emits so many bytes in pieces, the first byte of each counting up; says how many pieces there were.

    The file ``progress``, if it is given, is always as long as what went out.
    """

    size: int
    piece: int = 1 << 20
    progress: Path | None = None

    def run(self, emit: Emit) -> int:
        content = bytearray(self.piece)
        sent = count = 0
        while sent < self.size:
            content[0] = count % 256
            emit(memoryview(content)[: min(self.piece, self.size - sent)])
            sent += min(self.piece, self.size - sent)
            count += 1
            if self.progress:
                os.truncate(self.progress, sent)
        return count


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """Emits a little, then fails."""

    error: Exception
    before: bytes = b""

    def run(self, emit: Emit) -> None:
        emit(self.before)
        raise self.error


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """The worker's pid, its niceness, and which of the libraries were there before the job."""

    def run(self, emit: Emit) -> tuple[int, int, set[str]]:
        return os.getpid(), os.nice(0), {"av", "numpy"} & set(sys.modules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """Emits its pid, unless it is silent, and then nothing more. Ignores what a process can ignore."""

    silent: bool = False

    def run(self, emit: Emit) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if not self.silent:
            emit(str(os.getpid()).encode())
        while True:
            signal.pause()


@dataclass(frozen=True, slots=True)
class Chatter:
    """Writes to where messages would go, were they not kept apart."""

    def run(self, emit: Emit) -> str:
        sys.stdout.write("to stdout\n")
        os.write(1, b"to descriptor 1\n")
        os.write(2, b"to descriptor 2\n")
        return sys.stdin.read() + "nothing to read"


@dataclass(frozen=True, slots=True)
class Crash:
    """Ends like a fault in a library."""

    def run(self, emit: Emit) -> None:
        os.kill(os.getpid(), signal.SIGSEGV)
