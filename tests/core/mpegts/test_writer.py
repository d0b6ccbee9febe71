"""New packets: read again, checked byte for byte, and demuxed by FFmpeg."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.demuxed import demuxed
from tests.fakes.tone_stream import ToneStream, just_before_wrap, made
from tests.fakes.ts_packets import (
    AUDIO,
    PACKET,
    ROOM,
    VIDEO,
    clock_field,
    counter_faults,
    packet,
    packets,
    pes,
    rows,
    tables,
)

from longtake.core.mpegts.counters import ContinuityCounters
from longtake.core.mpegts.packets import read_packets
from longtake.core.mpegts.scan import ScannedSegment, scan_segment
from longtake.core.mpegts.tables import table_rows
from longtake.core.mpegts.timestamps import PCR_PER_TICK, WRAP, read_pcrs
from longtake.core.mpegts.units import read_units
from longtake.core.mpegts.writer import AUDIO_ID, VIDEO_ID, OutgoingUnit, table_packets, unit_packets

ANY_TIME = st.integers(-WRAP, 2 * WRAP)


def a_unit(
    content: bytes = b"picture",
    pts: int = 3600,
    dts: int = 3600,
    *,
    entry: bool = False,
    pcr: int | None = None,
) -> OutgoingUnit:
    return OutgoingUnit(
        pid=VIDEO, stream_id=VIDEO_ID, pts=pts, dts=dts, content=content, entry=entry, pcr=pcr
    )


def written(*units: OutgoingUnit) -> bytes:
    counters = ContinuityCounters()
    return b"".join(unit_packets(unit, counters) for unit in units)


def stuffing(row: bytes) -> int:
    """How many bytes of a packet are no payload, besides its four."""
    return 0 if not row[3] & 0x20 else 1 + row[4]


def test_a_small_unit_is_one_packet_pushed_to_its_end() -> None:
    assert written(a_unit()) == packet(VIDEO, pes(b"picture", 3600), starts=True)


def test_a_unit_with_everything_in_its_first_packet() -> None:
    made = rows(written(a_unit(bytes(400), pts=7200, entry=True, pcr=50)))
    adaptation = b"\x50" + clock_field(50)
    whole = pes(bytes(400), 7200, 3600)
    assert b"".join(made) == packets(VIDEO, whole, adaptation=adaptation)


def test_a_picture_does_not_state_its_length_and_sound_does_if_it_can() -> None:
    for stream_id, size, stated in ((VIDEO_ID, 5, False), (AUDIO_ID, 5, True), (AUDIO_ID, 70_000, False)):
        unit = OutgoingUnit(pid=AUDIO, stream_id=stream_id, pts=9, dts=9, content=bytes(size))
        expected = pes(bytes(size), 9, stream_id=stream_id, stated=stated)
        assert unit_packets(unit, ContinuityCounters()) == packets(AUDIO, expected)


@pytest.mark.parametrize("entry", [False, True])
@pytest.mark.parametrize("pcr", [None, 5])
def test_every_length_of_stuffing_is_read_back(entry: bool, pcr: int | None) -> None:
    first, last = set[int](), set[int]()
    for size in range(2 * ROOM + 30):
        content = bytes(at % 251 for at in range(size))
        data = written(a_unit(content, entry=entry, pcr=pcr), a_unit(b"next"))
        units = read_units(read_packets(data), VIDEO)
        assert [units.content(0), units.content(1)] == [content, b"next"]
        assert counter_faults(data) == []
        own = rows(data)[:-1]
        first.add(stuffing(own[0]))
        last.add(stuffing(own[-1]))
    assert last == set(range(ROOM))
    least = stuffing(rows(written(a_unit(bytes(500), entry=entry, pcr=pcr)))[0])
    assert first >= set(range(least, ROOM - 14 + 1))


UNITS = st.lists(
    st.builds(
        OutgoingUnit,
        pid=st.sampled_from([VIDEO, AUDIO]),
        stream_id=st.sampled_from([VIDEO_ID, AUDIO_ID]),
        pts=ANY_TIME,
        dts=ANY_TIME,
        content=st.integers(0, 800).map(lambda size: bytes(at % 255 for at in range(size))),
        entry=st.booleans(),
        pcr=st.none() | ANY_TIME,
    ),
    max_size=6,
)


@quick
@given(units=UNITS)
def test_what_is_written_is_read_again(units: list[OutgoingUnit]) -> None:
    data = written(*units, a_unit(pcr=0))
    read = read_packets(data)
    for pid in (VIDEO, AUDIO):
        expected = [unit for unit in units if unit.pid == pid] + ([a_unit()] if pid == VIDEO else [])
        found = read_units(read, pid)
        assert [found.content(at) for at in range(len(found))] == [unit.content for unit in expected]
        assert [pts % WRAP for pts in found.pts.tolist()] == [unit.pts % WRAP for unit in expected]
        assert [dts % WRAP for dts in found.dts.tolist()] == [unit.dts % WRAP for unit in expected]
        entries = [bool(row[3] & 0x20 and row[4] and row[5] & 0x40) for row in starts(data, pid)]
        assert entries == [unit.entry for unit in expected]
    clocks = read_pcrs(read.rows[read.pcr_rows, 6:12]).tolist()
    assert clocks == [unit.pcr % WRAP * PCR_PER_TICK for unit in units if unit.pcr is not None] + [0]
    assert counter_faults(data) == []


def starts(data: bytes, pid: int) -> list[bytes]:
    return [row for row in rows(data) if (row[1] & 0x1F) << 8 | row[2] == pid and row[1] & 0x40]


@quick
@given(size=st.integers(0, 5 * ROOM), pcr=st.none() | ANY_TIME)
@example(size=ROOM - 14, pcr=None)
@example(size=ROOM - 14 - 8, pcr=0)
@example(size=2 * ROOM - 14, pcr=None)
def test_a_unit_takes_no_more_packets_than_it_needs(size: int, pcr: int | None) -> None:
    data = written(a_unit(bytes(size), pcr=pcr))
    assert len(data) % PACKET == 0
    assert len(data) // PACKET == -(-(14 + size + (0 if pcr is None else 8)) // ROOM)


def test_tables_from_elsewhere_go_on_counting() -> None:
    source = tables() + packets(VIDEO, pes(b"picture", 0))
    read = read_packets(source)
    scanned_tables = table_rows(read, scan_segment(source).program)
    counters = ContinuityCounters()
    data = b"".join(table_packets(scanned_tables, counters) for _ in range(20))
    assert counter_faults(data) == []
    assert [row[:3] + row[4:] for row in rows(data)] == [row[:3] + row[4:] for row in scanned_tables] * 20
    assert table_packets([], counters) == b""


def rewritten(scanned: ScannedSegment) -> bytes:
    """The same pictures and sound in packets of the writer."""
    counters = ContinuityCounters()
    data = table_packets(table_rows(scanned.packets, scanned.program), counters)
    units = [
        OutgoingUnit(
            pid=of.pid,
            stream_id=VIDEO_ID if of is scanned.video else AUDIO_ID,
            pts=int(of.pts[at]),
            dts=int(of.dts[at]),
            content=of.content(at),
            entry=of is scanned.video and bool(scanned.idr[at]),
            pcr=int(of.dts[at]) - 9000 if of is scanned.video else None,
        )
        for of in (scanned.video, scanned.audio)
        if of is not None
        for at in range(len(of))
    ]
    for unit in sorted(units, key=lambda unit: unit.dts):
        data += unit_packets(unit, counters)
    return data


@pytest.mark.parametrize(
    "stream",
    [
        ToneStream(segments=1),
        ToneStream(segments=1, b_frames=3, gop=30, rate=Fraction(30_000, 1001)),
        ToneStream(segments=1, b_frames=3, channels=1, first_pts=just_before_wrap(0.7)),
    ],
    ids=["plain", "with B-frames", "over the wrap"],
)
def test_ffmpeg_finds_the_same_in_what_is_written_anew(stream: ToneStream) -> None:
    (source,) = made(stream)
    data = rewritten(scan_segment(source))
    assert demuxed(data) == demuxed(source)
    assert counter_faults(data) == []
