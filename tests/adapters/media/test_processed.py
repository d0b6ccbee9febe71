"""Cuts and pictures through real worker processes: whole, or ended with everything that belongs to them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from tests.fakes.node_process import is_alive
from tests.fakes.smart_cuts import START_US, Recording, between, carried_out, recording_of
from tests.fakes.strict_reading import strictly_read
from tests.fakes.tone_stream import ToneStream

from longtake.adapters.media.interface import PictureForm
from longtake.adapters.media.processed import ProcessedMedia
from longtake.adapters.media.workers import MediaWorkers
from longtake.core.cutting import CutContainer, SmartPlan, plan_picture
from longtake.core.errors import Busy, Corrupt, MediaFailed, NotFound, StoreUnavailable
from longtake.core.timeline import Timeline

SOURCE = ToneStream(b_frames=3)
MARKS = between(SOURCE, 7, 200)
BOTH = pytest.mark.parametrize("container", [CutContainer.TS, CutContainer.MP4])


@dataclass(frozen=True)
class Node:
    """Media over a recording, which is that of demo/source."""

    media: ProcessedMedia
    recording: Recording
    store: Path

    def plan(self, container: CutContainer, times: int = 1) -> SmartPlan:
        """The same range over and over: many times, and it is far too much for a pipe."""
        return self.recording.plan([MARKS] * times, container)

    async def content(self, plan: SmartPlan) -> bytes:
        async with aclosing(self.media.smart_cut("demo", "source", plan)) as chunks:
            return await rest_of(chunks)


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    recording = recording_of(SOURCE, tmp_path / "demo" / "source")
    async with (
        MediaWorkers(warm=0, at_most=2, nice=0) as cutters,
        MediaWorkers(warm=0, at_most=1, nice=0) as painters,
    ):
        media = ProcessedMedia(
            lambda channel, quality: tmp_path / channel / quality, cutters=cutters, painters=painters
        )
        yield Node(media, recording, tmp_path)


def children() -> set[int]:
    """Of this process, in any of its threads."""
    return {
        int(pid)
        for task in Path("/proc/self/task").iterdir()
        for pid in (task / "children").read_text().split()
    }


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


async def rest_of(chunks: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


class TestACut:
    @BOTH
    async def test_is_what_the_job_gives(self, node: Node, container: CutContainer) -> None:
        plan = node.plan(container)
        content = await node.content(plan)
        assert strictly_read(content).numbers == list(range(7, 201))
        assert content == carried_out(node.recording, plan).content

    @BOTH
    async def test_leaves_no_file_behind(self, node: Node, container: CutContainer) -> None:
        before = files(node.store)
        await node.content(node.plan(container))
        assert files(node.store) == before

    async def test_that_nobody_wants_any_more_ends_at_once(self, node: Node) -> None:
        before, others = files(node.store), children()
        async with aclosing(node.media.smart_cut("demo", "source", node.plan(CutContainer.TS, 40))) as chunks:
            await anext(chunks)
            workers = children() - others
            assert workers
        assert not any(is_alive(pid) for pid in workers)
        assert files(node.store) == before

    async def test_whose_reader_is_cancelled_ends_at_once(self, node: Node) -> None:
        others, begun = children(), asyncio.Event()

        async def read_slowly() -> None:
            async with aclosing(
                node.media.smart_cut("demo", "source", node.plan(CutContainer.MP4, 40))
            ) as chunks:
                await anext(chunks)
                begun.set()
                await asyncio.Event().wait()

        reading = asyncio.create_task(read_slowly())
        await begun.wait()
        workers = children() - others
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert workers
        assert not any(is_alive(pid) for pid in workers)

    async def test_whose_worker_is_killed_fails(self, node: Node) -> None:
        others = children()
        async with aclosing(node.media.smart_cut("demo", "source", node.plan(CutContainer.TS, 40))) as chunks:
            await anext(chunks)
            workers = children() - others
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            with capture_logs() as logs, pytest.raises(MediaFailed, match="killed by signal 9"):
                await rest_of(chunks)
        assert [log["event"] for log in logs] == ["a media worker died"]
        assert workers
        assert not any(is_alive(pid) for pid in workers)
        assert strictly_read(await node.content(node.plan(CutContainer.TS))).numbers == list(range(7, 201))

    @BOTH
    async def test_of_a_corrupt_segment_fails_midway(self, node: Node, container: CutContainer) -> None:
        plan = node.plan(container)
        segment = node.recording.segments[3]
        (node.recording.folder / segment.path).write_bytes(b"something else")
        async with aclosing(node.media.smart_cut("demo", "source", plan)) as chunks:
            with pytest.raises(Corrupt) as caught:
                await rest_of(chunks)
        assert segment.path in str(caught.value)

    async def test_of_a_segment_that_is_gone_fails(self, node: Node) -> None:
        plan = node.plan(CutContainer.TS)
        (node.recording.folder / node.recording.segments[2].path).unlink()
        with pytest.raises(NotFound, match="not there any more"):
            await node.content(plan)

    async def test_of_another_quality_looks_into_its_folder(self, node: Node) -> None:
        with pytest.raises(NotFound):
            async with aclosing(node.media.smart_cut("demo", "480p", node.plan(CutContainer.TS))) as chunks:
                await anext(chunks)

    async def test_too_many_at_once_are_refused(self, node: Node) -> None:
        plan = node.plan(CutContainer.TS, 40)
        async with (
            aclosing(node.media.smart_cut("demo", "source", plan)) as one,
            aclosing(node.media.smart_cut("demo", "source", plan)) as other,
        ):
            await anext(one)
            await anext(other)
            with pytest.raises(Busy):
                await node.content(plan)


class TestACutIntoAFile:
    @BOTH
    async def test_reports_its_frames_as_it_goes(
        self, node: Node, container: CutContainer, tmp_path: Path
    ) -> None:
        told: list[int] = []
        path = tmp_path / f"cut.{container}"
        plan = node.plan(container, 3)
        report = await node.media.smart_cut_to("demo", "source", plan, path, told.append)
        assert strictly_read(path.read_bytes()).numbers == list(range(7, 201)) * 3
        assert report.frames == 3 * 194
        assert report.joints == 2
        assert report.duration_us == pytest.approx(3 * 194 / 30 * 1_000_000, abs=12)
        assert told == sorted(told)
        assert told[-1] == report.frames

    @BOTH
    async def test_writes_nothing_else(self, node: Node, container: CutContainer) -> None:
        before = files(node.store)
        path = node.store / f"cut.{container}"
        await node.media.smart_cut_to("demo", "source", node.plan(container), path, lambda _: None)
        assert files(node.store) == before | {path}

    async def test_fails_in_words_and_the_worker_goes_on(self, node: Node, tmp_path: Path) -> None:
        plan = node.plan(CutContainer.MP4)
        segment = node.recording.segments[1]
        content = (node.recording.folder / segment.path).read_bytes()
        (node.recording.folder / segment.path).unlink()
        with pytest.raises(NotFound):
            await node.media.smart_cut_to("demo", "source", plan, tmp_path / "a.mp4", lambda _: None)
        (node.recording.folder / segment.path).write_bytes(content)
        report = await node.media.smart_cut_to("demo", "source", plan, tmp_path / "b.mp4", lambda _: None)
        assert report.frames == 194

    @BOTH
    @pytest.mark.parametrize(
        ("path", "words"),
        [("/dev/full", "No space left"), ("/no/such/folder/cut", "No such file")],
        ids=["a full disk", "no folder"],
    )
    async def test_fails_in_words_where_it_cannot_be_written(
        self, node: Node, container: CutContainer, path: str, words: str
    ) -> None:
        with pytest.raises(StoreUnavailable, match=words):
            await node.media.smart_cut_to("demo", "source", node.plan(container), Path(path), lambda _: None)


class TestAPicture:
    async def test_is_made_beside_cuts_that_take_all_places(self, node: Node) -> None:
        timeline = Timeline(
            start_us=START_US,
            end_us=START_US + 8_000_000,
            segments=node.recording.segments,
            breaks=(False,) * 4,
            gaps=(),
        )
        plan = plan_picture(timeline, SOURCE.time_us(77, START_US), node.recording, keyframe=False)
        cuts = [node.media.smart_cut("demo", "source", node.plan(CutContainer.TS, 40)) for _ in range(2)]
        async with aclosing(cuts[0]) as one, aclosing(cuts[1]) as other:
            await anext(one)
            await anext(other)
            content = await node.media.picture("demo", "source", plan, form=PictureForm.PNG, width=None)
        assert content.startswith(b"\x89PNG")
