"""What a recorder says while it does not get all that there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.fakes.faster_clock import FasterClock
from tests.fakes.hls_origin import HlsOrigin, failing, gone

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, LocatedAudio, Offering
from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import SourceDown
from longtake.kit.tasks import Haste
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import OnAudio, Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport, RecorderState

SOUND = LocatedAudio(url="http://127.0.0.1:1/sound.m3u8?token=SECRET", name="main", default=True)


class Somewhere:
    """A source of pictures whose sound is apart, or of nothing."""

    kind = "somewhere"

    def __init__(self, url: str | None, audio: tuple[LocatedAudio, ...] = ()) -> None:
        self._url = url
        self._audio = audio
        self.asked_s: list[float] = []
        self.clock = FasterClock(times=50)

    async def look_up(self) -> Offering:
        self.asked_s.append(self.clock.monotonic_s())
        if self._url is None:
            raise SourceDown("the stream is not live")
        return self

    def locate(self, quality: str) -> Located:
        return Located(url=self._url or "", audio=self._audio)


@asynccontextmanager
async def recording(
    source: Somewhere, folder: Path, *, important: bool = False, on_audio: OnAudio | None = None
) -> AsyncIterator[Recorder]:
    store, haste = DiskStore(folder), Haste()
    report = RecorderReport("demo", "source", source.clock, CaptureMetrics(CollectorRegistry()))
    async with HttpClient() as client:
        recorder = Recorder(
            "demo",
            "source",
            ChannelLookup(source, source.clock),
            store=store,
            client=client,
            clock=source.clock,
            report=report,
            gate=DiskGate(),
            haste=haste,
            important=important,
            on_audio=on_audio,
            disk="/data",
        )
        task = asyncio.create_task(recorder.run())
        try:
            yield recorder
        finally:
            haste.hurry()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            store.close()


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what must happen; the deadline is for failing, not for waiting."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def at(origin: HlsOrigin) -> str:
    return f"http://127.0.0.1:{origin.port}/live.m3u8?token=SECRET"


async def forbidden(request: web.Request, content: bytes) -> web.StreamResponse:
    """403."""
    return web.Response(status=403)


@pytest.mark.parametrize(
    ("trouble", "state", "words"),
    [
        (forbidden, RecorderState.REFUSED, "segments are refused: "),
        (failing, RecorderState.UNREACHABLE, "segments cannot be reached: "),
        (gone, RecorderState.STALLED, "segments do not come: "),
    ],
    ids=["the edge refuses", "the edge is in trouble", "the edge does not have them"],
)
async def test_a_playlist_without_its_segments_is_no_recording(
    tmp_path: Path, trouble: object, state: RecorderState, words: str
) -> None:
    async with HlsOrigin(always=trouble) as origin:  # type: ignore[arg-type]
        origin.publish(3)
        async with recording(Somewhere(at(origin)), tmp_path) as recorder:
            await until(lambda: recorder.report.state is state and words in (recorder.report.message or ""))
            assert "SECRET" not in str(recorder.report.as_status())
            origin.always = None
            origin.publish(1)
            await until(lambda: recorder.report.state is RecorderState.RECORDING)


async def test_pictures_without_their_sound_are_recorded_with_a_word(tmp_path: Path) -> None:
    heard: list[tuple[str, tuple[LocatedAudio, ...]]] = []
    async with HlsOrigin() as origin:
        origin.publish(2)
        source = Somewhere(at(origin), audio=(SOUND,))
        with capture_logs() as logs:
            async with recording(
                source, tmp_path, on_audio=lambda quality, audio: heard.append((quality, audio))
            ) as recorder:
                await until(lambda: recorder.report.state is RecorderState.RECORDING)
                assert recorder.report.message == "its sound comes apart and is not recorded"
                assert heard == [("source", (SOUND,))]
                await until(lambda: any("without their sound" in log["event"] for log in logs))
                metrics = CaptureMetrics(CollectorRegistry())
                sound = RecorderReport("demo", "source.audio", source.clock, metrics)
                sound.enter(RecorderState.REFUSED, "no permission")
                recorder.sound = lambda: sound
                await until(
                    lambda: recorder.report.message == "its sound comes apart and is refused: no permission"
                )
                sound.enter(RecorderState.RECORDING)
                await until(lambda: recorder.report.message is None)
        assert "SECRET" not in str(logs)


@pytest.mark.parametrize(
    ("important", "longest_s"), [(True, 6.5), (False, 26.0)], ids=["every 5 s", "every 20 s"]
)
async def test_what_is_down_is_asked_for_as_often_as_it_matters(
    tmp_path: Path, important: bool, longest_s: float
) -> None:
    source = Somewhere(None)
    async with recording(source, tmp_path, important=important) as recorder:
        await until(lambda: len(source.asked_s) >= 8)
        assert recorder.report.state is RecorderState.DOWN
        said = recorder.report.as_status()
        assert (said["source"], said["important"], said["disk"]) == ("somewhere", important, "/data")
    pauses = [later - sooner for sooner, later in zip(source.asked_s, source.asked_s[1:], strict=False)]
    assert longest_s / 3 < max(pauses[4:])
    assert max(pauses) < longest_s + 5, "a loaded machine may be late"
