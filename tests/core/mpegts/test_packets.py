"""Packets as columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.ts_packets import PACKET, ROOM, VIDEO, clock, packet

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import NULL_PID, read_packets

# what it is -> the packet, where its payload begins, whether it has a clock
SHAPES: dict[str, tuple[bytes, int, bool]] = {
    "full": (packet(VIDEO, bytes(ROOM)), 4, False),
    "one byte of stuffing": (packet(VIDEO, bytes(ROOM - 1)), 5, False),
    "two bytes of stuffing": (packet(VIDEO, bytes(ROOM - 2)), 6, False),
    "one byte of payload": (packet(VIDEO, b"\x00"), PACKET - 1, False),
    "no payload": (packet(VIDEO), PACKET, False),
    "a clock and a payload": (packet(VIDEO, bytes(ROOM - 8), adaptation=clock(5)), 12, True),
    "a clock alone": (packet(VIDEO, adaptation=clock(5)), PACKET, True),
    "stuffing that looks like a clock": (packet(VIDEO, bytes(ROOM - 3), adaptation=b"\x00\x10"), 7, False),
    "an adaptation field too short for the clock that it names": (
        packet(VIDEO, bytes(ROOM - 7), adaptation=b"\x10" + bytes(5)),
        11,
        False,
    ),
    "an adaptation field that says it is longer than the packet": (
        packet(VIDEO, bytes(ROOM - 2))[:4] + b"\xff" + bytes(PACKET - 5),
        PACKET,
        False,
    ),
    "a payload named where the adaptation field leaves no room": (
        b"\x47\x01\x00\x30\xb7" + bytes(PACKET - 5),
        PACKET,
        False,
    ),
}


@pytest.mark.parametrize(("data", "payload_at", "has_clock"), SHAPES.values(), ids=SHAPES.keys())
def test_where_the_payload_begins(data: bytes, payload_at: int, has_clock: bool) -> None:
    packets = read_packets(data)
    assert packets.payload_at.tolist() == [payload_at]
    assert packets.pcr_rows.tolist() == ([0] if has_clock else [])
    assert packets.pid.tolist() == [VIDEO]


def test_a_row_is_a_packet() -> None:
    data = packet(NULL_PID, bytes(ROOM)) + packet(0, b"ab", starts=True) + packet(0x1234, adaptation=clock(0))
    packets = read_packets(data)
    assert packets.pid.tolist() == [NULL_PID, 0, 0x1234]
    assert packets.starts_unit.tolist() == [False, True, False]
    assert packets.carries().tolist() == [True, True, False]
    assert packets.pcr_rows.tolist() == [2]
    assert packets.rows.tobytes() == data


def test_what_comes_after_the_last_whole_packet_is_passed_over() -> None:
    data = packet(VIDEO, bytes(ROOM)) + packet(VIDEO, bytes(ROOM))[:-1]
    assert len(read_packets(data).rows) == 1


GOOD = packet(VIDEO, bytes(ROOM))
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "shorter than one packet"),
    "less than a packet": (GOOD[:-1], "shorter than one packet"),
    "a web page": (b"<!doctype html>".ljust(400), "packet 0 does not begin with its sync byte"),
    "sync lost later": (GOOD + GOOD + b"\x00" + GOOD, "packet 2 does not begin"),
    "a broken packet": (GOOD[:1] + b"\x81" + GOOD[2:], "received with errors"),
    "a scrambled packet": (GOOD[:3] + b"\x90" + GOOD[4:], "scrambled"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_mpeg_ts_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        read_packets(data)


@quick
@given(data=st.binary(max_size=4 * PACKET))
def test_random_bytes_are_refused_or_read(data: bytes) -> None:
    synced = bytearray(data)
    synced[::PACKET] = b"\x47" * len(synced[::PACKET])
    for attempt in (data, bytes(synced), memoryview(synced)):
        try:
            packets = read_packets(attempt)
        except NotUnderstood:
            continue
        assert ((packets.payload_at >= 4) & (packets.payload_at <= PACKET)).all()
