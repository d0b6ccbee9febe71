from __future__ import annotations

from tests.builders import us

from longtake.core.cutting import describe_gaps
from longtake.core.timeline import Gap, GapReason


def test_only_the_first_gaps_are_described() -> None:
    gaps = [
        Gap(start_us=us(f"04:{minute:02}:00"), end_us=us(f"04:{minute:02}:08.04"), reason=GapReason.MISSING)
        for minute in range(8)
    ]
    words = describe_gaps(iter(gaps)).split("; ")
    assert words[0] == "not recorded from 2024-11-09T04:00:00.000Z to 2024-11-09T04:00:08.040Z (8.0 s)"
    assert len(words) == 6
    assert words[-1] == "and 3 more"
    assert "more" not in describe_gaps(gaps[:5])
    assert describe_gaps([]) == ""
