"""Cuts as MPEG-TS, packet by packet: counters, tables, the clock, times; and streams that change on the way."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import av
import pytest
from tests.fakes.smart_cuts import START_US, MadeCut, Recording, between, cut, recording_of
from tests.fakes.strict_reading import strictly_read
from tests.fakes.tone_stream import ToneStream, frame_numbers, just_before_wrap, made, stored

SOURCE = ToneStream(b_frames=3, segments=5, first_pts=just_before_wrap(5))
CASES = {
    "copied in the middle, coded anew at both ends": [between(SOURCE, 7, 233)],
    "all coded anew": [between(SOURCE, 65, 110)],
    "all copied": [between(SOURCE, 60, 179)],
    "two ranges": [between(SOURCE, 7, 100), between(SOURCE, 150, 222)],
    "the later one first": [between(SOURCE, 190, 290), between(SOURCE, 20, 130)],
}
PAT = 0
NULL = b"\x1f\xff"
"""Of packets that hold nothing, and take the place of what is left out."""


@dataclass(frozen=True)
class Packet:
    """What a header of four bytes says, and what follows it."""

    pid: int
    starts: bool
    counter: int
    pcr: int | None
    payload: bytes


def packets(content: bytes) -> Iterator[Packet]:
    assert len(content) % 188 == 0
    for at in range(0, len(content), 188):
        packet = content[at : at + 188]
        assert packet[0] == 0x47
        assert not packet[1] & 0x80
        if packet[1:3] == NULL:
            continue
        has_adaptation, has_payload = bool(packet[3] & 0x20), bool(packet[3] & 0x10)
        begin = 5 + packet[4] if has_adaptation else 4
        assert begin < 188 if has_payload else begin == 188
        pcr = None
        if has_adaptation and packet[4] and packet[5] & 0x10:
            field = int.from_bytes(packet[6:12], "big")
            pcr = (field >> 15) * 300 + (field & 0x1FF)
        yield Packet(
            pid=(packet[1] & 0x1F) << 8 | packet[2],
            starts=bool(packet[1] & 0x40),
            counter=packet[3] & 0xF,
            pcr=pcr,
            payload=packet[begin:] if has_payload else b"",
        )


def timestamp(field: bytes) -> int:
    return (field[0] >> 1 & 7) << 30 | field[1] << 22 | field[2] >> 1 << 15 | field[3] << 7 | field[4] >> 1


def dts_of(payload: bytes) -> int:
    assert payload[:3] == b"\x00\x00\x01"
    return timestamp(payload[14:19] if payload[7] & 0x40 else payload[9:14])


def is_video(packet: Packet) -> bool:
    return packet.starts and packet.payload[:3] == b"\x00\x00\x01" and packet.payload[3] & 0xF0 == 0xE0


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recording_of(SOURCE, tmp_path_factory.mktemp("recording"))


@pytest.fixture(scope="module", params=CASES.values(), ids=list(CASES))
def made_cut(request: pytest.FixtureRequest, recording: Recording) -> MadeCut:
    return cut(recording, *request.param)


@pytest.fixture(scope="module")
def rows(made_cut: MadeCut) -> list[Packet]:
    return list(packets(made_cut.content))


def test_begins_with_its_tables(rows: list[Packet]) -> None:
    assert [row.pid for row in rows[:2]] == [PAT, 0x1000]
    assert is_video(rows[2]) or rows[2].payload[3] & 0xE0 == 0xC0


def test_repeats_its_tables_at_least_every_half_second(rows: list[Packet]) -> None:
    for pid in (PAT, 0x1000):
        dts, last = 0, 0
        for row in rows:
            if is_video(row):
                dts = dts_of(row.payload)
                assert dts - last <= 46_500
            elif row.pid == pid:
                last = dts


def test_every_counter_runs_on(rows: list[Packet]) -> None:
    last: dict[int, int] = {}
    for number, row in enumerate(rows):
        if row.pid in last and row.payload:
            assert row.counter == (last[row.pid] + 1) % 16, f"packet {number} of PID {row.pid}"
        last[row.pid] = row.counter


def test_the_clock_grows_often_enough_and_is_never_late(rows: list[Packet]) -> None:
    clock = -1
    for row in rows:
        if row.pcr is not None:
            assert clock < row.pcr <= (clock + 27_000_000 // 10 if clock >= 0 else row.pcr)
            clock = row.pcr
        if is_video(row):
            assert clock // 300 <= dts_of(row.payload)


def test_times_begin_at_zero_and_grow(rows: list[Packet]) -> None:
    dts: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.starts and row.payload[:3] == b"\x00\x00\x01":
            dts[row.pid].append(dts_of(row.payload))
    assert len(dts) == 2
    assert (
        0 <= min(times[0] for times in dts.values()) < 1920
    )  # a sound frame before the first picture fits in
    assert all(times == sorted(set(times)) for times in dts.values())


def test_sound_comes_before_the_pictures_that_it_belongs_to(rows: list[Packet]) -> None:
    """Or a player that has just enough would stall."""
    sound, pictures = 0, 0
    for row in rows:
        if row.starts and row.payload[:3] == b"\x00\x00\x01":
            if is_video(row):
                pictures = dts_of(row.payload)
            else:
                sound = dts_of(row.payload)
            assert sound > pictures - 45_000


def test_decodes_strictly_and_runs_on_over_joints(made_cut: MadeCut) -> None:
    read = strictly_read(made_cut.content)
    assert read.pts == [3000 * number for number in range(made_cut.report.frames)]


def put(contents: list[bytes], folder: Path) -> Recording:
    return Recording(
        folder=folder,
        segments=tuple(
            stored(content, folder, start_us=START_US + at * 2_000_000, duration_s=2.0)
            for at, content in enumerate(contents)
        ),
    )


class TestPidsThatChange:
    @pytest.fixture
    def changed(self, tmp_path: Path) -> Recording:
        other = replace(SOURCE, start_pid=0x200)
        return put([*made(SOURCE)[:2], *made(other)[2:]], tmp_path)

    def test_players_see_one_stream(self, changed: Recording) -> None:
        made_cut = cut(changed, between(SOURCE, 7, 222))
        read = strictly_read(made_cut.content)
        assert read.numbers == list(range(7, 223))
        assert len({row.pid for row in packets(made_cut.content)}) == 4

    def test_at_a_hole_too(self, changed: Recording) -> None:
        made_cut = cut(changed.without(2), between(SOURCE, 7, 222))
        read = strictly_read(made_cut.content)
        assert read.numbers == [*range(7, 120), *range(180, 223)]
        assert read.sound[-1].end > 5

    def test_sound_that_is_announced_only_later_is_heard(self, tmp_path: Path) -> None:
        silent = replace(SOURCE, channels=0)
        mixed = put([*made(silent)[:2], *made(SOURCE)[2:]], tmp_path).without(1)
        content = cut(mixed, between(SOURCE, 7, 222)).content
        assert [number for _, number in frame_numbers(content)] == [*range(7, 60), *range(120, 223)]
        with av.open(io.BytesIO(content), "r") as container:
            sound_s = sum(frame.samples for frame in container.decode(audio=0)) / 48_000
        assert sound_s == pytest.approx(103 / 30, abs=0.05)


def test_a_recording_without_sound(tmp_path: Path) -> None:
    silent = replace(SOURCE, channels=0)
    made_cut = cut(recording_of(silent, tmp_path), between(silent, 7, 222))
    assert strictly_read(made_cut.content).numbers == list(range(7, 223))
    assert len({row.pid for row in packets(made_cut.content)}) == 3


def test_streamed_or_in_a_file_the_bytes_are_the_same(recording: Recording, tmp_path: Path) -> None:
    spans = CASES["two ranges"]
    assert cut(recording, *spans, path=tmp_path / "cut.ts").content == cut(recording, *spans).content
