"""When a segment is asked for again, and when no more."""

from __future__ import annotations

import pytest

from longtake.core.errors import (
    InvalidInput,
    LongtakeError,
    SourceDown,
    SourceRefused,
    SourceUnreachable,
    StoreUnavailable,
)
from longtake.services.capture.patience import pause_after_doubt_s, pause_after_failure_s


@pytest.mark.parametrize(
    ("error", "repeats", "tried_s", "again"),
    [
        (SourceUnreachable("x"), 0, 299, True),
        (SourceUnreachable("x"), 0, 300, False),
        (SourceUnreachable("x"), 1, 299, True),
        (SourceUnreachable("x"), 2, 17.9, True),
        (SourceUnreachable("x"), 2, 18, False),
        (StoreUnavailable("x"), 2, 299, True),
        (SourceDown("x"), 0, 17.9, True),
        (SourceDown("x"), 0, 18, False),
        (SourceRefused("x"), 0, 0, False),
        (SourceRefused("x", passing=True), 0, 17.9, True),
        (SourceRefused("x", passing=True), 0, 18, False),
        (InvalidInput("x"), 0, 0, False),
    ],
    ids=[
        "no answer, before five minutes",
        "no answer, after five minutes",
        "the same part once again",
        "the same part twice again, within three target durations",
        "the same part twice again, after three target durations",
        "the disk",
        "404, within three target durations",
        "404, after three target durations",
        "401",
        "403, within three target durations",
        "403, after three target durations",
        "no URL",
    ],
)
def test_patience_has_an_end(error: LongtakeError, repeats: int, tried_s: float, again: bool) -> None:
    pause_s = pause_after_failure_s(error, failures=1, repeats=repeats, tried_s=tried_s, target_s=6)
    assert (pause_s is not None) is again


def test_pauses_after_failures_grow() -> None:
    pauses = [
        pause_after_failure_s(SourceUnreachable("x"), failures=failures, repeats=0, tried_s=0, target_s=6)
        for failures in (1, 2, 3, 4, 5, 6, 5000)
    ]
    assert pauses == [0.5, 1, 2, 4, 8, 8, 8]


@pytest.mark.parametrize(
    ("wish_s", "failures", "expected"),
    [(None, 1, 0.5), (7.0, 1, 7.0), (1.0, 5, 8.0), (3600.0, 1, 60.0)],
    ids=["none", "longer than ours", "shorter than ours", "absurd"],
)
def test_how_long_a_source_wants_to_be_left_alone_is_heeded_within_reason(
    wish_s: float | None, failures: int, expected: float
) -> None:
    error = SourceUnreachable("x", retry_after_s=wish_s)
    assert pause_after_failure_s(error, failures=failures, repeats=0, tried_s=0, target_s=6) == expected


@pytest.mark.parametrize("target_s", [1, 2, 6, 10])
def test_what_is_doubtful_is_asked_for_four_times_more_within_three_target_durations(target_s: int) -> None:
    pauses = [pause_after_doubt_s(whole=whole, repeats=0, target_s=target_s) for whole in range(1, 6)]
    assert pauses[-1] is None
    asked = [pause for pause in pauses if pause is not None]
    assert len(asked) == 4
    assert sum(asked) == pytest.approx(max(3, 3 * target_s))


def test_the_same_doubtful_bytes_are_enough_the_third_time() -> None:
    assert pause_after_doubt_s(whole=2, repeats=1, target_s=6) is not None
    assert pause_after_doubt_s(whole=3, repeats=2, target_s=6) is None
