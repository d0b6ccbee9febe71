"""A look into a stored segment, and what is kept of what was known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from tests.builders import a_segment
from tests.fakes.tone_stream import ToneStream, made

from longtake.core import second_looks
from longtake.core.facts import Container, Dating, SegmentFacts
from longtake.core.inspection import INSPECTION_VERSION, Inspection
from longtake.services.custody.looking import joined, look, needs_look

CONTENT = made(ToneStream(gop=15, segment_frames=60, segments=1))[0]
NOW_US = 1_700_000_000_000_000
FULL, SUSPECT = a_segment(), a_segment(type="suspect")
RECORDED = SegmentFacts(
    name=FULL.name,
    size_bytes=len(CONTENT),
    source_sequence=7,
    discontinuity=True,
    target_duration_s=2,
    dating=Dating.ESTIMATED,
    codecs="avc1.42c00c,mp4a.40.2",
    width=1,
    height=1,
    recorded_us=5,
    verified_us=5,
)


def test_who_was_not_looked_into_by_todays_look_needs_one() -> None:
    assert needs_look(None)
    assert needs_look(RECORDED)
    assert needs_look(replace(RECORDED, looked=INSPECTION_VERSION - 1))
    assert not needs_look(replace(RECORDED, looked=INSPECTION_VERSION))
    assert not needs_look(replace(RECORDED, looked=INSPECTION_VERSION + 1))


def test_the_content_tells_what_it_is() -> None:
    seen = look(FULL, CONTENT, now_us=NOW_US)
    assert (seen.name, seen.size_bytes, seen.container) == (FULL.name, len(CONTENT), Container.MPEG_TS)
    assert (seen.first_pts, seen.starts_with_idr, seen.looked) == (90_000, True, INSPECTION_VERSION)
    assert (seen.doubt, seen.verified_us, seen.recorded_us) == (None, NOW_US, None)
    assert joined(FULL, seen, None) == seen


def test_what_only_the_recorder_knew_is_kept_and_the_rest_is_seen_anew() -> None:
    seen = look(FULL, CONTENT, now_us=NOW_US)
    both = joined(FULL, seen, RECORDED)
    assert both == replace(
        seen,
        source_sequence=7,
        discontinuity=True,
        target_duration_s=2,
        dating=Dating.ESTIMATED,
        recorded_us=5,
    )
    assert both.width != 1


def test_what_the_content_keeps_to_itself_is_kept_as_the_playlist_said_it() -> None:
    page = b"<!doctype html>" * 20
    both = joined(FULL, look(FULL, page, now_us=NOW_US), RECORDED)
    assert (both.container, both.codecs, both.width) == (Container.OTHER, RECORDED.codecs, 1)


def test_what_is_not_understood_is_noted_so_that_nobody_looks_again() -> None:
    for content in (b"", b"<!doctype html>", CONTENT[1:]):
        seen = look(FULL, content, now_us=NOW_US)
        assert not needs_look(seen)
        assert seen.doubt


def test_a_bug_of_ours_is_logged_and_not_met_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(content: bytes) -> Inspection:
        raise ZeroDivisionError

    monkeypatch.setattr(second_looks, "inspect", broken)
    with capture_logs() as logs:
        seen = look(FULL, CONTENT, now_us=NOW_US)
    assert [log["path"] for log in logs] == [FULL.path]
    assert (seen.container, seen.doubt) == (Container.MPEG_TS, "it could not be looked into")
    assert not needs_look(seen)


def test_a_part_that_an_older_node_took_for_whole_is_in_doubt() -> None:
    assert look(FULL, CONTENT[: len(CONTENT) // 2 // 188 * 188], now_us=NOW_US).doubt


def test_the_recorder_knows_better_why_a_segment_is_not_full() -> None:
    slow = replace(RECORDED, name=SUSPECT.name, doubt="it came too slowly")
    assert joined(SUSPECT, look(SUSPECT, CONTENT, now_us=NOW_US), slow).doubt == "it came too slowly"
    assert joined(FULL, look(FULL, CONTENT, now_us=NOW_US), replace(RECORDED, doubt="odd")).doubt is None
