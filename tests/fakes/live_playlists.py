"""Live playlists as values, and a recorder of nothing but ``observe``: polls on a clock that the test sets."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tests.builders import us

from longtake.core.facts import Dating
from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.live import LivePolicy, LiveState, Observation, PollFailure, SegmentFetch, observe
from longtake.core.times import SECOND_US, from_us

ZERO_US = us("04:00:00")
URL = "https://cdn.example/live"


def offered(
    sequence: int,
    duration_s: float = 2.0,
    at_s: float | None = None,
    uri: str | None = None,
    discontinuity: bool = False,
) -> MediaSegment:
    """A segment of a source; ``at_s`` is its PROGRAM-DATE-TIME in seconds after four o'clock."""
    return MediaSegment(
        uri=uri or f"{URL}/{sequence}.ts",
        duration_s=duration_s,
        sequence=sequence,
        discontinuity=discontinuity,
        program_date_time=None if at_s is None else from_us(ZERO_US + round(at_s * SECOND_US)),
    )


def a_window(*segments: MediaSegment, target_s: int = 2, ended: bool = False) -> MediaPlaylist:
    return MediaPlaylist(
        target_duration_s=target_s,
        segments=segments,
        media_sequence=segments[0].sequence if segments else 0,
        ended=ended,
    )


def dated(first: int, last: int, token: str = "") -> MediaPlaylist:
    """Segments of 2 s whose number is half their second."""
    return a_window(*(offered(n, at_s=2.0 * n, uri=f"{URL}/{n}.ts{token}") for n in range(first, last + 1)))


def undated(first: int, last: int) -> MediaPlaylist:
    return a_window(*(offered(n) for n in range(first, last + 1)))


def called(names: str, first: int = 0, at_s: Sequence[float | None] | None = None) -> MediaPlaylist:
    """Segments of 2 s named by single letters, numbered from ``first``; a bar before one is a discontinuity."""
    letters = names.replace("|", "")
    torn = {names.replace("|", "", place).index("|") for place in range(names.count("|"))}
    times = at_s or [None] * len(letters)
    return a_window(
        *(
            offered(first + index, at_s=times[index], uri=f"{URL}/{name}.ts", discontinuity=index in torn)
            for index, name in enumerate(letters)
        )
    )


@dataclass
class Recording:
    """Polls one after the other, and what came of them."""

    state: LiveState = field(default_factory=LiveState)
    fetches: list[SegmentFetch] = field(default_factory=list)
    jitter: float = 0.0
    policy: LivePolicy = field(default_factory=LivePolicy)

    def poll(self, seen: MediaPlaylist | PollFailure, at_s: float = 0.0) -> Observation:
        now_us = ZERO_US + round(at_s * SECOND_US)
        observation = observe(self.state, seen, now_us=now_us, jitter=self.jitter, policy=self.policy)
        self.state = observation.state
        self.fetches += observation.fetches
        return observation

    @property
    def numbers(self) -> list[int]:
        return [fetch.sequence for fetch in self.fetches]

    @property
    def names(self) -> str:
        """The letters of ``called``, as they were fetched."""
        return "".join(fetch.uri.removeprefix(f"{URL}/").removesuffix(".ts") for fetch in self.fetches)

    @property
    def times(self) -> list[tuple[int, float, Dating]]:
        return [
            (fetch.sequence, (fetch.start_us - ZERO_US) / SECOND_US, fetch.dating) for fetch in self.fetches
        ]


@dataclass(frozen=True, kw_only=True)
class Publishing:
    """A source in simulated time: when each segment appears in its playlist, seconds after four o'clock."""

    duration_s: float
    stated_s: float
    published_s: list[float]
    window: int = 8

    def playlist(self, at_s: float) -> MediaPlaylist:
        last = bisect_right(self.published_s, at_s)
        first = max(0, last - self.window)
        target_s = max(1, round(self.stated_s))
        return a_window(
            *(offered(number, self.stated_s, at_s=number * self.duration_s) for number in range(first, last)),
            target_s=target_s,
        )


def publishing(
    count: int,
    duration_s: float,
    *,
    jitter_s: float = 0.3,
    stated_s: float | None = None,
    at_once: int = 1,
    seed: int = 1,
) -> Publishing:
    """Segments that appear when they are over, up to ``jitter_s`` late, ``at_once`` of them together."""
    random = Random(seed)
    published: list[float] = []
    for number in range(count):
        over_s = (number // at_once + 1) * at_once * duration_s
        late_s = published[-1] - over_s if number % at_once else random.random() * jitter_s
        published.append(max(over_s + late_s, published[-1] if published else 0.0))
    return Publishing(duration_s=duration_s, stated_s=stated_s or duration_s, published_s=published)


@dataclass(frozen=True, kw_only=True)
class Followed:
    """How well a simulated source was followed."""

    lags_s: list[float]
    polls: int
    segments: int

    @property
    def median_s(self) -> float:
        return sorted(self.lags_s)[len(self.lags_s) // 2]

    @property
    def p95_s(self) -> float:
        return sorted(self.lags_s)[len(self.lags_s) * 95 // 100]

    @property
    def polls_per_segment(self) -> float:
        return self.polls / self.segments


def follow(
    source: Publishing, *, begin_s: float, end_s: float, answer_s: float = 0.02, seed: int = 2
) -> Followed:
    """Polls as told from ``begin_s`` on; each answer is ``answer_s`` on its way there and back. Lags are until the fetch."""
    random, recording = Random(seed), Recording()
    at_s, polls = begin_s, 0
    lags: list[float] = []
    while at_s < end_s:
        polls += 1
        playlist = source.playlist(at_s + answer_s / 2)
        at_s += answer_s
        recording.jitter = random.random()
        seen = recording.poll(playlist, at_s)
        if not seen.backlog:
            lags += [at_s - source.published_s[fetch.sequence] for fetch in seen.fetches]
        at_s += seen.next_poll_s
    return Followed(lags_s=lags, polls=polls, segments=len(lags))
