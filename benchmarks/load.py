"""A load of HTTP/1.1 requests over loopback, made by a process of its own: what it takes of the CPU is not the server's.

``python -m benchmarks.load http://127.0.0.1:8700/healthz --connections 16 --seconds 5`` prints rate and latencies.

Connections stay open and ask again as soon as they have an answer; bodies are counted and thrown away. Any other
status than the expected one ends everything with an error: a fast refusal must not look like a fast answer.

For a second of CPU it takes some 20,000 answers of 10 bytes, 10,000 of 130 kB or 3,700 of 750 kB, measured against a
server that does nothing but send. What it used is among the figures: near to a whole CPU, they are its own.
"""

from __future__ import annotations

import argparse
import dataclasses
import heapq
import json
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

from benchmarks.responses import Response, UnexpectedResponse

PROBE_INTERVAL_S = 0.02
_BUFFER_BYTES = 1 << 20
_PATIENCE_S = 180
_LOOKED_UP_S = 0.05

_Waiting = tuple[float, int]
"""When it may ask, and which connection it is."""
_IsOver = Callable[[int, float], bool]
"""By how many answers came, and how many seconds are spent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came within ``seconds``: whole answers only; ``body_bytes`` of all. Latencies in seconds, each answer's.

    ``cpu_s`` is what the generator itself used: where that is near to ``seconds``, the figures are its own.
    """

    seconds: float
    cpu_s: float
    body_bytes: int
    latencies: Sequence[float]

    @property
    def per_s(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def mb_per_s(self) -> float:
        """Of bodies; 10^6 bytes."""
        return self.body_bytes / self.seconds / 1e6

    @property
    def median_s(self) -> float:
        """The middle one."""
        return statistics.median(self.latencies)

    @property
    def p95_s(self) -> float:
        """19 of 20 are faster."""
        return sorted(self.latencies)[len(self.latencies) * 95 // 100]

    def text(self) -> str:
        """One line."""
        return (
            f"{self.per_s:.0f} req/s, {self.mb_per_s:.0f} MB/s, median {self.median_s * 1e3:.2f} ms, "
            f"p95 {self.p95_s * 1e3:.2f} ms, max {max(self.latencies) * 1e3:.2f} ms; own CPU {self.cpu_s / self.seconds:.0%}"
        )


class _Connection:
    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=_PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.response = Response(200)
        self.asked_s = 0.0

    def ask(self, request: bytes, expects: int) -> None:
        self.response, self.asked_s = Response(expects), time.perf_counter()
        self.socket.sendall(request)


@dataclass(kw_only=True)
class Client:
    """``connections`` that ask for ``urls`` (of one server) in turn.

    ``interval_s`` is the least time between two questions of one connection; connections begin evenly spread over it.
    """

    urls: Sequence[str]
    connections: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)
    expects: int = 200
    interval_s: float = 0.0

    def once(self) -> Outcome:
        """Each connection asks once, all at the same time; ends when the last has its answer."""
        return self._run(lambda answers, _: answers >= self.connections, again=False)

    def for_seconds(self, seconds: float) -> Outcome:
        """For so long, once all connections stand."""
        return self._run(lambda _, spent_s: spent_s >= seconds, again=True)

    def until_closed(self, descriptor: int, ready: Callable[[], None]) -> Outcome:
        """Until the other end of a pipe is closed. ``ready`` is told once, when every connection had an answer."""
        ended = selectors.DefaultSelector()
        ended.register(descriptor, selectors.EVENT_READ)
        Client(**{**vars(self), "interval_s": 0.0}).once()
        ready()
        return self._run(lambda *_: bool(ended.select(0)), again=True)

    def _run(self, is_over: _IsOver, *, again: bool) -> Outcome:
        parts = urlsplit(self.urls[0])
        requests = cycle([self._request(url) for url in self.urls])
        opened = [_Connection((parts.hostname or "", parts.port or 80)) for _ in range(self.connections)]
        try:
            return self._loop(opened, requests, is_over, again=again)
        finally:
            for each in opened:
                each.socket.close()

    def _loop(
        self,
        opened: list[_Connection],
        requests: Iterator[bytes],
        is_over: _IsOver,
        *,
        again: bool,
    ) -> Outcome:
        buffer = memoryview(bytearray(_BUFFER_BYTES))
        latencies, body_bytes = list[float](), 0
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        waiting = [(began_s + self.interval_s * index / len(opened), index) for index in range(len(opened))]
        with selectors.DefaultSelector() as ready:
            for index, each in enumerate(opened):
                ready.register(each.socket, selectors.EVENT_READ, index)
            while not is_over(len(latencies), time.perf_counter() - began_s):
                while waiting and waiting[0][0] <= time.perf_counter():
                    opened[heapq.heappop(waiting)[1]].ask(next(requests), self.expects)
                for key, _ in ready.select(_until(waiting)) or _nothing_came(waiting):
                    each = opened[key.data]
                    if not each.response.add(buffer[: each.socket.recv_into(buffer)]):
                        continue
                    latencies.append(time.perf_counter() - each.asked_s)
                    body_bytes += each.response.body_bytes
                    if again:
                        heapq.heappush(waiting, (each.asked_s + self.interval_s, key.data))
        spent_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        return Outcome(seconds=spent_s, cpu_s=cpu_s, body_bytes=body_bytes, latencies=latencies)

    def _request(self, url: str) -> bytes:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        lines = [f"GET {target} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def _until(waiting: list[_Waiting]) -> float:
    """Seconds for which answers may be waited for; short, so that an end is noticed while nobody asks."""
    if not waiting:
        return _PATIENCE_S
    return min(_LOOKED_UP_S, max(0.0, waiting[0][0] - time.perf_counter()))


def _nothing_came(waiting: list[_Waiting]) -> Sequence[tuple[selectors.SelectorKey, int]]:
    if not waiting:
        raise UnexpectedResponse(f"the server sent nothing for {_PATIENCE_S} s")
    return ()


@dataclass
class Running:
    """A load in a process of its own; ``outcome`` is there once the block has ended."""

    outcome: Outcome


@contextmanager
def load(client: Client) -> Iterator[Running]:
    """Asks for as long as the block lasts; every connection had its first answer when it begins."""
    command = [sys.executable, "-m", "benchmarks.load", "--asked", json.dumps(dataclasses.asdict(client))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise UnexpectedResponse("the load ended before it began: see above")
            running = Running(Outcome(seconds=1, cpu_s=0, body_bytes=0, latencies=()))
            yield running
            process.stdin.close()
            told = process.stdout.read()
            if process.wait(_PATIENCE_S):
                raise UnexpectedResponse("the load ended with an error: see above")
            running.outcome = Outcome(**json.loads(told))
        finally:
            process.kill()


def probe(url: str) -> Client:
    """A small request every 20 ms on one connection: what somebody notices while a server has other work."""
    return Client(urls=[url], interval_s=PROBE_INTERVAL_S)


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("urls", nargs="*", metavar="URL", help="of one server; asked for in turn")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--range", help="bytes=FIRST-LAST: 206 is expected then")
    parser.add_argument("--asked", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.asked:
        client = Client(**json.loads(given.asked))
        outcome = client.until_closed(sys.stdin.fileno(), lambda: print("ready", flush=True))
        print(json.dumps(dataclasses.asdict(outcome)))
        return
    headers, expects = ({"Range": given.range}, 206) if given.range else ({}, 200)
    client = Client(urls=given.urls, connections=given.connections, headers=headers, expects=expects)
    print(client.for_seconds(given.seconds).text())


if __name__ == "__main__":
    _main()
