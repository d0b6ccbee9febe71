from __future__ import annotations

import pytest
from tests.builders import a_range, a_request, a_run, a_segment, a_timeline

from longtake.core.cutting import CutRange, plan_rough
from longtake.core.errors import Incomplete
from longtake.core.segments import Segment
from longtake.core.timeline import Timeline


def timeline_of(span: CutRange, *segments: Segment) -> Timeline:
    return a_timeline(*segments, start=span.start_us, end=span.end_us)


def test_a_plan_has_the_whole_files_of_each_range_in_the_order_asked_for() -> None:
    run = a_run(count=6)
    later, earlier = a_range("04:00:08", "04:00:10"), a_range("04:00:01", "04:00:03")
    plan = plan_rough(a_request(later, earlier), [timeline_of(later, *run), timeline_of(earlier, *run)])
    assert plan.segments == (run[4], run[0], run[1])
    assert plan.gaps == ()


def test_a_file_that_two_ranges_touch_is_there_twice() -> None:
    (segment,) = a_run(count=1)
    spans = a_range("04:00:00", "04:00:01"), a_range("04:00:01", "04:00:02")
    plan = plan_rough(a_request(*spans), [timeline_of(span, segment) for span in spans])
    assert plan.segments == (segment, segment)


HOLES: dict[str, tuple[list[Segment], str]] = {
    "a hole between": (
        [a_segment("04:00:00"), a_segment("04:00:04")],
        "not recorded from 2024-11-09T04:00:02.000Z to 2024-11-09T04:00:04.000Z (2.0 s)",
    ),
    "a hole at the end": (a_run(count=2), "to 2024-11-09T04:00:06.000Z (2.0 s)"),
    "a doubtful segment": (
        [*a_run(count=2), a_segment("04:00:04", type="suspect")],
        "recorded, but doubtful from 2024-11-09T04:00:04.000Z",
    ),
    "a partial segment": ([*a_run(count=2), a_segment("04:00:04", type="partial")], "recorded in part from"),
}


@pytest.mark.parametrize(("segments", "words"), HOLES.values(), ids=HOLES.keys())
def test_holes_are_refused_or_accepted_by_name(segments: list[Segment], words: str) -> None:
    timeline = timeline_of(a_range(), *segments)
    with pytest.raises(Incomplete, match="allow holes to cut all the same") as caught:
        plan_rough(a_request(), [timeline])
    assert words in str(caught.value)
    plan = plan_rough(a_request(allow_holes=True), [timeline])
    assert plan.segments == tuple(segments)
    assert plan.gaps == timeline.gaps


@pytest.mark.parametrize("allow_holes", [False, True])
def test_a_range_with_nothing_at_all_is_incomplete(allow_holes: bool) -> None:
    spans = a_range(), a_range("05:00:00", "05:00:02")
    timelines = [timeline_of(span, *a_run()) for span in spans]
    with pytest.raises(Incomplete) as caught:
        plan_rough(a_request(*spans, allow_holes=allow_holes), timelines)
    assert "between 2024-11-09T05:00:00.000000Z and 2024-11-09T05:00:02.000000Z" in str(caught.value)


def test_a_timeline_too_few_is_a_mistake() -> None:
    with pytest.raises(ValueError):
        plan_rough(a_request(a_range(), a_range()), [timeline_of(a_range(), *a_run())])
