"""Runs of samples, with defaults from everywhere."""

from __future__ import annotations

import struct

import pytest

from longtake.core.fmp4.boxes import read_boxes
from longtake.core.fmp4.fragments import Run, announced_end, lost_bytes, read_fragment
from longtake.core.fmp4.tracks import Defaults


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def full(kind: bytes, version: int, flags: int, *numbers: int) -> bytes:
    return box(
        kind,
        bytes((version,)),
        flags.to_bytes(3, "big"),
        *(struct.pack(">i" if n < 0 else ">I", n) for n in numbers),
    )


def runs(
    *boxes: bytes, defaults: dict[int, Defaults] | None = None, begins: dict[int, int] | None = None
) -> tuple[Run, ...]:
    data = memoryview(box(b"moof", box(b"traf", *boxes)))
    (moof,) = read_boxes(data).found
    return read_fragment(data, moof, defaults or {}, {} if begins is None else begins)


TFHD = full(b"tfhd", 0, 0x020000, 7)
TFDT = box(b"tfdt", b"\1\0\0\0", (1 << 40).to_bytes(8, "big"))
EACH = 0xF00


def test_each_sample_may_tell_all() -> None:
    trun = full(b"trun", 1, EACH | 1, 2, 100, 10, 500, 0x2000000, 20, 30, 600, 0x10000, -5)
    (run,) = runs(TFHD, TFDT, trun)
    assert (run.track_id, run.begins, run.samples) == (7, 1 << 40, 2)
    assert run.shown == ((1 << 40) + 20, (1 << 40) + 5)
    assert (run.duration, run.size_bytes, run.first_bytes) == (40, 1100, 500)
    assert (run.data_at, run.begins_with_sync) == (100, True)


def test_defaults_come_from_the_fragment_and_from_the_track() -> None:
    trun = full(b"trun", 0, 1, 3, 50)
    track = {7: Defaults(duration=9, size=8, flags=0x10000)}
    (run,) = runs(TFHD, trun, defaults=track)
    assert (run.durations, run.size_bytes, run.begins_with_sync) == ((9, 9, 9), 24, False)
    own = full(b"tfhd", 0, 0x020038, 7, 5, 4, 0)
    (run,) = runs(own, trun, defaults=track)
    assert (run.durations, run.size_bytes, run.begins_with_sync) == ((5, 5, 5), 12, True)


def test_the_first_sample_may_have_flags_of_its_own() -> None:
    track = {7: Defaults(duration=1, size=1, flags=0x10000)}
    (run,) = runs(TFHD, full(b"trun", 0, 5, 2, 50, 0x2000000), defaults=track)
    assert run.begins_with_sync


def test_runs_go_on_where_the_one_before_ended() -> None:
    track, begins = {7: Defaults(duration=3, size=10)}, {7: 100}
    first, second = runs(
        TFHD, full(b"trun", 0, 1, 2, 60), full(b"trun", 0, 0, 4), defaults=track, begins=begins
    )
    assert (first.begins, second.begins, begins) == (100, 106, {7: 118})
    assert (first.data_at, second.data_at) == (60, 80)


def test_an_offset_may_be_from_the_beginning_of_the_file() -> None:
    tfhd = box(b"tfhd", b"\0\0\0\1", (7).to_bytes(4, "big"), (1000).to_bytes(8, "big"))
    (run,) = runs(tfhd, full(b"trun", 0, 1, 1, 24), defaults={7: Defaults(size=5)})
    assert run.data_at == 1024
    assert lost_bytes([run], 1029) == 0
    assert lost_bytes([run], 1020) == 9


def test_without_a_time_a_run_begins_nobody_knows_when() -> None:
    (run,) = runs(TFHD, full(b"trun", 0, 1, 2, 50), defaults={7: Defaults(duration=3)})
    assert (run.begins, run.shown, run.duration) == (None, (0, 3), 6)


def sidx(*sizes: int, version: int = 0, offset: int = 0) -> bytes:
    wide = 8 if version else 4
    references = b"".join(size.to_bytes(4, "big") + bytes(8) for size in sizes)
    times = bytes(wide) + offset.to_bytes(wide, "big")
    count = len(sizes).to_bytes(2, "big")
    return box(b"sidx", bytes((version, 0, 0, 0)), bytes(8), times, bytes(2), count, references)


INDEXES: dict[str, tuple[bytes, int | None]] = {
    "none": (box(b"styp") + box(b"moof"), None),
    "its own": (box(b"styp") + sidx(100, 20), 120),
    "wide, with a gap": (box(b"styp") + sidx(100, 0x80000014, version=1, offset=7), 127),
    "of a whole file, behind its tracks": (box(b"ftyp") + box(b"moov") + sidx(1 << 30), None),
    "empty": (box(b"styp") + sidx(), None),
    "cut short": (box(b"styp") + sidx(5, 6)[:-4], None),
}


@pytest.mark.parametrize(("content", "size"), INDEXES.values(), ids=INDEXES.keys())
def test_an_index_announces_what_follows(content: bytes, size: int | None) -> None:
    data = memoryview(content)
    end = announced_end(data, read_boxes(data))
    assert end == (None if size is None else len(content) + size)


@pytest.mark.parametrize(
    "trun",
    [
        full(b"trun", 0, 0x100, 0xFFFFFFFF, 5),
        full(b"trun", 0, 0, 0xFFFFFFFF),
        full(b"trun", 0, 0x100, 2, 5),
        full(b"trun", 0, 0, 0),
        box(b"trun", b"\0\0"),
        box(b"trun"),
    ],
    ids=["more samples than bytes", "more than there can be", "one is missing", "none", "cut short", "empty"],
)
def test_what_makes_no_sense_is_left_out(trun: bytes) -> None:
    assert runs(TFHD, trun) == ()


def test_a_track_without_a_header_is_left_out() -> None:
    assert runs(full(b"trun", 0, 1, 1, 50)) == ()
    assert runs(box(b"tfhd"), TFDT) == ()
