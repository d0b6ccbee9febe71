"""Continuity counters that run on, over packets that are new, copied or of tables."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.ts_packets import AUDIO, PACKET, ROOM, VIDEO, clock, counter_faults, packet

from longtake.core.mpegts.counters import ContinuityCounters
from longtake.core.mpegts.packets import NULL_PID


def run_on(counters: ContinuityCounters, data: bytes) -> bytes:
    rows = np.frombuffer(data, np.uint8).reshape(-1, PACKET).copy()
    counters.run_on(rows)
    return rows.tobytes()


def full(pid: int, counter: int) -> bytes:
    return packet(pid, bytes(ROOM), counter=counter)


def the_counters(data: bytes) -> list[int]:
    return [data[at + 3] & 0x0F for at in range(0, len(data), PACKET)]


def test_each_pid_counts_for_itself() -> None:
    counters = ContinuityCounters()
    assert counters.take(VIDEO, 3).tolist() == [0, 1, 2]
    assert counters.take(AUDIO, 1).tolist() == [0]
    assert counters.take(VIDEO, 15).tolist() == [*range(3, 16), 0, 1]
    assert counters.take(VIDEO, 0).tolist() == []
    assert counters.take(VIDEO, 1).tolist() == [2]


def test_the_first_copied_packets_keep_their_counters() -> None:
    data = full(VIDEO, 14) + full(VIDEO, 15) + full(VIDEO, 0)
    counters = ContinuityCounters()
    assert run_on(counters, data) == data
    assert counters.take(VIDEO, 1).tolist() == [1]


def test_copied_packets_go_on_from_new_ones_and_change_nothing_else() -> None:
    counters = ContinuityCounters()
    counters.take(VIDEO, 5)
    data = packet(VIDEO, b"ab", starts=True, counter=9, adaptation=b"\x40") + full(VIDEO, 10)
    moved = run_on(counters, data)
    assert the_counters(moved) == [5, 6]
    assert (moved[:3], moved[3] & 0xF0, moved[4:188]) == (data[:3], data[3] & 0xF0, data[4:188])


def test_packets_without_payload_repeat_the_counter_before_them() -> None:
    counters = ContinuityCounters()
    counters.take(VIDEO, 5)
    data = (
        packet(VIDEO, counter=8, adaptation=clock(1))
        + full(VIDEO, 9)
        + packet(VIDEO, counter=9, adaptation=clock(2))
    )
    assert the_counters(run_on(counters, data)) == [4, 5, 5]
    assert counters.take(VIDEO, 1).tolist() == [6]


def test_packets_without_payload_may_be_the_very_first() -> None:
    counters = ContinuityCounters()
    data = packet(VIDEO, counter=15, adaptation=clock(1)) + full(VIDEO, 0)
    assert run_on(counters, data) == data
    assert counters.take(VIDEO, 1).tolist() == [1]


def test_what_the_source_lost_or_repeated_stays_visible() -> None:
    counters = ContinuityCounters()
    counters.take(VIDEO, 1)
    data = full(VIDEO, 3) + full(VIDEO, 3) + full(VIDEO, 6)
    assert the_counters(run_on(counters, data)) == [1, 1, 4]


def test_null_packets_have_none() -> None:
    data = full(NULL_PID, 7) + full(NULL_PID, 3)
    assert run_on(ContinuityCounters(), data + full(VIDEO, 0)) == data + full(VIDEO, 0)


Step = tuple[str, int, int]
"""(what, PID, how many)."""
STEPS = st.lists(
    st.tuples(st.sampled_from(["new", "copied"]), st.sampled_from([VIDEO, AUDIO]), st.integers(1, 20)),
    max_size=8,
)


@quick
@given(steps=STEPS, first=st.integers(0, 15))
def test_counters_run_on_over_everything_that_is_written(steps: list[Step], first: int) -> None:
    counters, written = ContinuityCounters(), b""
    for what, pid, count in steps:
        if what == "new":
            written += b"".join(full(pid, int(counter)) for counter in counters.take(pid, count))
        else:
            source = b"".join(
                full(pid, first + at) + packet(pid, counter=first + at, adaptation=clock(at))
                for at in range(count)
            )
            written += run_on(counters, source)
    assert counter_faults(written) == []
