"""All recorders of a process: one that cannot, or stumbles over a mistake of ours, keeps no other from recording."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs
from tests.fakes.faster_clock import FasterClock
from tests.fakes.hls_origin import HlsOrigin

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, LocatedAudio, Offering, StreamSource
from longtake.adapters.store.disk import DiskStore
from longtake.core.errors import AlreadyRunning, InvalidInput, StoreUnavailable
from longtake.kit.slots import PrioritySlots
from longtake.kit.tasks import Haste
from longtake.services.capture.channel import Channel
from longtake.services.capture.disks import DiskWatch
from longtake.services.capture.gate import DiskGate
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.recorder import OnAudio, Recorder
from longtake.services.capture.report import CaptureMetrics, RecorderReport
from longtake.services.capture.service import CaptureService, Key, Order


class KnownSource:
    """Where an origin's playlist is, is known."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("master.m3u8", "live.m3u8")

    kind = "known"

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        return self

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        return Located(url=self._url)


class SourceWithSound(KnownSource):
    """Its pictures are an origin's, and so is its sound, in two languages."""

    def __init__(self, url: str, *sounds: str) -> None:
        super().__init__(url)
        self._sounds = sounds

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        renditions = zip(("en", "de"), self._sounds, strict=True)
        audio = [
            LocatedAudio(url=url.replace("master.m3u8", "live.m3u8"), name=language, language=language)
            for language, url in renditions
        ]
        return replace(super().locate(quality), audio=tuple(audio))


class StumblingSource(KnownSource):
    """Something happens that nobody has thought of: the first time that it is asked, and when told to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.stumbles = True

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        if self.stumbles:
            self.stumbles = False
            raise ZeroDivisionError
        return await super().look_up()


class Bench:
    """A service over one store, and its ``Recorders``. Sources are found by the channel's URL."""

    def __init__(self, store: DiskStore, client: HttpClient) -> None:
        self.store, self._client = store, client
        self.registry = CollectorRegistry()
        self._metrics = CaptureMetrics(self.registry)
        self._haste = Haste()
        self._haste.hurry()
        self._clock = FasterClock(times=20)
        self.sources: dict[str, StreamSource] = {}
        self.made: list[tuple[str, str]] = []
        self.recorders: list[Recorder] = []
        self.faults: dict[str, list[Exception]] = {}
        self.disks: Sequence[DiskWatch] = ()
        self.service: CaptureService

    @asynccontextmanager
    async def recording(self, **sources: StreamSource) -> AsyncIterator[asyncio.Task[None]]:
        self.sources.update(sources)
        channels = [Channel(name=name, url=name) for name in sources]
        async with self.serving(*channels, waits=False) as task:
            yield task

    @asynccontextmanager
    async def serving(self, *channels: Channel, waits: bool = True) -> AsyncIterator[asyncio.Task[None]]:
        self.service = CaptureService(channels, self, clock=self._clock, waits=waits)
        task = asyncio.create_task(self.service.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def source(self, channel: Channel) -> StreamSource:
        """See ``Sources``."""
        if channel.url not in self.sources:
            raise InvalidInput(f"no source at {channel.url}")
        return self.sources[channel.url]

    def usual_fetches_at_once(self, channel: Channel) -> int:
        """See ``Sources``."""
        return 64

    def report(self, channel: Channel, quality: str) -> RecorderReport:
        """See ``Recorders``."""
        return RecorderReport(channel.name, quality, self._clock, self._metrics)

    async def make(
        self,
        order: Order,
        report: RecorderReport,
        *,
        lookup: ChannelLookup,
        places: PrioritySlots,
        on_audio: OnAudio,
    ) -> Recorder:
        """See ``Recorders``."""
        if faults := self.faults.get(order.channel.name):
            raise faults.pop(0)
        self.made.append(order.key)
        recorder = Recorder(
            *order.key,
            lookup,
            store=self.store,
            client=self._client,
            clock=self._clock,
            report=report,
            gate=DiskGate(),
            haste=self._haste,
            places=places,
            on_audio=on_audio,
        )
        self.recorders.append(recorder)
        return recorder

    def forget(self, report: RecorderReport, key: Key, *, for_good: bool) -> None:
        """See ``Recorders``."""
        if for_good:
            self._metrics.forget(*key)

    @property
    def told(self) -> list[dict[str, object]]:
        recorders = self.service.details()["recorders"]
        assert isinstance(recorders, list)
        return recorders

    @property
    def states(self) -> list[object]:
        return [one["state"] for one in self.told]

    @property
    def names(self) -> list[str]:
        return [f"{one['channel']}/{one['quality']}" for one in self.told]

    def stored(self, channel: str, quality: str = "source") -> int:
        return len(list(self.store.layout.root.glob(f"{channel}/{quality}/2*/*.ts")))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = DiskStore(tmp_path)
    async with HttpClient() as client:
        yield Bench(store, client)
    store.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_one_that_others_record_waits_and_the_rest_goes_on(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(2)
        source = KnownSource(origin.url)
        async with (
            bench.store.open_writer("show", "source", "capture"),
            bench.recording(show=source, other=source),
        ):
            await until(lambda: bench.states == ["refused", "recording"])
            await until(lambda: bench.stored("other") == 2)
            assert bench.stored("show") == 0


async def test_what_others_record_no_more_is_recorded(bench: Bench) -> None:
    async with HlsOrigin() as origin, AsyncExitStack() as others:
        origin.publish(2)
        source = KnownSource(origin.url)
        await others.enter_async_context(bench.store.open_writer("show", "source", "capture"))
        async with bench.recording(show=source, other=source):
            await until(lambda: bench.states[:1] == ["refused"])
            await others.aclose()
            await until(lambda: bench.stored("show") == 2)


async def test_if_others_record_all_there_is_nothing_to_do(bench: Bench) -> None:
    source = KnownSource("http://127.0.0.1:9/none.m3u8")
    async with bench.store.open_writer("show", "source", "capture"), bench.recording(show=source) as task:
        with pytest.raises(AlreadyRunning, match="show/source"):
            await asyncio.wait_for(asyncio.shield(task), 20)


async def test_one_that_stumbles_says_so_and_begins_again_while_the_rest_goes_on(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(2)
        stumbling = StumblingSource(origin.url)
        with capture_logs() as logs:
            async with bench.recording(show=stumbling, other=KnownSource(origin.url)):
                await until(lambda: bench.stored("other") == 2)
                await until(lambda: bench.states == ["recording"] * 2)
                await until(lambda: bench.stored("show") == 2)
                stumbling.stumbles, origin.playlist_status = True, 403
                await until(lambda: not stumbling.stumbles)
                origin.playlist_status = 200
                origin.publish(1)
                await until(lambda: bench.stored("show") == 3)
        assert [log["channel"] for log in logs if log["event"] == "recorder failed"] == ["show"] * 2
        assert [origin.requests[str(index)] for index in range(3)] == [2] * 3, "each of the two, once"


async def test_a_channel_that_is_added_is_recorded_and_costs_the_others_nothing(bench: Bench) -> None:
    async with HlsOrigin() as origin, HlsOrigin() as later:
        origin.publish(2)
        later.publish(2)
        bench.sources = {"one": KnownSource(origin.url), "two": KnownSource(later.url)}
        one, two = Channel(name="show", url="one"), Channel(name="later", url="two")
        async with bench.serving(one):
            await until(lambda: bench.stored("show") == 2)
            bench.service.apply([two, one])
            await until(lambda: bench.stored("later") == 2)
            assert bench.names == ["later/source", "show/source"]
        assert bench.made == [("show", "source"), ("later", "source")]


async def test_with_no_channels_it_waits_for_some(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(1)
        bench.sources = {"one": KnownSource(origin.url)}
        async with bench.serving() as task:
            await asyncio.sleep(0)
            assert bench.names == []
            bench.service.apply([Channel(name="show", url="one")])
            await until(lambda: bench.stored("show") == 1)
            assert not task.done()


async def test_a_channel_that_is_removed_stops_and_nothing_is_read_of_it_any_more(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(2)
        source = KnownSource(origin.url)
        bench.sources = {"one": source}
        show, other = Channel(name="show", url="one"), Channel(name="other", url="one")
        async with bench.serving(show, other):
            await until(lambda: bench.stored("show") == bench.stored("other") == 2)
            bench.service.apply([other])
            await until(lambda: bench.names == ["other/source"])
            async with bench.store.open_writer("show", "source", "test"):
                pass  # the lock is free
            origin.publish(1)
            await until(lambda: bench.stored("other") == 3)
        assert bench.stored("show") == 2
        labels = {"channel": "show", "quality": "source"}
        assert bench.registry.get_sample_value("longtake_capture_bytes_total", labels) is None


async def test_of_a_channel_that_changes_only_what_changed_begins_anew(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(2)
        bench.sources = {"one": KnownSource(origin.url)}
        show = Channel(name="show", url="one", qualities=("source", "480p"))
        async with bench.serving(show):
            await until(lambda: bench.stored("show") == bench.stored("show", "480p") == 2)
            bench.service.apply([replace(show, qualities=("source", "360p"))])
            await until(lambda: bench.stored("show", "360p") == 2)
            await until(lambda: bench.names == ["show/source", "show/360p"])
            bench.service.apply([replace(show, qualities=("source", "360p"), important=True)])
            await until(lambda: len(bench.made) == 5)
            await until(lambda: bench.states == ["recording"] * 2)
        assert sorted(bench.made) == sorted(
            [("show", "source"), ("show", "480p"), ("show", "360p"), ("show", "source"), ("show", "360p")]
        )


async def test_a_channel_with_a_new_address_follows_that_and_never_twice_at_a_time(bench: Bench) -> None:
    async with HlsOrigin() as origin, HlsOrigin() as moved:
        origin.publish(1)
        moved.publish(3)
        bench.sources = {"one": KnownSource(origin.url), "two": KnownSource(moved.url)}
        show = Channel(name="show", url="one")
        async with bench.serving(show):
            await until(lambda: bench.stored("show") == 1)
            with capture_logs() as logs:
                for url in ("two", "one", "two"):
                    bench.service.apply([replace(show, url=url)])
                    await asyncio.sleep(0)
                await until(lambda: bench.stored("show") == 3)
        assert "refused" not in [log["event"] for log in logs]
        assert len(bench.made) == 2


async def test_settings_that_make_no_sense_are_said_and_stop_no_other_channel(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(1)
        bench.sources = {"one": KnownSource(origin.url)}
        show, wrong = Channel(name="show", url="one"), Channel(name="wrong", url="nowhere")
        async with bench.serving(wrong, show):
            await until(lambda: bench.stored("show") == 1)
            assert bench.told[0]["state"] == "refused"
            assert bench.told[0]["message"] == "no source at nowhere"
            bench.service.apply([replace(wrong, url="one"), show])
            await until(lambda: bench.stored("wrong") == 1)


async def test_a_mistake_in_making_one_is_said_and_stops_no_other_channel(bench: Bench) -> None:
    async with HlsOrigin() as origin:
        origin.publish(1)
        bench.sources = {"one": KnownSource(origin.url)}
        bench.faults = {"wrong": [ZeroDivisionError(), StoreUnavailable("cannot look where the disk is")]}
        with capture_logs() as logs:
            async with bench.serving(Channel(name="wrong", url="one"), Channel(name="show", url="one")):
                await until(lambda: bench.states[:1] == ["refused"])
                await until(lambda: bench.states[:1] == ["paused"])
                await until(lambda: bench.stored("show") == bench.stored("wrong") == 1)
                await until(lambda: bench.states == ["recording"] * 2)
        assert [log["channel"] for log in logs if log["event"] == "recorder failed"] == ["wrong"]


async def test_one_that_others_record_is_no_reason_to_end_where_channels_may_come(bench: Bench) -> None:
    bench.sources = {"one": KnownSource("http://127.0.0.1:9/none.m3u8")}
    async with (
        bench.store.open_writer("show", "source", "capture"),
        bench.serving(Channel(name="show", url="one")) as task,
    ):
        await until(lambda: bench.states == ["refused"])
        assert not task.done()


async def test_sound_that_is_apart_is_recorded_beside_the_pictures(bench: Bench) -> None:
    async with HlsOrigin() as pictures, HlsOrigin() as english, HlsOrigin() as german:
        for origin, count in ((pictures, 2), (english, 3), (german, 4)):
            origin.publish(count)
        bench.sources = {
            "apart": SourceWithSound(pictures.url, english.url, german.url),
            "as one": KnownSource(pictures.url),
        }
        show = Channel(name="show", url="apart")
        async with bench.serving(show):
            await until(lambda: bench.stored("show", "source.audio") == 3)
            assert bench.names == ["show/source", "show/source.audio"]
            bench.service.apply([replace(show, audio_languages=("en", "de"))])
            await until(lambda: bench.stored("show", "source.audio-de") == 4)
            await until(lambda: bench.stored("show") == 2)
            assert bench.made == [("show", "source"), ("show", "source.audio"), ("show", "source.audio-de")]
            bench.service.apply([replace(show, url="as one")])
            await until(lambda: bench.names == ["show/source"])


async def test_who_records_shares_what_is_held_in_memory_with_who_comes_and_gets_it_back(
    bench: Bench,
) -> None:
    bench.sources = {"one": KnownSource("http://127.0.0.1:9/none.m3u8")}
    channels = [Channel(name=f"show {number}", url="one") for number in range(10)]
    async with bench.serving(channels[0]):
        await until(lambda: len(bench.recorders) == 1)
        bench.service.apply(channels)
        await until(lambda: len(bench.recorders) == 10)
        shares = [bench.recorders[0]._others_at_once]
        bench.service.apply(channels[:1])
        await until(lambda: len(bench.names) == 1)
        shares.append(bench.recorders[0]._others_at_once)
        assert shares == [5, 8]
