"""Playlists of long ranges over real HTTP and a real store: right whatever comes, goes, fails or hangs up."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import m3u8
import pytest
from prometheus_client import CollectorRegistry
from tests.builders import a_run, a_segment, us
from tests.fakes.listed import model_of
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.store.disk import DiskStore
from longtake.core.fixed_range import fixed_range
from longtake.core.hls.render import render_media
from longtake.core.names import tombstone_of
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US, from_us, hour_name
from longtake.kit.clock import Clock, SystemClock
from longtake.services.serve.playlist_answers import PlaylistAnswers
from longtake.services.serve.playlists import Playlists

LONG_PART = "+" * 150
"""A channel's name that takes 450 bytes of a URL: so few files make a playlist that no socket's buffers take."""
FOUR = [
    *a_run("04:00:00", 5),
    *a_run("05:00:00", 3, 4.0),
    a_segment("06:59:59.999999"),
    *a_run("07:00:02", 2),
]
"""Hours that are uniform, of other durations, and one whose last segment reaches into the next."""
RANGE = "start=2024-11-09T04:00:00Z&end=2024-11-09T08:00:00Z"


ALL = "start=2024-11-09T04:00:00Z&end=2024-11-09T10:00:00Z"


class ThatMoment(SystemClock):
    """It is always the same time of day."""

    def __init__(self, now_us: int) -> None:
        self._moment_us = now_us

    def now_us(self) -> int:
        return self._moment_us


class Node:
    """Playlists of a store on disk."""

    def __init__(self, root: Path, *, at_once: int, memory_bytes: int, clock: Clock | None = None) -> None:
        self.store = DiskStore(root, memory_bytes=memory_bytes)
        self.registry = CollectorRegistry()
        self.answers = PlaylistAnswers(self.registry, memory_bytes=memory_bytes, at_once=at_once)
        self.playlists = Playlists(
            self.store, self.answers, clock or SystemClock(), recent_cutoff_us=120 * SECOND_US
        )
        self.web: WebRoutes

    def put(self, segments: Iterable[Segment], *, channel: str = "demo") -> None:
        """As a recorder does: whole under another name, then renamed."""
        for segment in segments:
            folder = self.store.layout.hour(channel, "source", segment.hour)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f".{segment.name}").write_bytes(b"content")
            (folder / f".{segment.name}").rename(folder / segment.name)

    async def text(self, query: str = RANGE, *, channel: str = "demo") -> str:
        answer = await self.web.get(f"/playlist/{quote(channel)}/source.m3u8?{query}")
        assert answer.status == 200, answer.text
        return answer.text

    async def names(self, query: str = RANGE) -> list[str]:
        return [
            one.uri.rpartition("/")[2].replace("%3A", ":")
            for one in m3u8.loads(await self.text(query)).segments
        ]

    async def by_values(self, start: str, end: str) -> str:
        """What the timeline of the range says, entry by entry."""
        joined = await self.store.joined("demo", "source", start_us=us(start), end_us=us(end))
        return render_media(model_of(fixed_range(joined, holes=False)))

    async def until_waiting(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.answers.turns.waiting != count:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def node(
    root: Path, *, at_once: int = 2, memory_bytes: int = 1 << 22, clock: Clock | None = None
) -> AsyncIterator[Node]:
    under_test = Node(root, at_once=at_once, memory_bytes=memory_bytes, clock=clock)
    try:
        async with web_routes(under_test.registry, under_test.playlists.routes()) as web:
            under_test.web = web
            yield under_test
    finally:
        under_test.store.close()


def names(segments: Iterable[Segment]) -> list[str]:
    return [segment.name for segment in segments]


def entries(text: str) -> list[str]:
    """The lines behind the head: its TARGETDURATION may be that of whole hours, and a number that is 0 need not be said."""
    in_head = ("#EXT-X-TARGETDURATION", "#EXT-X-DISCONTINUITY-SEQUENCE:0")
    return [line for line in text.splitlines() if not line.startswith(in_head)]


RANGES = [
    ("04:00:00", "08:00:00", "all hours"),
    ("04:00:04", "07:00:03", "from within an hour into another"),
    ("04:00:03", "04:00:05", "within one hour"),
    ("05:30:00", "06:30:00", "a hole"),
    ("07:00:00", "07:30:00", "what reaches over from the hour before"),
    ("05:00:00", "06:59:59.999999", "up to a segment that is not in it"),
]


@pytest.mark.parametrize("memory_bytes", [0, 1 << 22], ids=["without memory", "with memory"])
@pytest.mark.parametrize(("start", "end"), [row[:2] for row in RANGES], ids=[row[2] for row in RANGES])
async def test_a_range_says_what_its_timeline_says(
    tmp_path: Path, start: str, end: str, memory_bytes: int
) -> None:
    async with node(tmp_path, memory_bytes=memory_bytes) as under_test:
        under_test.put(FOUR)
        query = f"start=2024-11-09T{start}Z&end=2024-11-09T{end}Z"
        expected = entries(await under_test.by_values(start, end))
        for _ in range(2):
            assert entries(await under_test.text(query)) == expected


async def test_late_fills_and_what_was_removed_show_in_the_next_request(tmp_path: Path) -> None:
    async with node(tmp_path) as under_test:
        run = a_run("04:00:00", 5)
        under_test.put([*run[:2], *run[3:]])
        assert await under_test.names() == names([*run[:2], *run[3:]])
        assert (await under_test.text()).count("#EXT-X-DISCONTINUITY\n") == 1
        under_test.put([run[2]])
        assert await under_test.names() == names(run)
        await under_test.store.remove("demo", "source", run[0])
        assert await under_test.names() == names(run[1:])
        folder = under_test.store.layout.hour("demo", "source", run[4].hour)
        (folder / tombstone_of(run[4].name)).touch()
        assert await under_test.names() == names(run[1:4])


async def test_a_change_in_one_hour_makes_a_neighbour_right_too(tmp_path: Path) -> None:
    """A longer segment that reaches over the border hides what begins behind it."""
    async with node(tmp_path) as under_test:
        hidden, rest = a_segment("05:00:00"), a_run("05:00:02", 3)
        under_test.put([hidden, *rest])
        assert await under_test.names() == names([hidden, *rest])
        long = a_segment("04:59:58", 4.0)
        under_test.put([long])
        assert await under_test.names() == names([long, *rest])


async def test_what_was_not_asked_for_anew_is_not_read_anew(tmp_path: Path) -> None:
    async with node(tmp_path) as under_test:
        under_test.put(FOUR)
        for hour in {segment.hour for segment in FOUR}:
            folder = under_test.store.layout.hour("demo", "source", hour)
            os.utime(folder, ns=(10**18, 10**18))  # long ago, so that what was read is trusted
        first = await asyncio.gather(*(under_test.text() for _ in range(8)))
        assert len(set(first)) == 1
        assert under_test.store.index_state().read == 4
        await under_test.text()
        assert under_test.store.index_state().read == 4
        under_test.put([a_segment("05:00:12", 4.0)])
        assert await under_test.text() != first[0]
        assert under_test.store.index_state().read == 5


async def test_an_error_of_the_disk_is_503_and_the_next_request_is_right(tmp_path: Path) -> None:
    """A facts file that is a link to itself cannot be read, whoever one is."""
    async with node(tmp_path, at_once=1) as under_test:
        under_test.put(FOUR)
        facts = under_test.store.layout.facts("demo", "source", "2024-11-09T05")
        facts.parent.mkdir(parents=True, exist_ok=True)
        facts.symlink_to(facts)
        for _ in range(3):
            answer = await under_test.web.get(f"/playlist/demo/source.m3u8?{RANGE}")
            assert (answer.status, answer.headers["Content-Type"]) == (503, "application/problem+json")
            assert "Retry-After" in answer.headers
        facts.unlink()
        assert await under_test.names() == names(FOUR)


async def test_head_says_the_type_and_the_tag_and_no_false_length(tmp_path: Path) -> None:
    async with node(tmp_path) as under_test:
        under_test.put(FOUR)
        head = await under_test.web.get(f"/playlist/demo/source.m3u8?{RANGE}", method="HEAD")
        assert (head.status, head.body) == (200, b"")
        whole = await under_test.web.get(f"/playlist/demo/source.m3u8?{RANGE}")
        for name in ("Content-Type", "Cache-Control", "Access-Control-Allow-Origin", "ETag", "Vary"):
            assert head.headers[name] == whole.headers[name]
        assert head.headers.get("Content-Length", str(len(whole.body))) == str(len(whole.body))


def uniform_hours(hours: int = 6, each: int = 1800) -> list[Segment]:
    """Uniform hours."""
    return [one for hour in range(hours) for one in a_run(f"{4 + hour:02}:00:00", each)]


async def held_back(under_test: Node, query: str = RANGE) -> socket.socket:
    """A client that has its playlist's first bytes, and takes no more."""
    client = await asyncio.to_thread(
        under_test.web.ask_without_reading, f"/playlist/{quote(LONG_PART)}/source.m3u8?{query}"
    )
    await asyncio.to_thread(client.recv, 10)
    return client


@pytest.fixture(scope="module")
def much(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Playlists of 7 MB: more than what the sockets on the way take."""
    root = tmp_path_factory.mktemp("much")
    layout = DiskStore(root).layout
    for segment in uniform_hours():
        folder = layout.hour(LONG_PART, "source", segment.hour)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / segment.name).touch()
    return root


async def test_over_those_that_may_wait_clients_are_told_to_come_back(much: Path) -> None:
    async with node(much, at_once=1) as under_test:
        holding = await held_back(under_test, ALL)
        path = f"/playlist/{quote(LONG_PART)}/source.m3u8?{ALL}"
        waiting = [await asyncio.to_thread(under_test.web.ask_without_reading, path) for _ in range(32)]
        await under_test.until_waiting(32)
        refused = await under_test.web.get(path)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        assert refused.headers["Content-Type"] == "application/problem+json"
        for client in waiting:
            client.close()
        await under_test.until_waiting(0)
        holding.close()
        assert (await under_test.text(ALL, channel=LONG_PART)).count("#EXTINF") == 6 * 1800


async def test_who_hangs_up_in_mid_body_gives_back_the_turn_each_time(much: Path) -> None:
    async with node(much, at_once=1) as under_test:
        for _ in range(5):
            (await held_back(under_test, ALL)).close()
        text = await under_test.text(ALL, channel=LONG_PART)
        assert (text.count("#EXTINF"), text.endswith("#EXT-X-ENDLIST\n")) == (6 * 1800, True)
        assert under_test.answers.turns.waiting == 0


async def test_hours_that_are_removed_while_they_are_sent_are_in_the_answer_and_not_in_the_next(
    much: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(much, copy)
    async with node(copy) as under_test:
        client = await held_back(under_test, ALL)
        for hour in range(4, 9):
            await under_test.store.remove_hour(LONG_PART, "source", f"2024-11-09T{hour:02}")
        body = await asyncio.to_thread(_read_all, client)
        assert (body.count(b"#EXTINF"), b"#EXT-X-ENDLIST" in body) == (6 * 1800, True)
        assert (await under_test.text(ALL, channel=LONG_PART)).count("#EXTINF") == 1800


def _read_all(client: socket.socket) -> bytes:
    """Until the end of a chunked body."""
    client.settimeout(10)
    body = bytearray()
    while not body.endswith(b"\r\n0\r\n\r\n"):
        piece = client.recv(1 << 20)
        assert piece, "broken off"
        body += piece
    client.close()
    # A chunk's border may fall within a tag: what stands between the chunks goes.
    return b"".join(_chunks(bytes(body)))


def _chunks(body: bytes) -> Iterable[bytes]:
    """The chunks from the first border on that is whole; the head of the answer stands before it."""
    at = body.index(b"\r\n\r\n") + 4
    while (size := int(body[at : (line := body.index(b"\r\n", at))], 16)) > 0:
        yield body[line + 2 : line + 2 + size]
        at = line + 2 + size + 2


async def test_a_playlist_beside_a_recorder_has_what_was_there_before_it_was_asked_for(
    tmp_path: Path,
) -> None:
    """Many names within one tick of the clock, in two hours, from a thread as a recorder has it."""
    async with node(tmp_path) as under_test:
        run = a_run("04:59:30", 300, 0.5)
        under_test.put(run[:1])
        written = 1
        ended = threading.Event()

        def write() -> None:
            nonlocal written
            for segment in run[1:]:
                under_test.put([segment])
                written += 1
            ended.set()

        writer = threading.Thread(target=write)
        writer.start()
        while not ended.is_set():
            before = written
            listed = await under_test.names()
            assert listed == names(run[: len(listed)])
            assert len(listed) >= before
        writer.join()
        assert await under_test.names() == names(run)


AT_THE_ENDS = [
    ("1970-01-01T00:00:00", [0, 2, 4, 3598], "1970-01-01T00"),
    ("9998-12-31T22:00:00", [0, 2], "9998-12-31T22"),
    ("2500-01-01T00:00:00", [0, 2], "2500-01-01T00"),
]


@pytest.mark.parametrize(
    ("start", "offsets_s", "hour"), AT_THE_ENDS, ids=["the first hour", "one of the last", "a far future"]
)
async def test_hours_at_the_ends_of_time_are_hours(
    tmp_path: Path, start: str, offsets_s: Sequence[int], hour: str
) -> None:
    start_us = us(start)
    async with node(tmp_path, clock=ThatMoment(start_us + 2 * HOUR_US)) as under_test:
        made = [a_segment(start_us + offset_s * SECOND_US) for offset_s in offsets_s]
        assert {segment.hour for segment in made} == {hour}
        under_test.put(made)
        end = from_us(start_us + HOUR_US).replace(tzinfo=None).isoformat()
        for _ in range(2):
            assert await under_test.names(f"start={start}Z&end={end}Z") == names(made)


async def test_two_months_of_hours_need_no_more_memory_than_they_may(tmp_path: Path) -> None:
    async with node(tmp_path, memory_bytes=1 << 18) as under_test:
        first_us = us("2024-01-01T00:00:00")
        made = [a_segment(first_us + number * HOUR_US) for number in range(1480)]
        under_test.put(made)
        end = f"{hour_name(first_us + 1480 * HOUR_US)}:00:00"
        assert await under_test.names(f"start=2024-01-01T00:00:00Z&end={end}Z") == names(made)
        assert under_test.store.index_state().weight_bytes <= 1 << 18
