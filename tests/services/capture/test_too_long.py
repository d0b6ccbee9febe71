"""Segments far longer than their playlist's target duration, as the recorder meets them: real HTTP, files and media."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.fakes.fetch_desk import Desk, HurriedClock, fetching, until
from tests.fakes.hls_origin import HlsOrigin, cut_short, empty, sent
from tests.fakes.recorder_bench import Bench, count, recording
from tests.fakes.recording import START, at_us, media

from longtake.core.segments import SegmentType
from longtake.services.capture.report import RecorderState

FULL, SUSPECT, PARTIAL = SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL
HOUR = "2024-11-24T04"


def joined(pieces: int, count: int) -> list[bytes]:
    """``count`` segments, each as long as so many pieces of two seconds."""
    parts = media(at_us(START), 30)
    return [b"".join(parts[first : first + pieces]) for first in range(0, pieces * count, pieces)]


def playlist(*durations_s: float, target_s: int, first: int = 0) -> str:
    """Of ``first.ts``, ``first + 1.ts`` and so on."""
    entries = "".join(f"#EXTINF:{one},\n{first + index}.ts\n" for index, one in enumerate(durations_s))
    dated = "#EXT-X-PROGRAM-DATE-TIME:2024-11-24T04:00:00Z\n" if not first else ""
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:{target_s}\n#EXT-X-MEDIA-SEQUENCE:{first}\n{dated}{entries}"


async def polled_again(origin: HlsOrigin, times: int) -> None:
    """The recorder read the playlist so many times more."""
    polls = origin.requests["live"]
    async with asyncio.timeout(20):
        while origin.requests["live"] < polls + times:
            await asyncio.sleep(0.02)


async def doubts(bench: Bench) -> list[str | None]:
    facts = await bench.store.facts("demo", "source", [HOUR])
    return [facts[segment.name].doubt for segment in await bench.segments()]


async def test_of_a_source_whose_target_duration_is_wrong_each_is_suspect_and_asked_for_once(
    tmp_path: Path,
) -> None:
    with capture_logs() as logs:
        async with HlsOrigin(playlist_text=playlist(4, 4, target_s=1)) as origin:
            origin.published += joined(2, 4)
            async with recording(origin.url, tmp_path) as bench:
                await bench.until(count(2))
                origin.playlist_text = playlist(4, 4, 4, 4, target_s=1)
                segments = await bench.until(count(4))
                await polled_again(origin, 5)
                assert {segment.type for segment in segments} == {SUSPECT}
                assert await bench.contents() == origin.published
                assert (
                    await doubts(bench)
                    == ["it is announced with 4.00 s, over three times the target duration of 1 s"] * 4
                )
                assert bench.report.state is RecorderState.RECORDING
        assert [origin.requests[str(number)] for number in range(4)] == [1] * 4
    said = [log for log in logs if log["event"] == "segment is doubtful"]
    assert len(said) == 1, "once a minute, not at each"


async def test_one_that_is_too_long_is_no_doubt_of_its_neighbours(tmp_path: Path) -> None:
    async with HlsOrigin(playlist_text=playlist(2, 8, 2, target_s=2)) as origin:
        parts = media(at_us(START), 30)
        origin.published += [parts[0], b"".join(parts[1:5]), parts[5]]
        async with recording(origin.url, tmp_path) as bench:
            segments = await bench.until(count(3))
            assert [segment.type for segment in segments] == [FULL, SUSPECT, FULL]
            assert (segments[2].start_us - segments[0].start_us) == 10_000_000


async def test_what_lasts_longer_than_it_is_announced_with_is_doubted_by_its_content(tmp_path: Path) -> None:
    async with HlsOrigin(playlist_text=playlist(2, target_s=2)) as origin:
        origin.published += joined(4, 1)
        async with recording(origin.url, tmp_path) as bench:
            (segment,) = await bench.until(count(1))
            (doubt,) = await doubts(bench)
            assert segment.type is SUSPECT
            assert doubt is not None
            assert doubt.startswith("it lasts 8.0")
            await polled_again(origin, 3)
        assert origin.requests["0"] == 1


async def test_three_times_the_target_duration_is_not_too_long(tmp_path: Path) -> None:
    async with HlsOrigin(playlist_text=playlist(6, target_s=2)) as origin:
        origin.published += joined(3, 1)
        async with recording(origin.url, tmp_path) as bench:
            (segment,) = await bench.until(count(1))
            assert segment.type is FULL


@pytest.mark.parametrize(
    "trouble", [cut_short, empty, sent(b"<html>")], ids=["broken off", "empty", "a page"]
)
async def test_one_that_is_too_long_is_asked_for_until_it_is_whole(tmp_path: Path, trouble: object) -> None:
    """What another try cures comes first, and nothing is asked for after that."""
    (long,) = joined(4, 1)
    async with fetching(tmp_path, clock=HurriedClock(), n0=[trouble], always=sent(long)) as desk:  # type: ignore[list-item]
        desk.want(0)
        await until(lambda: nothing_left(desk))
        contents = [await desk.content(one) for one in await desk.segments() if one.type is SUSPECT]
        assert long in contents
        assert await desk.kinds(0) in ([SUSPECT], [SUSPECT, SUSPECT])
        assert desk.origin.requests["0"] == 2
        assert desk.report.as_status()["missed"] == 0


async def nothing_left(desk: Desk) -> bool:
    return len(desk.fetcher) == 0
