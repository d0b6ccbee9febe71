"""What is held back in one quality, and what that means for the others."""

from __future__ import annotations

from tests.builders import a_run, us
from tests.fakes.channel_ledger import LedgerOf

from longtake.core.ledger import Shown

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
