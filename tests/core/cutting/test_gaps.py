"""Holes in what is to be cut, from timelines that reach further than what is asked for."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from tests.builders import a_run, a_segment, a_timeline, us

from longtake.core.cutting import CutRange, CutRequest, accepted_gaps, describe_gaps, list_gaps
from longtake.core.errors import Incomplete
from longtake.core.segments import Segment
from longtake.core.timeline import Gap, GapReason

MISSING, SUSPECT, PARTIAL = GapReason.MISSING, GapReason.SUSPECT, GapReason.PARTIAL
Hole = tuple[str, str, GapReason]


def a_range(start: str, end: str) -> CutRange:
    return CutRange(start_us=us(f"04:00:{start}"), end_us=us(f"04:00:{end}"))


def found(
    segments: Iterable[Segment], *spans: tuple[str, str], allow_holes: bool = True
) -> list[tuple[int, int, GapReason]]:
    """The holes of some ranges, whose timelines are wide."""
    ranges = tuple(a_range(*span) for span in spans)
    wide = a_timeline(*segments, start="03:59:50", end="04:00:59")
    request = CutRequest(ranges=ranges, allow_holes=allow_holes)
    return [(gap.start_us, gap.end_us, gap.reason) for gap in accepted_gaps(request, [wide] * len(ranges))]


WITH_HOLE = [*a_run(count=2), *a_run("04:00:08", count=2)]
DOUBTFUL = [a_segment("04:00:00"), a_segment("04:00:02", type="suspect"), a_segment("04:00:04")]
LONG_DOUBT = [a_segment("04:00:00"), *a_run("04:00:02", count=3, type="suspect"), a_segment("04:00:08")]
PARTS = [*a_run(count=2, type="suspect"), *a_run("04:00:04", count=2, type="partial")]
SMALL = [a_segment("04:00:00"), a_segment("04:00:02.011")]

CASES: dict[str, tuple[list[Segment], tuple[str, str], list[Hole]]] = {
    "none in what is asked for, though there are some around it": (WITH_HOLE, ("00", "04"), []),
    "one inside": (WITH_HOLE, ("01", "09"), [("04", "08", MISSING)]),
    "one that a range ends in": (WITH_HOLE, ("01", "06"), [("04", "06", MISSING)]),
    "one that a range begins in": (WITH_HOLE, ("06", "09"), [("06", "08", MISSING)]),
    "one in front of all": (WITH_HOLE[2:], ("06", "09"), [("06", "08", MISSING)]),
    "two": (WITH_HOLE, ("02", "20"), [("04", "08", MISSING), ("12", "20", MISSING)]),
    "a doubtful segment": (DOUBTFUL, ("00", "06"), [("02", "04", SUSPECT)]),
    "doubtful segments that follow each other are one": (LONG_DOUBT, ("00", "10"), [("02", "08", SUSPECT)]),
    "for another reason is another": (PARTS, ("00", "08"), [("00", "04", SUSPECT), ("04", "08", PARTIAL)]),
    "a part of a doubtful segment": (DOUBTFUL, ("01", "03"), [("02", "03", SUSPECT)]),
    "a doubtful segment that is not asked for": (DOUBTFUL, ("00", "02"), []),
    "a small one is one, if it is asked for whole": (SMALL, ("01", "03"), [("02", "02.011", MISSING)]),
    "a sliver of one at the end is none": (WITH_HOLE, ("01", "04.01"), []),
    "more than a sliver at the end": (WITH_HOLE, ("01", "04.010001"), [("04", "04.010001", MISSING)]),
    "a sliver of one at the beginning is none": (WITH_HOLE, ("07.99", "09"), []),
}


@pytest.mark.parametrize(("segments", "span", "holes"), CASES.values(), ids=CASES.keys())
def test_only_what_is_asked_for_counts(
    segments: list[Segment], span: tuple[str, str], holes: list[Hole]
) -> None:
    assert found(segments, span) == [
        (us(f"04:00:{start}"), us(f"04:00:{end}"), reason) for start, end, reason in holes
    ]
    if holes:
        with pytest.raises(Incomplete, match=r"there are holes: .* allow holes to cut all the same"):
            found(segments, span, allow_holes=False)
    else:
        assert found(segments, span, allow_holes=False) == []


@pytest.mark.parametrize("span", [("04", "08"), ("05", "06"), ("12", "20"), ("30", "40")])
@pytest.mark.parametrize("allow_holes", [False, True])
def test_a_range_with_nothing_is_refused_though_there_is_something_around_it(
    span: tuple[str, str], allow_holes: bool
) -> None:
    with pytest.raises(Incomplete, match=f"nothing is recorded between 2024-11-09T04:00:{span[0]}"):
        found(WITH_HOLE, ("00", "02"), span, allow_holes=allow_holes)


def test_every_range_with_nothing_is_named() -> None:
    with pytest.raises(Incomplete) as caught:
        found(WITH_HOLE, ("04", "08"), ("00", "02"), ("30", "40"))
    assert str(caught.value) == (
        "nothing is recorded between 2024-11-09T04:00:04.000000Z and 2024-11-09T04:00:08.000000Z,"
        " nor between 2024-11-09T04:00:30.000000Z and 2024-11-09T04:00:40.000000Z"
    )


def test_of_many_ranges_with_nothing_the_first_are_named() -> None:
    with pytest.raises(Incomplete, match=r"nothing is recorded between .*, nor in 2 more$") as caught:
        found([], *[("00", "01")] * 7)
    assert str(caught.value).count("between") == 5


def test_holes_come_in_the_order_of_the_ranges() -> None:
    holes = found(WITH_HOLE, ("09", "14"), ("01", "05"))
    assert [start_us for start_us, *_ in holes] == [us("04:00:12"), us("04:00:04")]


def test_only_the_first_gaps_are_described() -> None:
    gaps = [
        Gap(start_us=us(f"04:{minute:02}:00"), end_us=us(f"04:{minute:02}:08.04"), reason=GapReason.MISSING)
        for minute in range(8)
    ]
    words = describe_gaps(iter(gaps)).split("; ")
    assert words[0] == "not recorded from 2024-11-09T04:00:00.000Z to 2024-11-09T04:00:08.040Z (8.0 s)"
    assert len(words) == 6
    assert words[-1] == "and 3 more"
    assert "more" not in describe_gaps(gaps[:5])
    assert describe_gaps([]) == ""


def a_gap(minute: int) -> Gap:
    return Gap(start_us=us(f"04:{minute:02}:00.5"), end_us=us(f"04:{minute:02}:08"), reason=MISSING)


def test_programs_get_a_line_that_stays_short() -> None:
    assert list_gaps([]) == ""
    first = "2024-11-09T04:00:00.500000Z/2024-11-09T04:00:08.000000Z"
    assert list_gaps([a_gap(0)]) == first
    assert list_gaps([a_gap(0), a_gap(1)]) == f"{first};{first.replace('04:00', '04:01')}"
    assert list_gaps([a_gap(minute) for minute in range(20)]).count(";") == 19
    long = list_gaps([a_gap(minute) for minute in range(59)])
    assert long.split(";")[20:] == ["39 more"]
    assert len(long) < 1200
