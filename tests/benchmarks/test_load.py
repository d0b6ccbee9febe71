"""The load generator against a small real server: it counts what came, and takes no wrong answer for a fast one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from benchmarks.load import Client, load
from benchmarks.responses import Response, UnexpectedResponse

BODY = b"0\r\n\r\n" + b"x" * 300_000
FEW_BYTES = {"Range": "bytes=0-9"}


class Handler(BaseHTTPRequestHandler):
    """``/sized``, ``/chunked`` and ``/busy``; a range is always answered with ten bytes."""

    protocol_version = "HTTP/1.1"
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(self.path)
        ranged = "Range" in self.headers
        self.send_response(503 if self.path == "/busy" else 206 if ranged else 200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(chunked(BODY))
            return
        body = BODY[:10] if ranged else BODY
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with suppress(ConnectionError):  # a load that is over does not wait for its last answers
            super().handle()

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Takes many connections at once."""

    request_queue_size = 64


def chunked(body: bytes) -> bytes:
    """In chunks of odd sizes, one with an extension."""
    parts = [body[:1], body[1:70_000], body[70_000:]]
    return b"".join(b"%X;a=b\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.fixture
def url() -> Iterator[str]:
    Handler.seen.clear()
    with serving() as address:
        yield address


@contextmanager
def serving() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["sized", "chunked"], ids=["of a stated length", "in chunks"])
def test_bodies_are_counted_without_their_framing(url: str, path: str) -> None:
    outcome = Client(urls=[f"{url}/{path}"], connections=3).once()
    assert (len(outcome.latencies), outcome.body_bytes) == (3, 3 * len(BODY))
    assert 0 < outcome.median_s <= outcome.p95_s <= outcome.seconds


def test_connections_ask_again_and_for_each_url_in_turn(url: str) -> None:
    outcome = Client(urls=[f"{url}/sized?1", f"{url}/sized?2"], connections=2).for_seconds(0.3)
    assert len(outcome.latencies) > 2
    assert outcome.body_bytes == len(outcome.latencies) * len(BODY)
    assert {path: Handler.seen.count(path) > 1 for path in ("/sized?1", "/sized?2")} == {
        "/sized?1": True,
        "/sized?2": True,
    }


def test_connections_with_an_interval_ask_no_more_often_each(url: str) -> None:
    outcome = Client(
        urls=[f"{url}/sized"], headers=FEW_BYTES, expects=206, connections=20, interval_s=0.2
    ).for_seconds(1)
    assert 20 <= len(outcome.latencies) <= 20 * (outcome.seconds / 0.2 + 1)
    assert outcome.cpu_s < outcome.seconds / 2


def test_connections_with_an_interval_begin_one_after_the_other(url: str) -> None:
    client = Client(urls=[f"{url}/sized"], headers=FEW_BYTES, expects=206, connections=10, interval_s=60.0)
    assert len(client.for_seconds(1).latencies) == 1


def test_headers_are_sent_and_another_status_can_be_expected(url: str) -> None:
    client = Client(urls=[f"{url}/sized"], headers=FEW_BYTES, expects=206)
    assert client.once().body_bytes == 10


def test_a_fast_refusal_is_no_answer(url: str) -> None:
    with pytest.raises(UnexpectedResponse, match="503 instead of 200"):
        Client(urls=[f"{url}/busy"]).for_seconds(0.3)


def test_a_load_of_its_own_process_lasts_as_long_as_the_block(url: str) -> None:
    with load(Client(urls=[f"{url}/sized?loaded"], interval_s=0.01)) as running:
        ours = Client(urls=[f"{url}/sized?ours"]).for_seconds(0.2)
    assert urlsplit(Handler.seen[0]).query == "loaded"
    assert running.outcome.seconds > ours.seconds / 2  # it begins a moment after it said that it is ready
    assert 2 < len(running.outcome.latencies) <= running.outcome.seconds / 0.01 + 2


def test_a_load_that_meets_another_status_fails_where_it_was_asked_for(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(UnexpectedResponse, match="before it began"),
        load(Client(urls=[f"{url}/busy"])),
    ):
        pytest.fail("it must not begin")
    assert "503 instead of 200" in capfd.readouterr().err


@pytest.mark.parametrize("step", [1, 2, 7, 1 << 20])
def test_a_response_ends_at_the_same_byte_however_it_comes(step: int) -> None:
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(BODY[:100_000])
    response = Response(200)
    ends = [
        at + step >= len(whole)
        for at in range(0, len(whole), step)
        if response.add(memoryview(whole)[at : at + step])
    ]
    assert ends == [True]
    assert response.body_bytes == 100_000


@pytest.mark.parametrize(
    ("received", "message"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd", "4 bytes instead of 3"),
        (b"HTTP/1.1 200 OK\r\n\r\nabcd", "unknown length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP", "more bytes"),
        (b"", "closed"),
    ],
    ids=["too long", "of no stated length", "something behind the last chunk", "closed too early"],
)
def test_what_is_no_clean_response_is_refused(received: bytes, message: str) -> None:
    with pytest.raises(UnexpectedResponse, match=message):
        Response(200).add(memoryview(received))


def test_a_response_without_body_ends_with_its_head() -> None:
    assert Response(304).add(memoryview(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 70\r\n\r\n"))
