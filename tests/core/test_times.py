from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.errors import InvalidInput, InvalidTime
from longtake.core.times import (
    HOUR_US,
    SECOND_US,
    format_duration,
    format_size,
    format_time,
    format_us,
    from_us,
    hour_name,
    hour_start_us,
    parse_duration,
    parse_size,
    parse_time,
    parse_utc_time,
    to_us,
)

moments = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001
    datetime(9998, 12, 31, 23, 59, 59, 999999),  # noqa: DTZ001
    timezones=st.just(UTC),
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
texts = st.text(max_size=30) | st.text("0123456789-:.,TtZz+ smhdwkKiMGB", max_size=30)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


TIMES = {
    "no zone is UTC": ("2026-11-24T04:16:03", at(2026, 11, 24, 4, 16, 3)),
    "Z is UTC": ("2026-11-24T04:16:03Z", at(2026, 11, 24, 4, 16, 3)),
    "a small z is UTC": ("2026-11-24T04:16:03z", at(2026, 11, 24, 4, 16, 3)),
    "a space instead of T": ("2026-11-24 04:16:03", at(2026, 11, 24, 4, 16, 3)),
    "spaces around": ("  2026-11-24T04:16:03Z\n", at(2026, 11, 24, 4, 16, 3)),
    "a space before the zone": ("2026-11-24 04:16:03 +01:00", at(2026, 11, 24, 3, 16, 3)),
    "no seconds": ("2026-11-24T04:16", at(2026, 11, 24, 4, 16)),
    "a date is its midnight": ("2026-11-24", at(2026, 11, 24)),
    "an offset with a colon": ("2026-11-24T04:16:03+05:30", at(2026, 11, 23, 22, 46, 3)),
    "an offset without a colon": ("2026-11-24T04:16:03-0330", at(2026, 11, 24, 7, 46, 3)),
    "an offset of hours": ("2026-11-24T04:16:03-03", at(2026, 11, 24, 7, 16, 3)),
    "a date with an offset": ("2026-11-24+01:00", at(2026, 11, 23, 23)),
    "one digit of fraction": ("2026-11-24T04:16:03.5Z", at(2026, 11, 24, 4, 16, 3, 500000)),
    "six digits of fraction": ("2026-11-24T04:16:03.000001Z", at(2026, 11, 24, 4, 16, 3, 1)),
    "nine digits are cut off": ("2026-11-24T04:16:03.123456999Z", at(2026, 11, 24, 4, 16, 3, 123456)),
    "a comma before the fraction": ("2026-11-24T04:16:03,25", at(2026, 11, 24, 4, 16, 3, 250000)),
    "a fraction without seconds": ("2026-11-24T04:16.5", at(2026, 11, 24, 4, 16, 0, 500000)),
    "a leap day": ("2024-02-29T00:00:00", at(2024, 2, 29)),
    "the first year": ("1970-01-01T00:00:00Z", at(1970, 1, 1)),
    "the last second": ("9998-12-31T23:59:59.999999Z", at(9998, 12, 31, 23, 59, 59, 999999)),
    "an offset that leads into the last year": ("9999-01-01T00:30:00+01:00", at(9998, 12, 31, 23, 30)),
}


@pytest.mark.parametrize(("text", "moment"), TIMES.values(), ids=TIMES.keys())
def test_times_are_read(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment
    assert parse_time(text).tzinfo is UTC


NO_TIMES = {
    "nothing": "",
    "a word": "now",
    "a bus time": "04:16:03",
    "seconds since the epoch": "1700000000",
    "the basic form": "20261124T041603Z",
    "a week": "2026-W48-2",
    "an ordinal day": "2026-328",
    "a single digit": "2026-1-4T04:16:03",
    "a dash between date and clock": "2026-11-24-04:16:03",
    "an hour alone": "2026-11-24T04",
    "an empty fraction": "2026-11-24T04:16:03.",
    "ten digits of fraction": "2026-11-24T04:16:03.1234567890",
    "digits of another script": "२०२६-११-२४T14:16:03",
    "the 24th hour": "2026-11-24T24:00:01",
    "a leap second": "2016-12-31T23:59:60Z",
    "a month that is none": "2026-13-24",
    "a day that is none": "2023-02-29",
    "an offset of days": "2026-11-24T04:16:03+99:00",
    "a zone by name": "2026-11-24T04:16:03 UTC",
    "before the first year": "1969-12-31T23:59:59Z",
    "before the first year by its offset": "1970-01-01T00:00:00+00:01",
    "after the last year": "9999-01-01T00:00:00Z",
    "year nought": "0000-01-01",
    "before any year by its offset": "0001-01-01T00:00:00+14:00",
    "after any year by its offset": "9999-12-31T23:59:59-14:00",
}


@pytest.mark.parametrize("text", NO_TIMES.values(), ids=NO_TIMES.keys())
def test_what_is_no_time_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(InvalidTime) as caught:
        parse_time(text)
    assert repr(text) in str(caught.value)
    with pytest.raises(InvalidTime):
        parse_utc_time(text)


def test_a_message_does_not_repeat_a_long_text() -> None:
    with pytest.raises(InvalidTime) as caught:
        parse_time("x" * 10_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("zone", ["", "Z", "z"])
def test_times_in_urls_are_utc(zone: str) -> None:
    assert parse_utc_time(f"2026-11-24T04:16:03.5{zone}") == at(2026, 11, 24, 4, 16, 3, 500000)


@pytest.mark.parametrize("zone", ["+00:00", "-01:00", "+0530", "-03"])
def test_times_in_urls_have_no_offset(zone: str) -> None:
    with pytest.raises(InvalidTime, match="times in URLs are UTC"):
        parse_utc_time(f"2026-11-24T04:16:03{zone}")


def test_a_plus_that_became_a_space_is_refused() -> None:
    with pytest.raises(InvalidTime):
        parse_utc_time("2026-11-24T04:16:03 05:30")


DIGITS = {0: "2026-11-24T04:16:03Z", 3: "2026-11-24T04:16:03.999Z", 6: "2026-11-24T04:16:03.999999Z"}


@pytest.mark.parametrize(("digits", "text"), DIGITS.items(), ids=str)
def test_fractions_are_cut_off_and_not_rounded(digits: int, text: str) -> None:
    moment = at(2026, 11, 24, 4, 16, 3, 999999)
    assert format_time(moment, digits=digits) == text
    assert format_us(to_us(moment), digits=digits) == text


def test_six_digits_are_the_rule() -> None:
    assert (
        format_time(at(2026, 11, 24)) == format_us(to_us(at(2026, 11, 24))) == "2026-11-24T00:00:00.000000Z"
    )


def test_another_offset_is_written_as_utc() -> None:
    moment = datetime(2026, 11, 24, 1, tzinfo=timezone(timedelta(hours=2)))
    assert format_time(moment, digits=0) == "2026-11-23T23:00:00Z"


@quick
@given(moments, offsets)
def test_times_come_back(moment: datetime, offset: timezone) -> None:
    assert parse_time(format_time(moment)) == moment
    assert parse_utc_time(format_time(moment)) == moment
    assert format_us(to_us(moment)) == format_time(moment)
    if 1970 < moment.year < 9998:
        assert parse_time(moment.astimezone(offset).isoformat()) == moment


@quick
@given(texts)
@example("9" * 400)
@example("9" * 5000)
@example("9999-12-31T23:59:59-23:59")
@example("1" * 400 + "w")
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_time, parse_utc_time, parse_duration, hour_start_us):
        with suppress(InvalidTime):
            parse(text)
    with suppress(InvalidInput):
        assert parse_size(text) >= 0


def test_microseconds_since_the_epoch() -> None:
    assert to_us(at(1970, 1, 1)) == 0
    assert to_us(at(2024, 11, 9, 23, 59, 50, 123000)) == 1_731_196_790_123_000
    assert from_us(1_731_196_790_123_000) == at(2024, 11, 9, 23, 59, 50, 123000)
    assert from_us(0).tzinfo is UTC


def test_a_moment_without_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        to_us(datetime(2024, 1, 1))  # noqa: DTZ001


@quick
@given(moments)
def test_microseconds_are_exact(moment: datetime) -> None:
    assert from_us(to_us(moment)) == moment


HOURS = {
    "the first": ("1970-01-01T00", 0),
    "the worked one": ("2024-11-09T23", 1_731_193_200 * SECOND_US),
    "the last": ("9998-12-31T23", to_us(at(9998, 12, 31, 23))),
}


@pytest.mark.parametrize(("name", "start_us"), HOURS.values(), ids=HOURS.keys())
def test_hours_both_ways(name: str, start_us: int) -> None:
    assert hour_start_us(name) == start_us
    assert hour_name(start_us) == hour_name(start_us + HOUR_US - 1) == name
    assert hour_name(start_us + HOUR_US) != name


NO_HOURS = {
    "nothing": "",
    "hidden": ".2024-11-09T23",
    "with minutes": "2024-11-09T23:00",
    "another separator": "2024-11-09 23",
    "the 24th": "2024-11-09T24",
    "no day of the year": "2023-02-29T00",
    "a line break after it": "2024-11-09T23\n",
    "digits of another script": "٢٠٢٤-11-09T23",
    "before the epoch": "1969-12-31T23",
    "a year that is beyond arithmetic": "9999-12-31T23",
    "year nought": "0000-01-01T00",
}


@pytest.mark.parametrize("name", NO_HOURS.values(), ids=NO_HOURS.keys())
def test_what_is_no_hour_is_refused(name: str) -> None:
    with pytest.raises(InvalidTime):
        hour_start_us(name)


def test_arithmetic_on_the_last_hour_does_not_overflow() -> None:
    assert from_us(hour_start_us("9998-12-31T23") + 48 * HOUR_US).year == 9999


@quick
@given(moments, moments)
def test_hours_sort_as_text(left: datetime, right: datetime) -> None:
    hours = hour_name(to_us(left)), hour_name(to_us(right))
    assert (hours[0] < hours[1]) == (hour_start_us(hours[0]) < hour_start_us(hours[1]))
    assert 0 <= to_us(left) - hour_start_us(hours[0]) < HOUR_US


BOTH_WAYS = {
    "nothing": ("0s", timedelta()),
    "seconds": ("59s", timedelta(seconds=59)),
    "minutes": ("1m30s", timedelta(seconds=90)),
    "hours": ("1h30m", timedelta(hours=1.5)),
    "days": ("2d", timedelta(days=2)),
    "all units": ("3d4h5m6.5s", timedelta(days=3, hours=4, minutes=5, seconds=6.5)),
    "a microsecond": ("0.000001s", timedelta(microseconds=1)),
    "milliseconds": ("0.25s", timedelta(milliseconds=250)),
    "ten seconds": ("10s", timedelta(seconds=10)),
}


@pytest.mark.parametrize(("text", "span"), BOTH_WAYS.values(), ids=BOTH_WAYS.keys())
def test_durations_both_ways(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span
    assert format_duration(span) == text


ONLY_READ = {
    "a bare number is seconds": ("90", timedelta(seconds=90)),
    "a bare fraction is seconds": ("1.5", timedelta(seconds=1.5)),
    "milliseconds": ("250ms", timedelta(milliseconds=250)),
    "milliseconds are no minutes": ("1m1ms", timedelta(minutes=1, milliseconds=1)),
    "weeks": ("1w", timedelta(days=7)),
    "a fraction of an hour": ("1.5h", timedelta(minutes=90)),
    "spaces": (" 1h 30m ", timedelta(minutes=90)),
}


@pytest.mark.parametrize(("text", "span"), ONLY_READ.values(), ids=ONLY_READ.keys())
def test_other_forms_of_durations_are_read(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "s", "-5s", "5 parsecs", "1e3", "1h!", "1H", "inf", "nan", "5.", ".5s", "٣s", "1000000001"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidTime):
        parse_duration(text)


@quick
@given(st.integers(0, 10**15))
def test_durations_come_back(span_us: int) -> None:
    span = timedelta(microseconds=span_us)
    assert parse_duration(format_duration(span)) == span


SIZES = {
    "bytes": ("1024", 1024),
    "bytes with their unit": ("17B", 17),
    "decimal": ("500 MB", 500_000_000),
    "decimal without B": ("2k", 2000),
    "binary": ("2GiB", 2 << 30),
    "binary without B": ("3Ti", 3 << 40),
    "a fraction": ("1.5KiB", 1536),
    "any case": ("1gib", 1 << 30),
    "spaces around": (" 1 MiB ", 1 << 20),
}


@pytest.mark.parametrize(("text", "size"), SIZES.values(), ids=SIZES.keys())
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "GB", "-1", "1e9", "2 XB", "1iB", "1,5MB", "inf", "nan", "9999999TiB", "9" * 400]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_size(text)


SHOWN_SIZES = {
    0: "0 B",
    9: "9 B",
    1023: "1023 B",
    1024: "1.0 KiB",
    1536: "1.5 KiB",
    10 << 10: "10 KiB",
    734 << 20: "734 MiB",
    5 << 30: "5.0 GiB",
    3 << 40: "3.0 TiB",
    5000 << 40: "5000.0 TiB",
}


@pytest.mark.parametrize(("size", "text"), SHOWN_SIZES.items(), ids=str)
def test_sizes_are_shown(size: int, text: str) -> None:
    assert format_size(size) == text


@quick
@given(st.integers(0, 2**60))
def test_a_shown_size_is_right_to_a_twentieth(size: int) -> None:
    text = format_size(size)
    assert parse_size(text) == pytest.approx(size, rel=0.05)
    assert re.fullmatch(r"\d[\d.]* \w+", text)
