"""PES headers, whatever is wrong with them."""

from __future__ import annotations

import pytest
from tests.fakes.ts_packets import VIDEO, packet, packets, pes

from longtake.core.mpegts.packets import read_packets
from longtake.core.mpegts.pes import LONGEST_HEADER, PesHeaders, read_headers
from longtake.core.mpegts.timestamps import WRAP

PICTURE = bytes(range(256)) * 2


def headers(*parts: bytes) -> PesHeaders:
    return read_headers(read_packets(b"".join(parts)), VIDEO)


@pytest.mark.parametrize("sizes", [(), (1, 2, 3, 4, 5, 6), (18, 1), (9,)], ids=str)
def test_headers_are_read_in_one_packet_or_many(sizes: tuple[int, ...]) -> None:
    found = headers(
        packets(VIDEO, pes(PICTURE, WRAP - 1, 7), sizes=sizes),
        packets(VIDEO, pes(PICTURE, 5, stated=True), sizes=sizes),
    )
    assert found.is_pes.tolist() == [True, True]
    assert (found.pts.tolist(), found.dts.tolist()) == ([WRAP - 1, 5], [7, 5])
    assert (found.has_pts.tolist(), found.has_dts.tolist()) == ([True, True], [True, False])
    assert found.header_bytes.tolist() == [19, 14]
    assert found.size_bytes.tolist() == [19 + len(PICTURE), 14 + len(PICTURE)]
    assert found.stated_bytes.tolist() == [0, 14 + len(PICTURE)]
    assert not found.begins_within


def test_the_end_of_an_earlier_unit_is_passed_over() -> None:
    found = headers(packet(VIDEO, b"its end"), packets(VIDEO, pes(b"next", 3)))
    assert (found.begins_within, found.pts.tolist()) == (True, [3])
    assert found.rows.tolist() == [1]


def test_there_may_be_none() -> None:
    found = headers(packet(VIDEO, b"within"), packet(VIDEO))
    assert (len(found), found.begins_within, len(found.bytes)) == (0, True, 0)


DAMAGED: dict[str, bytes] = {
    "a byte": b"\x00",
    "half a header": pes(b"", 5, 4)[:12],
    "a length that is too short for its times": pes(b"", 5)[:8] + b"\x02" + pes(b"", 5)[9:],
    "no time": pes(b"", 5)[:7] + b"\x00\x00",
}


@pytest.mark.parametrize("unit", DAMAGED.values(), ids=DAMAGED.keys())
def test_what_is_not_there_in_full_is_no_timestamp(unit: bytes) -> None:
    found = headers(packets(VIDEO, unit), packets(VIDEO, pes(PICTURE, 9, 8)))
    assert found.has_pts.tolist() == [False, True]
    assert found.pts.tolist() == [0, 9]
    assert found.bytes[0].tobytes() == unit.ljust(LONGEST_HEADER, b"\0")[:LONGEST_HEADER]
