"""The recorder against a real HLS origin and a real store: what is on disk is what the origin sent."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.fakes.hls_origin import HlsOrigin, Trouble, cut_short, empty, failing, gone, stuck_after
from tests.fakes.recorder_bench import count, recording
from tests.fakes.recording import START, at_us, media

from longtake.core.errors import AlreadyRunning
from longtake.core.facts import Container, Dating
from longtake.core.mpegts.packets import PACKET_BYTES
from longtake.core.segments import SegmentType
from longtake.kit.clock import SystemClock
from longtake.services.capture.report import RecorderState

HOUR = "2024-11-24T04"
TABLES = media(at_us(START), 1)[0][: 2 * PACKET_BYTES]
"""PAT and PMT: what an init section in MPEG-TS holds (RFC 8216, 3.2)."""


async def test_what_is_stored_is_what_was_sent_with_its_time_in_its_name(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(3)
        await bench.until(count(3))
        origin.publish(4)
        segments = await bench.until(count(7))
        assert await bench.contents() == origin.published
        assert [segment.start_us - at_us(START) for segment in segments] == [
            index * 2_000_000 for index in range(7)
        ]
        assert {segment.type for segment in segments} == {SegmentType.FULL}
        assert all(
            hashlib.sha256(content).digest() == segment.digest
            for content, segment in zip(origin.published, segments, strict=True)
        )
        assert bench.report.state is RecorderState.RECORDING


async def test_facts_say_what_is_in_it_and_what_the_source_said_of_it(tmp_path: Path) -> None:
    async with HlsOrigin(discontinuities={1}) as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(2)
        first, second = await bench.until(count(2))
        facts = await bench.store.facts("demo", "source", [HOUR])
        known = facts[first.name]
        assert known.size_bytes == len(origin.published[0])
        assert known.container is Container.MPEG_TS
        assert known.dating is Dating.STATED
        assert (known.width, known.height, known.frame_rate) == (320, 180, 30.0)
        assert known.codecs == "avc1.42c014,mp4a.40.2"
        assert known.target_duration_s == 2
        assert facts[second.name].discontinuity


async def test_each_segment_is_fetched_once(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(3)
        await bench.until(count(3))
        polls = origin.requests["live"]
        async with asyncio.timeout(20):
            while origin.requests["live"] < polls + 3:
                await asyncio.sleep(0.02)
        assert [origin.requests[str(index)] for index in range(3)] == [1, 1, 1]


async def test_a_second_start_goes_on_without_fetching_again(tmp_path: Path) -> None:
    async with HlsOrigin() as origin:
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(3))
        origin.publish(1)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(4))
            assert await bench.contents() == origin.published
        assert [origin.requests[str(index)] for index in range(4)] == [1, 1, 1, 1]


async def test_an_origin_that_goes_away_and_comes_back_is_followed_again(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(2)
        await bench.until(count(2))
        await origin.stop()
        await bench.until_state(RecorderState.UNREACHABLE)
        origin.publish(1)
        await origin.start()
        await bench.until(count(3))
        assert await bench.contents() == origin.published


@pytest.mark.parametrize(
    "trouble",
    [failing, cut_short, gone],
    ids=["fails with 503 first", "breaks off in the middle first", "is not there yet"],
)
async def test_a_segment_that_fails_is_tried_again_until_it_is_whole(tmp_path: Path, trouble: object) -> None:
    async with HlsOrigin(troubles={"1": [trouble, trouble]}) as origin:  # type: ignore[list-item]
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            segments = await bench.until(count(3))
            assert {segment.type for segment in segments} == {SegmentType.FULL}
            assert await bench.contents() == origin.published
            assert bench.report.as_status()["retries"] == 2


async def test_segments_that_fail_do_not_keep_others_from_coming(tmp_path: Path) -> None:
    """More segments fail for good than may be fetched at once; those after them must come all the same."""
    troubles: dict[str, list[Trouble]] = {str(index): [failing] * 100 for index in range(10)}
    async with HlsOrigin(troubles=troubles, window=20) as origin:
        origin.publish(14)
        async with recording(origin.url, tmp_path) as bench:
            segments = await bench.until(count(4))
            assert [segment.start_us - at_us(START) for segment in segments] == [
                index * 2_000_000 for index in range(10, 14)
            ]
            origin.publish(3)
            await bench.until(count(7))


async def test_an_encoder_that_starts_again_with_the_same_names_is_followed(tmp_path: Path) -> None:
    async with HlsOrigin(dated=False, window=4) as origin:
        origin.publish(15)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(4))
            origin.published.clear()
            origin.publish(1)
            await bench.until(count(5))
            origin.publish(2)
            await bench.until(count(7))


async def test_an_address_that_no_client_can_ask_costs_its_segment_alone(tmp_path: Path) -> None:
    text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://a..b/x.ts\n#EXTINF:2,\n0.ts\n"
    async with HlsOrigin(playlist_text=text) as origin:
        origin.publish(1)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(1))
            async with asyncio.timeout(20):
                while bench.report.as_status()["missed"] != 1:
                    await asyncio.sleep(0.02)
            assert bench.report.state is RecorderState.RECORDING


async def test_what_is_gone_after_breaking_off_is_kept_as_partial(tmp_path: Path) -> None:
    async with HlsOrigin(troubles={"1": [cut_short, *[gone] * 100]}) as origin:
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            segments = await bench.until(count(3))
            partial = segments[1]
            assert partial.type is SegmentType.PARTIAL
            content = (await bench.contents())[1]
            assert content
            assert origin.published[1].startswith(content)
            async with asyncio.timeout(20):
                while bench.report.as_status()["missed_because"] != {"broken_off": 1}:
                    await asyncio.sleep(0.02)


async def test_what_never_comes_is_not_called_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longtake.services.capture.recorder._NOTHING_KEPT_FOR_S", 1)
    async with HlsOrigin(troubles={str(index): [gone] * 100 for index in range(5)}) as origin:
        origin.publish(5)
        async with recording(origin.url, tmp_path) as bench:
            async with asyncio.timeout(20):
                while "segments do not come" not in str(bench.report.as_status()["message"]):
                    await asyncio.sleep(0.02)
            assert bench.report.state is RecorderState.STALLED
            origin.publish(1)
            await bench.until(count(1))
            await bench.until_state(RecorderState.RECORDING)


async def test_what_is_gone_at_once_leaves_nothing_but_a_count(tmp_path: Path) -> None:
    async with HlsOrigin(troubles={"1": [gone] * 100}) as origin:
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            segments = await bench.until(count(2))
            async with asyncio.timeout(20):
                while bench.report.as_status()["missed"] != 1:
                    await asyncio.sleep(0.02)
            assert [segment.start_us - at_us(START) for segment in segments] == [0, 4_000_000]


async def test_an_empty_body_is_suspect(tmp_path: Path) -> None:
    async with HlsOrigin(troubles={"0": [empty]}) as origin:
        origin.publish(1)
        async with recording(origin.url, tmp_path) as bench:
            (segment,) = await bench.until(count(1))
            assert segment.type is SegmentType.SUSPECT
            assert segment.name.endswith("-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.ts")


async def test_an_init_section_is_put_before_each_segment_and_fetched_once(tmp_path: Path) -> None:
    async with HlsOrigin(init=TABLES) as origin:
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(3))
            assert await bench.contents() == [TABLES + content for content in origin.published]
            facts = await bench.store.facts("demo", "source", [HOUR])
            assert {known.init_bytes for known in facts.values()} == {len(TABLES)}
        assert origin.requests["init"] == 1


async def test_an_init_section_that_changes_under_its_name_is_fetched_again(tmp_path: Path) -> None:
    old, new = TABLES, TABLES + TABLES
    async with HlsOrigin(init=old) as origin:
        origin.publish(1)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(1))
            origin.init = new
            origin.discontinuities.add(1)
            origin.publish(1)
            await bench.until(count(2))
            first, second = origin.published
            assert await bench.contents() == [old + first, new + second]


async def test_stopping_keeps_what_came_of_a_stuck_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longtake.services.capture.recorder._STOP_GRACE_S", 1)
    arrived = asyncio.Event()
    async with HlsOrigin(troubles={"1": [stuck_after(arrived)]}) as origin:
        origin.publish(2)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(1))
            await arrived.wait()
            async with asyncio.timeout(4.5):
                await bench.stop_in_order()
            _, stuck = await bench.segments()
            assert stuck.type is SegmentType.PARTIAL
        assert list(tmp_path.glob("demo/source/.longtake/temp/capture/*")) == []


async def test_a_stream_without_dates_is_dated_by_the_clock(tmp_path: Path) -> None:
    async with HlsOrigin(dated=False) as origin:
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            before_us = SystemClock().now_us()
            segments = await bench.until(count(3))
            starts = [segment.start_us for segment in segments]
            assert starts == [starts[0], starts[0] + 2_000_000, starts[0] + 4_000_000]
            assert abs(segments[-1].end_us - before_us) < 5_000_000


@pytest.mark.parametrize("new", [0, 1], ids=["nothing new", "a new one"])
async def test_a_stream_without_dates_keeps_its_times_over_a_restart(tmp_path: Path, new: int) -> None:
    async with HlsOrigin(dated=False) as origin:
        origin.publish(3)
        async with recording(origin.url, tmp_path) as bench:
            before = [segment.start_us for segment in await bench.until(count(3))]
            await bench.stop_in_order()
        origin.publish(new)
        async with recording(origin.url, tmp_path) as bench:
            after = [segment.start_us for segment in await bench.until(count(3 + new))]
            await bench.until_state(RecorderState.RECORDING)
        assert after[:3] == before
        assert after == [after[0] + index * 2_000_000 for index in range(3 + new)]
        assert [origin.requests[str(index)] for index in range(3)] == [1, 1, 1], "they are here already"


async def test_a_dated_stream_needs_no_memory(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(3)
        await bench.until(count(3))
        await bench.stop_in_order()
    assert list(tmp_path.glob("demo/source/.longtake/*memory*")) == []


async def test_an_origin_that_fails_for_long_is_followed_again_without_fetching_twice(tmp_path: Path) -> None:
    async with HlsOrigin(window=10) as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(2)
        await bench.until(count(2))
        for status in (503, 403):
            origin.playlist_status = status
            wanted = {403: RecorderState.REFUSED, 404: RecorderState.DOWN}
            await bench.until_state(wanted.get(status, RecorderState.UNREACHABLE))
            origin.playlist_status = 200
            origin.publish(1)
            await bench.until_state(RecorderState.RECORDING)
        await bench.until(count(4))
        assert await bench.contents() == origin.published
        assert [origin.requests[str(index)] for index in range(4)] == [1] * 4


@pytest.mark.parametrize(
    ("text", "state", "word"),
    [
        ("<html>hello</html>", RecorderState.REFUSED, "no HLS playlist"),
        (
            '#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k"\n#EXTINF:2,\n0.ts\n',
            RecorderState.REFUSED,
            "encrypted with SAMPLE-AES, which no recorder",
        ),
    ],
    ids=["a web page instead of a playlist", "an encrypted stream"],
)
async def test_what_cannot_be_recorded_is_said(
    tmp_path: Path, text: str, state: RecorderState, word: str
) -> None:
    async with HlsOrigin(playlist_text=text) as origin, recording(origin.url, tmp_path) as bench:
        await bench.until_state(state)
        assert word in str(bench.report.as_status()["message"])
        assert await bench.segments() == []


async def test_a_stream_that_ends_is_waited_for(tmp_path: Path) -> None:
    async with HlsOrigin(ended=True) as origin:
        origin.publish(2)
        async with recording(origin.url, tmp_path) as bench:
            await bench.until(count(2))
            await bench.until_state(RecorderState.DOWN)
            origin.ended = False
            origin.publish(1)
            await bench.until(count(3))


async def test_what_is_offered_while_the_disk_fails_for_a_moment_is_fetched_afterwards(
    tmp_path: Path,
) -> None:
    """Also what the playlist lists no more by then."""
    async with HlsOrigin(window=2) as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(1)
        await bench.until(count(1))
        bench.gate.close("the disk fails")
        for _ in range(2):
            polls = origin.requests["live"]
            origin.publish(2)
            async with asyncio.timeout(20):
                while origin.requests["live"] == polls:
                    await asyncio.sleep(0.02)
        assert bench.report.state is RecorderState.PAUSED
        assert len(await bench.segments()) == 1
        bench.gate.open()
        await bench.until(count(5))
        assert await bench.contents() == origin.published
        await bench.until_state(RecorderState.RECORDING)


async def test_without_room_nothing_is_written_and_nothing_is_forgotten(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path) as bench:
        origin.publish(1)
        await bench.until(count(1))
        bench.gate.close("the disk is nearly full")
        assert bench.report.state is RecorderState.PAUSED, "at once, not at the next poll"
        origin.publish(2)
        polls = origin.requests["live"]
        bench.gate.open()
        await bench.until(count(3))
        assert await bench.contents() == origin.published
        assert origin.requests["live"] > polls


async def test_two_recorders_of_one_quality_are_one_too_many(tmp_path: Path) -> None:
    async with HlsOrigin() as origin, recording(origin.url, tmp_path) as first:
        origin.publish(1)
        await first.until(count(1))
        async with recording(origin.url, tmp_path) as second:
            with pytest.raises(AlreadyRunning, match="demo/source"):
                await second.task


async def test_tokens_are_in_no_log_and_no_status(tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with HlsOrigin(troubles={"0": [failing, *[gone] * 100]}) as origin:
            origin.publish(2)
            async with recording(origin.url, tmp_path) as bench:
                await bench.until(count(1))
                async with asyncio.timeout(20):
                    while bench.report.as_status()["missed"] != 1:
                        await asyncio.sleep(0.02)
                await origin.stop()
                await bench.until_state(RecorderState.UNREACHABLE)
                assert "SECRET" not in str(bench.report.as_status())
    assert logs
    assert "SECRET" not in str(logs)
