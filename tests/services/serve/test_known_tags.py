"""ETags by the hours that a range was made of: never of others, not for too many, and no hour is kept for them."""

from __future__ import annotations

import gc
import weakref

from tests.builders import a_run, listings_of

from longtake.core.hour_notes import NO_NOTES
from longtake.core.timeline import HourContent, HourTimeline, build_hour
from longtake.services.serve.known_tags import KnownTags


def an_hour(count: int = 3) -> HourTimeline:
    (listing,) = listings_of(a_run(count=count))
    return build_hour(HourContent(listing=listing, notes=NO_NOTES), None, None, sizes={})


def test_the_same_question_about_the_same_hours_has_the_same_tag() -> None:
    tags, hours = KnownTags(), [an_hour(), an_hour()]
    tags.put("a", hours, "tag")
    assert tags.get("a", hours) == "tag"
    assert tags.get("b", hours) is None


def test_an_hour_that_was_made_anew_is_another_also_if_it_says_the_same() -> None:
    tags, first, second = KnownTags(), an_hour(), an_hour()
    tags.put("a", [first, second], "tag")
    assert tags.get("a", [first, an_hour()]) is None
    assert tags.get("a", [first]) is None
    assert tags.get("a", [second, first]) is None
    assert tags.get("a", [first, second]) == "tag"


def test_no_hour_is_kept_for_a_tag_and_another_in_its_place_is_none() -> None:
    tags, hours = KnownTags(), [an_hour()]
    gone = weakref.ref(hours[0])
    tags.put("a", hours, "tag")
    hours.clear()
    gc.collect()
    assert gone() is None
    assert tags.get("a", [an_hour()]) is None


def test_those_asked_for_last_are_known() -> None:
    tags, hours = KnownTags(), [an_hour()]
    tags.put("first", hours, "tag")
    for number in range(150):
        tags.put(number, hours, "other")
    assert tags.get("first", hours) == "tag"
    for number in range(150, 345):
        tags.put(number, hours, "other")
    assert tags.get("first", hours) == "tag"
    assert tags.get(0, hours) is None
