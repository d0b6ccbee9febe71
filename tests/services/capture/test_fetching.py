"""Segments from an origin in trouble to files that say what they are: real HTTP, real files, real media."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import generate_latest
from structlog.testing import capture_logs
from tests.fakes.failing_disk import Failure, WatchedDisk
from tests.fakes.fetch_desk import Desk, HurriedClock, fetching, until
from tests.fakes.hls_origin import (
    Trouble,
    broken_in_chunks,
    cut_short,
    empty,
    ended_by_closing,
    failing,
    gone,
    held_until,
    packed,
    page,
    sent,
    silent,
    stalled,
    trickling,
)

from longtake.adapters.http.limits import Limits
from longtake.core.segments import SegmentType
from longtake.kit.tasks import Haste
from longtake.services.capture.fetching import others_at_once
from longtake.services.capture.job import Urgency

FULL, SUSPECT, PARTIAL = SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL
SOON = Limits(answer_soft_s=0.2, answer_hard_s=0.6, silence_soft_s=0.2, silence_hard_s=0.6)
SOON_SLOW = Limits(whole_soft_s=0.8)


async def test_a_sound_segment_is_full_and_its_facts_are_of_its_content(tmp_path: Path) -> None:
    async with fetching(tmp_path) as desk:
        desk.want(0)
        await desk.until_full(0)
        (segment,) = await desk.segments()
        facts = await desk.facts(segment)
        assert await desk.content(segment) == desk.origin.published[0]
        assert (facts.width, facts.height, facts.source_sequence) == (320, 180, 0)
        assert facts.codecs is not None
        assert facts.codecs.startswith("avc1.42")
        assert facts.duration_us == pytest.approx(2_000_000, abs=50_000)
        assert facts.doubt is None
        assert facts.looked


@pytest.mark.parametrize(
    "trouble",
    [silent, stalled, failing, cut_short, broken_in_chunks, ended_by_closing(10_000), gone],
    ids=[
        "sends no headers",
        "stops in the middle",
        "fails",
        "breaks off short of its length",
        "breaks off between chunks",
        "closes the connection early, without having said how much it is",
        "does not have it yet",
    ],
)
async def test_whatever_the_trouble_the_segment_is_here_in_full_soon(
    tmp_path: Path, trouble: Trouble
) -> None:
    async with fetching(tmp_path, clock=HurriedClock(), limits=SOON, n0=[trouble]) as desk:
        desk.want(0)
        await desk.until_full(0, within_s=5)
        (full,) = [segment for segment in await desk.segments() if segment.type is FULL]
        assert await desk.content(full) == desk.origin.published[0]
        assert desk.origin.requests["0"] == 2
        assert desk.origin.most_at_once["0"] <= 2


async def test_never_more_than_two_tries_at_a_time(tmp_path: Path) -> None:
    async with fetching(tmp_path, clock=HurriedClock(), limits=SOON, n0=[silent, stalled, stalled]) as desk:
        desk.want(0)
        await desk.until_full(0)
        assert desk.origin.requests["0"] >= 4
        assert desk.origin.most_at_once["0"] == 2


@pytest.mark.parametrize(
    "backlog", [8, pytest.param(30, marks=pytest.mark.soak)], ids=["eight and eight", "many"]
)
async def test_segments_that_trickle_for_ever_do_not_stop_those_after_them(
    tmp_path: Path, backlog: int
) -> None:
    async def some_trickle(request: web.Request, content: bytes) -> web.StreamResponse:
        trickles = int(request.match_info["name"]) >= 100
        return await (trickling if trickles else sent(content))(request, content)

    async with fetching(tmp_path, limits=SOON_SLOW, always=some_trickle) as desk:
        desk.want(*range(100, 100 + backlog), urgency=Urgency.BACKLOG)
        desk.want(*range(200, 208))
        desk.want(0, 1)
        await desk.until_full(0, 1, within_s=8)
        desk.want(2, urgency=Urgency.BACKLOG)
        await desk.until_full(2, within_s=30)
        assert max(desk.origin.most_at_once.values()) <= 2


async def test_what_just_appeared_and_failed_at_once_does_not_wait_for_what_was_there_at_first_sight(
    tmp_path: Path,
) -> None:
    """An edge that lags behind its playlist must not cost minutes, with hours of backlog under way."""
    never = asyncio.Event()
    async with fetching(tmp_path, n0=[gone, failing]) as desk:
        desk.origin.troubles |= {str(number): [held_until(never)] * 9 for number in range(100, 140)}
        desk.want(*range(100, 140), urgency=Urgency.BACKLOG)
        desk.want(0)
        await desk.until_full(0, within_s=2.5)
        assert desk.origin.requests["0"] == 3


async def test_late_downloads_are_bounded(tmp_path: Path) -> None:
    async with fetching(tmp_path, limits=SOON, always=silent) as desk:
        desk.want(*range(60))
        await until(lambda: has_asked(desk, 60))
        assert desk.origin.at_once.total() <= 2 * (8 + 8 + 8)


@pytest.mark.parametrize("size_bytes", [None, 1880], ids=["whole", "cut"])
async def test_a_body_whose_end_is_not_stated_is_judged_by_what_is_in_it(
    tmp_path: Path, size_bytes: int | None
) -> None:
    async with fetching(tmp_path, n0=[ended_by_closing(size_bytes)] * 20) as desk:
        desk.want(0)
        await until(lambda: has_any(desk))
        (segment, *_) = await desk.segments()
        assert segment.type is (FULL if size_bytes is None else PARTIAL)
        assert await desk.content(segment) == desk.origin.published[0][:size_bytes]


async def has_any(desk: Desk) -> bool:
    return bool(await desk.segments())


@pytest.mark.parametrize(
    "trouble",
    [page, empty, sent(b"\x47" * 100)],
    ids=["an error page", "nothing", "rubbish"],
)
async def test_what_cannot_be_right_is_stored_once_as_suspect_and_asked_for_again(
    tmp_path: Path, trouble: Trouble
) -> None:
    async with fetching(tmp_path, clock=HurriedClock(), n0=[trouble, trouble]) as desk:
        desk.want(0)
        await desk.until_full(0)
        assert sorted(await desk.kinds(0)) == [FULL, SUSPECT]
        (suspect,) = [segment for segment in await desk.segments() if segment.type is SUSPECT]
        assert (await desk.facts(suspect)).doubt
        assert "doubtful" in str(desk.report.last_error)


async def test_the_same_doubtful_bytes_again_and_again_are_what_the_source_has(tmp_path: Path) -> None:
    async with fetching(tmp_path, clock=HurriedClock(), always=page) as desk:
        with capture_logs() as logs:
            desk.want(0)
            await until(lambda: nothing_left(desk))
        assert desk.origin.requests["0"] == 3
        assert await desk.kinds(0) == [SUSPECT]
        assert [log["event"] for log in logs] == ["segment is doubtful"]


async def test_a_source_whose_every_segment_is_doubtful_is_asked_once_for_each(tmp_path: Path) -> None:
    """Its segments are short of what it announces: so it is, and asking twice would double the traffic for ever."""
    async with fetching(tmp_path, clock=HurriedClock()) as desk:
        desk.origin.always = sent(desk.origin.published[0][: 188 * 60])
        for number in range(5):
            desk.want(number, target_s=1)
            await until(lambda: nothing_left(desk))
        assert [desk.origin.requests[str(number)] for number in range(5)] == [3, 3, 3, 1, 1]


async def test_a_source_whose_every_segment_is_doubtful_fills_no_log(tmp_path: Path) -> None:
    async with fetching(tmp_path, clock=HurriedClock()) as desk:
        desk.origin.always = sent(desk.origin.published[0][: 188 * 60])
        with capture_logs() as logs:
            for number in range(4):
                desk.want(number, target_s=1)
            await until(lambda: nothing_left(desk))
            for number in range(4, 20):
                desk.want(number, target_s=1)
                await until(lambda: nothing_left(desk))
        assert {log["event"] for log in logs} == {"segment is doubtful"}
        assert len(logs) <= 5
        assert desk.report.as_status()["segments"] == {"suspect": 20}
        assert "doubtful" in str(desk.report.last_error)


async def test_a_source_that_breaks_off_every_segment_at_the_same_byte_is_asked_once_for_each(
    tmp_path: Path,
) -> None:
    """As a proxy does whose lengths are wrong. Each is here, in part, and is not asked for again for minutes."""
    async with fetching(tmp_path, clock=HurriedClock(), always=cut_short) as desk:
        desk.want(0, 1, 2, target_s=1)
        await until(lambda: nothing_left(desk))
        desk.want(3, target_s=1)
        await until(lambda: nothing_left(desk))
        assert desk.origin.requests["3"] == 1
        assert [segment.type for segment in await desk.segments()] == [PARTIAL] * 4
        desk.origin.always = None
        desk.want(4)
        await desk.until_full(4)
        desk.origin.troubles["5"] = [cut_short]
        desk.want(5)
        await desk.until_full(5)


async def nothing_left(desk: Desk) -> bool:
    return len(desk.fetcher) == 0


async def test_a_doubtful_segment_that_is_gone_then_is_settled(tmp_path: Path) -> None:
    async with fetching(tmp_path, clock=HurriedClock(), n0=[page, *[gone] * 50]) as desk:
        desk.want(0)
        await until(lambda: nothing_left(desk))
        assert await desk.kinds(0) == [SUSPECT]
        assert desk.origin.requests["0"] == 2
        assert desk.report.as_status()["missed"] == 0


async def test_a_body_that_breaks_off_again_and_again_is_here_in_part_and_leaves_no_pile(
    tmp_path: Path,
) -> None:
    sizes = [4000, 8000, 6000, 8001, 100, 9000]
    async with fetching(tmp_path, clock=HurriedClock(), n0=[broken_after(size) for size in sizes]) as desk:
        desk.want(0)
        await until(lambda: has_any(desk), within_s=3)
        (first,) = await desk.segments()
        assert first.type is PARTIAL
        assert await desk.content(first) == desk.origin.published[0][:8000]
        await desk.until_full(0)
        assert await desk.kinds(0) == [FULL, PARTIAL, PARTIAL]


def broken_after(size_bytes: int) -> Trouble:
    """So much of it, to the byte, and then a reset."""

    async def broken(request: web.Request, content: bytes) -> web.StreamResponse:
        return await cut_short(request, content[: size_bytes * 2])

    return broken


async def test_a_packed_body_is_stored_unpacked(tmp_path: Path) -> None:
    async with fetching(tmp_path, n0=[packed]) as desk:
        desk.want(0)
        await desk.until_full(0)
        (segment,) = await desk.segments()
        assert await desk.content(segment) == desk.origin.published[0]


async def test_what_is_missed_is_counted_with_its_reason(tmp_path: Path) -> None:
    async def refusing(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(status=401)

    async with fetching(tmp_path, clock=HurriedClock(), n0=[gone] * 50, n1=[refusing]) as desk:
        desk.want(0, 1, target_s=1)
        await until(lambda: nothing_left(desk))
        told = generate_latest(desk.registry).decode()
        for reason in ("gone", "refused"):
            line = f'longtake_capture_missed_total{{channel="demo",quality="source",reason="{reason}"}} 1.0'
            assert line in told
        assert desk.report.as_status()["missed_because"] == {"gone": 1, "refused": 1}


async def test_only_what_was_there_at_first_sight_is_looked_for_on_the_disk(tmp_path: Path) -> None:
    async with fetching(tmp_path) as desk:
        desk.want(0)
        await desk.until_full(0)
        desk.want(0, urgency=Urgency.BACKLOG)
        await until(lambda: nothing_left(desk))
        assert desk.origin.requests["0"] == 1
        desk.want(0)
        await until(lambda: nothing_left(desk))
        assert desk.origin.requests["0"] == 2
        desk.want(0, epoch=(1, 0))  # the source counts anew, and may offer again what was there
        await until(lambda: nothing_left(desk))
        assert desk.origin.requests["0"] == 2


async def test_what_an_edge_refuses_because_it_is_not_there_yet_is_asked_for_again(tmp_path: Path) -> None:
    async def forbidding(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(status=403)

    async with fetching(tmp_path, clock=HurriedClock(), n0=[forbidding] * 2, n1=[forbidding] * 50) as desk:
        desk.want(0)
        await desk.until_full(0)
        desk.want(1, target_s=1)
        await until(lambda: nothing_left(desk))
        assert 3 <= desk.origin.requests["1"] <= 5
        assert desk.report.as_status()["missed_because"] == {"refused": 1}


async def test_who_is_told_to_wait_does_not_ask_earlier(tmp_path: Path) -> None:
    async def too_often(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(status=429, headers={"Retry-After": "5"})

    async with fetching(tmp_path, clock=HurriedClock(), n0=[too_often]) as desk:
        began = asyncio.get_running_loop().time()
        desk.want(0)
        await desk.until_full(0)
        assert asyncio.get_running_loop().time() - began >= 0.5
        assert desk.origin.requests["0"] == 2


async def test_what_is_in_hand_when_the_disk_fails_is_stored_when_it_is_well_and_not_fetched_again(
    tmp_path: Path,
) -> None:
    disk = WatchedDisk()
    async with fetching(tmp_path, disk=disk) as desk:
        desk.want(0)
        await desk.until_full(0)
        disk.failure = Failure(at=0, error=errno.EIO, for_good=True)
        desk.want(*range(1, 12))
        await until(lambda: is_closed(desk))
        for _ in range(3):  # whoever watches the disk thinks it well, and it is not
            desk.gate.open()
            await until(lambda: is_closed(desk))
        asked = desk.origin.requests.total()
        assert asked <= 9
        disk.failure = None
        await until(lambda: all_stored(desk, 12))
        assert desk.origin.requests.total() == 12
        assert desk.report.as_status()["missed"] == 0


async def test_a_big_segment_that_the_disk_stopped_in_the_middle_is_fetched_again(tmp_path: Path) -> None:
    disk = WatchedDisk()
    big = b"x" * (20 << 20)  # more than is held in memory
    async with fetching(tmp_path, disk=disk, always=sent(big)) as desk:
        disk.failure = Failure(at=0, error=errno.ENOSPC, for_good=True)
        desk.want(0)
        await until(lambda: is_closed(desk))
        assert desk.origin.requests["0"] == 1
        disk.failure = None
        await until(lambda: stored_after_opening(desk, SUSPECT))
        (whole,) = [segment for segment in await desk.segments() if segment.type is SUSPECT]
        assert await desk.content(whole) == big
    assert disk.open_files == 0
    assert list(tmp_path.glob("demo/source/.longtake/temp/capture/*")) == []


async def stored_after_opening(desk: Desk, kind: SegmentType) -> bool:
    desk.gate.open()
    return kind in [segment.type for segment in await desk.segments()]


async def all_stored(desk: Desk, count: int) -> bool:
    """The gate is opened again and again, since one may still have met the disk when it failed."""
    desk.gate.open()
    return [segment.type for segment in await desk.segments()] == [FULL] * count


async def is_closed(desk: Desk) -> bool:
    return not desk.gate.is_open


async def test_told_to_stop_what_is_in_flight_arrives_and_the_rest_is_given_up_in_one_line(
    tmp_path: Path,
) -> None:
    go = asyncio.Event()
    async with fetching(tmp_path, always=held_until(go)) as desk:
        desk.want(*range(2000), urgency=Urgency.BACKLOG)
        await until(lambda: has_asked(desk, 8))
        asyncio.get_running_loop().call_later(0.2, go.set)
        with capture_logs() as logs:
            async with asyncio.timeout(5):
                await desk.fetcher.stop(grace_s=10)
        assert [segment.type for segment in await desk.segments()] == [FULL] * 8
        assert desk.origin.requests.total() == 8
        (line,) = logs
        assert (line["not_begun"], line["cut_short"]) == (1992, 0)


async def test_what_does_not_arrive_in_time_is_kept_as_partial(tmp_path: Path) -> None:
    async with fetching(tmp_path, always=stalled) as desk:
        desk.want(*range(30))
        await until(lambda: has_asked(desk, 8))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(5):
            await desk.fetcher.stop(grace_s=0.2)
        segments = await desk.segments()
        assert [segment.type for segment in segments] == [PARTIAL] * 8
        for number, segment in enumerate(segments):
            published = desk.origin.published[number]
            assert await desk.content(segment) == published[: len(published) // 2]
        assert list(tmp_path.glob("demo/source/.longtake/temp/capture/*")) == []


async def test_told_to_hurry_what_is_there_is_kept_at_once(tmp_path: Path) -> None:
    haste = Haste()
    async with fetching(tmp_path, always=stalled, haste=haste) as desk:
        desk.want(0)
        await until(lambda: has_asked(desk, 1))
        await asyncio.sleep(0.1)
        asyncio.get_running_loop().call_later(0.1, haste.hurry)
        async with asyncio.timeout(5):
            await desk.fetcher.stop(grace_s=3600)
        assert await desk.kinds(0) == [PARTIAL]


async def test_a_stop_while_the_disk_fails_ends_and_tries_a_last_time(tmp_path: Path) -> None:
    disk = WatchedDisk()
    async with fetching(tmp_path, disk=disk) as desk:
        desk.want(0)
        await desk.until_full(0)
        disk.failure = Failure(at=0, error=errno.EIO, for_good=True)
        desk.want(1, 2)
        await until(lambda: is_closed(desk))
        disk.failure = None
        async with asyncio.timeout(5):
            await desk.fetcher.stop(grace_s=0.1)
        assert await desk.kinds(1) == [FULL]


async def has_asked(desk: Desk, count: int) -> bool:
    return desk.origin.requests.total() >= count


@pytest.mark.parametrize(
    ("recorders", "each"),
    [
        pytest.param(0, 8, id="none yet"),
        pytest.param(1, 8, id="one"),
        pytest.param(6, 8, id="a few"),
        pytest.param(20, 2, id="many"),
        pytest.param(100, 1, id="very many"),
    ],
)
def test_many_recorders_share_the_room_for_what_comes_in_all_at_once(recorders: int, each: int) -> None:
    assert others_at_once(recorders) == each
