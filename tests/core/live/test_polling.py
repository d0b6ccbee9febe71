"""When to ask again: simulated sources, and numbers that make no sense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.live_playlists import Recording, a_window, dated, follow, offered, publishing, undated

SOURCES = {
    "2 s, up to 300 ms late": publishing(400, 2.0),
    "1 s": publishing(400, 1.0),
    "6 s": publishing(300, 6.0),
    "10 s": publishing(300, 10.0),
    "in time to the millisecond": publishing(400, 2.0, jitter_s=0.0),
    "stated a little too long": publishing(400, 2.0, stated_s=2.002),
    "stated too short by a tenth of a second": publishing(400, 2.0, stated_s=1.9),
    "whole seconds stated where the truth is shorter": publishing(300, 9.6, stated_s=10.0),
    "stated twice as long as they are": publishing(400, 2.0, stated_s=4.0),
    "three at a time": publishing(400, 2.0, at_once=3),
}
LEARNED = 20
"""Segments after which the rhythm is known."""


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_segments_are_found_soon_after_they_appear_and_few_polls_find_nothing(source: object) -> None:
    assert isinstance(source, type(SOURCES["1 s"]))
    followed = follow(source, begin_s=3.37 * source.duration_s, end_s=source.published_s[-1])
    lags = sorted(followed.lags_s[LEARNED:])
    assert (
        followed.segments == len(source.published_s) - 4 or followed.segments >= len(source.published_s) - 6
    )
    assert lags[len(lags) // 2] < 0.12
    assert lags[len(lags) * 95 // 100] < 0.3
    assert followed.polls_per_segment < 3


def test_the_goal() -> None:
    """2 s segments of a source that is up to 300 ms late: median 0.11 s, p95 under 0.25 s, 1.5 polls per segment.

    Each poll costs the recorder as much as a fifth of the segment: a tenth of a second is not worth a second one.
    """
    followed = follow(publishing(1000, 2.0), begin_s=7.3, end_s=2000)
    assert followed.median_s < 0.12
    assert followed.p95_s < 0.25
    assert followed.polls_per_segment < 1.7
    learning = follow(publishing(30, 2.0), begin_s=7.3, end_s=60)
    assert learning.polls_per_segment < 2.2


def test_a_source_that_stalls_and_catches_up_is_followed_again() -> None:
    source = publishing(300, 2.0)
    for number in range(100, 110):
        source.published_s[number] = source.published_s[110]
    followed = follow(source, begin_s=7.3, end_s=600)
    assert followed.median_s < 0.14
    assert max(followed.lags_s) < 2.1
    assert sorted(followed.lags_s[130:])[-20] < 0.3


def test_a_stream_that_stops_is_asked_for_ever_more_rarely() -> None:
    recording, at_s, delays = Recording(), 0.0, []
    while at_s < 600:
        delays.append(recording.poll(dated(0, 2), at_s).next_poll_s)
        at_s += delays[-1]
    assert max(delays) == delays[-1] == 10
    quiet = [delay_s for index, delay_s in enumerate(delays) if sum(delays[:index]) > 4]
    assert min(quiet) >= 1, "half the target duration"
    assert sorted(quiet) == quiet
    assert len(delays) < 90


# target duration, durations of a first playlist -> the delay after it
FIRST = {
    "a quarter of a segment, to learn the rhythm": (6, [6.0, 2.0], 0.5),
    "a very short segment": (6, [0.01], 0.2),
    "an odd target duration and an odd segment": (3000, [2.0, 3000.0], 5),
    "an empty one": (6, [], 0.2),
    "a target duration of nought counts as a second": (0, [0.0], 0.2),
}


@pytest.mark.parametrize(("target_s", "durations", "expected_s"), FIRST.values(), ids=FIRST.keys())
def test_after_the_first_sight(target_s: int, durations: list[float], expected_s: float) -> None:
    window = a_window(*(offered(n, duration_s) for n, duration_s in enumerate(durations)), target_s=target_s)
    assert Recording().poll(window, 0).next_poll_s == pytest.approx(expected_s)


windows = st.tuples(
    st.integers(-3, 4),
    st.integers(0, 6),
    st.sampled_from([0.0, 0.01, 1.0, 2.0, 6.0, 3000.0, 999_999.0]),
    st.sampled_from([0, 1, 2, 6, 3000, 1_000_000]),
    st.floats(-3600, 3600),
)


@quick
@given(st.lists(windows, min_size=1, max_size=30), st.floats(0, 0.999))
def test_polls_neither_storm_nor_sleep_whatever_the_numbers(
    steps: list[tuple[int, int, float, int, float]], jitter: float
) -> None:
    """The clock may jump as well."""
    recording, first, at_s = Recording(jitter=jitter), 12, 10_000.0
    for advance, length, duration_s, target_s, later_s in steps:
        first, at_s = max(0, first + advance), at_s + later_s
        entries = (offered(n, duration_s) for n in range(first, first + length))
        seen = recording.poll(a_window(*entries, target_s=target_s), at_s)
        assert 0.05 <= seen.next_poll_s <= 11
        assert not seen.fetches or seen.next_poll_s >= 0.2


def test_jitter_is_small_when_a_segment_is_due() -> None:
    delays = []
    for jitter in (0.0, 0.999):
        recording = Recording(jitter=jitter)
        recording.poll(undated(0, 2), 0)
        recording.poll(undated(1, 3), 1)
        delays.append(recording.poll(undated(2, 4), 3).next_poll_s)
    assert 0 < delays[1] - delays[0] < 0.02
