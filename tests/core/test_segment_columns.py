from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, quick

from longtake.core.errors import InvalidName, InvalidTime
from longtake.core.segment_columns import read_columns
from longtake.core.segments import Segment, SegmentType, parse_segment_name

HOUR = "2024-11-09T04"
FIRST = a_segment("04:00:00")
HASH = FIRST.name[-46:-3]


def one_by_one(names: list[str]) -> tuple[list[Segment], list[str]]:
    segments, others = [], []
    for name in sorted(names):
        try:
            segment = parse_segment_name(HOUR, name)
        except InvalidName:
            others.append(name)
            continue
        if segment.type is SegmentType.TEMP:
            others.append(name)
        else:
            segments.append(segment)
    return segments, others


NAMES = {
    "the usual form": f"00:00.000000-2.0-full-{HASH}.ts",
    "no fraction": f"59:50-2.0-full-{HASH}.ts",
    "an empty fraction": f"59:50.-2.0-full-{HASH}.ts",
    "three digits of fraction": f"59:50.123-2.0-suspect-{HASH}.ts",
    "seven digits of fraction": f"59:50.1234567-2.0-full-{HASH}.ts",
    "a minute that is none": f"60:00.000000-2.0-full-{HASH}.ts",
    "a second that is none": f"00:61.000000-2.0-full-{HASH}.ts",
    "a letter among the digits": f"00:00.00000a-2.0-full-{HASH}.ts",
    "a space among the digits": f"00:0 .000000-2.0-full-{HASH}.ts",
    "digits of another script": f"0\u0660:00.000000-2.0-full-{HASH}.ts",
    "a duration without a fraction": f"00:00.000000-2-full-{HASH}.ts",
    "a duration with many digits": f"00:00.000000-2.0000000001-full-{HASH}.ts",
    "an infinite duration": f"00:00.000000-inf-full-{HASH}.ts",
    "a duration with an exponent": f"00:00.000000-1e-05-full-{HASH}.ts",
    "a duration that is longer than a day": f"00:00.000000-86401.0-full-{HASH}.ts",
    "a duration of nothing": f"00:00.000000-0.0-partial-{HASH}.ts",
    "an unknown type": f"00:00.000000-2.0-fulls-{HASH}.ts",
    "a file in flight": f"00:00.000000-2.0-temp-{HASH}.ts",
    "a hash that is too short": f"00:00.000000-2.0-full-{HASH[1:]}.ts",
    "a hash with a letter of no alphabet": f"00:00.000000-2.0-full-+{HASH[1:]}.ts",
    "a hash whose unused bits are set": f"00:00.000000-2.0-full-{HASH[:-1]}B.ts",
    "a hash that begins with dashes": f"00:00.000000-2.0-full---{HASH[2:]}.ts",
    "another extension": f"00:00.000000-2.0-full-{HASH}.js",
    "a dash for the colon": f"00-00.000000-2.0-full-{HASH}.ts",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_each_form_is_read_as_a_single_name_is(name: str) -> None:
    for names in ([name], [name, FIRST.name, f"30:00.000000-2.002-full-{HASH}.ts"]):
        columns, others = read_columns(HOUR, names)
        assert (list(columns), others) == one_by_one(names)


def test_rows_are_values_with_their_columns() -> None:
    names = [a_segment(f"04:00:0{second}").name for second in range(5)]
    columns, _ = read_columns(HOUR, reversed(names))
    assert [segment.name for segment in columns] == names == columns.names()
    assert columns.text == "\n".join(names)
    assert [columns[row] for row in range(5)] == list(columns[0:5])
    assert columns[-1] == columns[4]
    assert columns.starts_us.tolist() == [segment.start_us for segment in columns]
    assert columns.ends_us().tolist() == [segment.end_us for segment in columns]
    assert columns == tuple(columns)
    assert columns.are_all_full()
    assert all(columns.has(segment) for segment in columns)
    assert not columns.has(a_segment("04:00:03", content="other"))
    assert not columns.has(a_segment("04:00:09"))
    with pytest.raises(IndexError):
        columns[5]


def test_no_names_are_no_rows() -> None:
    columns, others = read_columns(HOUR, [])
    assert (list(columns), columns.names(), others) == ([], [], [])


def test_what_is_no_hour_is_refused() -> None:
    with pytest.raises(InvalidTime):
        read_columns("blogs", [])


times = st.builds(
    lambda minute, second, fraction: f"{minute:02}:{second:02}{fraction}",
    st.integers(0, 61),
    st.integers(0, 61),
    st.sampled_from(["", ".", ".5", ".500000", ".499999", ".000001", ".12", "x"]),
)
durations = st.sampled_from(["2.0", "2", "2.002", "1.966667", "0.5", ".5", "1e9", "9999.9", "10000.0", "-1"])
types = st.sampled_from(["full", "suspect", "partial", "temp", "Full"])
hashes = st.sampled_from([HASH, HASH[:-1] + "A", HASH[:-1] + "B", "-" * 42 + "A", "x"])
usual_names = st.builds(lambda *parts: "-".join(parts) + ".ts", times, durations, types, hashes)


@quick
@given(st.sets(usual_names | st.text(max_size=90).map("{}.ts".format), max_size=12))
def test_any_names_are_read_as_they_are_one_by_one(names: set[str]) -> None:
    columns, others = read_columns(HOUR, names)
    segments, odd = one_by_one(sorted(names))
    assert list(columns) == segments
    assert others == odd
    assert segments == sorted(segments, key=lambda segment: (segment.start_us, segment.name))
