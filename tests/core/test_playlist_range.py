"""What a playlist lists: its updates put together with what a client has are the whole, and its ETag is that of its text."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, us
from tests.fakes.channel_ledger import LedgerOf
from tests.fakes.listed import parsed, text_of

from longtake.core.gap_entries import GapRun
from longtake.core.hls.delta import merged
from longtake.core.hour_entries import HourEntries
from longtake.core.ledger import Shown, shown_range
from longtake.core.playlist_range import Insert, PlaylistRange, Stretch
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

FOREVER_US = 1 << 62
BEGIN_US = us("03:58:40")

steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 0, 3, 7, 25]),
        st.sampled_from([2.0, 2.0, 1.5, 3.0]),
        st.sampled_from(["full", "full", "full", "suspect"]),
    ),
    min_size=1,
    max_size=50,
)
Steps = list[tuple[int, float, str]]


def recorded(run: Steps) -> list[Segment]:
    """From before the border of an hour to behind it."""
    at_us, found = BEGIN_US, []
    for skip_s, duration_s, kind in run:
        found.append(a_segment(at_us + skip_s * SECOND_US, duration_s, type=kind))
        at_us = found[-1].end_us
    return found


def snapshots(segments: list[Segment], cut: int) -> tuple[Shown, Shown]:
    """With the segments up to ``cut``, and with all."""
    ledger = LedgerOf({"source": segments[:cut]})
    older = ledger.shown(now="06:00:00", start="03:00:00")
    ledger.put(*segments[cut:])
    return older, ledger.shown(now="06:00:00", start="03:00:00")


def view(
    shown: Shown, start_us: int = 0, end_us: int = FOREVER_US, *, holes: bool, grows: bool = True
) -> PlaylistRange:
    return shown_range(shown, start_us=start_us, end_us=end_us, holes=holes, grows=grows)


@quick
@given(steps, st.integers(1, 50), st.integers(0, 120), st.booleans())
def test_an_update_put_together_with_an_older_version_is_the_whole(
    run: Steps, cut: int, begin_s: int, holes: bool
) -> None:
    older, newer = snapshots(recorded(run), cut)
    known = parsed(view(older, BEGIN_US, holes=holes))
    whole = view(newer, BEGIN_US + begin_s * SECOND_US, holes=holes)
    update = whole.as_update()
    assert update.end_sequence == whole.end_sequence
    has = known.media_sequence + len(known.segments)
    if not update.skipped:
        assert update is whole
    elif known.media_sequence <= whole.sequence and has >= whole.sequence + update.skipped:
        read, expected = merged(known, parsed(update)), parsed(whole)
        assert read.segments == expected.segments
        assert read.media_sequence == expected.media_sequence
        assert read.discontinuity_sequence == expected.discontinuity_sequence


@quick
@given(steps, st.booleans())
def test_an_update_skips_all_but_what_reaches_into_the_last_six_target_durations(
    run: Steps, holes: bool
) -> None:
    whole = view(snapshots(recorded(run), 0)[1], BEGIN_US, holes=holes)
    update = whole.as_update()
    durations_s = [one.duration_s for one in parsed(whole).segments]
    skipped = update.skipped
    assert len(update) + skipped == len(durations_s)
    if skipped:
        assert sum(durations_s[skipped:]) > 6 * whole.target_s - 0.001
        assert update.version == 9
    assert sum(durations_s[skipped + 1 :]) < 6 * whole.target_s + 0.001


def test_a_range_that_is_over_is_never_updated() -> None:
    over = view(snapshots(a_run(count=60), 0)[1], holes=False, grows=False)
    assert over.as_update() is over


def behind_the_last(gaps: int) -> PlaylistRange:
    """Ten entries, then so many GAP entries that no entry follows."""
    entries = snapshots(a_run(count=10), 0)[1].hours[-1].entries
    end_us = int(entries.ends_us[-1])
    run = GapRun(start_us=end_us, end_us=end_us + 2 * gaps * SECOND_US, count=gaps)
    stretch = Stretch(entries=entries, first=0, last=10, inserts=(Insert(place=10, gaps=(run,)),))
    return PlaylistRange(
        stretches=(stretch,), sequence=7, discontinuity_sequence=0, target_s=2, grows=True, with_gaps=True
    )


def test_it_may_end_with_gap_entries_of_which_an_update_skips_some() -> None:
    for gaps in (1, 5, 6, 7, 40):
        whole = behind_the_last(gaps)
        update = whole.as_update()
        assert (len(update), update.skipped) == (6, gaps + 4)
        assert [one.uri for one in parsed(update).segments] == [
            one.uri for one in parsed(whole).segments[update.skipped :]
        ]


def etag(listed: PlaylistRange) -> str:
    return listed.etag(HourEntries.fingerprint)


@quick
@given(
    steps,
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(-20, 240), st.integers(1, 240)), min_size=2, max_size=6),
)
def test_another_text_has_another_etag(run: Steps, cut: int, windows: list[tuple[int, int]]) -> None:
    older, newer = snapshots(recorded(run), cut)
    found: dict[str, str] = {}
    for shown in (older, newer):
        for begin_s, length_s in windows:
            start_us = BEGIN_US + begin_s * SECOND_US
            for holes in (False, True):
                for grows in (False, True):
                    end_us = start_us + length_s * SECOND_US
                    listed = view(shown, start_us, end_us, holes=holes, grows=grows)
                    for each in (listed, listed.as_update()):
                        assert found.setdefault(etag(each), text_of(each)) == text_of(each)


@quick
@given(steps, st.lists(st.integers(-20, 240), min_size=2, max_size=6), st.booleans())
def test_the_same_text_of_the_same_ledger_has_the_same_etag(
    run: Steps, begins_s: list[int], holes: bool
) -> None:
    shown = snapshots(recorded(run), 0)[1]
    found: dict[str, str] = {}
    for begin_s in begins_s:
        listed = view(shown, BEGIN_US + begin_s * SECOND_US, holes=holes)
        assert found.setdefault(text_of(listed), etag(listed)) == etag(listed)


def test_entries_and_their_numbers_follow_each_other_over_the_end_of_an_hour() -> None:
    whole = view(snapshots(a_run("03:59:40", 20), 0)[1], holes=False)
    assert len(whole.stretches) == 2
    update = whole.as_update()
    read = parsed(update).segments
    assert [right.sequence - left.sequence for left, right in pairwise(read)] == [1] * 5
    assert read[-1].sequence + 1 == whole.end_sequence
