from __future__ import annotations

import pytest

from longtake.kit.backoff import Backoff


def test_the_delay_doubles_up_to_the_longest() -> None:
    backoff = Backoff(first_s=0.5, longest_s=20, random=lambda: 0.5)
    assert [backoff.next_delay_s() for _ in range(8)] == pytest.approx([0.5, 1, 2, 4, 8, 16, 20, 20])
    assert backoff.failures == 8


@pytest.mark.parametrize(
    ("drawn", "delay_s"),
    [
        pytest.param(0.0, 0.9, id="the lowest draw is a tenth less"),
        pytest.param(0.5, 1.0, id="the middle is the delay itself"),
        pytest.param(0.999999, 1.1, id="the highest draw is a tenth more"),
    ],
)
def test_jitter_is_a_tenth_either_way(drawn: float, delay_s: float) -> None:
    assert Backoff(first_s=1, longest_s=9, random=lambda: drawn).next_delay_s() == pytest.approx(delay_s)


def test_each_delay_draws_anew() -> None:
    draws = iter([0.0, 1.0])
    backoff = Backoff(first_s=1, longest_s=100, random=lambda: next(draws))
    assert [backoff.next_delay_s(), backoff.next_delay_s()] == pytest.approx([0.9, 2.2])


def test_after_success_it_begins_anew() -> None:
    backoff = Backoff(first_s=1, longest_s=100, random=lambda: 0.5)
    for _ in range(3):
        backoff.next_delay_s()
    backoff.reset()
    assert (backoff.failures, backoff.next_delay_s()) == (0, 1.0)


def test_years_of_failures_do_not_overflow() -> None:
    backoff = Backoff(first_s=0.3, longest_s=4, random=lambda: 0.5, failures=10_000_000)
    assert backoff.next_delay_s() == 4


def test_without_a_given_random_delays_differ() -> None:
    delays = {Backoff(first_s=1, longest_s=1).next_delay_s() for _ in range(50)}
    assert len(delays) > 1
    assert 0.9 <= min(delays) <= max(delays) <= 1.1
