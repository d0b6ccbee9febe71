"""The state machine: what is fetched and said, and random sources of which nothing is missed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.live_playlists import URL, ZERO_US, Recording, a_window, dated, offered, undated

from longtake.core.facts import Dating
from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.live import decode_memory, encode_memory, observe
from longtake.core.live.observing import REMEMBERED

STATED, CARRIED, ESTIMATED = Dating.STATED, Dating.CARRIED, Dating.ESTIMATED


def test_only_the_first_sight_brings_a_backlog() -> None:
    recording = Recording()
    assert recording.poll(dated(0, 4)).backlog
    assert not recording.poll(dated(0, 5)).backlog


def test_what_is_listed_is_never_forgotten() -> None:
    recording = Recording()
    day = undated(0, 43_200)
    recording.poll(day, 0)
    recording.fetches.clear()
    recording.poll(day, 2)
    assert recording.fetches == []


def test_a_stream_that_ended_and_began_again_is_new() -> None:
    recording = Recording()
    recording.poll(replace(undated(0, 4), ended=True), 0)
    seen = recording.poll(undated(0, 4), 60)
    assert [fetch.sequence for fetch in seen.fetches] == [0, 1, 2, 3, 4]


def test_numbers_that_start_lower_are_new() -> None:
    recording = Recording()
    recording.poll(dated(1000, 1002), 2010)
    assert [fetch.sequence for fetch in recording.poll(dated(0, 2), 2012).fetches] == [0, 1, 2]


def test_the_end_is_told_with_the_last_segments() -> None:
    recording = Recording()
    assert not recording.poll(dated(0, 1)).ended
    seen = recording.poll(replace(dated(0, 2), ended=True))
    assert seen.ended
    assert recording.numbers == [0, 1, 2]


# seconds of polls that bring nothing new after second 0 -> frozen
FROZEN = {
    "three target durations are not long": (12.0, False),
    "more is": (12.001, True),
}


@pytest.mark.parametrize(("at_s", "frozen"), FROZEN.values(), ids=FROZEN.keys())
def test_a_playlist_that_brings_nothing_new_is_frozen(at_s: float, frozen: bool) -> None:
    playlist = replace(dated(0, 2), target_duration_s=4)
    recording = Recording()
    assert not recording.poll(playlist, 0).frozen
    assert recording.poll(playlist, at_s).frozen == frozen
    assert not recording.poll(replace(dated(0, 3), target_duration_s=4), at_s + 1).frozen


def test_an_empty_playlist_freezes_from_its_first_sight() -> None:
    recording = Recording()
    assert not recording.poll(a_window(), 100).frozen
    assert recording.poll(a_window(), 107).frozen


def test_observing_leaves_the_state_before_as_it_was() -> None:
    before = Recording().poll(dated(0, 2)).state
    copy = dict(before.sightings)
    observe(before, dated(1, 4), now_us=ZERO_US, jitter=0.5)
    assert before.sightings == copy


def test_what_is_remembered_is_bounded() -> None:
    recording = Recording()
    for first in range(0, 10 * REMEMBERED, 500):
        recording.poll(undated(first, first + 499), first)
        assert len(recording.state.sightings) <= 2 * REMEMBERED + 500
        assert len(recording.state.names) <= 2 * REMEMBERED + 500
    assert len(recording.numbers) == 10 * REMEMBERED


def test_a_stream_that_stands_still_is_asked_for_anew_now_and_then() -> None:
    recording = Recording()
    asked = [second for second in range(0, 200, 2) if recording.poll(dated(0, 2), second).ask_anew]
    assert asked == [32, 64, 96, 128, 160, 192]
    assert recording.poll(dated(0, 3), 200).ask_anew is None
    assert recording.poll(dated(0, 3), 210).ask_anew is None


def test_a_stream_that_ended_is_asked_for_anew_ever_more_rarely() -> None:
    recording = Recording(jitter=0.5)
    ended = replace(dated(0, 2), ended=True)
    seen = [recording.poll(ended, second) for second in range(7)]
    assert [one.next_poll_s for one in seen] == [1, 2, 4, 8, 16, 20, 20]
    assert {one.ask_anew for one in seen} == {"the stream has ended"}
    assert recording.numbers == [0, 1, 2]


# --- a random source -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Published:
    """One segment of a simulated source. ``counting`` goes up whenever the source begins to count anew."""

    counting: int
    number: int
    start_s: float
    duration_s: float
    dated: bool
    torn: bool

    @property
    def name(self) -> str:
        return f"{self.counting}-{self.number}"


@dataclass
class Source:
    """Publishes, and shows what it has by edges that lag, with windows that shrink and entries that repeat."""

    published: list[Published] = field(default_factory=list)
    now_s: float = 1000.0
    counting: int = 0
    number: int = 500

    def publish(self, duration_s: float, *, dated: bool, torn: bool = False) -> None:
        self.published.append(
            Published(
                counting=self.counting,
                number=self.number,
                start_s=self.now_s,
                duration_s=duration_s,
                dated=dated,
                torn=torn,
            )
        )
        self.number += 1
        self.now_s += duration_s

    def count_anew(self, number: int) -> None:
        """Whoever does not begin at the beginning takes another number each time, such as the clock's."""
        self.counting += 1
        self.number = number if number < 10 else number * self.counting

    def shown(self, *, lag: int, window: int) -> list[Published]:
        seen = self.published[: max(1, len(self.published) - lag)]
        return [one for one in seen[-window:] if one.counting == seen[-1].counting]

    def playlist(self, shown: list[Published], *, token: str, twice: bool) -> MediaPlaylist:
        entries: list[MediaSegment] = []
        for one in [*shown, *shown[-1:]] if twice else shown:
            entries.append(
                offered(
                    shown[0].number + len(entries),
                    one.duration_s,
                    at_s=one.start_s if one.dated else None,
                    uri=f"{URL}/{one.name}.ts{token}",
                    discontinuity=one.torn
                    and not (entries and entries[-1].uri.startswith(f"{URL}/{one.name}.")),
                )
            )
        return a_window(*entries, target_s=6)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What happens between two polls, and what the poll then sees."""

    publish: int
    duration_s: float
    dated: bool
    torn: bool
    anew: int | None
    lag: int
    window: int
    token: str
    empty: bool
    twice: bool
    late_s: float


steps = st.lists(
    st.builds(
        Step,
        publish=st.integers(0, 3),
        duration_s=st.sampled_from([2.0, 1.999, 2.002, 0.5, 6.0]),
        dated=st.booleans(),
        torn=st.booleans(),
        anew=st.none() | st.none() | st.none() | st.sampled_from([0, 3, 10_000]),
        lag=st.sampled_from([0, 0, 1, 2]),
        window=st.integers(4, 8),
        token=st.sampled_from(["", "?t=a", "?t=b"]),
        empty=st.sampled_from([False, False, False, True]),
        twice=st.booleans(),
        late_s=st.floats(0, 0.5),
    ),
    min_size=1,
    max_size=30,
)


def fetched(recording: Recording) -> list[tuple[str, float]]:
    """Name and start of each fetch, in their order."""
    return [
        (fetch.uri.partition("?")[0].removeprefix(f"{URL}/").removesuffix(".ts"), start_s)
        for fetch, (_, start_s, _) in zip(recording.fetches, recording.times, strict=True)
    ]


def run(recording: Recording, source: Source, step: Step, *, dated: bool | None) -> list[Published]:
    """One step of the source, and the poll after it. Returns what the poll showed."""
    if step.anew is not None:
        source.count_anew(step.anew)
    for number in range(max(step.publish, not source.published)):
        is_dated = step.dated if dated is None else dated
        source.publish(step.duration_s, dated=is_dated, torn=step.torn and number == 0)
    if step.empty:
        recording.poll(a_window(target_s=6), source.now_s + step.late_s)
        return []
    shown = source.shown(lag=step.lag, window=step.window)
    twice = step.twice and not step.torn
    recording.poll(source.playlist(shown, token=step.token, twice=twice), source.now_s + step.late_s)
    return shown


@settings(quick, max_examples=200)
@given(steps, st.sampled_from([True, False, None]))
def test_of_a_random_source_everything_shown_is_fetched_once(steps: list[Step], dated: bool | None) -> None:
    """Whether it is dated, not dated, or now and then; and where a date is stated, it is the segment's.

    Without dates no edge lags over a new beginning: then numbers and names may be of either side.
    """
    recording, source = Recording(), Source()
    seen: set[str] = set()
    for step in steps:
        if not dated and source.counting:
            step = replace(step, lag=0)
        seen |= {one.name for one in run(recording, source, step, dated=dated)}
    assert Counter(name for name, _ in fetched(recording)) == Counter(seen)
    stated = {one.name: one.start_s for one in source.published if one.dated}
    for name, start_s in fetched(recording):
        assert name not in stated or start_s == pytest.approx(stated[name], abs=1e-6)


@settings(quick, max_examples=150)
@given(steps)
def test_of_a_random_source_without_dates_times_grow(steps: list[Step]) -> None:
    """Whatever comes after all that was seen begins later than all that."""
    recording, source = Recording(), Source()
    for step in steps:
        run(recording, source, replace(step, anew=None), dated=False)
    newest, latest_s = -1, 0.0
    for name, start_s in fetched(recording):
        number = int(name.partition("-")[2])
        if number > newest:
            assert start_s > latest_s
            newest = number
        latest_s = max(latest_s, start_s)


@settings(quick, max_examples=150)
@given(steps, st.lists(st.integers(1, 29), max_size=4))
def test_restarts_give_what_is_listed_the_same_times(steps: list[Step], restarts: list[int]) -> None:
    recording, source = Recording(), Source()
    times: dict[str, float] = {}
    for index, step in enumerate(steps):
        if index in restarts:
            recording = Recording(state=decode_memory(encode_memory(recording.state)))
        listed = {segment.uri.partition("?")[0] for segment in recording.state.listed} or set(times)
        run(recording, source, replace(step, anew=None, lag=0, empty=False), dated=False)
        for name, start_s in fetched(recording):
            uri = f"{URL}/{name}.ts"
            if uri in listed or name not in times:
                assert times.setdefault(name, start_s) == start_s
        recording.fetches.clear()


@settings(quick, max_examples=150)
@given(steps, st.integers(0, 29))
def test_two_who_join_at_different_moments_give_a_dated_stream_the_same_names(
    steps: list[Step], joined: int
) -> None:
    first, second, source = Recording(), Recording(), Source()
    for index, step in enumerate(steps):
        shown = run(first, source, step, dated=True)
        if index >= joined and shown:
            second.poll(source.playlist(shown, token="", twice=False), source.now_s + step.late_s)
    names = dict(fetched(first))
    assert all(names[name] == start_s for name, start_s in fetched(second))
    assert {fetch.dating for fetch in second.fetches} <= {STATED}


def test_an_encoder_that_begins_again_under_known_names_costs_little() -> None:
    """The one reason to fetch twice, or to miss: nothing tells the new entries from the old, but that they stay."""
    recording = Recording()
    for second in range(0, 40, 2):
        recording.poll(undated(second // 2, second // 2 + 4), second)
    recording.fetches.clear()
    for second in range(40, 80, 2):
        first = max(0, (second - 40) // 2 - 4)
        recording.poll(undated(first, (second - 40) // 2), second)
    assert recording.numbers == list(range(20))
