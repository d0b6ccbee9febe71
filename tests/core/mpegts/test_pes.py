"""PES headers, whatever is wrong with them."""

from __future__ import annotations

import pytest
from tests.fakes.ts_packets import VIDEO, packet, packets, pes

from longtake.core.mpegts.packets import read_packets
from longtake.core.mpegts.pes import LONGEST_HEADER, PesHeaders, UnitHeads, heads_of, payload, read_headers
from longtake.core.mpegts.timestamps import WRAP

PICTURE = bytes(range(256)) * 2


def headers(*parts: bytes) -> PesHeaders:
    return read_headers(read_packets(b"".join(parts)), VIDEO)


def heads(*parts: bytes) -> UnitHeads:
    found = read_packets(b"".join(parts))
    return heads_of(found, found.carrying(VIDEO))


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


@pytest.mark.parametrize("sizes", [(), (1, 2, 3, 4, 5, 6), (18, 1), (9,)], ids=str)
def test_heads_tell_the_same_in_short(sizes: tuple[int, ...]) -> None:
    parts = (
        packets(VIDEO, pes(PICTURE, WRAP - 1, 7), sizes=sizes),
        packets(VIDEO, pes(PICTURE, 5, stated=True), sizes=sizes),
    )
    found, columns = heads(*parts), headers(*parts)
    assert found.rows.tolist() == columns.rows.tolist()
    assert found.at == [*columns.at.tolist(), len(columns.rows)]
    assert found.size_bytes == columns.size_bytes.tolist()
    assert found.header_bytes == columns.header_bytes.tolist()
    assert found.least_bytes == [19, 14 + len(PICTURE)]
    assert found.times == [WRAP - 1, WRAP + 5]
    assert (found.all_pes, found.last_is_stated, found.begins_within) == (True, True, False)


def test_the_end_of_an_earlier_unit_is_passed_over() -> None:
    parts = (packet(VIDEO, b"its end"), packets(VIDEO, pes(b"next", 3)))
    assert (headers(*parts).rows.tolist(), headers(*parts).pts.tolist()) == ([1], [3])
    assert (heads(*parts).rows.tolist(), heads(*parts).times) == ([1], [3])
    assert heads(*parts).begins_within


def test_there_may_be_none() -> None:
    parts = (packet(VIDEO, b"within"), packet(VIDEO))
    assert (len(headers(*parts)), len(headers(*parts).bytes)) == (0, 0)
    assert (len(heads(*parts)), heads(*parts).times, heads(*parts).begins_within) == (0, [], True)


def test_what_is_no_pes_packet_has_no_time_and_no_length() -> None:
    found = heads(packets(VIDEO, pes(PICTURE, 9)), packets(VIDEO, b"\x01" + pes(PICTURE, 5)))
    assert (found.all_pes, found.times, found.least_bytes[1]) == (False, [9], 0)


@pytest.mark.parametrize("sizes", [(), (1,) * 180, (184, 1, 1)], ids=["full", "a byte each", "mixed"])
@pytest.mark.parametrize("most_bytes", [0, 1, 16, 185, 5000])
def test_payloads_are_taken_up_to_so_many_bytes(sizes: tuple[int, ...], most_bytes: int) -> None:
    unit = pes(PICTURE * 2, 5)
    found = read_packets(packets(VIDEO, unit, sizes=sizes))
    assert payload(found, found.carrying(VIDEO), most_bytes) == unit[:most_bytes]


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
    assert heads(packets(VIDEO, unit), packets(VIDEO, pes(PICTURE, 9, 8))).times == [9]
    assert found.bytes[0].tobytes() == unit.ljust(LONGEST_HEADER, b"\0")[:LONGEST_HEADER]
