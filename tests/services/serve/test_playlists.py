"""Playlists at the live edge, by a clock that the test sets: what is shown, and what must not be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from itertools import pairwise

import m3u8
import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.types import Message
from tests.builders import a_run, a_segment, us
from tests.fakes.memory_store import MemoryStore

from longtake.core.errors import InvalidInput, InvalidTime, NotFound
from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US
from longtake.services.serve.playlist_answers import PlaylistAnswers
from longtake.services.serve.playlists import Playlists

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
        answers = PlaylistAnswers(CollectorRegistry(), memory_bytes=1 << 20, at_once=1)
        self.playlists = Playlists(self.store, answers, self.clock, recent_cutoff_us=120 * SECOND_US)

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
    node = Node("04:01:03")
    node.put(RUN[0], RUN[1], RUN[3], at="04:01:00")
    assert await node.names() == names(RUN[:2])
    node.clock.now = "04:01:04"
    node.put(RUN[4], at="04:01:04")
    assert await node.names() == names(RUN[:2])
    node.clock.now = "04:01:05"
    node.put(RUN[2], at="04:01:05")
    assert await node.names() == names(RUN[:5])
    assert (await node.text()).count("#EXT-X-DISCONTINUITY\n") == 1, "that of the first of all"


async def test_a_hole_that_nothing_fills_is_passed_with_a_discontinuity() -> None:
    node = Node("04:01:00")
    node.put(RUN[0], RUN[1], RUN[3], at="04:01:00")
    with pytest.raises(NotFound, match="nothing to show yet"):
        await node.text()
    node.clock.now = "04:01:10"
    assert await node.names() == names([*RUN[:2], RUN[3]])
    assert (await node.text()).count("#EXT-X-DISCONTINUITY\n") == 2


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
    node.put(*RUN[:3], a_segment("04:30:00"), a_segment("09:30:00"), at="04:00:07")
    assert await node.names() == names(RUN[:3])
    assert await node.names("start=2024-11-09T04:00:00Z") == names(RUN[:3])
    node.clock.now = "04:00:20"
    node.put(*RUN[3:7], at="04:00:16")
    assert await node.names() == names(RUN[:7])


async def test_a_clock_that_is_a_little_ahead_is_none() -> None:
    node = Node("04:00:00")
    node.put(*a_run("03:59:00", 34))
    assert (await node.names())[-4:] == names(a_run("04:00:00", 4))


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


START = "start=2024-11-09T04:00:05Z"
URL = "https://node.example/"
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


async def test_a_growing_playlist_from_before_the_ledger_makes_it_reach_back() -> None:
    node = Node("04:04:00")
    node.put(*RUN[:20], *a_run("02:59:00", 3))
    live = await node.text("window=12h")
    early = await node.text("start=2024-11-09T02:00:00Z")
    assert await node.names("start=2024-11-09T02:00:00Z") == names([*a_run("02:59:00", 3), *RUN[:20]])
    assert numbered(live).items() <= numbered(early).items()


async def test_what_comes_too_late_before_the_first_entry_is_not_put_before_it() -> None:
    """The playlist from before all recording begins at the first segment, once that is settled: three seconds later."""
    query = "start=2024-11-09T03:59:00Z"
    node = Node("04:00:27")
    node.put(*RUN[3:8], at="04:00:25")
    assert await node.names(query) == []
    empty = await node.text(query)
    node.clock.now = "04:00:29"
    before = await node.text(query)
    check_follows(empty, before)
    assert parse_playlist(before, URL).media_sequence == parse_playlist(empty, URL).media_sequence  # type: ignore[union-attr]
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
    assert text.count("#EXT-X-DISCONTINUITY\n") == 2
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


async def test_a_window_has_three_target_durations_also_over_a_long_hole() -> None:
    """RFC 8216 6.2.2."""
    node = Node("04:01:00")
    node.put(*RUN[:10])
    texts = [await node.text("window=2s")]
    assert await node.names("window=2s") == names(RUN[7:10])
    node.clock.now = "04:40:20"
    node.put(a_segment("04:40:00"), at="04:40:05")
    texts.append(await node.text("window=20s"))
    assert await node.names("window=20s") == [*names(RUN[8:10]), a_segment("04:40:00").name]
    node.put(*a_run("04:40:02", 2), at="04:40:19")
    texts.append(await node.text("window=20s"))
    assert await node.names("window=20s") == names(a_run("04:40:00", 3))
    for before, after in pairwise(texts):
        check_follows(before, after)


async def test_a_live_playlist_with_holes_does_not_list_a_hole_of_years() -> None:
    node = Node("04:01:00")
    old = [a_segment(us("2022-11-09T04:00:00") + at * 2 * SECOND_US) for at in range(5)]
    node.put(*old)
    await node.text()
    node.put(*RUN[:1], at="04:00:10")
    assert (await node.text("holes=gap")).count("#EXT-X-GAP\n") == 29
    assert len(await node.names()) == 3


# What a range is told from, over time

FOLLOWED = "start=2024-11-09T04:00:00Z&end=2024-11-09T04:00:40Z"


async def test_who_follows_a_range_sees_it_end_without_a_change_and_late_fills_show_later() -> None:
    node = Node("04:00:30")
    node.put(*RUN[:5], *RUN[6:15], at="04:00:10")
    texts = [await node.text(FOLLOWED)]
    node.clock.now = "04:00:50"
    node.put(*RUN[15:25], at="04:00:45")
    texts.append(await node.text(FOLLOWED))
    node.clock.now = "04:01:30"
    node.put(RUN[5], at="04:01:20")
    texts.append(await node.text(FOLLOWED))
    node.clock.now = "04:02:40.001"
    texts.append(await node.text(FOLLOWED))
    for before, after in pairwise(texts):
        check_follows(before, after)
    assert ["#EXT-X-ENDLIST" in text for text in texts] == [False, False, False, True]
    assert RUN[5].name.replace(":", "%3A") not in "".join(texts)
    node.clock.now = "04:03:10.001"
    last = await node.text(FOLLOWED)
    assert list(numbered(last).values()) == [(place, 0) for place in range(20)]
    assert "#EXT-X-ENDLIST" in last
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in last


async def test_a_range_that_nobody_followed_has_late_fills_as_soon_as_it_is_over() -> None:
    node = Node("04:02:40.001")
    node.put(*RUN[:5], at="04:00:10")
    assert list(numbered(await node.text(FOLLOWED)).values()) == [(place, 0) for place in range(5)]
    node.put(*RUN[5:20], at="04:02:40")
    assert await node.names(FOLLOWED) == names(RUN[:20])


async def test_holes_as_entries_keep_their_numbers_while_the_window_moves() -> None:
    node = Node("04:00:40")
    node.put(*RUN[:3], *RUN[6:8], at="04:00:10")
    queries = ("holes=gap&window=14s", "holes=gap&start=2024-11-09T03:59:55Z")
    texts = {query: [await node.text(query)] for query in queries}
    for index in range(8, 20):
        node.clock.now = f"04:01:{index:02}"
        node.put(RUN[index], at=node.clock.now)
        for query in queries:
            texts[query].append(await node.text(query))
    for query in queries:
        for before, after in pairwise(texts[query]):
            check_follows(before, after)
        assert texts[query][0].count("#EXT-X-GAP\n") >= 3
    assert texts[queries[1]][-1].count("#EXT-X-GAP\n") == 3 + 3


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("holes=yes", "holes='yes' is not gap"),
        ("_HLS_skip=maybe", "_HLS_skip='maybe' is not YES or v2"),
        ("together=" + ",".join(map(str, range(40))), "at most 32 qualities"),
        ("together=a/b", "together"),
        ("together=", "together"),
        ("start=2024-01-01T00:00:00Z&holes=gap", "at most 1488"),
    ],
)
async def test_bad_values_are_named(query: str, words: str) -> None:
    node = Node("04:01:00")
    node.put(*RUN[:3])
    with pytest.raises(InvalidInput, match=words):
        await node.text(query)


async def test_a_delta_update_of_what_grows_and_none_of_what_is_over() -> None:
    node = Node("04:04:00")
    node.put(*MINUTES[:120])
    text = await node.text(f"{START}&_HLS_skip=YES")
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=112\n" in text
    assert "#EXT-X-VERSION:9\n" in text
    assert text.count("#EXTINF") == 6
    node.clock.now = "05:00:00"
    assert "SKIP" not in await node.text(f"{FOLLOWED}&_HLS_skip=YES")


class Passing(SetClock):
    """Time passes while somebody waits; ``meanwhile`` happens before the second look."""

    def __init__(self, now: str, meanwhile: Callable[[], None]) -> None:
        super().__init__(now)
        self._meanwhile: Callable[[], None] | None = meanwhile
        self.waited_s = 0.0

    def monotonic_s(self) -> float:
        return self.waited_s

    async def sleep(self, delay_s: float) -> None:
        self.waited_s += delay_s
        if self._meanwhile is not None and self.waited_s > 0.15:
            self._meanwhile()
            self._meanwhile = None


async def waiting(query: str, ahead: int, *arriving: Segment) -> tuple[str, float]:
    """What a client gets that waits for the entry so far ahead of the next one, and how long that took."""
    node = Node("04:01:00")
    node.put(*RUN[:10])
    clock = Passing("04:01:00", lambda: node.put(*arriving))
    node.clock = clock
    node.playlists = Playlists(
        node.store,
        PlaylistAnswers(CollectorRegistry(), memory_bytes=1 << 20, at_once=1),
        clock,
        recent_cutoff_us=120 * SECOND_US,
    )
    playlist = parse_playlist(await node.text(query), "https://node.example/")
    assert isinstance(playlist, MediaPlaylist)
    following = playlist.media_sequence + playlist.skipped + len(playlist.segments)
    return await node.text(f"{query}&_HLS_msn={following + ahead}"), clock.waited_s


@pytest.mark.parametrize("query", ["window=30s", START, f"{START}&_HLS_skip=YES", f"{START}&holes=gap"])
async def test_who_waits_for_the_next_entry_gets_it_at_once(query: str) -> None:
    text, waited_s = await waiting(query, 0, RUN[10])
    assert RUN[10].name.replace(":", "%3A") in text
    assert waited_s < 0.5


async def test_what_is_there_already_is_not_waited_for() -> None:
    text, waited_s = await waiting("window=30s", -1)
    assert (waited_s, "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES" in text) == (0, True)


async def test_what_does_not_come_is_waited_for_for_three_target_durations() -> None:
    text, waited_s = await waiting("window=30s", 1, RUN[10])
    assert 6 <= waited_s < 6.3
    assert RUN[10].name.replace(":", "%3A") in text


async def test_nobody_waits_for_what_is_far_ahead() -> None:
    with pytest.raises(InvalidInput, match="too far ahead: the next entry is"):
        await waiting("window=30s", 2)
