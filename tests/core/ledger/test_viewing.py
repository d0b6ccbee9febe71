"""Parts of a ledger as playlists: whatever the window, each entry keeps its numbers, with holes listed and without."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us
from tests.fakes.channel_ledger import LedgerOf
from tests.fakes.listed import parsed, text_of

from longtake.core.ledger import LedgerHour, Shown, shown_range, window_start_us
from longtake.core.playlist_range import PlaylistRange
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

FOREVER_US = 1 << 62
HOLED = [
    *a_run("03:59:50", 5),
    *a_run("04:00:07", 3),
    *a_run("04:10:00", 4),
    *a_run("05:00:30", 4),
    *a_run("05:00:41", 2, type="suspect"),
    *a_run("05:00:45", 3),
]


def ledger_of(segments: Sequence[Segment]) -> Shown:
    ledger = LedgerOf({"source": segments})
    return ledger.shown(now="06:00:00", start="03:00:00")


SHOWN = ledger_of(HOLED)


def view(start_us: int, end_us: int = FOREVER_US, *, holes: bool, shown: Shown = SHOWN) -> PlaylistRange:
    return shown_range(shown, start_us=start_us, end_us=end_us, holes=holes, grows=True)


def numbered(listed: PlaylistRange) -> dict[str, tuple[int, int]]:
    return {one.uri: (one.sequence, one.discontinuity_sequence) for one in parsed(listed).segments}


def test_it_has_the_numbers_of_the_ledger() -> None:
    listed = numbered(view(us("03:00:00"), holes=False))
    expected = [
        (hour.head.sequence + place, hour.number_at(place))
        for hour in SHOWN.hours
        for place in range(len(hour))
    ]
    assert list(listed.values()) == expected
    assert len(listed) == len(HOLED)


@quick
@given(st.integers(0, 8000), st.integers(0, 8000), st.booleans())
def test_every_window_has_the_same_numbers(first_s: int, length_s: int, holes: bool) -> None:
    whole = numbered(view(us("03:00:00"), holes=holes))
    start_us = us("03:30:00") + first_s * SECOND_US
    part = numbered(view(start_us, start_us + length_s * SECOND_US, holes=holes))
    assert part.items() <= whole.items()
    assert list(part) == [uri for uri in whole if uri in part]


@quick
@given(st.integers(0, 8000))
def test_with_holes_listed_player_time_begins_at_the_start_that_was_asked_for(first_s: int) -> None:
    start_us = us("03:30:00") + first_s * SECOND_US
    read = parsed(view(start_us, holes=True))
    if not read.segments:
        assert start_us >= HOLED[-1].end_us
        return
    first = read.segments[0]
    assert first.program_date_time is not None
    begins_us = round(first.program_date_time.timestamp() * 1e6)
    assert begins_us <= start_us < begins_us + round(first.duration_s * 1e6)
    last = read.segments[-1].program_date_time
    assert last is not None
    passed_us = round(sum(one.duration_s for one in read.segments) * 1e6)
    assert abs(begins_us + passed_us - HOLED[-1].end_us) <= 10_000


def test_the_first_of_all_stands_behind_a_discontinuity() -> None:
    text = text_of(view(us("03:00:00"), holes=False))
    assert text.index("#EXT-X-DISCONTINUITY\n") < text.index("#EXTINF")


def test_an_empty_playlist_stands_behind_the_last_entry() -> None:
    for holes in (False, True):
        last = parsed(view(us("03:00:00"), holes=holes)).segments[-1]
        empty = view(us("05:30:00"), holes=holes)
        assert (empty.sequence, empty.discontinuity_sequence) == (
            last.sequence + 1,
            last.discontinuity_sequence,
        )
        assert text_of(empty).count("#EXTINF") == 0
    nothing = Shown(hours=(), start_us=0, first=0, number_before=None, target_s=0, reach_us=None)
    assert view(0, holes=False, shown=nothing).sequence == 0


def window(segments: Sequence[Segment], window_s: int) -> int | None:
    hours: list[LedgerHour] = list(ledger_of(segments).hours)[::-1]
    return window_start_us(hours, window_us=window_s * SECOND_US)


@pytest.mark.parametrize(
    ("segments", "window_s", "start"),
    [
        (a_run("04:00:00", 30), 20, "04:00:40"),
        (a_run("04:00:00", 30), 1, "04:00:54"),
        ([*a_run("04:00:00", 30), a_segment("04:50:00")], 20, "04:00:56"),
        ([*a_run("03:00:00", 30), a_segment("04:50:00")], 20, "03:00:56"),
        (a_run("04:00:00", 2), 20, "03:59:44"),
    ],
    ids=["a window", "a short one", "over a hole", "over an hour's end", "before all"],
)
def test_a_window_has_three_target_durations(segments: list[Segment], window_s: int, start: str) -> None:
    assert window(segments, window_s) == us(start)


def test_of_nothing_there_is_no_window() -> None:
    assert window_start_us([], window_us=1) is None


def test_a_window_does_not_go_back_when_the_target_duration_rises() -> None:
    ledger = LedgerOf({"source": a_run("04:00:00", 20)})
    starts = [ledger.shown(now="04:01:00", window_s=6).start_us]
    for second in range(40, 90, 5):
        ledger.put(a_segment(us("04:00:00") + second * SECOND_US, 5.0))
        starts.append(ledger.shown(now="04:02:00", window_s=6).start_us)
    assert starts == sorted(starts)
    assert starts[:2] == [us("04:00:34"), us("04:00:34")]
    assert starts[-1] == us("04:01:15")
