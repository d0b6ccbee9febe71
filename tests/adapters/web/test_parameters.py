from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.requests import Request

from longtake.adapters.web.parameters import (
    check_order,
    flag,
    has_tag,
    optional_duration,
    optional_time_us,
    optional_whole,
    path_part,
)
from longtake.core.errors import InvalidInput, InvalidName, InvalidTime


def request(query: str = "", **path: str) -> Request:
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
        | {"path_params": path}
    )


def time_us(asked: Request) -> int | None:
    return optional_time_us(asked, "x")


def duration(asked: Request) -> timedelta | None:
    return optional_duration(asked, "x")


def said(asked: Request) -> bool:
    return flag(asked, "x")


GOOD: dict[str, tuple[Callable[[Request], object], str, object]] = {
    "no time": (time_us, "", None),
    "a time without a zone": (time_us, "x=1970-01-01T00:00:01.5", 1_500_000),
    "a time in UTC": (time_us, "x=1970-01-01T00:00:01Z", 1_000_000),
    "no duration": (duration, "y=1", None),
    "a number of seconds": (duration, "x=1.5", timedelta(seconds=1.5)),
    "a duration with its unit": (duration, "x=2m", timedelta(minutes=2)),
    "no flag": (said, "", False),
    "a true flag": (said, "x=TRUE", True),
    "a false flag": (said, "x=False", False),
}


@pytest.mark.parametrize(("read", "query", "value"), GOOD.values(), ids=GOOD.keys())
def test_good_values_are_read(read: Callable[[Request], object], query: str, value: object) -> None:
    assert read(request(query)) == value


BAD: dict[str, tuple[Callable[[Request], object], str]] = {
    "an empty time": (time_us, "x="),
    "a word for a time": (time_us, "x=now"),
    "a time with an offset": (time_us, "x=1970-01-01T00:00:01%2B01:00"),
    "a word for a duration": (duration, "x=long"),
    "an empty flag": (said, "x="),
    "a number for a flag": (said, "x=1"),
}


@pytest.mark.parametrize(("read", "query"), BAD.values(), ids=BAD.keys())
def test_bad_values_are_refused_by_name(read: Callable[[Request], object], query: str) -> None:
    with pytest.raises(InvalidInput, match=r"^x"):
        read(request(query))


def test_a_part_of_a_path_can_be_a_folder() -> None:
    assert path_part(request(channel="ä b"), "channel") == "ä b"
    for bad in ("", ".x", "a/b", "a\0"):
        with pytest.raises(InvalidName):
            path_part(request(channel=bad), "channel")


def test_ranges_end_after_they_start() -> None:
    check_order(1, 2)
    check_order(None, 0)
    check_order(5, None)
    for start_us, end_us in ((1, 1), (2, 1)):
        with pytest.raises(InvalidTime):
            check_order(start_us, end_us)


NUMBERS = {
    "none": ("", None),
    "the least": ("x=16", 16),
    "the most": ("x=4096", 4096),
    "zeros before it": ("x=0016", 16),
}


@pytest.mark.parametrize(("query", "number"), NUMBERS.values(), ids=NUMBERS.keys())
def test_whole_numbers(query: str, number: int | None) -> None:
    assert optional_whole(request(query), "x", least=16, most=4096) == number


@pytest.mark.parametrize("text", ["", "15", "4097", "-16", "1.5", "1e2", "%C2%B2", "9" * 5000])
def test_what_is_no_whole_number_within_bounds_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^x=.* is no whole number from 16 to 4096"):
        optional_whole(request(f"x={text}"), "x", least=16, most=4096)


TAGS = {
    "the tag": ('"a"', True),
    "the tag among others": ('"b", W/"a"', True),
    "any tag": ("*", True),
    "the tag, without blanks": ('"b","a"', True),
    "the tag behind one with a comma": ('"b,c", "a"', True),
    "the tag in the second of two headers": ('"b"\n"a"', True),
    "any tag, with blanks": (" * ", True),
    "another tag": ('"b"', False),
    "one with the tag in it": ('"b,"a"c"', False),
    "the tag without quotes": ("a", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("header", "has"), TAGS.values(), ids=TAGS.keys())
def test_who_has_the_tag(header: str, has: bool) -> None:
    headers = [(b"if-none-match", line.encode()) for line in header.splitlines()]
    assert has_tag(Request({"type": "http", "headers": headers}), '"a"') == has
