"""What goes over the pipes between a worker process and its parent.

Parent to worker: one pickle per job, one after the other. Worker to parent: messages, each a kind and a length of its
body, then the body. A job's messages are any number of chunks and one of the others, which is the last.

Pickle is safe here, since both ends are this very program and nobody else has the pipes.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum

HEADER = struct.Struct("!BI")
LARGEST_CHUNK = 1 << 20
_PIPE_BYTES = 1 << 20
_AT_ONCE_BYTES = 1 << 20
Data = bytes | memoryview


class Message(IntEnum):
    """The kinds of messages."""

    CHUNK = 1
    """Bytes of the stream, at most ``LARGEST_CHUNK``."""
    REPORT = 2
    """The job is done: the pickle of what it returned."""
    REFUSAL = 3
    """The pickle of the LongtakeError that the job raised."""
    BUG = 4
    """The traceback, as text, of anything else that it raised."""


class PipeWriter:
    """The worker's end. Blocks while the reader is slow: that is the back-pressure."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def emit(self, data: Data) -> None:
        """Sends bytes as chunks. Raises BrokenPipeError once the parent is gone."""
        view = memoryview(data).cast("B")
        for begin in range(0, len(view), LARGEST_CHUNK):
            self.message(Message.CHUNK, view[begin : begin + LARGEST_CHUNK])

    def message(self, kind: Message, body: Data) -> None:
        """Sends one message whole."""
        left: list[Data] = [HEADER.pack(kind, len(body)), body]
        while left:
            left = _without(left, os.writev(self._fd, left))


def _without(parts: Sequence[Data], written: int) -> list[Data]:
    """What is left of the parts after so many bytes of them."""
    left: list[Data] = []
    for part in parts:
        if written < len(part):
            left.append(memoryview(part)[written:])
        written = max(0, written - len(part))
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A stretch of the stream, and the job's last message if that has come."""

    content: bytes
    last: tuple[Message, bytes] | None


class PipeReader:
    """The parent's end, in the event loop. Reads only what it is asked for, so nothing piles up here."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._left_of_chunk = 0
        self._rest = b""
        """The beginning of a header."""
        os.set_blocking(fd, False)

    async def received(self) -> Received:
        """What is there, waiting for it: many small chunks as one. Raises EOFError when the worker is gone.

        Always waits for the loop's turn, so that a fast worker starves nobody.
        """
        await self._until_readable()
        view = memoryview(self._rest + self._read(_AT_ONCE_BYTES))
        self._rest = b""
        pieces: list[memoryview] = []
        while len(view) >= (1 if self._left_of_chunk else HEADER.size):
            if not self._left_of_chunk:
                kind, size = HEADER.unpack_from(view)
                view = view[HEADER.size :]
                if kind != Message.CHUNK:
                    last = Message(kind), bytes(view) + await self._exactly(size - len(view))
                    return Received(content=b"".join(pieces), last=last)
                self._left_of_chunk = size
            pieces.append(view[: self._left_of_chunk])
            view = view[len(pieces[-1]) :]
            self._left_of_chunk -= len(pieces[-1])
        self._rest = bytes(view)
        return Received(content=b"".join(pieces), last=None)

    async def _exactly(self, size: int) -> bytearray:
        content = bytearray()
        while len(content) < size:
            await self._until_readable()
            content += self._read(size - len(content))
        return content

    def _read(self, most: int) -> bytes:
        content = os.read(self._fd, most)
        if not content:
            raise EOFError
        return content

    async def _until_readable(self) -> None:
        loop = asyncio.get_running_loop()
        readable: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._fd, _settle, readable)
        try:
            await readable
        finally:
            loop.remove_reader(self._fd)

    def close(self) -> None:
        """Closes the pipe; a worker that still writes gets a broken one."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _settle(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def open_pipe() -> tuple[int, int]:
    """A big pipe, as far as the system allows: (read end, write end)."""
    read_fd, write_fd = os.pipe()
    with suppress(
        OSError, AttributeError
    ):  # only Linux has it, and a user's share of big pipes may be used up
        fcntl.fcntl(write_fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    return read_fd, write_fd
