"""An hour's part of the timeline: when it is simple, what it depends on, and when it still holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.builders import a_run, a_segment

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hour_notes import NO_NOTES, HourNotes, notes_of
from longtake.core.listing import read_listing
from longtake.core.segments import Segment
from longtake.core.timeline import HourContent, HourTimeline, build_hour, still_holds
from longtake.core.timeline.hour import REASONS
from longtake.core.timeline.model import GapReason

RUN = a_run("04:00:00", count=1800)


def content(
    segments: Sequence[Segment], notes: HourNotes = NO_NOTES, hour: str = "2024-11-09T04"
) -> HourContent:
    return HourContent(listing=read_listing(hour, [segment.name for segment in segments]), notes=notes)


def built(
    own: HourContent, before: HourContent | None = None, after: HourContent | None = None
) -> HourTimeline:
    return build_hour(own, before, after, sizes={})


def test_all_of_a_simple_hour_is_chosen() -> None:
    hour = built(content(RUN))
    assert hour.takes_all()
    assert list(hour.segments(0, 2)) == RUN[:2]
    assert (hour.holes.tolist(), set(hour.doubts.tolist())) == ([], {0})


def test_an_hour_without_segments_has_none() -> None:
    hour = built(content([]))
    assert len(hour) == 0
    assert hour.takes_all()


def test_holes_and_doubts_stand_where_they_are() -> None:
    hour = built(content([RUN[0], replace(RUN[3], name=RUN[3].name.replace("full", "partial"))]))
    assert hour.holes.tolist() == [1]
    assert [REASONS[code] for code in hour.doubts] == [None, GapReason.PARTIAL]


def test_what_facts_call_undecodable_is_a_hole_of_its_own_kind() -> None:
    hour = built(content(RUN[:2], HourNotes(undecodable=frozenset({RUN[1].name}))))
    assert [REASONS[code] for code in hour.doubts] == [None, GapReason.UNDECODABLE]


def test_what_facts_call_undecodable_ranks_last() -> None:
    good = a_segment("04:00:00", type="partial", content="good")
    page = a_segment("04:00:00", type="full", content="page")
    notes = HourNotes(undecodable=frozenset({page.name}))
    assert list(built(content([good, page], notes)).segments(0, 1)) == [good]
    assert list(built(content([good, page])).segments(0, 1)) == [page]


RIVALS = {
    "an overlap of more than the jitter": a_segment("04:00:01", content="rival"),
    "an equal start": a_segment("04:00:00", 1.0, content="rival"),
    "one within another": a_segment("04:00:00.5", 1.0, content="rival"),
}


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS.keys())
def test_rivals_are_chosen_among(rival: Segment) -> None:
    hour = built(content([RUN[0], rival, RUN[1]]))
    assert list(hour.segments(0, len(hour))) == RUN[:2]


def test_a_neighbour_that_reaches_over_the_border_is_a_rival() -> None:
    late = a_segment("03:59:58", 4.0)
    before = content([late], hour="2024-11-09T03")
    pair = [a_segment("04:00:00", content="a"), a_segment("04:00:02", content="b")]
    assert list(built(content(pair), before).segments(0, 9)) == pair[1:]
    assert list(built(before, None, content(pair)).segments(0, 9)) == [late]


def test_it_holds_while_its_hour_and_its_borders_stay_the_same() -> None:
    own, before = content(RUN), content(a_run("03:00:00", 1800), hour="2024-11-09T03")
    after = content(a_run("05:00:00", 100), hour="2024-11-09T05")
    hour = built(own, before, after)
    grown = content(a_run("05:00:00", 200), hour="2024-11-09T05")
    assert still_holds(hour, own, before, grown), "what comes later than a minute is far away"
    assert not still_holds(hour, own, before, content(a_run("05:00:00", 10), hour="2024-11-09T05"))
    assert not still_holds(hour, own, None, after)
    assert not still_holds(hour, content(RUN), before, after), "another content, though it is equal"


def test_what_facts_say_of_a_border_counts() -> None:
    own, before = content(RUN), a_run("03:59:56", 2)
    hour = built(own, content(before, hour="2024-11-09T03"))
    notes = HourNotes(undecodable=frozenset({before[1].name}))
    assert not still_holds(hour, own, content(before, notes, hour="2024-11-09T03"), None)


def looked_into(segments: Sequence[Segment], **other: object) -> list[SegmentFacts]:
    """Facts of a stream whose clock goes with the wall's."""
    return [
        replace(
            SegmentFacts(
                name=one.name,
                size_bytes=1,
                container=Container.MPEG_TS,
                parameter_sets="first",
                first_pts=one.start_us * 9 // 100 % 2**33,
                starts_with_idr=True,
            ),
            **other,  # type: ignore[arg-type]
        )
        for one in segments
    ]


def noted(segments: Sequence[Segment], facts: Sequence[SegmentFacts]) -> HourContent:
    return content(segments, notes_of({one.name: one for one in facts}))


def test_a_steady_hour_is_torn_nowhere() -> None:
    assert built(noted(RUN, looked_into(RUN))).torn.tolist() == []


def test_it_is_torn_where_looks_find_another_encoding_or_other_timestamps() -> None:
    facts = [
        *looked_into(RUN[:5]),
        *looked_into(RUN[5:7], parameter_sets="second"),
        *looked_into(RUN[7:], first_pts=None),
    ]
    hour = built(noted(RUN, facts))
    assert hour.torn.tolist() == hour.entries.torn.tolist() == [5, 7]
    again = [*looked_into(RUN[:9]), *looked_into(RUN[9:10], first_pts=5)]
    assert built(noted(RUN, again)).torn.tolist() == [9]


def test_what_is_not_chosen_tears_nothing() -> None:
    rival = RIVALS["one within another"]
    facts = [*looked_into(RUN[:3]), *looked_into([rival], first_pts=5, parameter_sets="b")]
    hour = built(noted([*RUN[:3], rival], facts))
    assert len(hour) == 3
    assert hour.torn.tolist() == []


def test_of_files_that_claim_the_same_moment_each_has_its_own_look() -> None:
    rival = replace(RUN[1], name=a_segment(RUN[1].start_us, type="partial", content="rival").name)
    facts = [*looked_into(RUN[:3]), *looked_into([rival], parameter_sets="b")]
    assert built(noted([*RUN[:3], rival], facts)).torn.tolist() == []
    alone = built(noted([RUN[0], rival, RUN[2]], facts))
    assert alone.torn.tolist() == [1, 2]


def test_it_is_independent_if_all_that_is_listed_is_known_to_begin_with_an_idr() -> None:
    page = SegmentFacts(name=RUN[3].name, size_bytes=1, container=Container.OTHER, doubt="it is a page")
    assert built(noted(RUN[:3], looked_into(RUN[:3]))).entries.independent
    assert built(noted(RUN[:4], [*looked_into(RUN[:3]), page])).entries.independent
    assert not built(noted(RUN[:3], looked_into(RUN[:2]))).entries.independent
    assert not built(noted(RUN[:3], looked_into(RUN[:3], starts_with_idr=False))).entries.independent
    assert not built(noted([], [])).entries.independent
