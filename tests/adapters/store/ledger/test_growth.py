"""What is held back in one quality, and what that means for the others."""

from __future__ import annotations

import pytest
from tests.builders import a_run, a_segment, us
from tests.fakes.channel_ledger import LedgerOf
from tests.fakes.listed import parsed

from longtake.core.hls.model import MediaSegment
from longtake.core.ledger import Shown, shown_range
from longtake.core.segments import Segment

RUN = a_run("04:00:00", 20)


def until_us(shown: Shown) -> int:
    return shown.hours[-1].end_us


def numbers(shown: Shown) -> dict[int, int]:
    return {
        int(start_us): hour.number_at(place)
        for hour in shown.hours
        for place, start_us in enumerate(hour.entries.starts_us)
    }


def test_pictures_wait_with_their_sound_for_a_hole_in_it_and_both_pass_it_with_equal_numbers() -> None:
    ledger = LedgerOf({})
    for quality in ("source", "source.audio", "small"):
        ledger.put(*RUN[:5], quality=quality, at="04:00:10")
    ledger.shown("source", now="04:00:13", start="04:00:00")
    ledger.put(*RUN[7:9], quality="source.audio", at="04:00:18")
    for quality in ("source", "small"):
        ledger.put(*RUN[5:9], quality=quality, at="04:00:18")
    ends = {
        quality: until_us(ledger.shown(quality, now="04:00:19", start="04:00:00"))
        for quality in ("source", "source.audio", "small")
    }
    assert ends == {
        "source": us("04:00:10"),
        "source.audio": us("04:00:10"),
        "small": us("04:00:18"),
    }
    shown = {
        quality: ledger.shown(quality, now="04:00:28", start="04:00:00")
        for quality in ("source", "source.audio")
    }
    assert until_us(shown["source"]) == until_us(shown["source.audio"]) == us("04:00:18")
    pictures, sound = numbers(shown["source"]), numbers(shown["source.audio"])
    assert len(set(pictures.values())) == 2
    assert sound.items() <= pictures.items()


def test_sound_that_has_stopped_holds_up_nothing() -> None:
    ledger = LedgerOf({"source": RUN, "source.audio": RUN[:5]})
    assert until_us(ledger.shown("source", now="04:01:00", start="04:00:00")) == RUN[-1].end_us


NOW = "08:00:00"


def told(shown: Shown, start: str, *, holes: bool = False) -> list[MediaSegment]:
    listed = shown_range(shown, start_us=us(start), end_us=1 << 62, holes=holes, grows=True)
    return list(parsed(listed).segments)


def name_of(entry: MediaSegment) -> str:
    return entry.uri.rpartition("/")[2].replace("%3A", ":")


def test_an_hour_that_comes_again_after_a_clock_set_back_is_another_hour_of_the_ledger() -> None:
    ledger = LedgerOf({"source": [*a_run("04:00:00", 3), a_segment("06:00:00")]})
    before = told(ledger.shown(now="06:00:30", start="04:00:00"), "04:00:00")
    ledger.put(*a_run("04:00:06", 2))
    shown = ledger.shown(now="04:00:10", start="03:00:00")
    assert [hour.hour[-2:] for hour in shown.hours if len(hour)] == ["04", "06", "04"]
    after = told(shown, "03:00:00")
    assert after[: len(before)] == before
    assert [entry.sequence - after[0].sequence for entry in after] == list(range(6))


def test_what_is_far_too_long_is_left_out_and_what_follows_is_torn() -> None:
    ledger = LedgerOf({"source": a_run("04:00:00", 5)})
    first = told(ledger.shown(now=NOW, start="04:00:00"), "04:00:00")
    ledger.put(a_segment("04:00:10", 6.5), *a_run("04:00:16.5", 2))
    entries = told(ledger.shown(now=NOW, start="04:00:00"), "04:00:00")
    assert [name_of(entry) for entry in entries[5:]] == [one.name for one in a_run("04:00:16.5", 2)]
    assert entries[5].discontinuity
    assert entries[:5] == first
    assert ledger.shown(now=NOW).target_s == 2


EARLIER = [*a_run("02:59:50", 3), *a_run("03:30:00", 4), *a_run("03:59:52", 3)]


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize(
    "earlier",
    [EARLIER, EARLIER[:3], [], [*EARLIER, a_segment("03:59:58", 3.0)]],
    ids=["up to it", "long before", "nothing", "over its beginning"],
)
def test_who_holds_a_playlist_does_not_see_that_the_ledger_reaches_back(
    earlier: list[Segment], holes: bool
) -> None:
    ledger = LedgerOf({"source": [*a_run("04:00:04", 5), *a_run("04:00:30", 3)]})
    starts = ("04:00:00", "04:00:05", "04:00:20")
    held = [told(ledger.shown(now=NOW, start=start), start, holes=holes) for start in starts]
    ledger.put(*earlier)
    reached = told(ledger.shown(now=NOW, start="02:30:00"), "02:00:00", holes=holes)
    for start, before in zip(starts, held, strict=True):
        assert told(ledger.shown(now=NOW, start=start), start, holes=holes) == before
    early = [one.name for one in earlier if one.end_us <= us("04:00:00")]
    late = [one.name for one in [*a_run("04:00:04", 5), *a_run("04:00:30", 3)]]
    assert [name_of(entry) for entry in reached if not entry.gap] == [*early, *late]
    assert [entry.sequence - reached[0].sequence for entry in reached] == list(range(len(reached)))


def test_a_process_that_begins_anew_goes_on() -> None:
    ledger = LedgerOf({"source": [one for hour in range(4, 9) for one in a_run(f"{hour:02}:00:00", 3)]})
    before = told(ledger.shown(now="09:00:00", start="04:00:00"), "04:00:00")
    again = LedgerOf({})
    again.store.disk = ledger.store.disk
    again.put(*a_run("08:00:06", 2))
    after = told(again.shown(now="09:00:00", start="04:00:00"), "04:00:00")
    assert after[: len(before)] == before
    assert len(after) == len(before) + 2


def test_what_the_disk_does_not_take_is_shown_all_the_same_and_written_later() -> None:
    ledger = LedgerOf({"source": a_run("04:00:00", 3)})
    folder = ledger.store.disk.ledgers["demo", "source"]
    folder.trouble = OSError("no room")
    for start in ("04:00:00", "03:00:00", "01:00:00", "00:00:00", "03:30:00"):
        shown = ledger.shown(now=NOW, start=start)
        assert [name_of(entry) for entry in told(shown, start)] == [one.name for one in a_run("04:00:00", 3)]
    assert shown.reach_us == us("00:00:00")
    ledger.put(*a_run("04:00:06", 2))
    before = told(ledger.shown(now=NOW, start="00:00:00"), "00:00:00")
    assert (len(before), folder.files) == (5, {})
    folder.trouble = None
    assert told(ledger.shown(now=NOW, start="00:00:00"), "00:00:00") == before
    again = LedgerOf({})
    again.store.disk = ledger.store.disk
    shown = again.shown(now=NOW, start="00:00:00")
    assert told(shown, "00:00:00") == before
    assert shown.reach_us == us("00:00:00")


def test_who_asks_from_before_what_is_kept_sees_no_known_entry_change_when_hours_go() -> None:
    ledger = LedgerOf({"source": []})
    before: list[MediaSegment] = []
    for hour in range(1, 8):
        ledger.put(*a_run(f"{hour:02}:00:00", 3))
        if hour > 3:
            del ledger.store.disk.hours["demo", "source"][f"2024-11-09T{hour - 3:02}"]
        shown = told(ledger.shown(now=f"{hour:02}:30:00", start="00:00:00"), "00:00:00")
        assert {entry.uri.split("/")[-2][-2:] for entry in shown} <= {f"{hour - at:02}" for at in range(3)}
        known = [entry for entry in before if entry in shown]
        assert shown[: len(known)] == known
        if before:
            assert known == before[len(before) - len(known) :]
            assert len(known) >= 6 or hour <= 3
        before = shown


def test_a_start_long_before_all_that_is_recorded_makes_no_numbers_of_long_ago() -> None:
    ledger = LedgerOf({"source": a_run("04:00:00", 3)})
    first = told(ledger.shown(now=NOW, start="1970-01-01T00:00:00"), "1970-01-01T00:00:00")[0]
    assert first.sequence > 1_700_000_000
    assert first.discontinuity_sequence > 28_000_000


def test_a_quality_of_which_nothing_is_recorded_spoils_no_numbers() -> None:
    alone = LedgerOf({"source": a_run("04:00:00", 3)})
    beside = LedgerOf({"source": a_run("04:00:00", 3)})
    beside.store.disk.hours["demo", "late"] = {}
    for start in ("04:00:00", "02:00:00", "00:00:00"):
        expected = told(alone.shown(now=NOW, start=start), start)
        assert told(beside.shown(now=NOW, start=start), start) == expected
    for each in (alone, beside):
        each.put(*a_run("04:00:06", 2))
    beside.put(*a_run("04:00:06", 2), quality="late")
    late = told(beside.shown("late", now=NOW, start="00:00:00"), "00:00:00")
    source = told(beside.shown(now=NOW, start="00:00:00"), "00:00:00")
    assert source == told(alone.shown(now=NOW, start="00:00:00"), "00:00:00")
    assert late[-1].discontinuity_sequence == source[-1].discontinuity_sequence
