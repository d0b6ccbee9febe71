"""What our node writes keeps all rules, over all sorts of recordings and in all the ways to ask for them."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.builders import a_run, a_segment, us
from tests.fakes.recorded_forms import FORMS, laid_into, recorded_forms
from tests.fakes.shown_playlists import Node, SetClock, Shelves, shown_node
from tests.fakes.tone_stream import ToneStream
from tests.services.serve.playlist_rules.master_rules import renditions, variants
from tests.services.serve.playlist_rules.snapshot import Snapshot
from tests.services.serve.playlist_rules.table import violations, violations_together

from longtake.core.facts import Container, SegmentFacts
from longtake.core.segments import Segment
from longtake.core.times import HOUR_US, SECOND_US

LAST_US = us("05:00:20")
"""Where all recordings end, more or less."""
MP4 = b"\0\0\0\x08ftyp\0\0\0\x08moof"


def usual(segment: Segment, **more: object) -> SegmentFacts:
    """What a recorder notes."""
    known: dict[str, object] = {
        "container": Container.MPEG_TS,
        "target_duration_s": 2,
        "starts_with_idr": True,
    }
    return SegmentFacts(
        name=segment.name,
        size_bytes=len(MP4),
        recorded_us=segment.end_us,
        **{**known, **more},  # type: ignore[arg-type]
    )


def put_all(shelves: Shelves, segments: list[Segment], quality: str = "source", **facts: object) -> None:
    for segment in segments:
        content = MP4 if facts.get("container") is Container.FMP4 else b"G"
        shelves.put(segment, quality=quality, content=content, facts=usual(segment, **facts))


def usual_ones(shelves: Shelves) -> None:
    put_all(shelves, a_run("04:59:20", 30))


def nothing_but_names(shelves: Shelves) -> None:
    for segment in a_run("04:59:20", 30):
        shelves.put(segment)


def holes_at_all_places(shelves: Shelves) -> None:
    run = a_run("04:58:20", 60)
    put_all(shelves, [one for at, one in enumerate(run) if at not in (0, 3, 4, 5, 17, 49, 50, 51, 58)])


def suspect_and_partial_ones(shelves: Shelves) -> None:
    kinds = {4: "suspect", 5: "partial", 19: "partial", 20: "suspect", 29: "suspect"}
    put_all(
        shelves,
        [a_segment(us("04:59:20") + at * 2 * SECOND_US, 2.0, kinds.get(at, "full")) for at in range(30)],
    )


def doubled_files(shelves: Shelves) -> None:
    run = a_run("04:59:20", 30)
    put_all(shelves, run)
    for at in (3, 19, 20, 29):
        start_us = run[at].start_us
        put_all(
            shelves,
            [
                a_segment(start_us, 2.0, "full", "another"),
                a_segment(start_us, 1.2, "partial", "cut short"),
                a_segment(start_us + 33_000, 2.0, "full", "a little later"),
                a_segment(start_us + SECOND_US, 2.0, "suspect", "across"),
            ],
        )


def odd_durations(shelves: Shelves) -> None:
    start_us = us("04:58:50")
    for duration in (
        2.0,
        1.999,
        2.0335,
        2.4,
        0.5,
        2.002,
        0.033,
        9.7,
        2.5,
        5.499999,
        2.0,
        14.2,
        2.0,
        31.0,
        2.0,
    ):
        put_all(shelves, [a_segment(start_us, duration)])
        start_us += round(duration * SECOND_US)


def rounded_up_durations(shelves: Shelves) -> None:
    put_all(
        shelves,
        [a_segment(us("04:59:20") + at * 2_400_000, 3.0) for at in range(25)],
        target_duration_s=3,
    )


def fragmented_mp4(shelves: Shelves) -> None:
    run = a_run("04:59:20", 30)
    put_all(shelves, [one for at, one in enumerate(run) if at != 12], container=Container.FMP4, init_bytes=8)


def fragmented_mp4_after_a_while(shelves: Shelves) -> None:
    """The other way round has no words in HLS: nothing ends an EXT-X-MAP but another."""
    run = a_run("04:59:20", 30)
    put_all(shelves, run[:1])
    put_all(shelves, run[1:2], container=Container.FMP4, init_bytes=8, discontinuity=True)
    put_all(shelves, run[2:], container=Container.FMP4, init_bytes=8)


def pages_in_place_of_media(shelves: Shelves) -> None:
    for at, segment in enumerate(a_run("04:59:20", 30)):
        page = at in (0, 6, 7, 19, 20, 29)
        facts = usual(segment, container=Container.OTHER, doubt="a page") if page else usual(segment)
        shelves.put(segment, content=b"<html>" if page else b"G", facts=facts)


def jumps_in_facts(shelves: Shelves) -> None:
    for at, segment in enumerate(a_run("04:59:20", 30)):
        facts = usual(
            segment,
            discontinuity=at in (5, 6, 20),
            parameter_sets="before" if at < 12 else "after",
            first_pts=90_000 * 2 * at + (4_000_000 if at >= 25 else 0),
            duration_us=2 * SECOND_US,
        )
        shelves.put(segment, content=b"G", facts=facts)


def separate_sound(shelves: Shelves) -> None:
    put_all(shelves, [one for at, one in enumerate(a_run("04:59:20", 30)) if at != 8])
    sound = [a_segment(us("04:59:19.933") + at * 1_920_000, 1.92) for at in range(31)]
    put_all(shelves, [one for at, one in enumerate(sound) if at not in (3, 24)], "source.audio")
    put_all(shelves, a_run("04:59:40", 20), "source.audio-de")


def several_qualities(shelves: Shelves) -> None:
    run = a_run("04:59:20", 30)
    put_all(
        shelves,
        [one for at, one in enumerate(run) if at not in (4, 9)],
        width=1920,
        height=1080,
        frame_rate=59.94,
    )
    put_all(shelves, [one for at, one in enumerate(run) if at != 9], "480p", codecs="avc1.42c01f,mp4a.40.2")
    put_all(shelves, run[5:], "160p", container=Container.FMP4, init_bytes=8)


def what_is_dated_in_the_future(shelves: Shelves) -> None:
    put_all(shelves, [*a_run("04:59:20", 30), a_segment("05:20:00"), a_segment("05:10:00")])


def a_day(shelves: Shelves) -> None:
    first_us = LAST_US - 23 * HOUR_US
    for hour in range(24):
        start_us = first_us + hour * HOUR_US - 6 * SECOND_US
        put_all(shelves, [a_segment(start_us + at * 2 * SECOND_US) for at in range(6)])
    put_all(shelves, a_run("04:59:20", 25))


def media_in_all_forms(shelves: Shelves) -> None:
    stream = ToneStream(segments=5)
    laid_into(shelves.root / "demo", recorded_forms(stream, FORMS["fMP4 and fMP4"], us("05:00:10")))


RECORDINGS: list[Callable[[Shelves], None]] = [
    usual_ones,
    nothing_but_names,
    holes_at_all_places,
    suspect_and_partial_ones,
    doubled_files,
    odd_durations,
    rounded_up_durations,
    fragmented_mp4,
    fragmented_mp4_after_a_while,
    pages_in_place_of_media,
    jumps_in_facts,
    separate_sound,
    several_qualities,
    what_is_dated_in_the_future,
    a_day,
    media_in_all_forms,
]
PAST = "start=2024-11-09T04:58:10Z&end=2024-11-09T05:01:00Z"
QUERIES = {
    "live": "",
    "a short window": "window=6s",
    "a long window": "window=12h",
    "a long window with gaps": "window=3m&holes=gap",
    "growing": "start=2024-11-09T04:59:25Z",
    "growing from before all": "start=2024-11-09T04:50:01Z&holes=gap",
    "growing from a day before": "start=2024-11-08T05:00:00Z",
    "growing from a time to come": "start=2024-11-09T10:00:00Z",
    "up to an end": PAST,
    "up to an end with gaps": f"{PAST}&holes=gap",
    "the middle of segments": "start=2024-11-09T04:59:23.5Z&end=2024-11-09T05:00:04.7Z&holes=gap",
    "one segment": "start=2024-11-09T04:59:22Z&end=2024-11-09T04:59:24Z",
    "nothing": "start=2024-11-09T02:00:00Z&end=2024-11-09T02:01:00Z",
    "nothing with gaps": "start=2024-11-09T02:00:00Z&end=2024-11-09T02:01:00Z&holes=gap",
    "the day": "start=2024-11-08T06:00:00Z&end=2024-11-09T06:00:00Z",
    "only an end": "end=2024-11-09T05:00:06Z",
    "to come": "start=2024-11-09T05:00:00Z&end=2024-11-09T23:00:00Z",
}
NOWS = {
    "at the edge": LAST_US + SECOND_US,
    "when ranges end": us("05:01:00") + 130 * SECOND_US,
    "a week later": LAST_US + 7 * 24 * HOUR_US,
}


@asynccontextmanager
async def recorded_node(
    recording: Callable[[Shelves], None], now_us: int
) -> AsyncIterator[tuple[Node, Shelves]]:
    with tempfile.TemporaryDirectory() as folder:
        shelves = Shelves(Path(folder) / "store")
        recording(shelves)
        async with shown_node(Path(folder), SetClock(now_us)) as node:
            yield node, shelves


async def shown(node: Node, shelves: Shelves, path: str) -> Snapshot:
    answer = await node.get(path)
    assert answer.status == 200, (path, answer.text)
    return Snapshot(path=path, body=answer.body, headers=answer.headers, resource=shelves.content)


def uris(master: Snapshot) -> Iterator[str]:
    """Paths on the server of all media playlists of a master playlist."""
    yield from (f"/playlist/{uri}" for _, uri in variants(master))
    yield from (
        f"/playlist/{tag.attributes['URI'][1:-1]}" for tag in renditions(master) if "URI" in tag.attributes
    )


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.__name__)
async def test_all_rules_are_kept(recording: Callable[[Shelves], None], now: str) -> None:
    found = []
    async with recorded_node(recording, NOWS[now]) as (node, shelves):
        for name, query in QUERIES.items():
            if (recording, name) == (a_day, "only an end"):  # refused: it would be over twelve hours
                continue
            for more in ("", "&_HLS_skip=YES"):
                path = f"/playlist/demo/source.m3u8?{query}{more}"
                found += [f"{name}: {word}" for word in violations(await shown(node, shelves, path))]
    assert found == []


@pytest.mark.parametrize("now", NOWS)
@pytest.mark.parametrize(
    "query", ["", PAST, "start=2024-11-09T04:58:10Z&holes=gap"], ids=["live", "past", "growing"]
)
@pytest.mark.parametrize(
    "recording",
    [usual_ones, separate_sound, several_qualities, media_in_all_forms],
    ids=lambda each: each.__name__,
)
async def test_what_a_master_playlist_leads_to_belongs_together(
    recording: Callable[[Shelves], None], query: str, now: str
) -> None:
    async with recorded_node(recording, NOWS[now]) as (node, shelves):
        master = await shown(node, shelves, f"/playlist/demo.m3u8?{query}")
        playlists = [await shown(node, shelves, path) for path in uris(master)]
        assert violations(master) == []
        assert [word for playlist in playlists for word in violations(playlist)] == []
        assert len(playlists) >= 1
        assert violations_together(playlists) == []
