"""The origin of the capture benchmark, a process of its own: ``python -m benchmarks.live_origin CONTENT CHANNELS START_US``.

It costs as little as it can, since it shares the machine with what is measured: a bare loop over sockets, playlists made
only when they change, and one content for a moment of all channels, told apart by one null packet at its end. Contents
go round every ``len`` segments, with timestamps that go on, so that no two are alike. Prints its port.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from benchmarks.live_schedule import SEGMENT_S, WINDOW, Schedule, schedules

from longtake.core.mpegts.packets import PACKET_BYTES
from longtake.core.mpegts.retime import retimed
from longtake.core.mpegts.scan import ScannedSegment, scan_segment
from longtake.core.mpegts.timestamps import CLOCK_HZ
from longtake.core.times import format_us

Buffers = list[memoryview]
_SEND_BUFFER = 2 << 20
_NULL_HEADER = b"\x47\x1f\xff\x10"
_HEAD = (
    "HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {size}\r\nCache-Control: no-cache\r\n\r\n"
)


class Contents:
    """What each segment holds. The newest are kept, for all channels want them at about the same time."""

    def __init__(self, path: Path) -> None:
        sizes = json.loads(path.with_suffix(".json").read_text())
        data, self._loop = path.read_bytes(), list[ScannedSegment]()
        for size in sizes:
            self._loop.append(scan_segment(data[:size]))
            data = data[size:]
        self._made: dict[int, memoryview] = {}

    def of(self, channel: str, sequence: int) -> Buffers:
        """The pieces of a segment."""
        mark = f"{channel} {sequence}".encode()
        return [self._shared(sequence), memoryview(_NULL_HEADER + mark.ljust(PACKET_BYTES - 4, b"\xff"))]

    def _shared(self, sequence: int) -> memoryview:
        if sequence not in self._made:
            if len(self._made) > WINDOW + 10:
                del self._made[min(self._made)]
            rounds, at = divmod(sequence, len(self._loop))
            ticks = rounds * len(self._loop) * SEGMENT_S * CLOCK_HZ
            segment = self._loop[at]
            pids = frozenset(np.unique(segment.packets.pid).tolist())
            rows = retimed(segment, video_ticks=ticks, clock_ticks=ticks, pids=pids)
            self._made[sequence] = memoryview(rows.tobytes())
        return self._made[sequence]


@dataclass(slots=True, kw_only=True)
class Channel:
    """Its playlist, made anew only when it changes."""

    schedule: Schedule
    newest: int = -1
    answer: Buffers = field(default_factory=list)

    def playlist(self, now_us: int) -> Buffers:
        """A whole answer."""
        newest = self.schedule.newest(now_us)
        if newest != self.newest or not self.answer:
            self.newest = newest
            self.answer = answer("200 OK", "application/vnd.apple.mpegurl", self._text().encode())
        return self.answer

    def _text(self) -> str:
        first = max(0, self.newest - WINDOW + 1)
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{SEGMENT_S}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
        ]
        for sequence in range(first, self.newest + 1):
            lines += [
                f"#EXT-X-PROGRAM-DATE-TIME:{format_us(self.schedule.shows_us(sequence))}",
                f"#EXTINF:{SEGMENT_S}.000,live",
                f"{sequence}.ts?token=0123456789abcdef0123456789abcdef",
            ]
        return "\n".join([*lines, ""])


class Origin:
    """Answers GET on many connections, one request at a time on each, until it is killed."""

    def __init__(self, contents: Contents, channels: dict[str, Channel]) -> None:
        self._contents = contents
        self._channels = channels
        self._ready = selectors.DefaultSelector()
        self._asked: dict[socket.socket, bytes] = {}
        self._to_send: dict[socket.socket, Buffers] = {}
        self._counts: Counter[str] = Counter()

    def serve(self, listening: socket.socket) -> None:
        """For ever."""
        self._ready.register(listening, selectors.EVENT_READ)
        while True:
            for key, events in self._ready.select():
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                try:
                    if connection is listening:
                        self._accept(listening)
                    elif events & selectors.EVENT_WRITE:
                        self._send(connection)
                    else:
                        self._read(connection)
                except OSError:
                    self._close(connection)

    def _accept(self, listening: socket.socket) -> None:
        connection, _ = listening.accept()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._asked[connection] = b""
        self._ready.register(connection, selectors.EVENT_READ)

    def _read(self, connection: socket.socket) -> None:
        data = connection.recv(65536)
        if not data:
            self._close(connection)
            return
        self._asked[connection] += data
        if self._asked[connection].endswith(b"\r\n\r\n"):
            path = self._asked[connection].split(b" ", 2)[1].decode("ascii").partition("?")[0]
            self._asked[connection] = b""
            self._to_send[connection] = self._answer(path)
            self._send(connection)

    def _answer(self, path: str) -> Buffers:
        now_us = time.time_ns() // 1000
        if path == "/counts":
            return answer("200 OK", "application/json", json.dumps(self._counts).encode())
        _, name, file = path.split("/")
        channel = self._channels[name]
        if file == "live.m3u8":
            self._counts["playlist"] += 1
            return channel.playlist(now_us)
        sequence = int(file.removesuffix(".ts"))
        newest = channel.schedule.newest(now_us)
        if not newest - WINDOW - 5 < sequence <= newest:
            self._counts["missing"] += 1
            return answer("404 Not Found", "text/plain", b"")
        self._counts["segment"] += 1
        return answer("200 OK", "video/mp2t", *self._contents.of(name, sequence))

    def _send(self, connection: socket.socket) -> None:
        """As much as the kernel takes."""
        left = self._to_send[connection]
        try:
            sent = connection.sendmsg(left)
        except BlockingIOError:
            sent = 0
        while left and sent >= len(left[0]):
            sent -= len(left[0])
            left = left[1:]
        if left:
            left = [left[0][sent:], *left[1:]]
        self._to_send[connection] = left
        self._ready.modify(connection, selectors.EVENT_WRITE if left else selectors.EVENT_READ)

    def _close(self, connection: socket.socket) -> None:
        self._ready.unregister(connection)
        self._asked.pop(connection, None)
        self._to_send.pop(connection, None)
        connection.close()


def answer(status: str, type: str, *body: bytes | memoryview) -> Buffers:
    """A whole answer in pieces."""
    head = _HEAD.format(status=status, type=type, size=sum(len(piece) for piece in body))
    return [memoryview(head.encode()), *(memoryview(piece) for piece in body if piece)]


def main() -> None:
    """Listens, says where, and serves."""
    path, channels, start_us = sys.argv[1:]
    named = {one.channel: Channel(schedule=one) for one in schedules(int(channels), int(start_us))}
    origin = Origin(Contents(Path(path)), named)
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        print(listening.getsockname()[1], flush=True)
        origin.serve(listening)


if __name__ == "__main__":
    main()
