"""Old and new addresses side by side: real HTTP, and a clock that the tests step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from structlog import get_logger
from structlog.testing import capture_logs
from tests.fakes.stepped_clock import SteppedClock

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Located, Offering
from longtake.core.errors import SourceUnreachable
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, PollFailure
from longtake.services.capture.lookup import ChannelLookup
from longtake.services.capture.sessions import Sessions


def listing(*titles: str, ended: bool = False) -> str:
    entries = [f"#EXTINF:2,{title}\n{number}.ts" for number, title in enumerate(titles)]
    return "\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:2", *entries, *(["#EXT-X-ENDLIST"] * ended)])


CONTENT, ADS = listing("live", "live"), listing("Amazon|1", "Amazon|2")


@dataclass(kw_only=True)
class Site:
    """Each look-up tells the next address, as long as there are more; ``answers`` are by address."""

    clock: SteppedClock
    answers: dict[str, str | int] = field(default_factory=lambda: {"a": CONTENT, "b": CONTENT})
    addresses: list[str] = field(default_factory=lambda: ["a", "b"])
    max_age_s: float | None = 100.0
    down: bool = False
    port: int = 0
    lookups: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    kind: str = "site"

    async def look_up(self) -> Offering:
        self.lookups += 1
        if self.down:
            raise SourceUnreachable("the site gave no answer")
        return self

    def locate(self, quality: str) -> Located:
        name = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        url = f"http://127.0.0.1:{self.port}/{name}.m3u8?token=SECRET"
        return Located(url=url, max_age_s=self.max_age_s)

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked[name] += 1
        answer = self.answers[name]
        return web.Response(status=answer) if isinstance(answer, int) else web.Response(text=answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What is followed, and what tells of it."""

    site: Site
    sessions: Sessions
    outcomes: list[Located | PollFailure]

    @property
    def used(self) -> str:
        assert self.sessions.used is not None
        return self.sessions.used.located.url.rpartition("/")[2][0]

    async def poll(self) -> MediaPlaylist:
        answer = await self.sessions.poll()
        assert isinstance(answer, MediaPlaylist)
        return answer

    async def until(self, condition: Callable[[], bool], step_s: float = 0.0) -> None:
        """Lets requests come and go; the deadline is for failing, not for waiting."""
        async with asyncio.timeout(10):
            while not condition():
                await self.site.clock.advance(step_s)
                await asyncio.sleep(0.005)


@asynccontextmanager
async def following(**of_site: object) -> AsyncIterator[Bench]:
    clock = SteppedClock()
    site = Site(clock=clock, **of_site)  # type: ignore[arg-type]
    app = web.Application()
    app.router.add_get("/{name}.m3u8", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.port = runner.addresses[0][1]
    outcomes: list[Located | PollFailure] = []
    try:
        async with HttpClient() as client:
            sessions = Sessions(
                ChannelLookup(site, clock),
                "source",
                client,
                clock,
                get_logger(),
                jitter=lambda: 0.5,
                on_looked_up=outcomes.append,
            )
            yield Bench(site=site, sessions=sessions, outcomes=outcomes)
            await sessions.close()
    finally:
        await runner.cleanup()


async def test_an_address_is_renewed_before_it_runs_out_and_a_little_sooner_than_that() -> None:
    async with following() as bench:
        await bench.poll()
        assert bench.sessions.renew_s == 97.5
        await bench.site.clock.advance(97)
        await bench.poll()
        assert bench.site.lookups == 1
        await bench.site.clock.advance(1)
        await bench.poll()
        await bench.until(lambda: bench.site.asked["b"] == 1)
        await asyncio.sleep(0.02)
        assert bench.used == "a", "until it has shown something"
        await bench.until(lambda: bench.sessions._candidate.is_proven)  # type: ignore[union-attr]
        polls = bench.site.asked["a"]
        await bench.poll()
        assert bench.used == "b"
        assert bench.site.asked["a"] == polls, "the old one is left alone"
        assert bench.sessions.renew_s is not None
        assert bench.sessions.renew_s > 190


async def test_an_address_without_an_age_is_kept() -> None:
    async with following(max_age_s=None) as bench:
        await bench.poll()
        await bench.site.clock.advance(1e6)
        await bench.poll()
        assert bench.sessions.renew_s is None
        assert bench.site.lookups == 1


async def begun_to_renew(bench: Bench) -> None:
    await bench.poll()
    await bench.site.clock.advance(98)
    await bench.poll()


async def test_while_the_new_one_shows_ads_the_old_one_is_followed() -> None:
    async with following(answers={"a": CONTENT, "b": ADS}) as bench:
        await begun_to_renew(bench)
        await bench.until(lambda: bench.site.asked["b"] >= 3, step_s=1)
        await bench.poll()
        assert bench.used == "a"
        bench.site.answers["b"] = CONTENT
        asked = bench.site.asked["b"]
        await bench.until(lambda: bench.site.asked["b"] > asked, step_s=1)
        await bench.until(lambda: bench.sessions._candidate.is_proven)  # type: ignore[union-attr]
        await bench.poll()
        assert bench.used == "b"


async def test_ads_for_over_ten_minutes_are_given_up_and_another_is_asked_for_later() -> None:
    async with following(answers={"a": CONTENT, "b": ADS}, addresses=["a", "b", "a"]) as bench:
        await begun_to_renew(bench)
        with capture_logs() as logs:
            await bench.until(lambda: any("nothing but ads" in str(log) for log in logs), step_s=5)
        assert bench.used == "a"
        lookups = bench.site.lookups
        await bench.site.clock.advance(10)
        await bench.poll()
        await bench.until(lambda: bench.site.lookups == lookups + 1)
        await bench.until(lambda: bench.sessions._candidate is None)
        assert bench.sessions.renew_s is not None
        assert bench.sessions.renew_s > bench.site.clock.monotonic_s() + 90, "the same address counts as new"


async def test_the_old_one_fails_while_the_new_one_shows_ads() -> None:
    """At once: not a poll goes by without an answer."""
    async with following(answers={"a": CONTENT, "b": ADS}) as bench:
        await begun_to_renew(bench)
        await bench.until(lambda: bench.site.asked["b"] >= 2, step_s=1)
        bench.site.answers["a"] = 403
        assert len((await bench.poll()).segments) == 2
        assert bench.used == "b"
        assert bench.site.lookups == 2


async def test_the_old_one_ends_while_the_new_one_shows_ads() -> None:
    async with following(answers={"a": CONTENT, "b": ADS}) as bench:
        await begun_to_renew(bench)
        await bench.until(lambda: bench.site.asked["b"] >= 2, step_s=1)
        bench.site.answers["a"] = listing("live", "live", "live", ended=True)
        assert len((await bench.poll()).segments) == 3, "its last words count"
        assert bench.sessions.ask_anew(works=False)
        await bench.poll()
        assert bench.used == "b"


async def test_a_site_that_fails_costs_nothing_and_is_asked_again_ever_later() -> None:
    async with following() as bench:
        await bench.poll()
        bench.site.down = True
        with capture_logs() as logs:
            for _ in range(60):
                await bench.site.clock.advance(10)
                await bench.poll()
        assert bench.used == "a"
        assert 5 <= bench.site.lookups <= 9
        assert {type(outcome) for outcome in bench.outcomes[1:]} == {PollFailure}
        assert "SECRET" not in str(logs)


async def test_a_new_address_that_does_not_work_is_dropped() -> None:
    async with following(answers={"a": CONTENT, "b": 404}) as bench:
        await begun_to_renew(bench)
        await bench.until(lambda: bench.sessions._candidate is None)
        await bench.poll()
        assert bench.used == "a"


async def test_a_playlist_that_stands_still_is_polled_until_another_works() -> None:
    async with following(answers={"a": CONTENT, "b": 500}) as bench:
        await bench.poll()
        assert not bench.sessions.ask_anew(works=True)
        await bench.until(lambda: bench.site.asked["b"] >= 1, step_s=1)
        await bench.poll()
        assert bench.used == "a"
        bench.site.answers["b"] = CONTENT
        asked = bench.site.asked["b"]
        await bench.until(lambda: bench.site.asked["b"] > asked, step_s=1)
        await bench.until(lambda: bench.sessions._candidate.is_proven)  # type: ignore[union-attr]
        await bench.poll()
        assert bench.used == "b"


async def test_an_address_that_is_gone_is_asked_for_anew_by_the_next_poll() -> None:
    async with following() as bench:
        await bench.poll()
        bench.site.answers["a"] = 404
        gone = await bench.sessions.poll()
        assert isinstance(gone, PollFailure)
        assert gone.kind is FailureKind.GONE
        assert not bench.sessions.ask_anew(works=False)
        assert bench.sessions.renew_s is None
        await bench.site.clock.advance(2)
        await bench.poll()
        assert bench.used == "b"


async def test_what_runs_beside_the_polls_ends_with_them() -> None:
    async with following(answers={"a": CONTENT, "b": ADS}) as bench:
        await begun_to_renew(bench)
        await bench.until(lambda: bench.site.asked["b"] >= 1)
        await bench.sessions.close()
        asked = bench.site.asked["b"]
        await bench.site.clock.advance(60)
        await asyncio.sleep(0.05)
        assert bench.site.asked["b"] == asked
