"""Limits of a try: when a second one is worth making, and when one ends."""

from __future__ import annotations

import pytest

from longtake.adapters.http.limits import Late, Limits, Pulse, blocking_limits

LIMITS = Limits(whole_soft_s=6)


def pulse(
    *, heard_s: float = 100, answered: bool = True, size_bytes: int = 0, length_bytes: int | None = None
) -> Pulse:
    return Pulse(
        began_s=100, heard_s=heard_s, answered=answered, size_bytes=size_bytes, length_bytes=length_bytes
    )


@pytest.mark.parametrize(
    ("state", "now_s", "late"),
    [
        (pulse(answered=False), 104.9, None),
        (pulse(answered=False), 105, Late.NO_ANSWER),
        (pulse(heard_s=102), 104.9, None),
        (pulse(heard_s=102), 105, Late.SILENT),
        (pulse(heard_s=105.9), 105.9, None),
        (pulse(heard_s=105.9, size_bytes=20_000), 106, Late.SLOW),
        (pulse(heard_s=105.9, size_bytes=10_000), 106, Late.TRICKLING),
        (pulse(heard_s=102.9, size_bytes=1, length_bytes=1000), 102.9, None),
        (pulse(heard_s=103, size_bytes=12, length_bytes=1000), 103, Late.TRICKLING),
        (pulse(heard_s=103, size_bytes=200, length_bytes=1000), 103, Late.SLOW),
        (pulse(heard_s=103, size_bytes=300, length_bytes=1000), 103, None),
        (pulse(heard_s=103, size_bytes=0, length_bytes=0), 103, None),
    ],
    ids=[
        "headers may take a while",
        "no headers",
        "a pause",
        "silence",
        "bytes come, within the time",
        "bytes come, past the time",
        "a few bytes come, past the time",
        "a slow beginning",
        "it would take four minutes and ten seconds in all",
        "it would take fifteen seconds in all",
        "it would take ten seconds in all",
        "nothing was announced",
    ],
)
def test_a_try_is_late(state: Pulse, now_s: float, late: Late | None) -> None:
    assert LIMITS.late(state, now_s) is late


@pytest.mark.parametrize(
    ("state", "now_s", "word"),
    [
        (pulse(answered=False), 114.9, None),
        (pulse(answered=False), 115, "no answer"),
        (pulse(heard_s=110), 124.9, None),
        (pulse(heard_s=110), 125, "silent"),
        (pulse(heard_s=339.9), 340, "slow"),
    ],
    ids=["headers may come", "no headers", "bytes may come", "silence", "a trickle"],
)
def test_a_try_is_over(state: Pulse, now_s: float, word: str | None) -> None:
    reason = LIMITS.over(state, now_s)
    assert (reason is None) if word is None else (reason is not None and word in reason)


def test_no_limit_is_slept_through() -> None:
    """Looking when told to, each limit is met when it is passed, and not a moment later; also if headers come late."""
    for silent, limit_s in ((pulse(heard_s=100.5), 115.5), (pulse(answered=False), 115.0)):
        now_s, seen = 100.0, []
        while not LIMITS.over(silent, now_s):
            seen.append(now_s)
            now_s += LIMITS.next_look_s(silent, now_s)
        assert silent.heard_s + 3 in seen
        assert now_s == limit_s


@pytest.mark.parametrize("answered", [False, True], ids=["no answer yet", "headers and no more"])
def test_a_request_that_is_held_is_tried_once_and_for_long(answered: bool) -> None:
    limits = blocking_limits(6)
    pulse = Pulse(began_s=0, heard_s=0, answered=answered)
    assert limits.late(pulse, 27.9) is None
    assert limits.over(pulse, 27.9) is None
    assert limits.over(pulse, 28) is not None


def test_while_nobody_reads_no_time_passes() -> None:
    pulse = Pulse(began_s=0, heard_s=0)
    pulse.answer(1, 1_000_000)
    pulse.hear(2, 1000)
    pulse.pause(3)
    for now_s in (3, 100, 10_000):
        assert LIMITS.late(pulse, now_s) is None
        assert LIMITS.over(pulse, now_s) is None
        assert 0 < LIMITS.next_look_s(pulse, now_s) <= LIMITS.silence_soft_s
    pulse.resume(10_003)
    assert (pulse.began_s, pulse.heard_s) == (10_000, 10_002)
    assert LIMITS.over(pulse, 10_003) is None
    assert LIMITS.over(pulse, 10_002 + LIMITS.silence_hard_s) == "fell silent in the middle"


def test_to_go_on_without_having_paused_changes_nothing() -> None:
    pulse = Pulse(began_s=1, heard_s=2)
    pulse.resume(50)
    assert (pulse.began_s, pulse.heard_s) == (1, 2)
