"""PES packets taken out of transport packets, however they were put in."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.coded_media import Media, Sound, media
from tests.fakes.ts_packets import AUDIO, PACKET, ROOM, VIDEO, clock, packet, packets, pes, rows

from longtake.core.adts import adts_frames
from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import read_packets
from longtake.core.mpegts.pes import payloads
from longtake.core.mpegts.timestamps import WRAP
from longtake.core.mpegts.units import Units, read_units

PICTURE = bytes(range(256)) * 3


def units_of(*parts: bytes, pid: int = VIDEO) -> Units:
    return read_units(read_packets(b"".join(parts)), pid)


def contents(units: Units) -> list[bytes]:
    return [units.content(at) for at in range(len(units))]


def test_units_come_in_the_order_of_the_file_with_their_times_and_rows() -> None:
    units = units_of(
        packets(VIDEO, pes(PICTURE, 7200, 3600)),
        packet(AUDIO, pes(b"sound", 3700, stream_id=0xC0, stated=True), starts=True),
        packets(VIDEO, pes(b"small", 3600 + 3600)),
        packets(VIDEO, pes(b"", 10_800, 9000)),
    )
    assert (units.pts.tolist(), units.dts.tolist()) == ([7200, 7200, 10_800], [3600, 7200, 9000])
    assert units.has_dts.tolist() == [True, False, True]
    assert units.first_row.tolist() == [0, 6, 7]
    assert contents(units) == [PICTURE, b"small", b""]
    assert (len(units), units.size_bytes) == (3, len(PICTURE) + 5)
    assert [units.head(0, 300), units.head(1, 3), units.head(2, 5)] == [PICTURE[:300], b"sma", b""]


def test_a_pid_without_units_has_none() -> None:
    units = units_of(packets(VIDEO, pes(PICTURE, 0)), packet(AUDIO, adaptation=clock(0)), pid=AUDIO)
    assert (len(units), units.pts.tolist(), units.size_bytes) == (0, [], 0)


def test_what_comes_before_the_first_unit_is_passed_over() -> None:
    rest = packet(VIDEO, b"the end of a picture of the segment before")
    units = units_of(rest, packet(VIDEO, adaptation=clock(0)), packets(VIDEO, pes(PICTURE, 9)))
    assert (units.first_row.tolist(), contents(units)) == ([2], [PICTURE])
    assert len(units_of(rest)) == 0


def test_what_comes_behind_a_stated_length_is_not_content() -> None:
    unit = pes(b"sound", 5, stream_id=0xC0, stated=True)
    assert contents(units_of(packets(AUDIO, unit + b"\xff" * 9), packets(AUDIO, unit), pid=AUDIO)) == [
        b"sound",
        b"sound",
    ]


def test_a_unit_that_states_more_than_there_is_ends_at_the_next_one() -> None:
    unit = pes(PICTURE, 5, stream_id=0xC0, stated=True)
    assert contents(units_of(packets(AUDIO, unit[:300]), packets(AUDIO, unit), pid=AUDIO)) == [
        PICTURE[: 300 - 14],
        PICTURE,
    ]


def test_header_bytes_behind_the_times_are_not_content() -> None:
    plain = pes(b"picture", 5)
    longer = plain[:8] + bytes((5 + 3,)) + plain[9:14] + b"\xff\xff\xff" + plain[14:]
    assert contents(units_of(packets(VIDEO, longer))) == [b"picture"]


def test_times_go_on_over_the_wrap_from_the_first_dts() -> None:
    first = WRAP - 3000
    times = [(first + 2 * 3600, first), (first + 3600, first + 3600), (first + 4 * 3600, first + 2 * 3600)]
    units = units_of(*(packets(VIDEO, pes(b"picture", pts, dts)) for pts, dts in times))
    assert list(zip(units.pts.tolist(), units.dts.tolist(), strict=True)) == times


@quick
@given(
    first_size=st.integers(1, 18), second_size=st.integers(1, 20), with_dts=st.booleans(), tail=st.booleans()
)
def test_a_header_may_be_spread_over_packets(
    first_size: int, second_size: int, with_dts: bool, tail: bool
) -> None:
    unit = pes(PICTURE, WRAP - 1, 12_345 if with_dts else None)
    spread = packets(VIDEO, unit, sizes=[first_size, second_size], adaptation=clock(77))
    between = rows(spread)
    between.insert(1, packet(AUDIO, b"other"))
    between.insert(2, packet(VIDEO, adaptation=clock(78)))
    last = packets(VIDEO, pes(b"", WRAP - 1), sizes=[first_size]) if tail else b""
    units = units_of(packets(VIDEO, pes(b"before", 5)), *between, last)
    whole = [5, WRAP - 1, WRAP - 1][: len(units)]
    assert [pts % WRAP for pts in units.pts.tolist()] == whole
    assert units.dts.tolist()[1] % WRAP == (12_345 if with_dts else WRAP - 1)
    assert contents(units) == [b"before", PICTURE, b""][: len(units)]
    assert len(units) == 2 + tail


@quick
@given(
    content=st.binary(max_size=600),
    sizes=st.lists(st.integers(1, ROOM), max_size=8),
    stated=st.booleans(),
)
def test_any_packing_gives_the_same_content(content: bytes, sizes: list[int], stated: bool) -> None:
    spread = packets(VIDEO, pes(content, 90, 45, stated=stated), sizes=sizes)
    assert contents(units_of(spread, spread)) == [content, content]


def test_payloads_stand_behind_each_other() -> None:
    read = read_packets(packet(VIDEO, b"abc") + packet(VIDEO, bytes(ROOM)) + packet(VIDEO))
    flat, at = payloads(read, read.pid.nonzero()[0])
    assert (flat.tobytes(), at.tolist()) == (b"abc" + bytes(ROOM), [0, 3, 187, 187])


GOOD = pes(PICTURE, 5, 5)
NO_ROOM = GOOD[:8] + b"\x05" + GOOD[9:]
REFUSED: dict[str, tuple[bytes, str]] = {
    "no start code": (b"\x00\x00\x02" + GOOD[3:], "does not begin with a PES header"),
    "no timestamp": (GOOD[:7] + b"\x00" + GOOD[8:], "no timestamp"),
    "a DTS alone": (GOOD[:7] + b"\x40" + GOOD[8:], "no timestamp"),
    "a header without room for the times that it names": (NO_ROOM, "no room for its timestamps"),
    "one byte": (b"\x00", "PES header is longer"),
    "half a header": (GOOD[:11], "PES header is longer"),
    "a header that is longer than the unit": (pes(b"", 5)[:8] + b"\x60" + GOOD[9:40], "PES header is longer"),
}


@pytest.mark.parametrize(("unit", "words"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("last", [True, False], ids=["at the end", "before another"])
def test_damaged_units_are_refused(unit: bytes, words: str, last: bool) -> None:
    with pytest.raises(NotUnderstood, match=words):
        contents(units_of(packets(VIDEO, unit), b"" if last else packets(VIDEO, GOOD)))


@quick
@given(data=st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.booleans()), min_size=1, max_size=9))
def test_random_payloads_are_refused_or_read(data: list[tuple[bytes, bool]]) -> None:
    made = b"".join(packet(VIDEO, b"\x00\x00\x01"[: len(part)] + part[3:], starts=s) for part, s in data)
    assert len(made) == PACKET * len(data)
    with suppress(NotUnderstood):
        units = units_of(made)
        assert sum(map(len, contents(units))) == units.size_bytes


FRAMES = [
    frame.data for frame in adts_frames(media(Media(pictures=None, sound=Sound(seconds=0.4), format="adts")))
]


def sound_units(*contents: bytes) -> Units:
    data = b"".join(
        packets(AUDIO, pes(content, 9 * at, stream_id=0xC0, stated=True), counter=at * 16)
        for at, content in enumerate(contents)
    )
    return read_units(read_packets(data), AUDIO, of_adts=True)


@quick
@given(st.lists(st.integers(1, 6000), min_size=1, max_size=8))
def test_frames_of_sound_are_whole_where_they_began(sizes: list[int]) -> None:
    """However they are spread over units; a unit in which none begins is empty."""
    stream = b"".join(FRAMES)
    borders = sorted({0, len(stream), *(size % len(stream) for size in sizes)})
    units = sound_units(*(stream[one:other] for one, other in pairwise(borders)))
    begins = [sum(map(len, FRAMES[:at])) for at in range(len(FRAMES))]
    for at, (one, other) in enumerate(pairwise(borders)):
        begun = [frame for frame, begin in zip(FRAMES, begins, strict=True) if one <= begin < other]
        assert units.content(at) == b"".join(begun)
    assert units.size_bytes == len(stream)


@pytest.mark.parametrize(
    "contents",
    [(FRAMES[0][9:], FRAMES[1]), (FRAMES[0], FRAMES[1][:50], b"?" * 50), (b"no sound", FRAMES[0])],
    ids=["begun in an earlier segment", "damaged", "no frame in front"],
)
def test_sound_that_cannot_be_made_whole_stays_as_it_is(contents: tuple[bytes, ...]) -> None:
    units = sound_units(*contents)
    assert [units.content(at) for at in range(len(units))] == list(contents)
