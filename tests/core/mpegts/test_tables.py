"""Program tables, written by hand: what is found in them, and what is said when nothing is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.ts_packets import (
    AUDIO,
    PACKET,
    PMT,
    ROOM,
    VIDEO,
    clock,
    packet,
    packets,
    pat,
    pes,
    pmt,
    rows,
    section,
    tables,
)

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import Packets, read_packets
from longtake.core.mpegts.tables import (
    AAC_ADTS,
    AC3,
    E_AC3,
    H264,
    HEVC,
    Program,
    read_maps,
    read_program,
    table_rows,
)

ID3, SUBTITLES = 0x15, 0x06
PLAIN = Program(pmt_pid=PMT, pcr_pid=VIDEO, streams=((VIDEO, H264), (AUDIO, AAC_ADTS)))
DESCRIPTORS = b"\x05\x04HDMV\x0a\x04eng\x00"


def program_of(*parts: bytes) -> Program:
    return read_program(read_packets(b"".join(parts)))


def stuffed(data: bytes) -> bytes:
    """To fill a packet, as muxers do behind a section."""
    return data + b"\xff" * (-len(data) % ROOM)


MANY = [(VIDEO, H264), *((0x200 + at, ID3) for at in range(40)), (AUDIO, AAC_ADTS)]
MANY_STREAMS = Program(pmt_pid=PMT, pcr_pid=VIDEO, streams=tuple(MANY))
LONG = pmt(*MANY)
PROGRAMS: dict[str, tuple[bytes, Program]] = {
    "a packet each": (tables(), PLAIN),
    "a network table named before the program": (
        packets(0, pat((0, 0x10), (7, PMT))) + packets(PMT, pmt()),
        PLAIN,
    ),
    "the first of two programs": (packets(0, pat((3, PMT), (4, 0x1001))) + packets(PMT, pmt()), PLAIN),
    "stuffing in front of the sections": (packets(0, pat()) + packets(PMT, pmt()), PLAIN),
    "other packets between": (
        packets(VIDEO, pes(b"picture", 0)) + packets(0, stuffed(pat())) + packet(AUDIO) + packets(PMT, pmt()),
        PLAIN,
    ),
    "a section behind a long pointer field": (packets(0, pat()) + packets(PMT, pmt(pointer=9)), PLAIN),
    "descriptors of the program and of the streams": (
        packets(0, pat()) + packets(PMT, stuffed(pmt(descriptors=DESCRIPTORS, of_each=DESCRIPTORS))),
        PLAIN,
    ),
    "a map in several packets": (packets(0, stuffed(pat())) + packets(PMT, stuffed(LONG)), MANY_STREAMS),
    "a map in pieces of one byte and more": (
        packets(0, pat(), sizes=[2, 1, 2, 5]) + packets(PMT, LONG, sizes=[2, 1, 1, 100, 3]),
        MANY_STREAMS,
    ),
    "a map in pieces, with a packet that holds none between": (
        packets(0, pat())
        + packets(PMT, LONG[:50])
        + packet(PMT, adaptation=clock(0))
        + packets(PMT, LONG[50:]).replace(b"\x47\x50", b"\x47\x10", 1),
        MANY_STREAMS,
    ),
    "a map that ends where the next section begins": (
        packets(0, pat())
        + packet(PMT, LONG[:ROOM], starts=True)
        + packet(PMT, bytes((len(LONG) - ROOM,)) + LONG[ROOM:] + section(0x42, b"later"), starts=True),
        MANY_STREAMS,
    ),
    "a section of another table before the map": (
        packets(0, pat()) + packets(PMT, stuffed(section(0x42, b"something"))) + packets(PMT, pmt()),
        PLAIN,
    ),
    "a section of another table before the map, in one packet": (
        packets(0, pat()) + packets(PMT, section(0x42, b"something") + pmt()[1:]),
        PLAIN,
    ),
    "the end of a map that began earlier": (
        packets(0, pat()) + packet(PMT, LONG[ROOM:]) + packets(PMT, pmt()),
        PLAIN,
    ),
}


@pytest.mark.parametrize(("data", "program"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_the_program_is_found(data: bytes, program: Program) -> None:
    assert program_of(data) == program


STREAMS: dict[str, tuple[list[tuple[int, int]], tuple[int, int] | None, tuple[int, int] | None]] = {
    "pictures and sound": ([(1, H264), (2, AAC_ADTS)], (1, H264), (2, AAC_ADTS)),
    "sound first, and something else": ([(2, AAC_ADTS), (3, ID3), (1, HEVC)], (1, HEVC), (2, AAC_ADTS)),
    "two of each": (
        [(1, H264), (2, AAC_ADTS), (4, 0x02), (5, 0x81)],
        (1, H264),
        (2, AAC_ADTS),
    ),
    "pictures alone": ([(1, H264)], (1, H264), None),
    "sound alone": ([(2, 0x03)], None, (2, 0x03)),
    "neither": ([(3, ID3), (4, SUBTITLES)], None, None),
}


@pytest.mark.parametrize(("streams", "video", "audio"), STREAMS.values(), ids=STREAMS.keys())
def test_the_first_pictures_and_the_first_sound_count(
    streams: list[tuple[int, int]], video: tuple[int, int] | None, audio: tuple[int, int] | None
) -> None:
    program = program_of(tables(*streams))
    assert (program.video, program.audio) == (video, audio)


def test_the_clock_may_have_a_pid_of_its_own() -> None:
    assert program_of(tables(pcr_pid=0x1F0)).pcr_pid == 0x1F0


CUT_SHORT = section(2, b"\xe1")
REFUSED: dict[str, tuple[bytes, str]] = {
    "no PAT": (packets(PMT, pmt()), "no program association table"),
    "no PMT": (packets(0, pat()), "no program map table"),
    "a PAT without a program": (packets(0, pat((0, 0x10))), "names no program"),
    "an empty PAT": (packets(0, section(0, b"")), "names no program"),
    "a PMT that is cut short": (packets(0, pat()) + packets(PMT, CUT_SHORT), "is cut short"),
    "a PMT whose rest is missing": (packets(0, pat()) + packets(PMT, LONG[:ROOM]), "no program map table"),
    "an empty section": (packets(0, b"\x00\x00\xb0\x00"), "names no program|cut short|association"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_without_a_program_nothing_is_understood(data: bytes, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        program_of(data)


def test_the_packets_of_both_tables_can_be_used_elsewhere() -> None:
    first, between, second = packets(0, pat()), packet(VIDEO, b"picture"), packets(PMT, stuffed(LONG))
    read = read_packets(first + between + second + first + packets(PMT, pmt()))
    found = table_rows(read, read_program(read))
    assert found == rows(first + second)


@quick
@given(body=st.binary(max_size=60), table=st.sampled_from([0, 2, 3]), cut=st.integers(0, 70))
def test_no_table_breaks_anything(body: bytes, table: int, cut: int) -> None:
    odd = section(table, body)[: max(1, cut)]
    for data in (packets(0, odd), packets(0, pat()) + packets(PMT, odd), packets(0, pat((1, 0)))):
        _read_or_refuse(read_packets(data))


@quick
@given(data=st.binary(min_size=3, max_size=3), at=st.integers(0, 280))
def test_no_flipped_bytes_break_anything(data: bytes, at: int) -> None:
    damaged = bytearray(packets(0, pat()) + packets(PMT, pmt()))
    damaged[2 * PACKET - 24 + at % 20] = data[0]
    damaged[2 * PACKET - 24 + at % 23] = data[1]
    damaged[PACKET - 14 + at % 14] = data[2]
    _read_or_refuse(read_packets(bytes(damaged)))


def _read_or_refuse(read: Packets) -> None:
    with suppress(NotUnderstood):
        assert table_rows(read, read_program(read))


PRIVATE: dict[str, tuple[bytes, int]] = {
    "nothing said": (b"", SUBTITLES),
    "AC-3 as DVB says it": (b"\x0a\x04eng\x00\x6a\x01\x00", AC3),
    "E-AC-3 as DVB says it": (b"\x7a\x00", E_AC3),
    "registered": (b"\x05\x04AC-3", AC3),
    "registered HEVC": (b"\x05\x04HEVC\x0a\x00", HEVC),
    "registered for something else": (b"\x05\x04ID3 ", SUBTITLES),
    "cut short": (b"\x05", SUBTITLES),
}


@pytest.mark.parametrize(("descriptors", "kind"), PRIVATE.values(), ids=PRIVATE.keys())
def test_private_data_is_what_its_descriptors_say(descriptors: bytes, kind: int) -> None:
    data = packets(0, pat()) + packets(PMT, pmt((AUDIO, 0x06), of_each=descriptors))
    assert program_of(data).streams == ((AUDIO, kind),)


OTHER = Program(pmt_pid=PMT, pcr_pid=VIDEO, streams=((VIDEO, HEVC),))
MAPS: dict[str, tuple[bytes, tuple[Program, ...]]] = {
    "none": (packets(0, pat()), ()),
    "one, many times": (tables() * 9, (PLAIN,)),
    "two, in turns": (
        tables()
        + packets(PMT, stuffed(pmt((VIDEO, HEVC))))
        + tables()
        + packets(PMT, stuffed(pmt((VIDEO, HEVC)))),
        (PLAIN, OTHER),
    ),
    "of several packets, many times": (
        packets(0, stuffed(pat())) + packets(PMT, stuffed(LONG)) * 4,
        (MANY_STREAMS,),
    ),
    "the program that has pictures or sound": (
        packets(0, pat((1, 0x1002), (2, PMT))) + packets(0x1002, pmt((0x300, ID3))) + packets(PMT, pmt()),
        (PLAIN,),
    ),
    "one without pictures or sound, if there is no other": (
        packets(0, pat()) + packets(PMT, pmt((0x300, ID3))),
        (Program(pmt_pid=PMT, pcr_pid=VIDEO, streams=((0x300, ID3),)),),
    ),
    "a damaged one besides": (
        packets(0, pat()) + packets(PMT, section(2, b"")) + packets(PMT, pmt()),
        (PLAIN,),
    ),
}


@pytest.mark.parametrize(("data", "maps"), MAPS.values(), ids=MAPS.keys())
def test_all_maps_of_a_program_are_found(data: bytes, maps: tuple[Program, ...]) -> None:
    assert read_maps(read_packets(data)) == maps


@quick
@given(
    data=st.sampled_from([tables(), packets(0, pat()) + packets(PMT, LONG)]),
    at=st.integers(0, 600),
    byte=st.integers(0, 255),
)
def test_maps_are_looked_for_in_anything(data: bytes, at: int, byte: int) -> None:
    damaged = bytearray(data * 2)
    place = at % len(damaged)
    if place % PACKET > 3:
        damaged[place] = byte
    assert len(read_maps(read_packets(bytes(damaged)))) <= 2
