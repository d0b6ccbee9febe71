"""Playlists at the live edge, by a clock that the test sets: what is shown, and what must not be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable
from itertools import pairwise

import m3u8
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.types import Message
from tests.builders import a_run, a_segment, a_timeline, us
from tests.fakes.memory_store import MemoryStore

from longtake.core.errors import InvalidTime, NotFound
from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.hls.render import render_media
from longtake.core.ledger import Entry, number
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US
from longtake.services.serve import playlists as module
from longtake.services.serve.playlists import Playlists
from longtake.services.serve.ranges import RangePlaylists
from longtake.services.serve.targets import Targets

RUN = a_run(count=30)


class SetClock:
    """Says what it was set to."""

    def __init__(self, now: str) -> None:
        self.now = now

    def now_us(self) -> int:
        return us(self.now)

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, delay_s: float) -> None:
        raise AssertionError("a request does not wait")


class Node:
    """Playlists of one quality."""

    def __init__(self, now: str) -> None:
        self.clock = SetClock(now)
        self.store = MemoryStore()
        targets = Targets()
        ranges = RangePlaylists(self.store, targets, CollectorRegistry(), at_once=1, memory_bytes=1 << 20)
        self.playlists = Playlists(self.store, ranges, targets, self.clock, recent_cutoff_us=120 * SECOND_US)

    def put(self, *segments: Segment, at: str | None = None) -> None:
        for segment in segments:
            self.store.disk.put("demo", "source", segment.hour, segment.name, b"content")
            if at is not None:
                self.store.disk.facts["demo", "source"][segment.hour][segment.name] = SegmentFacts(
                    name=segment.name, size_bytes=7, recorded_us=us(at), target_duration_s=2
                )

    async def text(self, query: str = "") -> str:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/playlist/demo/source.m3u8",
            "headers": [],
            "query_string": query.encode(),
            "path_params": {"channel": "demo", "quality": "source"},
        }
        body = b""

        async def receive() -> Message:
            await asyncio.Event().wait()  # the client stays
            raise AssertionError

        async def send(message: Message) -> None:
            nonlocal body
            body += message.get("body", b"")

        answer = await self.playlists.media(Request(scope, receive))
        await answer(scope, receive, send)
        return body.decode()

    async def names(self, query: str = "") -> list[str]:
        return [
            one.uri.rpartition("/")[2].replace("%3A", ":")
            for one in m3u8.loads(await self.text(query)).segments
        ]


def names(segments: Iterable[Segment]) -> list[str]:
    return [segment.name for segment in segments]


async def test_segments_that_arrive_out_of_order_are_all_shown_without_a_discontinuity() -> None:
    node = Node("04:01:00")
    node.put(RUN[0], RUN[1], RUN[3], at="04:01:00")
    assert await node.names() == names(RUN[:2])
    node.clock.now = "04:01:02"
    node.put(RUN[4], at="04:01:02")
    assert await node.names() == names(RUN[:2])
    node.clock.now = "04:01:03"
    node.put(RUN[2], at="04:01:03")
    text = await node.text()
    assert await node.names() == names(RUN[:5])
    assert "DISCONTINUITY\n" not in text


async def test_a_hole_that_nothing_fills_is_passed_with_a_discontinuity() -> None:
    node = Node("04:01:00")
    node.put(RUN[0], RUN[1], RUN[3], at="04:01:00")
    await node.text()
    node.clock.now = "04:01:10"
    assert await node.names() == names([*RUN[:2], RUN[3]])
    assert (await node.text()).count("#EXT-X-DISCONTINUITY\n") == 1


@pytest.mark.parametrize(
    "query", ["start=2024-11-09T04:00:00Z", "start=2024-11-09T04:00:00Z&end=2024-11-09T05:00:00Z"]
)
async def test_a_growing_playlist_gets_entries_at_its_end_alone(query: str) -> None:
    node = Node("04:01:00")
    node.put(RUN[1], RUN[3], at="04:01:00")
    seen = [await node.names(query)]
    for second, index in enumerate((0, 5, 4, 2), start=1):
        node.clock.now = f"04:01:0{second}"
        node.put(RUN[index], at=node.clock.now)
        seen.append(await node.names(query))
    assert seen[-1] == names(RUN[:6])
    for before, after in pairwise(seen):
        assert after[: len(before)] == before


async def test_a_segment_from_the_future_does_not_stop_live() -> None:
    node = Node("04:00:10")
    node.put(*RUN[:3], a_segment("04:30:00"), a_segment("09:30:00"), at="04:00:10")
    assert await node.names() == names(RUN[:3])
    assert await node.names("start=2024-11-09T04:00:00Z") == names(RUN[:3])
    node.clock.now = "04:00:20"
    node.put(*RUN[3:7], at="04:00:16")
    assert await node.names() == names(RUN[:7])


async def test_a_clock_that_is_a_little_ahead_is_none() -> None:
    node = Node("04:00:00")
    node.put(*RUN[:4])
    assert await node.names() == names(RUN[:4])


async def test_nothing_but_the_future_is_nothing() -> None:
    node = Node("02:00:00")
    node.put(*RUN[:4])
    with pytest.raises(NotFound):
        await node.text()


async def test_live_goes_on_after_a_future_that_a_clock_set_right_has_taken_back() -> None:
    node = Node("06:00:30")
    node.put(*RUN[:3], a_segment("06:00:00"))
    before = m3u8.loads(await node.text("window=3h"))
    node.clock.now = "04:00:10"
    node.put(*RUN[3:5])
    after = m3u8.loads(await node.text("window=3h"))
    assert [one.uri for one in after.segments][:4] == [one.uri for one in before.segments]
    assert [one.discontinuity for one in after.segments][3:] == [True, True, False]
    assert (await node.names("window=3h"))[4:] == names(RUN[3:5])


async def test_what_was_removed_by_age_is_not_listed_and_the_numbers_stay() -> None:
    node = Node("04:00:30")
    node.put(*RUN[:10])
    before = m3u8.loads(await node.text("window=12h"))
    for segment in RUN[:4]:
        await node.store.remove("demo", "source", segment)
    after = m3u8.loads(await node.text("window=12h"))
    assert await node.names("window=12h") == names(RUN[4:10])
    assert after.media_sequence == before.media_sequence + 4


async def test_entries_are_dropped_at_the_front_alone() -> None:
    """A long segment reaches into the window, and a shorter one behind it does not."""
    node = Node("04:02:00")
    entries = [
        Entry(segment=segment, sequence=index, discontinuity_sequence=0, discontinuity=False)
        for index, segment in enumerate([a_segment("04:00:00", 20.0), a_segment("04:00:01"), *RUN[2:12]])
    ]
    node.put(*(entry.segment for entry in entries))
    await node.store.shown("demo", "source", lambda last: entries if last is None else ())
    playlist = m3u8.loads(await node.text("window=10"))
    assert await node.names("window=10") == names(RUN[7:12])
    assert playlist.media_sequence == 7


START = "start=2024-11-09T04:00:05Z"
MINUTES = a_run(count=120)


def numbered(text: str) -> dict[str, tuple[int, int]]:
    """By segment, in order: its number, and that of its discontinuity."""
    playlist = parse_playlist(text, "https://node.example/")
    assert isinstance(playlist, MediaPlaylist)
    return {one.uri: (one.sequence, one.discontinuity_sequence) for one in playlist.segments}


def check_follows(before: str, after: str) -> None:
    """RFC 8216 6.2.1 and 6.2.2: numbers stay; entries come at the end and go at the front; nothing falls."""
    first, second = numbered(before), numbered(after)
    kept = [uri for uri in first if uri in second]
    assert {uri: first[uri] for uri in kept} == {uri: second[uri] for uri in kept}
    assert list(first)[len(first) - len(kept) :] == kept == list(second)[: len(kept)]
    for field in ("media_sequence", "target_duration_s", "discontinuity_sequence"):
        old, new = (getattr(parse_playlist(text, "https://node.example/"), field) for text in (before, after))
        assert old <= new, field


@pytest.mark.parametrize("query", ["", "window=12h", START])
async def test_no_version_of_a_playlist_contradicts_the_one_before(query: str) -> None:
    """It grows, a hole is filled after 20 s, and the front is removed by age, until nothing is left but the newest."""
    node = Node("04:00:11")
    node.put(*MINUTES[:3], MINUTES[4], at="04:00:01")
    texts = [await node.text(query)]
    for index in range(5, 60):
        node.clock.now = f"04:{(12 + 2 * index) // 60:02}:{(12 + 2 * index) % 60:02}"
        node.put(MINUTES[index], at=node.clock.now)
        if index == 15:
            node.put(MINUTES[3], at=node.clock.now)
        if 30 <= index < 59:
            for gone in MINUTES[2 * (index - 30) : 2 * (index - 29)]:
                await node.store.remove("demo", "source", gone)
        texts.append(await node.text(query))
    for before, after in pairwise(texts):
        check_follows(before, after)
    assert MINUTES[3].name not in "".join(texts).replace("%3A", ":")
    assert await node.names(query) == names(MINUTES[58:60])


async def test_a_growing_playlist_has_the_numbers_of_live() -> None:
    node = Node("04:01:00")
    node.put(*RUN[:10])
    live, growing = numbered(await node.text()), numbered(await node.text(START))
    assert list(growing) == list(live)[2:]
    assert growing.items() <= live.items()


async def test_a_growing_playlist_from_before_the_ledger_is_counted_from_0() -> None:
    node = Node("04:04:00")
    node.put(*RUN[:20], a_segment("23:00:00"))
    await node.store.shown("demo", "source", lambda last: () if last else number(a_timeline(*RUN[10:20]), {}))
    assert [number for number, _ in numbered(await node.text(START)).values()] == list(range(18))


async def test_what_comes_too_late_before_the_first_entry_is_not_put_before_it() -> None:
    """The playlist from before all recording begins at the first segment, once that is settled."""
    query = "start=2024-11-09T03:59:00Z"
    node = Node("04:00:30")
    node.put(*RUN[3:8], at="04:00:25")
    assert await node.names(query) == []
    node.clock.now = "04:00:40"
    before = await node.text(query)
    node.clock.now = "04:00:50"
    node.put(*RUN[:3], RUN[8], at="04:00:45")
    after = await node.text(query)
    check_follows(before, after)
    assert list(numbered(after)) == [*numbered(before), *list(numbered(after))[-1:]]


async def test_a_playlist_without_entries_goes_on_from_the_numbers_before() -> None:
    node = Node("04:01:00")
    node.put(*RUN[:10], at="04:00:20")
    query = "start=2024-11-09T04:00:25Z"
    texts = [await node.text(query)]
    assert "#EXT-X-TARGETDURATION:2\n" in texts[0]  # what is known of the quality, and not a fallback
    node.put(*RUN[10:14], at="04:00:28")
    texts.append(await node.text(query))
    for gone in RUN[:13]:
        await node.store.remove("demo", "source", gone)
    texts.append(await node.text(query))
    await node.store.remove("demo", "source", RUN[13])
    node.put(a_segment("03:00:00"))
    texts.append(await node.text(query))
    assert [len(numbered(text)) for text in texts] == [0, 2, 1, 0]
    for before, after in pairwise(texts):
        check_follows(before, after)


@pytest.mark.parametrize("query", ["", START, "start=2024-11-09T01:00:00Z", "start=2024-11-09T04:00:50Z"])
async def test_a_target_duration_never_falls(query: str) -> None:
    node = Node("04:00:22")
    node.put(a_segment("04:00:00", 9.0), a_segment("04:00:09", 2.0), at="04:00:11")
    assert "#EXT-X-TARGETDURATION:9\n" in await node.text("window=12h")
    node.clock.now = "04:03:30"
    node.put(*MINUTES[10:100], at="04:03:25")
    await node.store.remove("demo", "source", a_segment("04:00:00", 9.0))
    assert "#EXT-X-TARGETDURATION:9\n" in await node.text(query)


async def test_a_growing_playlist_from_long_ago_is_made_of_hours_and_holds_back_what_is_behind_a_young_hole() -> (
    None
):
    node = Node("18:31:00")
    old, recent = a_run("04:00:00", 5), a_run("18:30:00", 25)
    behind = a_segment("18:30:54")
    node.put(*old, *recent)
    node.put(behind, at="18:30:57")
    shown = [*old, *recent]
    assert await node.names("start=2024-11-09T04:00:00Z") == [segment.name for segment in shown]
    text = await node.text("start=2024-11-09T04:00:00Z")
    assert "#EXT-X-ENDLIST" not in text
    assert text.count("#EXT-X-DISCONTINUITY\n") == 1
    node.clock.now = "18:32:00"
    assert (await node.names("start=2024-11-09T04:00:00Z"))[-1] == behind.name


@pytest.mark.parametrize(
    "query", ["start=1970-01-01T00:00:00Z", "start=2024-01-01T00:00:00Z&end=2024-11-01T00:00:00Z"]
)
async def test_a_playlist_of_more_than_two_months_is_refused_with_words(query: str) -> None:
    node = Node("05:00:00")
    node.put(*(a_segment(us("2024-01-01T00:00:00") + hour * HOUR_US) for hour in range(1600)))
    with pytest.raises(InvalidTime, match="at most 1488 recorded hours; ask for less"):
        await node.text(query)
    assert len(await node.names("start=2024-01-01T00:00:00Z&end=2024-01-08T00:00:00Z")) == 7 * 24


async def test_long_playlists_are_made_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def watched(playlist: MediaPlaylist) -> str:
        threads.append(threading.current_thread())
        return render_media(playlist)

    monkeypatch.setattr(module, "render_media", watched)
    node = Node("06:00:00")
    node.put(*a_run(count=2100))
    for query in ("start=2024-11-09T04:00:00Z", "window=3h", "window=1m"):
        await node.text(query)
    assert [thread is threading.main_thread() for thread in threads] == [False, False, True]
