"""hls.js in a page, driven: what it plays, what it complains of, what it asks the server for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from playwright.sync_api import Page
from tests.fakes.node_process import wait_for

from longtake.core.times import from_us

MILD = {
    "bufferStalledError",
    "bufferSeekOverHole",
    "bufferNudgeOnStall",
    "fragGap",
    "bufferAppendNoProgress",
    "aborted",
}
"""What hls.js says of a stretch without media and gets over by itself; of the first sound that it appends; and of a load
that a seek has made useless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """An answer as it came over the network: headers and what was left of the body after compression."""

    url: str
    size_bytes: int


class HlsPlayer:
    """One player; ``site`` is the address of the page."""

    def __init__(self, page: Page, site: str) -> None:
        self._page = page
        self.asked: list[str] = []
        self.transfers: list[Transfer] = []
        self._watch_network()
        page.goto(site)

    def open(self, url: str, *, rate: float = 1, **config: object) -> None:
        """Plays, with hls.js's own settings but for ``config``; ``rate`` is how fast."""
        self._page.evaluate(
            "([url, config, rate]) => { open(url, config); video.defaultPlaybackRate = video.playbackRate = rate; }",
            [url, config, rate],
        )

    def run(self, script: str) -> Any:
        """What an expression in the page is; ``hls``, ``video`` and ``seen`` are there."""
        return self._page.evaluate(f"() => {script}")

    def seek(self, seconds: float) -> None:
        """To a time of the player's own."""
        self._page.evaluate("at => { video.currentTime = at; }", seconds)

    @property
    def date(self) -> datetime | None:
        """The programme's time at the playhead, as hls.js tells it."""
        moment = self.run("hls.playingDate?.getTime() ?? null")
        return None if moment is None else from_us(round(moment * 1000))

    @property
    def time_s(self) -> float:
        """The player's own time."""
        return float(self.run("video.currentTime"))

    @property
    def dates_us(self) -> list[int]:
        """The programme's times of the frames that were shown, in microseconds."""
        return [round(moment * 1000) for moment in self.run("seen.dates")]

    @property
    def updates(self) -> list[Mapping[str, Any]]:
        """Each reading of the playlist."""
        return list(self.run("seen.updates"))

    @property
    def entries(self) -> list[Mapping[str, Any]]:
        """The playlist as hls.js has it by now."""
        return list(self.run("entries()"))

    def until(self, fits: Callable[[], bool], why: str, patience_s: float = 30) -> None:
        """Waits; a fatal error ends it at once."""

        def come() -> bool:
            fatal = [error for error in self.errors if error["fatal"]]
            assert not fatal, fatal
            return fits()

        try:
            wait_for(come, why, patience_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.story}") from None

    def until_date(self, moment: datetime, patience_s: float = 30) -> None:
        """Until the playhead is at a time of the programme, or after it."""
        self.until(lambda: (date := self.date) is not None and date >= moment, f"{moment}", patience_s)

    def until_between(self, first: datetime, last: datetime) -> None:
        """Until a frame of this part of the programme is shown, and the playhead is there."""
        why = f"a time between {first} and {last}"
        self.until(
            lambda: (
                (date := self.date) is not None and first <= date <= last and not self.run("video.seeking")
            ),
            why,
        )

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """All that hls.js said."""
        return list(self.run("seen.errors"))

    @property
    def complaints(self) -> list[Mapping[str, Any]]:
        """What it said that is worse than a stretch without media."""
        return [error for error in self.errors if error["fatal"] or error["details"] not in MILD]

    @property
    def story(self) -> str:
        """For a failing test's message."""
        state = self.run(
            "({ time: video.currentTime, paused: video.paused, ready: video.readyState, date: hls.playingDate,"
            " buffered: Array.from(video.buffered, (_, at) => [video.buffered.start(at), video.buffered.end(at)]) })"
        )
        return f"{state}, errors {self.errors}, last update {self.updates[-1:]}"

    def _watch_network(self) -> None:
        session = self._page.context.new_cdp_session(self._page)
        session.send("Network.enable")
        urls: dict[str, str] = {}

        def sent(event: Mapping[str, Any]) -> None:
            urls[event["requestId"]] = event["request"]["url"]
            self.asked.append(event["request"]["url"])

        def loaded(event: Mapping[str, Any]) -> None:
            size_bytes = round(event["encodedDataLength"])
            self.transfers.append(Transfer(url=urls.get(event["requestId"], ""), size_bytes=size_bytes))

        session.on("Network.requestWillBeSent", sent)
        session.on("Network.loadingFinished", loaded)
