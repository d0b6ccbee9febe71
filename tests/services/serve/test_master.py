"""Master playlists by a clock that the test sets: which qualities they offer, what they say of them, and where they lead."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import Response
from tests.builders import a_run, a_segment, us
from tests.fakes.memory_store import MemoryStore

from longtake.core.errors import InvalidInput, InvalidTime, NotFound
from longtake.core.facts import Container, SegmentFacts
from longtake.core.hls.model import MasterPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US, format_us
from longtake.services.serve.looks import spread
from longtake.services.serve.master import MasterPlaylists, variant_uris

NOISE = SegmentFacts(name="", size_bytes=9, container=Container.OTHER, doubt="it is no media")
MEDIA = SegmentFacts(name="", size_bytes=500_000, target_duration_s=2, codecs="avc1.42c01f,mp4a.40.2")


@dataclass
class SetClock:
    """Says what it was set to."""

    now: str

    def now_us(self) -> int:
        return us(self.now)

    def monotonic_s(self) -> float:
        return 0.0

    async def sleep(self, delay_s: float) -> None:
        raise AssertionError("a request does not wait")


class Node:
    """The master playlists of one channel."""

    def __init__(self, now: str = "12:00:00") -> None:
        self.clock = SetClock(now)
        self.store = MemoryStore()
        self.masters = MasterPlaylists(self.store, self.clock, recent_cutoff_us=120 * SECOND_US)

    def put(self, quality: str, *segments: Segment, facts: SegmentFacts | None = MEDIA) -> None:
        for segment in segments:
            self.store.disk.put("demo", quality, segment.hour, segment.name, b"content")
            if facts is not None:
                self.note(quality, segment, facts)

    def note(self, quality: str, segment: Segment, facts: SegmentFacts) -> None:
        known = self.store.disk.facts["demo", quality][segment.hour]
        known[segment.name] = replace(facts, name=segment.name)

    async def answer(self, query: str = "", headers: Mapping[str, str] | None = None) -> Response:
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/playlist/demo.m3u8",
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
            "query_string": query.encode(),
            "path_params": {"channel": "demo"},
        }
        return await self.masters.master(Request(scope))

    async def text(self, query: str = "") -> str:
        return bytes((await self.answer(query)).body).decode()

    async def read(self, query: str = "") -> MasterPlaylist:
        read = parse_playlist(await self.text(query), "http://node.test/playlist/demo.m3u8")
        assert isinstance(read, MasterPlaylist)
        return read

    async def offered(self, query: str = "") -> list[str]:
        """The qualities, sorted."""
        read = await self.read(query)
        uris = [variant.uri for variant in read.variants]
        uris += [media.uri for media in read.renditions if media.uri is not None]
        return sorted(
            urlsplit(uri).path.removeprefix("/playlist/demo/").removesuffix(".m3u8") for uri in uris
        )


def between(start: str, end: str) -> str:
    return f"start={format_us(us(start))}&end={format_us(us(end))}"


def from_(start: str) -> str:
    return f"start={format_us(us(start))}"


# What is offered


@pytest.fixture
def node() -> Node:
    """At noon: ``source`` is live, ``early`` was at 4, and between ``late``'s two stretches is nothing."""
    node = Node()
    node.put("source", *a_run("04:00:00", 5), *a_run("11:59:40", 9))
    node.put("early", *a_run("04:00:00", 5))
    node.put("late", *a_run("04:30:00", 5), *a_run("04:50:00", 5))
    return node


OFFERED = {
    "before all": (between("03:00:00", "04:00:00"), []),
    "the first seconds": (between("04:00:00", "04:00:02"), ["early", "source"]),
    "a stretch that only one has, in an hour of which two have a folder": (
        between("04:30:00", "04:31:00"),
        ["late"],
    ),
    "a hole of one hour's folder": (between("04:35:00", "04:45:00"), []),
    "up to where the second stretch begins": (between("04:40:00", "04:50:00"), []),
    "a bit of it": (between("04:40:00", "04:50:00.5"), ["late"]),
    "from where the first ends": (between("04:00:10", "04:20:00"), []),
    "the last bit of it": (between("04:00:09.5", "04:20:00"), ["early", "source"]),
    "all": (between("04:00:00", "12:00:00"), ["early", "late", "source"]),
    "growing": (from_("04:20:00"), ["late", "source"]),
    "growing from now on": (from_("11:59:59"), []),
    "growing from the last seconds": (from_("11:59:57"), ["source"]),
    "growing to a time to come": (between("11:50:00", "13:00:00"), ["source"]),
    "growing from the day after tomorrow": ("start=2024-11-11T00:00:00Z", []),
    "to an end": (f"end={format_us(us('04:30:01'))}", ["early", "late", "source"]),
    "to an early end": (f"end={format_us(us('04:00:01'))}", ["early", "source"]),
}


@pytest.mark.parametrize(("query", "qualities"), OFFERED.values(), ids=OFFERED.keys())
async def test_qualities_with_nothing_in_the_range_are_left_out(
    node: Node, query: str, qualities: list[str]
) -> None:
    if qualities:
        assert await node.offered(query) == qualities
        return
    with pytest.raises(NotFound, match="in this range"):
        await node.offered(query)


async def test_what_reaches_over_the_hour_is_in_its_range() -> None:
    node = Node()
    node.put("source", a_segment("03:59:59", 2.0))
    assert await node.offered(between("04:00:00", "04:00:01")) == ["source"]


async def test_what_is_no_media_is_nothing(node: Node) -> None:
    node.put("broken", *a_run("04:00:00", 5), *a_run("11:59:40", 9), facts=NOISE)
    assert "broken" not in await node.offered(between("04:00:00", "05:00:00"))
    assert "broken" not in await node.offered(from_("04:00:00"))
    assert "broken" not in await node.offered()


async def test_what_is_dated_in_the_future_is_nothing(node: Node) -> None:
    node.put("ahead", *a_run("12:02:00", 5))
    assert await node.offered(between("04:00:00", "13:00:00")) == ["early", "late", "source"]
    assert await node.offered(from_("11:00:00")) == ["source"]
    assert "ahead" not in await node.offered()
    node.clock.now = "12:01:02"  # clocks differ by up to a minute
    assert await node.offered(from_("12:00:00")) == ["ahead"]


async def test_a_quality_of_which_only_one_of_many_hours_has_media_is_offered() -> None:
    node = Node("2024-11-12T00:00:00Z")
    noisy = [a_segment(us("00:00:00") + hour * HOUR_US) for hour in range(40)]
    node.put("source", *noisy, facts=NOISE)
    node.put("source", a_segment(us("00:10:00") + 17 * HOUR_US))
    assert await node.offered("start=2024-11-09T00:00:00Z&end=2024-11-11T00:00:00Z") == ["source"]


# Live


async def test_live_qualities_are_those_that_go_on() -> None:
    node = Node("2024-11-10T12:00:00Z")
    node.put("source", *a_run("2024-11-10T11:59:40Z", 5))
    node.put("paused", a_segment(us("2024-11-09T23:59:49Z"), 2.0))
    node.put("stopped", a_segment(us("2024-11-09T23:59:48Z"), 2.0))
    assert await node.offered() == ["paused", "source"]
    assert await node.offered("window=30m") == ["paused", "source"]


async def test_a_channel_that_ended_is_offered_as_it_was() -> None:
    node = Node("2024-12-24T12:00:00Z")
    node.put("source", *a_run("04:00:00", 5))
    node.put("480p", *a_run("03:00:00", 5))
    assert await node.offered() == ["480p", "source"]


async def test_a_quality_that_is_asked_for_by_name_is_offered_however_long_ago_it_stopped() -> None:
    node = Node("2024-11-12T12:00:00Z")
    node.put("source", *a_run("2024-11-12T11:59:40Z", 5))
    node.put("480p", *a_run("04:00:00", 5))
    assert await node.offered("quality=480p") == ["480p"]
    with pytest.raises(NotFound, match=r"quality '720p' of channel 'demo' is recorded$"):
        await node.offered("quality=720p")


# What is said


async def test_live_is_measured_by_the_newest_ten_minutes() -> None:
    node = Node()
    node.put("source", *a_run("11:30:00", 100), facts=replace(MEDIA, size_bytes=2_000_000))
    node.put("source", *a_run("11:50:00", 1), facts=replace(MEDIA, size_bytes=1_000_000))
    node.put("source", *a_run("11:50:02", 298))
    (variant,) = (await node.read()).variants
    assert variant.bandwidth == 4_000_000
    assert variant.average_bandwidth == math.ceil((1_000_000 + 298 * 500_000) * 8 / 598)
    (longer,) = (await node.read("window=30m")).variants
    assert longer.bandwidth == 8_000_000


async def test_a_range_is_measured_by_what_is_in_it() -> None:
    node = Node()
    node.put("source", *a_run("04:00:00", 5), facts=replace(MEDIA, codecs="avc1.4d401e,mp4a.40.2"))
    node.put("source", *a_run("04:30:00", 5), facts=replace(MEDIA, size_bytes=900_000, width=640, height=360))
    (first,) = (await node.read(between("04:00:00", "04:00:10"))).variants
    assert (first.bandwidth, first.average_bandwidth) == (2_000_000, 2_000_000)
    assert (first.codecs, first.resolution) == ("avc1.4d401e,mp4a.40.2", None)
    (both,) = (await node.read(between("04:00:00", "04:40:00"))).variants
    assert (both.bandwidth, both.average_bandwidth) == (3_600_000, 2_800_000)
    assert (both.codecs, both.resolution) == ("avc1.4d401e,mp4a.40.2,avc1.42c01f", (640, 360))


async def test_what_is_not_known_is_not_guessed() -> None:
    node = Node()
    node.put("source", *a_run("04:00:00", 5), facts=None)
    text = await node.text(between("04:00:00", "05:00:00"))
    assert "#EXT-X-STREAM-INF:BANDWIDTH=6000000,VIDEO" in text


async def test_facts_that_come_later_count() -> None:
    """A file is there before its facts are."""
    node = Node()
    segment = a_segment("04:00:00")
    node.put("source", segment, facts=None)
    query = between("04:00:00", "05:00:00")
    assert "CODECS" not in await node.text(query)
    node.note("source", segment, MEDIA)
    (variant,) = (await node.read(query)).variants
    assert (variant.bandwidth, variant.codecs) == (2_000_000, MEDIA.codecs)


def hours_whose_facts_are_read(node: Node) -> list[str]:
    """From now on."""
    read: list[str] = []
    facts = node.store.facts

    async def counted(channel: str, quality: str, hours: Iterable[str]) -> Mapping[str, SegmentFacts]:
        wanted = list(hours)
        read.extend(wanted)
        await asyncio.sleep(0)  # others get their turn, as with a disk
        return await facts(channel, quality, wanted)

    node.store.facts = counted  # type: ignore[method-assign]
    return read


async def test_of_a_long_range_some_hours_are_looked_at() -> None:
    """The first and the last are among them."""
    node = Node("2024-11-13T00:00:00Z")
    for hour in range(72):
        size_bytes = {0: 700_000, 71: 800_000}.get(hour, 500_000)
        node.put(
            "source",
            a_segment(us("00:00:00") + hour * HOUR_US),
            facts=replace(MEDIA, size_bytes=size_bytes),
        )
    read_hours = hours_whose_facts_are_read(node)
    (variant,) = (await node.read("start=2024-11-09T00:00:00Z&end=2024-11-12T00:00:00Z")).variants
    assert variant.bandwidth == 3_200_000
    assert variant.average_bandwidth == math.ceil((700_000 + 800_000 + 10 * 500_000) * 8 / 24)
    assert len(read_hours) == 12


@pytest.mark.parametrize(("count", "most"), [(0, 2), (1, 2), (2, 2), (3, 2), (13, 12), (168, 12), (169, 2)])
def test_some_are_spread_evenly_over_all(count: int, most: int) -> None:
    some = spread(range(count), most)
    assert len(some) == min(count, most)
    assert some[:1] + some[-1:] == (list(range(count))[:1] + list(range(count))[-1:])
    steps = [later - earlier for earlier, later in pairwise(some)]
    assert not steps or max(steps) - min(steps) <= 1 <= min(steps)


IDR = replace(MEDIA, starts_with_idr=True)
INDEPENDENT = {
    "a whole range that is over": ("04:00:10", "12:00:00", IDR, True),
    "it has a hole at its end": ("04:00:20", "12:00:00", IDR, False),
    "it is hardly over": ("04:00:10", "04:03:00", IDR, False),
    "of one segment it is not known": ("04:00:10", "12:00:00", MEDIA, False),
    "one segment begins otherwise": (
        "04:00:10",
        "12:00:00",
        replace(MEDIA, starts_with_idr=False),
        False,
    ),
}


@pytest.mark.parametrize(("end", "now", "last", "is_said"), INDEPENDENT.values(), ids=INDEPENDENT.keys())
async def test_segments_are_called_independent_if_all_of_them_are(
    end: str, now: str, last: SegmentFacts, is_said: bool
) -> None:
    node = Node(now)
    run = a_run("04:00:00", 5)
    node.put("source", *run, facts=IDR)
    node.put("480p", *run[:4], facts=IDR)
    node.put("480p", run[4], facts=last)
    assert ("#EXT-X-INDEPENDENT-SEGMENTS" in await node.text(between("04:00:00", end))) is is_said
    assert "#EXT-X-INDEPENDENT-SEGMENTS" not in await node.text(from_("04:00:00"))
    assert "#EXT-X-INDEPENDENT-SEGMENTS" not in await node.text()


# Where it leads


async def test_variants_of_a_range_name_the_others(node: Node) -> None:
    node.put("source.audio", *a_run("04:00:00", 5))
    query = between("04:00:00", "04:00:10") + "&holes=gap"
    read = await node.read(query)
    assert {urlsplit(variant.uri).path: together_of(variant.uri) for variant in read.variants} == {
        "/playlist/demo/early.m3u8": ["source,source.audio"],
        "/playlist/demo/source.m3u8": ["early,source.audio"],
    }
    (sound,) = [media.uri for media in read.renditions if media.uri]
    assert together_of(sound) == ["early,source"]
    assert parse_qs(urlsplit(sound).query) == {**parse_qs(query), "together": ["early,source"]}


def together_of(uri: str) -> list[str] | None:
    return parse_qs(urlsplit(uri).query).get("together")


ALONE = {
    "live": "",
    "growing": from_("04:00:00"),
    "to an end": f"end={format_us(us('04:30:01'))}",
    "one quality": between("04:00:00", "05:00:00") + "&quality=late",
}


@pytest.mark.parametrize("query", ALONE.values(), ids=ALONE.keys())
async def test_only_variants_of_a_range_name_others(node: Node, query: str) -> None:
    for variant in (await node.read(query)).variants:
        assert together_of(variant.uri) is None
        assert "quality" not in variant.uri


async def test_parameters_go_on_to_the_variants_but_directives_do_not(node: Node) -> None:
    """Of what is not known, newer players may want it: it goes on. rfc8216bis 6.2.5 on directives."""
    query = "window=30m&x=a%26b&x=%C3%A9&empty=&_HLS_skip=YES&_HLS_msn=7&together=other&quality=source"
    (variant,) = (await node.read(query)).variants
    assert variant.uri == "http://node.test/playlist/demo/source.m3u8?window=30m&x=a%26b&x=%C3%A9&empty="


NAMES = {
    "a plain one": ("demo", "source", "demo/source.m3u8"),
    "spaces and marks": ("a b", "50%?#", "a%20b/50%25%3F%23.m3u8"),
    "a colon in the first part, which would be a scheme": ("a:b", "s", "a%3Ab/s.m3u8"),
    "letters of elsewhere": ("é", "\N{SNOWMAN}", "%C3%A9/%E2%98%83.m3u8"),
    "a quote": ("demo", '"', "demo/%22.m3u8"),
}


@pytest.mark.parametrize(("channel", "quality", "uri"), NAMES.values(), ids=NAMES.keys())
def test_names_are_quoted(channel: str, quality: str, uri: str) -> None:
    assert variant_uris(channel, [quality], [], together=True) == {quality: uri}


def test_others_are_named_as_far_as_they_can_be() -> None:
    many = [f"q{number:02}" for number in range(40)]
    uris = variant_uris("demo", [*many, "with,comma", "a&b"], [("start", "x")], together=True)
    assert together_of(uris["q00"]) == [",".join(["a&b", *many[1:31]])]
    assert together_of(uris["q39"]) == together_of(uris["with,comma"]) == [",".join(["a&b", *many[:31]])]
    assert all(uri.startswith("demo/") and "?start=x&together=" in uri for uri in uris.values())


BAD = {
    "a window of nothing": "window=0",
    "a window of 13 hours": "window=13h",
    "a start that is no time": "start=now",
    "a range that ends before it starts": between("05:00:00", "04:00:00"),
    "holes in another way": "holes=black",
}


@pytest.mark.parametrize("query", BAD.values(), ids=BAD.keys())
async def test_what_the_variants_would_refuse_is_refused(node: Node, query: str) -> None:
    with pytest.raises((InvalidTime, InvalidInput)):
        await node.offered(query)


async def test_who_has_it_is_told_so(node: Node) -> None:
    first = await node.answer()
    assert first.headers["Content-Type"].startswith("application/vnd.apple.mpegurl")
    assert first.headers["Cache-Control"] == "no-cache"
    known = {"If-None-Match": first.headers["ETag"]}
    again = await node.answer(headers=known)
    assert (again.status_code, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    node.put("720p", *a_run("11:59:40", 9))
    assert (await node.answer(headers=known)).status_code == 200
