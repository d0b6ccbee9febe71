"""So many times a minute, each by himself, and no more memory than is said."""

from __future__ import annotations

from longtake.kit.rates import RateLimit


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_each_has_so_many_a_minute_and_is_told_how_long_to_wait() -> None:
    clock = Clock()
    limit = RateLimit(2, now_s=clock)
    assert [limit.wait_s("a"), limit.wait_s("a"), limit.wait_s("b")] == [0, 0, 0]
    clock.now_s += 50
    assert limit.wait_s("a") == 10
    assert limit.wait_s("b") == 0
    clock.now_s += 10
    assert limit.wait_s("a") == 0


def test_who_is_refused_does_not_wait_longer_for_it() -> None:
    clock = Clock()
    limit = RateLimit(1, per_s=10, now_s=clock)
    assert limit.wait_s("a") == 0
    assert [limit.wait_s("a") for _ in range(5)] == [10] * 5
    clock.now_s += 10
    assert limit.wait_s("a") == 0


def test_beyond_the_bound_all_that_are_new_share_one_count() -> None:
    clock = Clock()
    limit = RateLimit(2, most_keys=3, now_s=clock)
    waits = [limit.wait_s(number) for number in range(10)]
    assert waits == [0] * 5 + [60] * 5
    assert limit.wait_s(1) == 0
    assert len(limit._counts) <= 4
    clock.now_s += 60
    assert limit.wait_s(9) == 0
