from __future__ import annotations

from tests.fakes.stepped_clock import SteppedClock

from longtake.services.capture.rate import RecordingRate


async def test_the_rate_is_that_of_the_last_minute_after_a_start_that_does_not_count() -> None:
    clock, recorded = SteppedClock(), 0
    rate = RecordingRate(lambda: recorded, clock)
    rates = []
    for step in range(40):
        rates.append(rate.bytes_per_s())
        recorded += 10_000_000 if step < 3 else 500 if step < 20 else 5000
        await clock.advance(5)
    assert rates[:4] == [0, 0, 0, 0]
    assert rates[5] == 100
    assert rates[-1] == 1000
