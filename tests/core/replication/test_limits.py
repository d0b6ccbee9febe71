from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick, us

from longtake.core.errors import InvalidTime
from longtake.core.replication.limits import parse_since, since_us
from longtake.core.times import HOUR_US

NOW = us("12:00:00")

# text -> the limit
LIMITS: dict[str, tuple[str, timedelta | int]] = {
    "a bare number is hours": ("36", timedelta(hours=36)),
    "a bare number with a fraction is hours as well": ("1.5", timedelta(minutes=90)),
    "zero hours": ("0", timedelta(0)),
    "a number that could be a year is hours": ("2024", timedelta(hours=2024)),
    "blanks around do no harm": (" 36\n", timedelta(hours=36)),
    "days are a duration": ("14d", timedelta(days=14)),
    "several units are a duration": ("1h30m", timedelta(minutes=90)),
    "units may stand apart": ("2 d 12 h", timedelta(hours=60)),
    "a date is its midnight": ("2024-11-09", us("00:00:00")),
    "a time without a zone is UTC": ("2024-11-09T04:00", us("04:00:00")),
    "a time with a blank for the T": ("2024-11-09 04:00:01.5", us("04:00:01.5")),
    "a time with Z": ("2024-11-09T04:00:00Z", us("04:00:00")),
    "a time with an offset": ("2024-11-09T04:00:00+01:00", us("03:00:00")),
    "a time with an offset backwards": ("2024-11-09T04:00:00-01:00", us("05:00:00")),
}


@pytest.mark.parametrize(("text", "limit"), LIMITS.values(), ids=LIMITS.keys())
def test_a_limit_is_read(text: str, limit: timedelta | int) -> None:
    assert parse_since(text) == limit


WRONG = {
    "nothing": "",
    "a blank": " ",
    "a word": "yesterday",
    "a negative number": "-5",
    "a negative duration": "-14d",
    "a unit alone": "d",
    "a unit that is none": "14y",
    "half a date": "2024-11",
    "a date that is none": "2024-13-01",
    "an hour folder": "2024-11-09T04",
    "a year before all": "1066-10-14",
    "digits of another script": "٣٦",
    "more hours than can be counted": "9" * 30,
    "more digits than an integer may have": "9" * 5000,
    "a duration beyond all": "9" * 400 + "d",
    "an infinite number": "inf",
    "an exponent": "1e3",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(InvalidTime):
        parse_since(text)


@quick
@given(st.one_of(st.text(), st.text(alphabet="0123456789.-:TZdhms ")))
def test_any_text_is_a_limit_or_refused(text: str) -> None:
    try:
        limit = parse_since(text)
    except InvalidTime:
        return
    assert since_us(limit, now_us=NOW) >= 0


# limit -> the moment before which nothing is pulled
MOMENTS: dict[str, tuple[timedelta | int | None, int]] = {
    "no limit": (None, 0),
    "a span goes back from now": (timedelta(hours=2), NOW - 2 * HOUR_US),
    "half a second is kept": (timedelta(seconds=0.5), NOW - 500_000),
    "nothing that is over": (timedelta(0), NOW),
    "a moment is itself": (us("04:00:00"), us("04:00:00")),
    "a span that reaches beyond the epoch is no limit": (timedelta(days=100_000), 0),
    "the longest span that can be told": (parse_since("10000000"), 0),
}


@pytest.mark.parametrize(("limit", "moment_us"), MOMENTS.values(), ids=MOMENTS.keys())
def test_the_moment_of_a_limit(limit: timedelta | int | None, moment_us: int) -> None:
    assert since_us(limit, now_us=NOW) == moment_us
