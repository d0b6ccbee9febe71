"""Damage of all kinds: a look never raises, takes its time in proportion, and whoever lost bytes is not called whole."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.coded_media import Media, media
from tests.fakes.media_kinds import KINDS
from tests.fakes.ts_packets import PACKET

from longtake.core.inspection import inspect
from longtake.core.segments import SegmentType
from longtake.core.trust import judge

FMP4 = Media(format="mp4", options=(("movflags", "frag_keyframe+empty_moov+default_base_moof"),))
CHOSEN = ("H.264 baseline", "HEVC", "sound alone", "MP3", "small units of sound", "many clocks and tables")
CONTENTS = [media(KINDS[kind]) for kind in CHOSEN] + [media(FMP4)]
MOST_TURNS_PER_MB = 1_500_000
"""Of a loop that counts, timed beside: a processor that is slow or busy is so for both. About 60 ms on one of 2020."""


def damaged(content: bytes, draw: random.Random) -> bytes:
    """In one of many ways."""
    data = bytearray(content.ljust(PACKET, b"\x47"))
    at, size = draw.randrange(len(data)), draw.choice([1, 7, PACKET, 1000])
    match draw.choice(["flip", "heads", "cut", "delete", "insert", "random", "double"]):
        case "flip":
            for _ in range(size):
                data[draw.randrange(len(data))] = draw.randrange(256)
        case "heads":
            for _ in range(size):
                place = draw.randrange(len(data) // PACKET) * PACKET + draw.randrange(24)
                data[place] = draw.choice([0, 1, 0x47, 0xFF, draw.randrange(256)])
        case "cut":
            del data[at:]
        case "delete":
            del data[at : at + size]
        case "insert":
            data[at:at] = draw.randbytes(size)
        case "random":
            data[at : at + size] = draw.randbytes(min(size, len(data) - at))
        case _:
            data[at:at] = data[at : at + size]
    return bytes(data)


@quick
@given(content=st.sampled_from(CONTENTS), draw=st.randoms(use_true_random=False), times=st.integers(1, 4))
def test_damage_is_looked_at_without_an_error(content: bytes, draw: random.Random, times: int) -> None:
    for _ in range(times):
        content = damaged(content, draw)
    judge(inspect(content), announced_s=2.0, framed=draw.random() < 0.5, slow=False, media_bytes=len(content))


@pytest.mark.soak
def test_damage_of_a_hundred_thousand_kinds_is_looked_at_without_an_error() -> None:
    for seed in range(100_000):
        draw = random.Random(seed)
        content = draw.choice(CONTENTS)
        for _ in range(draw.randrange(1, 5)):
            content = damaged(content, draw)
        inspect(content)


@quick
@given(
    st.binary(max_size=600),
    st.sampled_from([b"", b"\x47", b"ID3", b"\0\0\0\x20ftyp", b"\xff\xf1", b"\x0b\x77"]),
)
def test_any_bytes_are_looked_at_without_an_error(data: bytes, begin: bytes) -> None:
    inspect(begin + data)
    inspect((begin + data).ljust(PACKET, b"\0") * 3)


@quick
@given(content=st.sampled_from(CONTENTS[:5]), draw=st.randoms(use_true_random=False))
def test_a_packet_of_pictures_or_sound_that_is_lost_is_missed(content: bytes, draw: random.Random) -> None:
    """The counters tell. Of the very first or last packets of a stream they cannot."""
    pids = [(content[at + 1] & 0x1F) << 8 | content[at + 2] for at in range(0, len(content), PACKET)]
    for pid in {0x100, 0x101} & set(pids):
        rows = [row for row, one in enumerate(pids) if one == pid and content[row * PACKET + 3] & 0x10]
        row = draw.choice(rows[1:-1])
        lost = content[: row * PACKET] + content[(row + 1) * PACKET :]
        found = inspect(lost)
        assert found.flaw is not None
        verdict = judge(found, announced_s=2.0, framed=True, slow=False, media_bytes=len(lost))
        assert verdict.type is SegmentType.SUSPECT


@quick
@given(content=st.sampled_from(CONTENTS[:5]), at=st.integers(0, 1 << 20), size=st.integers(1, PACKET - 1))
def test_bytes_that_are_lost_are_missed(content: bytes, at: int, size: int) -> None:
    place = at % (len(content) - PACKET)
    assert inspect(content[:place] + content[place + size :]).flaw is not None


def _hostile() -> dict[str, bytes]:
    packet = bytes.fromhex("47010010")
    starts = bytes.fromhex("47410010") + b"\0\0\1\xe0\0\0\x80\xc0\x0a" + bytes(175)
    tables = CONTENTS[0][: 3 * PACKET]
    box = b"\0\0\0\x08moof"
    return {
        "zeros": bytes(1 << 20),
        "sync bytes alone": b"\x47" * (1 << 20),
        "random bytes": random.Random(1).randbytes(1 << 20),
        "a sync byte and random bytes": (b"\x47" + random.Random(2).randbytes(190)) * 5500,
        "every packet begins a picture": tables + starts * 5500,
        "every packet begins a table": tables[:PACKET] + (b"\x47\x40\0\x10" + bytes(range(184))) * 5500,
        "packets that lose sync again and again": tables + (packet + bytes(184) + b"?") * 5500,
        "counters that never go on": tables + (packet + bytes(184)) * 5500,
        "empty boxes": box * 130_000,
        "boxes within boxes": b"".join(
            (8 * (50_000 - at)).to_bytes(4, "big") + b"moov" for at in range(50_000)
        ),
        "start codes alone": tables + (starts[:13] + b"\0\0\1" * 58 + b"\0") * 5500,
        "headers of sound": b"\xff\xf1\x4c\x80\x01\x1f\xfc" * 140_000,
        "tags alone": b"ID3\x04\0\0\0\0\0\0" * 100_000,
    }


@pytest.mark.parametrize(("kind", "content"), _hostile().items(), ids=_hostile().keys())
def test_hostile_content_costs_no_more_than_its_size(kind: str, content: bytes) -> None:
    megabytes = len(content) / 1e6
    turns = min(_spent_s(lambda: inspect(content)) / _turn_s() for _ in range(5))
    assert turns < MOST_TURNS_PER_MB * megabytes


def _turn_s() -> float:
    """How long one turn of a loop takes just now."""
    turns = 100_000

    def count() -> None:
        total = 0
        for number in range(turns):
            total += number & 7

    return _spent_s(count) / turns


def _spent_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
