"""Facts of a segment from its content alone."""

from __future__ import annotations

import pytest
from tests.builders import a_segment
from tests.fakes.tone_stream import ToneStream, made

from longtake.core import second_looks
from longtake.core.facts import Container
from longtake.core.inspection import INSPECTION_VERSION, Inspection
from longtake.core.second_looks import second_look

CONTENT = made(ToneStream(gop=15, segment_frames=60, segments=1))[0]
NOW_US = 1_700_000_000_000_000


def raised(error: Exception) -> None:
    raise error


def test_what_the_content_tells_is_known_and_what_only_its_recorder_knew_is_not() -> None:
    segment = a_segment()
    facts = second_look(segment, memoryview(CONTENT), now_us=NOW_US, on_bug=raised)
    assert (facts.name, facts.size_bytes) == (segment.name, len(CONTENT))
    assert (facts.container, facts.looked) == (Container.MPEG_TS, INSPECTION_VERSION)
    assert facts.starts_with_idr
    assert facts.verified_us == NOW_US
    assert (facts.source_sequence, facts.dating, facts.recorded_us) == (None, None, None)


def test_a_full_segment_of_half_its_content_is_in_doubt() -> None:
    assert second_look(a_segment(), CONTENT, now_us=NOW_US, on_bug=raised).doubt is None
    assert second_look(a_segment(), CONTENT[: len(CONTENT) // 2], now_us=NOW_US, on_bug=raised).doubt


def test_a_bug_of_ours_is_told_and_its_segment_is_not_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(content: object) -> Inspection:
        raise RuntimeError("a bug")

    monkeypatch.setattr(second_looks, "inspect", broken)
    told: list[Exception] = []
    facts = second_look(a_segment(), CONTENT, now_us=NOW_US, on_bug=told.append)
    assert [str(error) for error in told] == ["a bug"]
    assert facts.doubt == "it could not be looked into"
