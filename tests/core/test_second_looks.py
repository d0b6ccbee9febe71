"""Facts of a segment from its content alone."""

from __future__ import annotations

from tests.builders import a_segment
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.facts import Container
from longtake.core.inspection import INSPECTION_VERSION, Inspection
from longtake.core.second_looks import second_look

CONTENT = made(ToneStream(gop=15, segment_frames=60, segments=1))[0]
NOW_US = 1_700_000_000_000_000


def test_what_the_content_tells_is_known_and_what_only_its_recorder_knew_is_not() -> None:
    segment = a_segment()
    facts = second_look(segment, memoryview(CONTENT), now_us=NOW_US)
    assert (facts.name, facts.size_bytes) == (segment.name, len(CONTENT))
    assert (facts.container, facts.looked) == (Container.MPEG_TS, INSPECTION_VERSION)
    assert facts.starts_with_idr
    assert facts.verified_us == NOW_US
    assert facts.source_sequence is facts.dating is facts.recorded_us is None


def test_a_full_segment_of_half_its_content_is_in_doubt() -> None:
    assert second_look(a_segment(), CONTENT, now_us=NOW_US).doubt is None
    assert second_look(a_segment(), CONTENT[: len(CONTENT) // 2], now_us=NOW_US).doubt


def test_another_look_may_be_given() -> None:
    odd = Inspection(container=Container.OTHER, flaw="it is odd")
    facts = second_look(a_segment(), CONTENT, now_us=NOW_US, looked=lambda content: odd)
    assert facts.container is Container.OTHER
    assert facts.doubt == "it is odd"
