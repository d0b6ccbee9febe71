"""Whole segments moved in time: all times are later, and no other byte is another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.demuxed import demuxed
from tests.fakes.tone_stream import ToneStream, just_before_wrap, made
from tests.fakes.ts_packets import AUDIO, PACKET, PMT, VIDEO, clock, packet, packets, pes, rows, tables

from longtake.core.mpegts.packets import NULL_PID, read_packets
from longtake.core.mpegts.retime import pcr_lead, retimed
from longtake.core.mpegts.scan import ScannedSegment, scan_segment
from longtake.core.mpegts.timestamps import PCR_PER_TICK, WRAP, read_pcrs
from longtake.core.mpegts.units import Units

SERVICES = 0x11
ALL = frozenset({0, SERVICES, PMT, VIDEO, AUDIO})
PICTURE = b"\x00\x00\x00\x01\x65picture" * 30
SOUND = b"sound" * 60


def spread(sizes: Iterable[int], *, first: int = 7200, pcr: int = 0) -> bytes:
    """A segment whose headers are spread over packets; other packets stand between."""
    sizes = list(sizes)
    picture = rows(packets(VIDEO, pes(PICTURE, first + 3600, first), sizes=sizes, adaptation=clock(pcr, 17)))
    sound = rows(packets(AUDIO, pes(SOUND, first, stream_id=0xC0, stated=True), sizes=sizes))
    woven = [row for both in zip(picture, sound, strict=False) for row in both]
    woven += picture[len(sound) :] + sound[len(picture) :]
    woven.insert(2, packet(VIDEO, adaptation=clock(pcr + 40)))
    return tables() + b"".join(woven) + packets(VIDEO, pes(PICTURE, first + 7200), sizes=sizes)


def all_units(scanned: ScannedSegment) -> list[Units]:
    return [scanned.video] if scanned.audio is None else [scanned.video, scanned.audio]


def times_of(data: bytes) -> tuple[list[list[int]], list[int]]:
    """PTS and DTS by stream, and the clocks; all modulo a turn."""
    scanned = scan_segment(data)
    packets = scanned.packets
    clocks = read_pcrs(packets.rows[packets.pcr_rows, 6:12])
    stamps = [values for units in all_units(scanned) for values in (units.pts, units.dts)]
    return [(values % WRAP).tolist() for values in stamps], clocks.tolist()


def without_times(data: bytes) -> bytes:
    """With zeros for all times, also those of headers that are spread over packets."""
    scanned = scan_segment(data)
    cleared = scanned.packets.rows.copy()
    cleared[scanned.packets.pcr_rows, 6:12] = 0
    for units in all_units(scanned):
        for row, has_dts in zip(units.first_row.tolist(), units.has_dts.tolist(), strict=True):
            places = _places(scanned, units.pid, row)
            for _ in range(9):
                next(places)
            for _ in range(10 if has_dts else 5):
                cleared[next(places)] = 0
    return cleared.tobytes()


def _places(scanned: ScannedSegment, pid: int, row: int) -> Iterator[tuple[int, int]]:
    """Where the bytes of a unit are, one by one."""
    at = scanned.packets
    for later in range(row, len(at.pid)):
        if at.pid[later] == pid:
            yield from ((later, column) for column in range(int(at.payload_at[later]), PACKET))


def moved(data: bytes, video_ticks: int, clock_ticks: int, pids: frozenset[int] = ALL) -> bytes:
    return retimed(scan_segment(data), video_ticks=video_ticks, clock_ticks=clock_ticks, pids=pids).tobytes()


def check_moved(data: bytes, video_ticks: int, clock_ticks: int) -> None:
    later = moved(data, video_ticks, clock_ticks)
    (stamps, clocks), (later_stamps, later_clocks) = times_of(data), times_of(later)
    assert later_stamps == [[(value + video_ticks) % WRAP for value in values] for values in stamps]
    turn = WRAP * PCR_PER_TICK
    assert later_clocks == [(value + clock_ticks * PCR_PER_TICK) % turn for value in clocks]
    assert without_times(later) == without_times(data)
    assert moved(later, -video_ticks, -clock_ticks) == data


ANY_SHIFT = st.integers(-2 * WRAP, 2 * WRAP)
WITH_B_FRAMES = ToneStream(segments=1, gop=10, segment_frames=20, b_frames=3, rate=Fraction(25))


@quick
@given(video_ticks=ANY_SHIFT, clock_ticks=ANY_SHIFT, sizes=st.lists(st.integers(1, 20), max_size=12))
def test_only_times_change_wherever_they_stand(video_ticks: int, clock_ticks: int, sizes: list[int]) -> None:
    check_moved(spread(sizes), video_ticks, clock_ticks)


@pytest.mark.parametrize("size", range(1, 19))
def test_only_times_change_if_so_many_bytes_of_each_header_are_in_its_first_packet(size: int) -> None:
    check_moved(spread([size]), WRAP - 5, 1 << 31)


@quick
@given(video_ticks=ANY_SHIFT, clock_ticks=ANY_SHIFT)
def test_only_times_change_in_segments_of_an_encoder(video_ticks: int, clock_ticks: int) -> None:
    check_moved(made(WITH_B_FRAMES)[0], video_ticks, clock_ticks)


@pytest.mark.parametrize("shift", [-90_000, 45_000, WRAP // 2])
def test_a_segment_with_a_wrap_inside(shift: int) -> None:
    (source,) = made(ToneStream(segments=1, b_frames=2, first_pts=just_before_wrap(1)))
    check_moved(source, shift, shift)


def test_ffmpeg_finds_the_same_pictures_and_sound_later() -> None:
    (source,) = made(WITH_B_FRAMES)
    before, after = demuxed(source), demuxed(moved(source, 123_456, 123_456))
    for early, late in ((before.video, after.video), (before.audio, after.audio)):
        assert [unit[2:] for unit in late] == [unit[2:] for unit in early]
        assert [(unit[0], unit[1]) for unit in late] == [
            (None if pts is None else pts + 123_456, None if dts is None else dts + 123_456)
            for pts, dts, *_ in early
        ]


def test_other_pids_become_null_packets() -> None:
    data = spread([]) + packets(0x300, b"something else" * 30)
    read = read_packets(moved(data, 1, 1, frozenset({VIDEO, PMT})))
    source = read_packets(data)
    kept = np.isin(source.pid, [VIDEO, PMT])
    assert read.pid[kept].tolist() == source.pid[kept].tolist()
    assert set(read.pid[~kept].tolist()) == {NULL_PID}
    assert not read.starts_unit[~kept].any()


def test_the_source_is_left_as_it_is() -> None:
    data = bytearray(spread([4]))
    before = bytes(data)
    retimed(scan_segment(bytes(data)), video_ticks=9, clock_ticks=9, pids=ALL)
    assert data == before


# what it is -> the clock at the first picture, its DTS, the lead
LEADS = {
    "the clock runs ahead": (7200 - 6300, 7200, 6300),
    "the clock is as late as the picture": (7200, 7200, 0),
    "a clock after the picture is none": (7201, 7200, 0),
    "a clock that is far off is none": (0, 10 * 90_000, 0),
    "the clock wraps between": (WRAP - 100, 200, 300),
    "the picture comes just before the wrap": (WRAP - 400, WRAP - 100, 300),
}


@pytest.mark.parametrize(("pcr", "dts", "lead"), LEADS.values(), ids=LEADS.keys())
def test_by_how_much_the_clock_leads(pcr: int, dts: int, lead: int) -> None:
    assert pcr_lead(scan_segment(spread([], first=dts, pcr=pcr))) == lead


def test_the_clock_counts_that_is_last_before_the_picture() -> None:
    picture, other = packets(VIDEO, pes(PICTURE, 9000)), packets(VIDEO, pes(PICTURE, 12_600))
    early, near = packet(VIDEO, adaptation=clock(1000)), packet(VIDEO, adaptation=clock(3000))
    assert pcr_lead(scan_segment(tables() + early + near + picture + other)) == 6000
    assert pcr_lead(scan_segment(tables() + picture + near + other)) == 6000
    assert pcr_lead(scan_segment(tables() + picture + other + near)) == 0
    assert pcr_lead(scan_segment(tables() + picture + other)) == 0
