"""The messages between a worker and its parent, over a real pipe."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence

import pytest

from longtake.adapters.media.worker_pipe import HEADER, Message, PipeReader, PipeWriter, open_pipe

BODY = bytes(range(256)) * 20_000


@pytest.fixture
def pipe() -> Iterator[tuple[PipeReader, int]]:
    read_fd, write_fd = open_pipe()
    reader = PipeReader(read_fd)
    yield reader, write_fd
    reader.close()


def in_thread(fd: int, writes: Sequence[bytes], *, close: bool = True) -> threading.Thread:
    """Writes one after the other, then closes."""

    def run() -> None:
        for content in writes:
            view = memoryview(content)
            while view:
                view = view[os.write(fd, view) :]
        if close:
            os.close(fd)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


async def job_of(reader: PipeReader) -> tuple[bytes, tuple[Message, bytes]]:
    """The whole stream of a job, and its last message."""
    content = b""
    while True:
        received = await reader.received()
        content += received.content
        if received.last is not None:
            return content, received.last


def message(kind: Message, body: bytes) -> bytes:
    return HEADER.pack(kind, len(body)) + body


JOBS = {
    "no stream, no report": message(Message.REPORT, b""),
    "a small chunk": message(Message.CHUNK, b"a") + message(Message.REPORT, b"done"),
    "empty chunks": message(Message.CHUNK, b"") * 3 + message(Message.REFUSAL, b"no"),
    "many chunks": message(Message.CHUNK, b"abc") * 2000 + message(Message.BUG, b"oh"),
    "a big report": message(Message.CHUNK, b"a") + message(Message.REPORT, BODY),
    "a big chunk": message(Message.CHUNK, BODY) + message(Message.REPORT, b"done"),
}


@pytest.mark.parametrize("step", [1, 3, 4096, 10**9])
@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS.keys())
async def test_messages_may_be_split_anywhere(pipe: tuple[PipeReader, int], job: bytes, step: int) -> None:
    reader, write_fd = pipe
    torn = [job[at : at + step] for at in range(0, min(len(job), 9000), step)]
    torn.append(job[len(torn) * step :])
    writing = in_thread(write_fd, torn, close=False)
    content, (kind, body) = await job_of(reader)
    together = message(Message.CHUNK, content) if content else b""
    assert together + message(kind, body) == _as_one_chunk(job)
    writing.join()
    writing = in_thread(write_fd, [message(Message.CHUNK, b"next"), message(Message.REPORT, b"too")])
    assert await job_of(reader) == (b"next", (Message.REPORT, b"too"))
    with pytest.raises(EOFError):
        await reader.received()
    writing.join()


def _as_one_chunk(job: bytes) -> bytes:
    content = b""
    while True:
        kind, size = HEADER.unpack_from(job)
        body, job = job[HEADER.size : HEADER.size + size], job[HEADER.size + size :]
        if kind != Message.CHUNK:
            return (message(Message.CHUNK, content) if content else b"") + message(kind, body)
        content += body


@pytest.mark.parametrize("kept", [2, HEADER.size, HEADER.size + 2])
async def test_a_writer_that_dies_in_the_middle_of_a_message_is_the_end(
    pipe: tuple[PipeReader, int], kept: int
) -> None:
    reader, write_fd = pipe
    writing = in_thread(write_fd, [message(Message.REPORT, b"report")[:kept]])
    with pytest.raises(EOFError):
        await job_of(reader)
    writing.join()


async def test_who_stops_waiting_leaves_nothing_behind(pipe: tuple[PipeReader, int]) -> None:
    reader, write_fd = pipe
    waiting = asyncio.create_task(reader.received())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    writing = in_thread(write_fd, [message(Message.REPORT, b"still here")])
    assert await job_of(reader) == (b"", (Message.REPORT, b"still here"))
    writing.join()


async def test_what_is_written_is_read(pipe: tuple[PipeReader, int]) -> None:
    reader, write_fd = pipe

    def write() -> None:
        writer = PipeWriter(write_fd)
        writer.emit(BODY)
        writer.emit(b"")
        writer.emit(memoryview(BODY)[::1][5:10])
        writer.message(Message.REPORT, BODY)
        os.close(write_fd)

    writing = asyncio.create_task(asyncio.to_thread(write))
    assert await job_of(reader) == (BODY + BODY[5:10], (Message.REPORT, BODY))
    await writing


async def test_a_reader_that_is_gone_breaks_the_pipe(pipe: tuple[PipeReader, int]) -> None:
    reader, write_fd = pipe
    reader.close()
    reader.close()
    with pytest.raises(BrokenPipeError):
        PipeWriter(write_fd).emit(b"x")
    os.close(write_fd)
