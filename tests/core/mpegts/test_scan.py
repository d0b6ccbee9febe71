"""Whole segments taken apart: against FFmpeg's demuxer, by hand, and damaged in every way."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.coded_media import media, opinions
from tests.fakes.demuxed import demuxed
from tests.fakes.media_kinds import KINDS
from tests.fakes.tone_stream import ToneStream, just_before_wrap, made
from tests.fakes.ts_packets import (
    AUDIO,
    PACKET,
    VIDEO,
    clock,
    packet,
    packets,
    pes,
    tables,
)

from longtake.adapters.teststream.encoder import encode_segments
from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.retime import pcr_lead, retimed
from longtake.core.mpegts.scan import first_picture_pts, index_segment, scan_segment
from longtake.core.mpegts.tables import table_rows
from longtake.core.mpegts.timestamps import WRAP
from longtake.core.segment_index import SegmentIndex

IDR, OTHER = b"\x00\x00\x00\x01\x65\x88\x84", b"\x00\x00\x00\x01\x41\x9a\x21"
H264, AAC, HEVC, MP3 = 0x1B, 0x0F, 0x24, 0x03

STREAMS = {
    "plain": ToneStream(segments=1),
    "B-frames at 29.97": ToneStream(segments=1, b_frames=3, rate=Fraction(30_000, 1001)),
    "a wrap and short GOPs": ToneStream(segments=1, b_frames=3, gop=15, first_pts=just_before_wrap(0.8)),
    "one channel of 44.1 kHz": ToneStream(segments=1, channels=1, sample_rate=44_100),
}


def _first(stream: ToneStream) -> bytes:
    return made(stream)[0]


def generated() -> bytes:
    """A segment of the generated live stream."""
    return bytes(encode_segments(52_000_000_000, 1, size=(320, 180), fps=30)[0])


SOURCES: dict[str, Callable[[], bytes]] = {
    **{name: partial(_first, stream) for name, stream in STREAMS.items()},
    "the test stream": generated,
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_segment_is_what_ffmpeg_says_it_is(source: Callable[[], bytes]) -> None:
    data = source()
    scanned = scan_segment(data)
    assert scanned.audio is not None
    found = demuxed(data)
    times = [(scanned.video.pts % WRAP).tolist(), (scanned.video.dts % WRAP).tolist()]
    pictures = zip(*times, scanned.idr.tolist(), strict=True)
    assert [(*seen, scanned.video.content(at)) for at, seen in enumerate(pictures)] == found.video
    assert scanned.audio.pts[0] % WRAP == found.audio[0][0]
    sound = b"".join(scanned.audio.content(at) for at in range(len(scanned.audio)))
    assert sound == b"".join(content for *_, content in found.audio)


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_the_head_of_a_segment_tells_the_pts_of_its_first_picture(source: Callable[[], bytes]) -> None:
    data = source()
    assert first_picture_pts(data) == index_segment(data).first_pts
    assert first_picture_pts(data[: 48 * 1024]) == first_picture_pts(data)


def by_hand(*more: bytes, first: bytes | None = None) -> bytes:
    """A segment with an IDR, another picture and a sound frame."""
    unit = pes(IDR, 7200, 3600) if first is None else first
    sound = packets(AUDIO, pes(b"sound", 3600, stream_id=0xC0, stated=True))
    return (
        tables()
        + packets(VIDEO, unit)
        + sound
        + packets(VIDEO, pes(OTHER, 7200 + 3600, 7200))
        + b"".join(more)
    )


def test_an_index_has_the_pictures_in_the_order_of_decoding() -> None:
    assert index_segment(by_hand()) == SegmentIndex(pts=(7200, 10_800), dts=(3600, 7200), idr=(True, False))


def test_an_idr_is_found_behind_long_headers() -> None:
    sei = b"\x00\x00\x01\x06" + b"\x55" * 9000
    scanned = scan_segment(by_hand(first=pes(b"\x00\x00\x01\x09\xf0" + sei + IDR, 7200)))
    assert scanned.idr.tolist() == [True, False]


def test_a_segment_without_sound() -> None:
    scanned = scan_segment(tables((VIDEO, H264)) + packets(VIDEO, pes(IDR, 0)))
    assert scanned.audio is None
    assert scanned.video.pts.tolist() == [0]


def test_a_segment_whose_sound_is_named_but_not_there() -> None:
    scanned = scan_segment(tables() + packets(VIDEO, pes(IDR, 0)))
    assert scanned.audio is not None
    assert len(scanned.audio) == 0


REFUSED: dict[str, tuple[bytes, str]] = {
    "sound alone": (
        tables((AUDIO, AAC)) + packets(AUDIO, pes(b"sound", 0, stream_id=0xC0)),
        "only pictures in H.264",
    ),
    "HEVC": (tables((VIDEO, HEVC), (AUDIO, AAC)) + packets(VIDEO, pes(IDR, 0)), "only pictures in H.264"),
    "sound in MP3": (tables((VIDEO, H264), (AUDIO, MP3)) + packets(VIDEO, pes(IDR, 0)), "only sound in AAC"),
    "no picture": (tables() + packets(AUDIO, pes(b"sound", 0, stream_id=0xC0)), "holds no picture"),
    "fragmented MP4": (b"\x00\x00\x00\x18ftypiso5".ljust(500, b"\x00"), "no MPEG-TS"),
    "nothing": (b"", "no MPEG-TS"),
}


@pytest.mark.parametrize(("data", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_taken_apart_is_named(data: bytes, words: str) -> None:
    with pytest.raises(NotUnderstood, match=words):
        scan_segment(data)


INDEXED = (
    "H.264 high with B-frames",
    "HEVC",
    "HEVC with open GOPs",
    "AC-3",
    "MP3",
    "pictures alone",
    "over a wrap",
)


@pytest.mark.parametrize("kind", INDEXED)
def test_pictures_are_indexed_as_pyav_has_them_whatever_the_sound(kind: str) -> None:
    content = media(KINDS[kind])
    index, theirs = index_segment(content), opinions(content)["video"]
    assert [pts % WRAP for pts in index.pts] == [pts % WRAP for pts, _, _ in theirs.packets]
    assert [dts % WRAP for dts in index.dts] == [dts % WRAP for _, dts, _ in theirs.packets]
    keys = [at for at, packet in enumerate(theirs.packets) if packet[2]]
    idr = [at for at, is_idr in enumerate(index.idr) if is_idr]
    assert idr[0] == 0
    assert set(idr) <= set(keys)
    assert first_picture_pts(content) == index.first_pts % WRAP


HEADS: dict[str, tuple[bytes, int | None]] = {
    "tables alone": (tables(), None),
    "sound alone so far": (tables() + packets(AUDIO, pes(b"sound", 3, stream_id=0xC0)), None),
    "the end of an earlier picture": (tables() + packet(VIDEO, b"picture"), None),
    "a packet without payload that says that a unit starts": (
        tables() + packet(VIDEO, starts=True, adaptation=clock(0)) + packets(VIDEO, pes(IDR, 9)),
        9,
    ),
    "the beginning of a header": (tables() + packets(VIDEO, pes(IDR, 9)[:13]), None),
    "just enough of a header": (tables() + packets(VIDEO, pes(IDR, 9)[:14]), 9),
    "no timestamp": (tables() + packets(VIDEO, pes(IDR, 9)[:7] + bytes(12)), None),
}


@pytest.mark.parametrize(("head", "pts"), HEADS.values(), ids=HEADS.keys())
def test_the_first_pts_is_known_once_it_is_among_the_bytes(head: bytes, pts: int | None) -> None:
    assert first_picture_pts(head) == pts


@quick
@given(sizes=st.lists(st.integers(1, 18), min_size=1, max_size=9), with_dts=st.booleans())
def test_the_first_pts_is_found_in_a_header_that_is_spread_over_packets(
    sizes: list[int], with_dts: bool
) -> None:
    unit = pes(IDR, WRAP - 7, WRAP - 3000 if with_dts else None)
    data = tables() + packets(VIDEO, unit, sizes=sizes)
    assert first_picture_pts(data) == WRAP - 7
    assert index_segment(data).first_pts % WRAP == WRAP - 7


@pytest.mark.parametrize("kind", [0x01, 0x02])
def test_the_head_of_other_pictures_is_refused(kind: int) -> None:
    with pytest.raises(NotUnderstood, match=r"only pictures in H\.264"):
        first_picture_pts(tables((VIDEO, kind)) + packets(VIDEO, pes(IDR, 0)))


def take_apart(data: bytes) -> None:
    """All that is done to segments; only NotUnderstood may come of it."""
    with suppress(NotUnderstood):
        first_picture_pts(data)
    with suppress(NotUnderstood):
        scanned = scan_segment(data)
        assert len(retimed(scanned, video_ticks=5, clock_ticks=5, pids=frozenset({VIDEO}))) == len(
            scanned.packets.pid
        )
        pcr_lead(scanned)
        assert table_rows(scanned.packets, scanned.program)
        assert len(scanned.idr) == len(scanned.video)
        for units in (scanned.video, scanned.audio):
            if units is not None:
                assert sum(len(units.content(at)) for at in range(len(units))) == units.size_bytes
    with suppress(NotUnderstood):
        index_segment(data)


SPREAD = (
    tables()
    + packets(VIDEO, pes(IDR * 40, 7200, 3600), sizes=[3, 5, 2], adaptation=clock(0))
    + packets(AUDIO, pes(b"sound" * 50, 3600, stream_id=0xC0, stated=True), sizes=[13])
    + packets(VIDEO, pes(OTHER * 40, 10_800, 7200), sizes=[18, 1], counter=6)
    + packets(VIDEO, pes(OTHER, 14_400), sizes=[1] * 20, counter=9)
)
SMALL = made(ToneStream(segments=1, gop=5, segment_frames=10, b_frames=2))[0]
SEGMENTS = st.sampled_from([SPREAD, SMALL, by_hand()])


@quick
@given(data=SEGMENTS, keep=st.floats(0, 1))
def test_truncated_segments(data: bytes, keep: float) -> None:
    take_apart(data[: int(len(data) * keep)])
    take_apart(data[: int(len(data) / PACKET * keep) * PACKET])


@quick
@given(data=SEGMENTS, seed=st.integers(0, 1 << 32), flips=st.integers(1, 12), head_only=st.booleans())
def test_flipped_bytes(data: bytes, seed: int, flips: int, head_only: bool) -> None:
    damaged, draw = bytearray(data), random.Random(seed)
    for _ in range(flips):
        place = draw.randrange(len(damaged) // PACKET) * PACKET
        damaged[place + (draw.randrange(1, 24) if head_only else draw.randrange(1, PACKET))] = draw.randrange(
            256
        )
    take_apart(bytes(damaged))


@quick
@given(
    data=SEGMENTS, choose=st.randoms(use_true_random=False), how=st.sampled_from(["drop", "double", "mix"])
)
def test_lost_repeated_and_mixed_packets(data: bytes, choose: random.Random, how: str) -> None:
    rows = [data[at : at + PACKET] for at in range(0, len(data), PACKET)]
    for _ in range(choose.randrange(1, 5)):
        at = choose.randrange(len(rows))
        if how == "drop" and len(rows) > 1:
            del rows[at]
        elif how == "double":
            rows.insert(at, rows[at])
        else:
            rows.insert(choose.randrange(len(rows)), rows.pop(at))
    take_apart(b"".join(rows))


@quick
@given(data=SEGMENTS, at=st.integers(0, 10_000), extra=st.binary(min_size=1, max_size=PACKET))
def test_lost_sync(data: bytes, at: int, extra: bytes) -> None:
    place = at % len(data)
    take_apart(data[:place] + extra + data[place:])
    take_apart(data[:place] + data[place + len(extra) :])


@quick
@given(data=SEGMENTS, at=st.integers(0, 10_000), bits=st.sampled_from([0x40, 0x80, 0xC0]))
def test_scrambled_packets_are_refused(data: bytes, at: int, bits: int) -> None:
    damaged = bytearray(data)
    damaged[at % (len(data) // PACKET) * PACKET + 3] |= bits
    with pytest.raises(NotUnderstood, match="scrambled"):
        scan_segment(bytes(damaged))


@quick
@given(
    tail=st.lists(
        st.tuples(st.integers(0, 255), st.binary(min_size=PACKET - 4, max_size=PACKET - 4)), max_size=4
    )
)
def test_random_packets_behind_tables(tail: list[tuple[int, bytes]]) -> None:
    rows = [
        b"\x47" + bytes((0x41 if at % 2 else 0x01, at % 3 % 2, flags & 0x3F)) + part
        for at, (flags, part) in enumerate(tail)
    ]
    take_apart(tables() + b"".join(rows))


@pytest.mark.parametrize("size", [*range(0, 3000, 61)])
def test_any_head_of_a_segment_gives_its_first_pts_or_none(size: int) -> None:
    for data in (SPREAD, SMALL):
        with suppress(NotUnderstood):
            assert first_picture_pts(data[:size]) in (None, index_segment(data).first_pts)
