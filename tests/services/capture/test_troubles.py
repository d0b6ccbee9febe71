"""The table of troubles: after each, what is on disk is what the origin sent, and status said what it was."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.fakes.troubles import ROWS, Expected, Row
from tests.fakes.troubles.stage import Stage, staged

from longtake.core.segments import SegmentType


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
async def test_what_is_on_disk_is_what_was_sent(row: Row, tmp_path: Path) -> None:
    with capture_logs() as logs:
        async with staged(tmp_path) as stage:
            expected = await row.play(stage)
            await _check_disk(stage, expected)
            _check_words(stage, expected)
            assert "SECRET" not in f"{logs} {stage.told()}"


def test_there_are_many() -> None:
    assert len(ROWS) >= 40


async def _check_disk(stage: Stage, expected: Expected) -> None:
    await _check_quality(stage, stage.options.quality, "live", expected)
    for quality, line in expected.of.items():
        await _check_quality(stage, quality, line, expected)


async def _check_quality(stage: Stage, quality: str, line: str, expected: Expected) -> None:
    entries = stage.origin.lines[line].entries
    numbers = range(len(entries)) if expected.full is None else expected.full
    segments = await stage.segments(quality)
    full = [segment for segment in segments if segment.type is SegmentType.FULL]
    wanted = Counter(hashlib.sha256(entries[number].content).digest() for number in numbers)
    assert Counter(segment.digest for segment in full) == wanted, "each of them once, and nothing else"
    others = Counter(segment.type for segment in segments if segment.type is not SegmentType.FULL)
    assert others == Counter(expected.others)
    for segment in segments:
        content = await stage.store.read("demo", quality, segment)
        assert hashlib.sha256(content).digest() == segment.digest, "the name is the proof"
    if expected.timed:
        stated = sorted(us for number in numbers if (us := entries[number].at_us) is not None)
        starts = sorted(segment.start_us for segment in full)
        assert len(stated) < len(starts) or starts == stated, "they begin when the source says"


def _check_words(stage: Stage, expected: Expected) -> None:
    states = set(stage.report.states)
    assert expected.says <= states, f"it said {states}"
    assert not expected.never & states, f"it said {states}: {stage.report.words}"
    status = stage.report.as_status()
    assert {key: status[key] for key in expected.counts} == dict(expected.counts)
    told = stage.told()
    assert all(word in told for word in expected.words), told
    if expected.fetched_once:
        twice = {
            path: count for path, count in stage.origin.requests.items() if count > 1 and _is_segment(path)
        }
        assert not twice


def _is_segment(path: str) -> bool:
    return path.endswith((".ts", ".m4s"))
