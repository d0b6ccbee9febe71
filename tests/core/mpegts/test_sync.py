"""Packets are found again wherever bytes are missing or too many."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.ts_packets import PACKET, VIDEO, packet, rows

from longtake.core.mpegts.sync import aligned

WHOLE = b"".join(packet(VIDEO, bytes((at % 70,)) * 184, counter=at) for at in range(40))


def taken(data: bytes) -> tuple[bytes, int | None, bytes]:
    found = aligned(np.frombuffer(data, np.uint8))
    return found.rows.tobytes(), found.lost_at, found.rest


@pytest.mark.parametrize("extra", [b"", b"\x47", b"\x47\x01\x02", bytes(187)])
def test_whole_packets_are_taken_as_they_are(extra: bytes) -> None:
    assert taken(WHOLE + extra) == (WHOLE, None, extra)


@pytest.mark.parametrize("data", [b"", b"\x47", b"G" * 7, bytes(500), b"G" * 187], ids=len)
def test_what_holds_no_packet_gives_none(data: bytes) -> None:
    assert taken(data)[0] == b""


@quick
@given(at=st.integers(0, len(WHOLE) - 1), size=st.integers(1, 400))
def test_after_missing_bytes_the_next_packets_are_found(at: int, size: int) -> None:
    """All but those that were hit, or the one before, whose end is another one's then."""
    found, lost_at, _ = taken(WHOLE[:at] + WHOLE[at + size :])
    untouched = rows(WHOLE)[at // PACKET + 2 + size // PACKET :]
    assert len(untouched) < 3 or found.endswith(b"".join(untouched))
    assert found.startswith(WHOLE[: at // PACKET * PACKET])
    if size % PACKET and len(untouched) > 3:
        assert lost_at is not None
        assert abs(lost_at - at) <= PACKET


@quick
@given(at=st.integers(0, len(WHOLE) - 1), extra=st.binary(min_size=1, max_size=400))
def test_after_bytes_too_many_the_next_packets_are_found(at: int, extra: bytes) -> None:
    found, _, _ = taken(WHOLE[:at] + extra + WHOLE[at:])
    untouched = rows(WHOLE)[at // PACKET + 1 :]
    assert len(untouched) < 6 or found.endswith(b"".join(untouched[3:]))


def test_content_without_end_of_losses_is_not_followed_for_ever() -> None:
    data = (b"\x47" + bytes(190)) * 2000
    assert len(taken(data)[0]) < len(data) / 4
