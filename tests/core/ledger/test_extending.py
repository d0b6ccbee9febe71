"""How ledgers grow: in whatever portions segments come, numbers are the same, and who holds a playlist sees it go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, us
from tests.fakes.channel_ledger import LedgerOf
from tests.fakes.listed import parsed

from longtake.core.hls.model import MediaPlaylist
from longtake.core.ledger import Shown, encode_entries, encode_head, shown_range
from longtake.core.segments import Segment
from longtake.core.times import SECOND_US

FOREVER_US = 1 << 62
few = settings(max_examples=12, deadline=None)
"""For what takes long: each example lays out several ledgers."""
NOW = "08:00:00"
OLD = "03:00:00"

steps = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 1, 5, 40, 1800]),
        st.sampled_from([1.0, 1.5, 2.0]),
        st.sampled_from(["full", "full", "full", "partial"]),
    ),
    min_size=1,
    max_size=12,
)
Steps = list[tuple[int, float, str]]


def recorded(run: Steps, start: str = "04:58:00") -> list[Segment]:
    at_us, found = us(start), []
    for skip_s, duration_s, kind in run:
        found.append(a_segment(at_us + skip_s * SECOND_US, duration_s, type=kind))
        at_us = found[-1].end_us
    return found


def whole_of(ledger: LedgerOf, quality: str = "source", start: str = "04:00:00") -> Shown:
    return ledger.shown(quality, now=NOW, start=start)


def texts(shown: Shown) -> list[tuple[str, str]]:
    return [(hour.hour, encode_head(hour.head) + encode_entries(hour)) for hour in shown.hours]


def played(shown: Shown, start: str, *, holes: bool = False) -> MediaPlaylist:
    return parsed(shown_range(shown, start_us=us(start), end_us=FOREVER_US, holes=holes, grows=True))


@few
@given(
    st.lists(steps, min_size=1, max_size=3),
    st.lists(st.integers(0, 400), max_size=6),
)
def test_in_whatever_portions_they_come_it_is_the_same_ledger(runs: list[Steps], cuts_s: list[int]) -> None:
    segments = {f"q{index}": recorded(run) for index, run in enumerate(runs)}
    at_once, by_portions = LedgerOf({}), LedgerOf({})
    for quality, mine in segments.items():
        at_once.put(*mine, quality=quality, at=OLD)
    reached_us = 0
    for until_us in [*(us("04:58:00") + cut * SECOND_US for cut in sorted(cuts_s)), FOREVER_US]:
        for quality, mine in segments.items():
            some = [one for one in mine if reached_us <= one.start_us < until_us]
            by_portions.put(*some, quality=quality, at=OLD)
        whole_of(by_portions, next(iter(segments)))
        reached_us = max(reached_us, until_us)
    for quality in segments:
        assert texts(whole_of(by_portions, quality)) == texts(whole_of(at_once, quality))


def test_an_entry_that_is_too_long_is_left_out_and_what_follows_is_torn() -> None:
    ledger = LedgerOf({"source": a_run(count=2)})
    whole_of(ledger)
    ledger.put(a_segment("04:00:04", 7.0), *a_run("04:00:11", 2))
    shown = whole_of(ledger)
    assert shown.target_s == 2
    numbers = [one.discontinuity_sequence for one in played(shown, "04:00:00").segments]
    assert [number - numbers[0] for number in numbers] == [0, 0, 1, 1]


def test_the_target_duration_only_rises_and_is_the_same_for_all() -> None:
    ledger = LedgerOf({"source": a_run(count=2), "low": a_run(count=2)})
    found = []
    for start, duration_s in (("04:00:04", 3.0), ("04:00:07", 1.0), ("04:00:08", 6.0), ("04:00:14", 2.0)):
        ledger.put(a_segment(start, duration_s))
        found.append((whole_of(ledger).target_s, whole_of(ledger, "low").target_s))
    assert found == [(3, 3), (3, 3), (6, 6), (6, 6)]


def test_a_quality_that_joins_later_has_the_number_of_the_others() -> None:
    ledger = LedgerOf({"source": [*a_run(count=3), *a_run("04:00:20", 3)]})
    whole_of(ledger)
    ledger.put(*a_run("04:00:20", 3), quality="low")
    source, low = (played(whole_of(ledger, each), "04:00:20").segments for each in ("source", "low"))
    assert [one.discontinuity_sequence for one in low] == [one.discontinuity_sequence for one in source]


def test_what_comes_later_for_an_hour_before_changes_nothing() -> None:
    ledger = LedgerOf({"source": [*a_run("04:30:00", 3), *a_run("05:00:00", 3)]})
    assert [hour.hour[-2:] for hour in whole_of(ledger).hours] == ["04", "05"]
    before = texts(whole_of(ledger))
    ledger.put(*a_run("04:30:10", 3))
    assert texts(whole_of(ledger)) == before


qualities = st.fixed_dictionaries({"source": steps, "low": st.one_of(st.just([]), steps)})


def ledger_with(earlier: Mapping[str, Sequence[Segment]], later: Mapping[str, Sequence[Segment]]) -> LedgerOf:
    ledger = LedgerOf({})
    for each in (earlier, later):
        for quality, mine in each.items():
            ledger.put(*mine, quality=quality, at=OLD)
    return ledger


@few
@given(qualities, qualities, st.sampled_from(["04:00:00", "04:30:00", "02:10:00"]))
def test_a_ledger_that_reaches_back_keeps_the_view_of_those_who_hold_it(
    earlier: dict[str, Steps], later: dict[str, Steps], back: str
) -> None:
    ledger = ledger_with(
        {quality: recorded(run, "03:50:00") for quality, run in earlier.items()},
        {quality: recorded(run, "06:00:00") for quality, run in later.items()},
    )
    held = {quality: whole_of(ledger, quality, "06:00:00") for quality in ("source", "low")}
    for quality in held:
        whole_of(ledger, quality, back)
    for quality, before in held.items():
        after = whole_of(ledger, quality, back)
        for left, right in zip(after.hours, after.hours[1:], strict=False):
            assert left.end_sequence == right.head.sequence
            assert left.last_number <= right.head.number
        if not before.hours:
            continue
        assert texts(after)[-len(before.hours) :] == texts(before)
        for start in ("06:00:00", "06:00:03", "06:01:00"):
            for holes in (False, True):
                assert played(after, start, holes=holes) == played(before, start, holes=holes)


@few
@given(steps, steps)
def test_what_was_put_before_has_numbers_that_go_up_to_those_there_were(earlier: Steps, later: Steps) -> None:
    ledger = ledger_with({"source": recorded(earlier, "04:10:00")}, {"source": recorded(later, "06:00:00")})
    whole_of(ledger, start="06:00:00")
    shown = whole_of(ledger, start="04:00:00")
    whole = played(shown, "04:00:00", holes=True)
    counted = {one.uri: (one.sequence, one.discontinuity_sequence) for one in whole.segments}
    for start in ("04:20:00", "05:00:00", "05:59:59", "06:00:01"):
        part = played(shown, start, holes=True).segments
        assert {
            one.uri: (one.sequence, one.discontinuity_sequence) for one in part
        }.items() <= counted.items()


def test_where_nothing_is_recorded_an_earlier_start_is_a_hole() -> None:
    ledger = LedgerOf({"source": a_run("06:00:00", 3)})
    whole_of(ledger, start="06:00:00")
    shown = whole_of(ledger, start="04:00:00")
    assert shown.reach_us == us("04:00:00")
    assert [len(hour) for hour in shown.hours] == [0, 3]
    gaps = [one for one in played(shown, "04:00:00", holes=True).segments if one.gap]
    assert round(sum(one.duration_s for one in gaps)) == 7200
