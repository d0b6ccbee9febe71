"""What is missing or damaged in a segment is seen, whatever it is."""

from __future__ import annotations

import pytest
from tests.fakes.tone_stream import ToneStream, made
from tests.fakes.ts_packets import AUDIO, PACKET, VIDEO, packet, packets, pes, tables

from longtake.core.mpegts.look import look_at
from longtake.core.mpegts.timestamps import WRAP

PICTURE = b"\x00\x00\x01\x65" + bytes(range(256))
REAL = made(ToneStream(segments=1, segment_frames=30, gop=30))[0]


def by_hand(count: int = 5) -> bytes:
    """Pictures in three packets each, sound in one."""
    data = tables()
    for at in range(count):
        data += packets(VIDEO, pes(PICTURE * 2, 3000 * at), counter=3 * at)
        data += packets(AUDIO, pes(b"sound", 3000 * at, stream_id=0xC0, stated=True), counter=at)
    return data


def test_a_whole_segment_is_without_flaw() -> None:
    for data in (REAL, by_hand()):
        seen = look_at(data)
        assert (seen.flaw, seen.breaks_off, seen.open_end) == (None, False, False)
        assert seen.video is not None
        assert seen.audio is not None


def test_times_do_not_jump_at_a_wrap() -> None:
    data = tables() + packets(VIDEO, pes(PICTURE, WRAP - 5)) + packets(VIDEO, pes(PICTURE, 7), counter=2)
    video = look_at(data).video
    assert video is not None
    assert video.times == [WRAP - 5, WRAP + 7]


WHOLE = by_hand()
FIRST = len(tables()) + 5 * PACKET  # the second picture's second packet
FLAWED: dict[str, tuple[bytes, str, bool]] = {
    "half a packet at the end": (WHOLE[:-80], "ends within a packet", True),
    "a single byte at the end": (WHOLE + b"\x47", "ends within a packet", True),
    "rubbish at the end": (WHOLE + b"<html>", "behind the last packet", False),
    "no packet at all": (b"\x47\x01", "shorter than one packet", True),
    "sound that ends before its stated length": (
        WHOLE + packets(AUDIO, pes(bytes(400), 9, stream_id=0xC0, stated=True), counter=5)[:PACKET],
        "ends within sound",
        True,
    ),
    "a picture that ends before its stated length": (
        WHOLE + packets(VIDEO, pes(bytes(400), 9, stated=True), counter=15)[:PACKET],
        "ends within a picture",
        True,
    ),
    "a second sound that ends before its stated length": (
        tables((VIDEO, 0x1B), (AUDIO, 0x0F), (0x102, 0x0F))
        + WHOLE[2 * PACKET :]
        + packets(0x102, pes(bytes(400), 9, stream_id=0xC0, stated=True))[:PACKET],
        "ends within sound",
        True,
    ),
    "a packet of a second sound that is missing": (
        tables((VIDEO, 0x1B), (AUDIO, 0x0F), (0x102, 0x0F))
        + WHOLE[2 * PACKET :]
        + b"".join(packets(0x102, pes(b"", 9 * at, stream_id=0xC0), counter=at) for at in (0, 1, 2, 4, 5)),
        "counters jump",
        False,
    ),
    "data alone where pictures are announced": (
        tables((VIDEO, 0x1B), (0x150, 0x15)) + packets(0x150, pes(b"ID3", 9)),
        "neither pictures nor sound",
        False,
    ),
    "a packet that is missing": (WHOLE[:FIRST] + WHOLE[FIRST + PACKET :], "counters jump", False),
    "bytes that are missing": (
        WHOLE[:FIRST] + WHOLE[FIRST + 9 :],
        "bytes are missing or damaged at byte",
        False,
    ),
    "bytes too many": (WHOLE[:FIRST] + b"??" + WHOLE[FIRST:], "bytes are missing or damaged at byte", False),
    "a packet received with errors": (
        WHOLE[: FIRST + 1] + bytes((WHOLE[FIRST + 1] | 0x80,)) + WHOLE[FIRST + 2 :],
        "received with errors",
        False,
    ),
    "scrambled": (
        WHOLE[: FIRST + 3] + bytes((WHOLE[FIRST + 3] | 0x80,)) + WHOLE[FIRST + 4 :],
        "scrambled",
        False,
    ),
    "no tables": (WHOLE[2 * PACKET :], "tables are missing", False),
    "no map": (WHOLE[:PACKET] + WHOLE[2 * PACKET :], "tables are missing", False),
    "tables alone": (tables(), "neither pictures nor sound", False),
    "a picture without a header": (
        tables() + packets(VIDEO, b"\x01" + pes(PICTURE, 5)),
        "does not begin with its header",
        False,
    ),
    "pictures without times": (
        tables() + packets(VIDEO, pes(PICTURE, 5)[:7] + b"\x00\x00" + PICTURE),
        "has a timestamp",
        False,
    ),
}


@pytest.mark.parametrize(("data", "words", "breaks_off"), FLAWED.values(), ids=FLAWED.keys())
def test_a_flaw_is_named(data: bytes, words: str, breaks_off: bool) -> None:
    seen = look_at(data)
    assert words in str(seen.flaw)
    assert seen.breaks_off == breaks_off


def test_counters_may_jump_where_it_is_announced() -> None:
    announced = packet(VIDEO, pes(PICTURE, 90_000)[:100], starts=True, counter=9, adaptation=b"\x80")
    assert look_at(by_hand() + announced).flaw is None
    unannounced = packet(VIDEO, pes(PICTURE, 90_000)[:100], starts=True, counter=9)
    assert look_at(by_hand() + unannounced).flaw is not None


def test_a_packet_may_be_sent_twice() -> None:
    data = by_hand()
    seen = look_at(data[: FIRST + PACKET] + data[FIRST : FIRST + PACKET] + data[FIRST + PACKET :])
    assert seen.flaw is None
    assert seen.video is not None
    assert seen.video.heads.size_bytes == [534] * 5


@pytest.mark.parametrize("full", [True, False], ids=["to its end", "not quite"])
def test_a_last_picture_that_fills_its_last_packet_may_go_on(full: bool) -> None:
    last = pes(b"\x00\x00\x01\x41" + bytes(166 if full else 165), 15_000)
    seen = look_at(by_hand() + packets(VIDEO, last, counter=15))
    assert (seen.flaw, seen.open_end) == (None, full)


def test_it_does_not_where_sound_follows_and_units_are_never_mixed() -> None:
    last = packets(VIDEO, pes(b"\x00\x00\x01\x41" + bytes(166), 15_000), counter=15)
    sound = packets(AUDIO, pes(b"sound", 15_000, stream_id=0xC0, stated=True), counter=5)
    assert not look_at(by_hand() + last + sound).open_end


def test_sources_that_cut_units_in_two_are_not_said_to_break_off() -> None:
    begin = packets(AUDIO, pes(bytes(400), 9, stream_id=0xC0, stated=True), counter=5)
    seen = look_at(tables() + begin[PACKET:] + by_hand()[len(tables()) :] + begin[:PACKET])
    assert not seen.breaks_off


def pictures(*counters: int, between: bytes = b"") -> bytes:
    """Of a packet each, with these counters."""
    unit = pes(PICTURE[:100], 0)
    return tables() + between.join(packets(VIDEO, unit, counter=counter) for counter in counters)


COUNTERS: dict[str, tuple[bytes, bool]] = {
    "as they should": (pictures(14, 15, 0, 1, 2, 3), True),
    "one is missing": (pictures(14, 15, 0, 2, 3, 4), False),
    "none counts": (pictures(5, 5, 5, 5, 5, 5), True),
    "packets without a payload are counted": (
        pictures(0, 2, between=packet(VIDEO, counter=1)) + pictures(3, 4, 5)[2 * PACKET :],
        True,
    ),
    "packets without a payload are not counted": (pictures(0, 1, 2, between=packet(VIDEO, counter=9)), True),
    "packets without a payload do not hide what is missing": (
        pictures(0, 3, 4, 5, 6, between=packet(VIDEO, counter=1)),
        False,
    ),
    "those of tables never go on": (pictures(0, 1) + pictures(2, 3), True),
}


@pytest.mark.parametrize(("data", "whole"), COUNTERS.values(), ids=COUNTERS.keys())
def test_counters_are_believed_where_they_count(data: bytes, whole: bool) -> None:
    assert (look_at(data).flaw is None) == whole


def test_lengths_are_not_believed_where_they_are_always_wrong() -> None:
    data = tables()
    for at in range(6):
        unit = pes(b"sound" * 9, 3000 * at, stream_id=0xC0, stated=True)
        unit = unit[:4] + (int.from_bytes(unit[4:6], "big") + 6).to_bytes(2, "big") + unit[6:]
        data += packets(AUDIO, unit, counter=at)
    assert look_at(data).flaw is None


def test_streams_of_unknown_kinds_are_no_flaw() -> None:
    data = tables((0x150, 0x99)) + packets(0x150, pes(b"something", 9))
    seen = look_at(data)
    assert (seen.video, seen.audio, seen.flaw) == (None, None, None)


def test_another_program_may_be_scrambled_and_null_packets_hold_anything() -> None:
    other = packet(0x555, b"other", starts=True)
    other = other[:3] + bytes((other[3] | 0xC0,)) + other[4:]
    null = b"\x47\x1f\xff\xd7" + bytes(184)
    assert look_at(WHOLE + other + null * 3).flaw is None


def test_packets_before_the_tables_count() -> None:
    seen = look_at(WHOLE[2 * PACKET :] + WHOLE[: 2 * PACKET])
    assert seen.flaw is None
    assert seen.video is not None
    assert len(seen.video.times) == 5


def test_a_map_may_change_midway() -> None:
    other = b"".join(packets(0x200, pes(PICTURE, 15_000 + 3000 * at), counter=2 * at) for at in range(3))
    seen = look_at(WHOLE + tables((0x200, 0x1B)) + other)
    assert seen.flaw is None
    assert seen.video is not None
    assert seen.video.pid == VIDEO


def test_pictures_without_times_belong_to_the_one_before() -> None:
    timeless = pes(PICTURE, 0)[:7] + b"\x00\x00" + PICTURE
    data = tables()
    for at in range(4):
        data += packets(VIDEO, pes(PICTURE, 3000 * at), counter=4 * at)
        data += packets(VIDEO, timeless, counter=4 * at + 2)
    seen = look_at(data)
    assert seen.flaw is None
    assert seen.video is not None
    assert seen.video.times == [0, 3000, 6000, 9000]
    assert len(seen.video.heads) == 8
