"""Which PID carries what: the program association and map tables of a segment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import STARTS_UNIT, Packets

PAT_PID = 0
H264 = 0x1B
HEVC = 0x24
AAC_ADTS = 0x0F
MPEG1_AUDIO, MPEG2_AUDIO = 0x03, 0x04
AC3, E_AC3 = 0x81, 0x87
"""Stream types (table 2-34; those of AC-3 are of ATSC A/53)."""
OPUS = 0x106
"""Of our own: Opus has none, and comes as private data."""
AUDIO_TYPES = frozenset({MPEG1_AUDIO, MPEG2_AUDIO, AAC_ADTS, 0x11, AC3, E_AC3, OPUS, 0xC1, 0xC2, 0xCF})
VIDEO_TYPES = frozenset({0x01, 0x02, 0x10, H264, HEVC, 0x33, 0xDB})
"""With MPEG-1, MPEG-2 and MPEG-4 video, VVC and LATM; from 0xC1 on those that HLS encrypts in samples."""
_PROGRAM_MAP, _PROGRAM_ASSOCIATION = 2, 0
_LEAST_MAP_BYTES = 12
_PRIVATE_DATA, _REGISTRATION = 0x06, 0x05
_SAID = {b"\x6a": AC3, b"\x7a": E_AC3, b"AC-3": AC3, b"EAC3": E_AC3, b"HEVC": HEVC, b"Opus": OPUS}
"""Tags of DVB's descriptors (ETSI EN 300 468, 6.1), and registered formats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The first program: ``streams`` are (PID, stream type) in the order of its map."""

    pmt_pid: int
    pcr_pid: int
    streams: tuple[tuple[int, int], ...]

    @property
    def video(self) -> tuple[int, int] | None:
        """(PID, stream type) of the first video stream."""
        return next((stream for stream in self.streams if stream[1] in VIDEO_TYPES), None)

    @property
    def audio(self) -> tuple[int, int] | None:
        """(PID, stream type) of the first audio stream."""
        return next((stream for stream in self.streams if stream[1] in AUDIO_TYPES), None)


def read_program(packets: Packets) -> Program:
    """The program that a segment carries. Raises NotUnderstood if its tables are not there or make no sense."""
    try:
        association = next(_sections(packets, PAT_PID, _PROGRAM_ASSOCIATION), None)
        if association is None:
            raise NotUnderstood("this MPEG-TS has no program association table")
        pmt_pid = _first_program(association)
        program_map = next(_sections(packets, pmt_pid, _PROGRAM_MAP), None)
        if program_map is None:
            raise NotUnderstood("this MPEG-TS has no program map table")
        return Program(
            pmt_pid=pmt_pid,
            pcr_pid=_pid(program_map, 8),
            streams=tuple(_streams(program_map)),
        )
    except IndexError as error:
        raise NotUnderstood("a table of this MPEG-TS is cut short") from error


def read_maps(packets: Packets) -> tuple[Program, ...]:
    """All different maps of one program, in their order: more than one if it changes midway.

    It is the first of the programs that has pictures or sound, or else the first. Empty if there is none; what is
    damaged is passed over.
    """
    pids = dict.fromkeys(
        pid
        for association in _distinct(packets, PAT_PID, _PROGRAM_ASSOCIATION)
        for pid in _maps_of(association)
    )
    programs = [_maps_at(packets, pid) for pid in pids]
    shown = (maps for maps in programs if any(one.video or one.audio for one in maps))
    return next(shown, next((maps for maps in programs if maps), ()))


def _maps_at(packets: Packets, pid: int) -> tuple[Program, ...]:
    sections = (one for one in _distinct(packets, pid, _PROGRAM_MAP) if len(one) >= _LEAST_MAP_BYTES)
    return tuple(dict.fromkeys(_program(pid, section) for section in sections))


@lru_cache(maxsize=256)
def _program(pid: int, section: bytes) -> Program:
    """Of a stream's segments all have the same."""
    return Program(pmt_pid=pid, pcr_pid=_pid(section, 8), streams=tuple(_streams(section)))


def _distinct(packets: Packets, pid: int, table: int) -> tuple[bytes, ...]:
    """The sections of a table that differ. Most packets of it are alike: those are looked at once."""
    rows = packets.carrying(pid)
    if not len(rows):
        return ()
    content = packets.rows[rows, 4:]
    first = content[0].tobytes()
    if content.tobytes() == first * len(rows) and (packets.head[rows] & STARTS_UNIT).all():
        return _sections_of(first[packets.payload_at[rows[0]] - 4 :], table)
    same = (content == content[0]).all(axis=1) & packets.starts_unit[rows]
    same[0] = False
    return tuple(dict.fromkeys(_sections_in(packets, rows[~same].tolist(), table)))


@lru_cache(maxsize=256)
def _sections_of(payload: bytes, table: int) -> tuple[bytes, ...]:
    """Of a packet in which sections start."""
    found, _ = _whole_sections(payload[1 + payload[0] :])
    return tuple(dict.fromkeys(section[:-4] for section in found if section[0] == table))


def table_rows(packets: Packets, program: Program) -> list[bytes]:
    """The packets of the first PAT and of the first PMT, for use at another place."""
    found = []
    for pid in (PAT_PID, program.pmt_pid):
        rows = np.flatnonzero(packets.pid == pid)
        starts = np.flatnonzero(packets.starts_unit[rows])
        until = int(starts[1]) if len(starts) > 1 else len(rows)
        found += [packets.rows[row].tobytes() for row in rows[int(starts[0]) : until]]
    return found


def _sections(packets: Packets, pid: int, table: int) -> Iterator[bytes]:
    """The whole sections of a table, as often as they come, without their checksum."""
    return _sections_in(packets, packets.carrying(pid).tolist(), table)


def _sections_in(packets: Packets, rows: list[int], table: int) -> Iterator[bytes]:
    pending = b""  # the beginning of a section, if one has begun
    for row in rows:
        payload = packets.rows[row, packets.payload_at[row] :].tobytes()
        found: list[bytes] = []
        if packets.starts_unit[row]:
            begin = 1 + payload[0]  # the pointer field: so much belongs to the section before
            if pending:
                found, _ = _whole_sections(pending + payload[1:begin])
            others, pending = _whole_sections(payload[begin:])
            found += others
        elif pending:
            found, pending = _whole_sections(pending + payload)
        yield from (section[:-4] for section in found if section[0] == table)


def _whole_sections(data: bytes) -> tuple[list[bytes], bytes]:
    """The sections that some bytes begin with, and the beginning of another one; stuffing (0xFF) is none."""
    found: list[bytes] = []
    while len(data) >= 3 and data[0] != 0xFF:
        length = 3 + ((data[1] & 0x0F) << 8 | data[2])
        if len(data) < length:
            return found, data
        found.append(data[:length])
        data = data[length:]
    return found, b"" if data[:1] == b"\xff" else data


def _pid(section: bytes, at: int) -> int:
    return (section[at] & 0x1F) << 8 | section[at + 1]


def _maps_of(association: bytes) -> Iterator[int]:
    for at in range(8, len(association) - 3, 4):
        if association[at : at + 2] != b"\x00\x00":  # program 0 is the network table
            yield _pid(association, at + 2)


def _first_program(association: bytes) -> int:
    for pid in _maps_of(association):
        return pid
    raise NotUnderstood("the program association table of this MPEG-TS names no program")


def _streams(program_map: bytes) -> Iterator[tuple[int, int]]:
    at = 12 + ((program_map[10] & 0x0F) << 8 | program_map[11])
    while at + 5 <= len(program_map):
        end = at + 5 + ((program_map[at + 3] & 0x0F) << 8 | program_map[at + 4])
        yield _pid(program_map, at + 1), _kind(program_map[at], program_map[at + 5 : end])
        at = end


def _kind(stream_type: int, descriptors: bytes) -> int:
    """A stream's type; of private data what its descriptors say that it is, as DVB and registrations have it."""
    at = 0
    while stream_type == _PRIVATE_DATA and at + 2 <= len(descriptors):
        tag, end = descriptors[at], at + 2 + descriptors[at + 1]
        said = descriptors[at + 2 : at + 6] if tag == _REGISTRATION else bytes((tag,))
        stream_type = _SAID.get(said, stream_type)
        at = end
    return stream_type
