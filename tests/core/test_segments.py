"""Segment names, both ways; the worked examples are those of the older nodes' format."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import digest_of, quick, us

from longtake.core.errors import InvalidName, InvalidTime
from longtake.core.segments import (
    Segment,
    SegmentType,
    duration_text,
    name_prefix,
    named_segment,
    parse_segment_name,
)
from longtake.core.times import SECOND_US, hour_start_us

HOUR = "2024-11-09T23"
HASH = "4elFt9hWV03wAPLdeoPeJTjT1pVagkgXypXW7SJrFMQ"
DIGEST = bytes.fromhex("e1e945b7d856574df000f2dd7a83de2538d3d6955a824817ca95d6ed226b14c4")

starts_us = st.integers(0, us("9998-12-31T23:59:59.999999Z"))
durations_s = st.floats(0, 86_400) | st.integers(0, 10**10).map(lambda us: us / SECOND_US)
digests = st.binary(min_size=32, max_size=32)
kept_types = st.sampled_from([SegmentType.FULL, SegmentType.SUSPECT, SegmentType.PARTIAL])


def parsed(name: str, hour: str = HOUR) -> Segment:
    return parse_segment_name(hour, name)


def test_the_worked_path() -> None:
    segment = named_segment(
        start_us=us("2024-11-09T23:59:50.123"), duration_s=2.0, type=SegmentType.FULL, digest=DIGEST
    )
    assert segment.path == f"2024-11-09T23/59:50.123000-2.0-full-{HASH}.ts"
    assert segment == parsed(f"59:50.123000-2.0-full-{HASH}.ts")
    assert segment.start == datetime(2024, 11, 9, 23, 59, 50, 123000, UTC)
    assert segment.end == datetime(2024, 11, 9, 23, 59, 52, 123000, UTC)
    assert segment.digest == DIGEST


# (name without hash and extension) -> start within the hour in µs, duration in µs, type. Written forms come first.
BOTH_WAYS = {
    "the start of an hour": ("00:00.000000-2.0-full", 0, 2_000_000, "full"),
    "the end of an hour": ("59:59.999999-2.0-full", 3_599_999_999, 2_000_000, "full"),
    "a suspect": ("04:05.500000-1.999-suspect", 245_500_000, 1_999_000, "suspect"),
    "a partial": ("04:05.000001-0.5-partial", 245_000_001, 500_000, "partial"),
    "no duration": ("00:00.000000-0.0-suspect", 0, 0, "suspect"),
    "a microsecond, without exponent": ("00:00.000000-0.000001-full", 0, 1, "full"),
    "ten microseconds, which older nodes write as 1e-05": ("00:00.000000-0.00001-full", 0, 10, "full"),
    "a day": ("00:00.000000-86400.0-full", 0, 86_400_000_000, "full"),
}


@pytest.mark.parametrize(
    ("name", "offset_us", "duration_us", "type"), BOTH_WAYS.values(), ids=BOTH_WAYS.keys()
)
def test_names_both_ways(name: str, offset_us: int, duration_us: int, type: str) -> None:
    start_us = hour_start_us(HOUR) + offset_us
    written = named_segment(
        start_us=start_us, duration_s=duration_us / SECOND_US, type=SegmentType(type), digest=DIGEST
    )
    assert written.name == f"{name}-{HASH}.ts"
    assert written.hour == HOUR
    assert written == parsed(written.name)
    assert (written.start_us, written.duration_us, written.type) == (start_us, duration_us, type)
    assert written.end_us == start_us + duration_us
    assert written.name.startswith(name_prefix(start_us=start_us, duration_s=duration_us / SECOND_US) + "-")


ONLY_READ = {
    "no fraction": ("59:50-2.0-full", 3_590_000_000, 2_000_000),
    "an empty fraction": ("59:50.-2.0-full", 3_590_000_000, 2_000_000),
    "one digit": ("59:50.1-2.0-full", 3_590_100_000, 2_000_000),
    "three digits": ("59:50.123-2.0-full", 3_590_123_000, 2_000_000),
    "five digits": ("59:50.00001-2.0-full", 3_590_000_010, 2_000_000),
    "a duration without decimals": ("59:50-2-full", 3_590_000_000, 2_000_000),
    "a duration with more decimals": ("59:50-2.000-full", 3_590_000_000, 2_000_000),
    "a duration that ends in a point": ("59:50-2.-full", 3_590_000_000, 2_000_000),
    "a duration that begins with a point": ("59:50-.5-full", 3_590_000_000, 500_000),
    "a duration of more than microseconds": ("59:50-1.9999996-full", 3_590_000_000, 2_000_000),
}


@pytest.mark.parametrize(("name", "offset_us", "duration_us"), ONLY_READ.values(), ids=ONLY_READ.keys())
def test_other_forms_are_read_and_keep_their_name(name: str, offset_us: int, duration_us: int) -> None:
    segment = parsed(f"{name}-{HASH}.ts")
    assert segment.start_us == hour_start_us(HOUR) + offset_us
    assert segment.duration_us == duration_us
    assert segment.path == f"{HOUR}/{name}-{HASH}.ts"


def test_a_file_in_flight_is_read_without_its_hash() -> None:
    segment = parsed("59:50.123000-2.0-temp-3f2504e0-4f89-11d3-9a0c-0305e82c3301.ts")
    assert segment.type is SegmentType.TEMP
    assert segment.digest == b""


def test_only_the_first_three_dashes_separate() -> None:
    name = "59:50-2.0-full-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.ts"
    assert parsed(name).digest == digest_of("")


NO_SEGMENTS = {
    "nothing": "",
    "an extension alone": ".ts",
    "another extension": f"59:50-2.0-full-{HASH}.mp4",
    "no extension": f"59:50-2.0-full-{HASH}",
    "its tombstone": f"59:50-2.0-full-{HASH}.tombstone",
    "a chat batch": f"59:50-{HASH}.json",
    "a temporary file of an older node": f"59:50-2.0-full-{HASH}.ts.3f2504e0.temp",
    "two fields": "59:50-2.0.ts",
    "three fields": "59:50-2.0-full.ts",
    "a dash within the time": f"59-50.123000-2.0-full-{HASH}.ts",
    "seven digits of fraction": f"59:50.1230000-2.0-full-{HASH}.ts",
    "a minute of 60": f"60:00-2.0-full-{HASH}.ts",
    "a second of 60": f"59:60-2.0-full-{HASH}.ts",
    "one digit of minute": f"9:50-2.0-full-{HASH}.ts",
    "an hour in the name": f"23:59:50-2.0-full-{HASH}.ts",
    "a sign in the time": f"+9:50-2.0-full-{HASH}.ts",
    "a space in the time": f"59:50 -2.0-full-{HASH}.ts",
    "digits of another script": f"٥٩:50-2.0-full-{HASH}.ts",
    "an empty duration": f"59:50--full-{HASH}.ts",
    "a point for duration": f"59:50-.-full-{HASH}.ts",
    "a negative duration": f"59:50--2.0-full-{HASH}.ts",
    "a positive duration": f"59:50-+2.0-full-{HASH}.ts",
    "an infinite duration": f"59:50-inf-full-{HASH}.ts",
    "no number for duration": f"59:50-nan-full-{HASH}.ts",
    "an exponent": f"59:50-1e-05-full-{HASH}.ts",
    "a positive exponent": f"59:50-1e1-full-{HASH}.ts",
    "an underscore in the duration": f"59:50-1_0-full-{HASH}.ts",
    "over a day": f"59:50-86400.1-full-{HASH}.ts",
    "a duration beyond any float": f"59:50-{'9' * 400}-full-{HASH}.ts",
    "an unknown type": f"59:50-2.0-whole-{HASH}.ts",
    "a type in capitals": f"59:50-2.0-FULL-{HASH}.ts",
    "no type": f"59:50-2.0--{HASH}.ts",
    "an empty hash, which older nodes read": "59:50-2.0-full-.ts",
    "an empty hash with a dash": "59:50-2.0-full--.ts",
    "a hash of one byte, which older nodes read": "59:50-2.0-full-AA.ts",
    "a hash of one byte with a dash": "59:50-2.0-full--AA.ts",
    "unused bits in the hash": f"59:50-2.0-full-{HASH[:-1]}R.ts",
    "a word after the hash": f"59:50-2.0-full-{HASH}-x.ts",
    "a file in flight that leads out of its folder": "59:50-2.0-temp-/../../../etc.ts",
    "a file in flight with a line break": "59:50-2.0-temp-a\nb.ts",
}


@pytest.mark.parametrize("name", NO_SEGMENTS.values(), ids=NO_SEGMENTS.keys())
def test_what_is_no_segment_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        parsed(name)


@pytest.mark.parametrize("hour", ["", "2024-11-09", "2024-11-09T24", "../..", "9999-12-31T23"])
def test_an_hour_that_is_none_is_refused(hour: str) -> None:
    with pytest.raises(InvalidTime):
        parsed(f"59:50-2.0-full-{HASH}.ts", hour)


DURATIONS = {
    "an EXTINF of 2": ("2", "2.0"),
    "an EXTINF of 2.0": ("2.0", "2.0"),
    "an EXTINF of 2.000": ("2.000", "2.0"),
    "an EXTINF of 1.999": ("1.999", "1.999"),
    "an EXTINF of 2.002": ("2.002", "2.002"),
    "an EXTINF of 0.5": ("0.5", "0.5"),
    "an EXTINF of 6": ("6", "6.0"),
    "a third": ("1.3333333333333333", "1.3333333333333333"),
    "a hundredth of a millisecond": ("0.00001", "0.00001"),
    "nothing": ("0", "0.0"),
    "minus nothing": ("-0.0", "0.0"),
    "the longest": ("86400", "86400.0"),
}


@pytest.mark.parametrize(("extinf", "text"), DURATIONS.values(), ids=DURATIONS.keys())
def test_durations_are_written(extinf: str, text: str) -> None:
    assert duration_text(float(extinf)) == text


@pytest.mark.parametrize(
    "duration_s", [-0.001, -1.0, 86_400.1, 1e300, float("inf"), float("-inf"), float("nan")]
)
def test_what_is_no_duration_is_refused(duration_s: float) -> None:
    with pytest.raises(InvalidName, match="is refused"):
        duration_text(duration_s)


@quick
@given(durations_s)
def test_a_duration_is_its_double_and_never_has_an_exponent(duration_s: float) -> None:
    text = duration_text(duration_s)
    assert float(text) == duration_s
    assert set(text) <= set("0123456789.")
    if duration_s == 0 or duration_s >= 0.0001:
        assert text == repr(duration_s), "as older nodes write it"


@quick
@given(starts_us, durations_s, kept_types, digests)
def test_a_written_name_reads_back(
    start_us: int, duration_s: float, type: SegmentType, digest: bytes
) -> None:
    segment = named_segment(start_us=start_us, duration_s=duration_s, type=type, digest=digest)
    assert (segment.start_us, segment.type, segment.digest) == (start_us, type, digest)
    assert abs(segment.duration_us - duration_s * SECOND_US) <= 0.6
    assert parse_segment_name(segment.hour, segment.name) == segment
    assert segment.end.tzinfo is UTC


field_texts = st.sampled_from(["59:50", "00:00.5", "2.0", "full", "temp", HASH, "-", "", "inf", ".", "1e5"])
names = st.lists(field_texts | st.text(max_size=6), max_size=5).map("-".join).map("{}.ts".format)


@quick
@given(st.sampled_from([HOUR, "x", ""]), names | st.text(max_size=80))
@example(HOUR, f"00:00-{'9' * 5000}-full-{HASH}.ts")
@example(HOUR, "00:00-2.0-temp-\udc80.ts")
def test_any_text_is_a_segment_or_refused(hour: str, name: str) -> None:
    try:
        segment = parse_segment_name(hour, name)
    except (InvalidName, InvalidTime):
        return
    assert (segment.hour, segment.name) == (hour, name)
    assert 0 <= segment.start_us - hour_start_us(hour) < 3600 * SECOND_US
    assert 0 <= segment.duration_us <= 86_400 * SECOND_US
    assert "/" not in name
    assert len(segment.digest) == (0 if segment.type is SegmentType.TEMP else 32)


@quick
@given(st.binary(max_size=90))
def test_any_bytes_are_a_segment_or_refused(name: bytes) -> None:
    """As ``os.listdir`` gives them."""
    with suppress(InvalidName):
        parse_segment_name(HOUR, name.decode(errors="surrogateescape"))


fractions = st.sampled_from(["", ".", ".0", ".1", ".10", ".100000", ".09", ".5", ".999999"])
times = st.tuples(st.integers(0, 2), st.integers(0, 2), fractions)
clock_names = times.map(lambda parts: f"{parts[0]:02}:{parts[1]:02}{parts[2]}-2.0-full-{HASH}.ts")


@quick
@given(
    st.lists(st.tuples(st.sampled_from([HOUR, "2024-11-10T00", "2025-01-01T00"]), clock_names), max_size=12)
)
def test_the_order_of_the_text_is_the_order_of_time(paths: list[tuple[str, str]]) -> None:
    segments = sorted(
        (parse_segment_name(hour, name) for hour, name in paths), key=lambda segment: segment.path
    )
    starts = [segment.start_us for segment in segments]
    assert starts == sorted(starts)


@quick
@given(st.lists(starts_us, min_size=2, max_size=6), durations_s)
def test_written_names_sort_by_time(starts: list[int], duration_s: float) -> None:
    segments = [
        named_segment(start_us=start_us, duration_s=duration_s, type=SegmentType.FULL, digest=DIGEST)
        for start_us in starts
    ]
    by_text = sorted(segments, key=lambda segment: segment.path)
    assert [segment.start_us for segment in by_text] == sorted(starts)
