"""MPEG-TS put together by hand, bit for bit as ISO/IEC 13818-1 has it, and without a line of what is tested.

Whatever a muxer would not write can be made here: headers spread over packets, tables in pieces, odd stuffing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PACKET = 188
ROOM = PACKET - 4
VIDEO, AUDIO, PMT = 0x100, 0x101, 0x1000


def bits(text: str) -> bytes:
    """The bytes of a text of zeros and ones; blanks are for the reader."""
    digits = text.replace(" ", "")
    return int(digits, 2).to_bytes(len(digits) // 8, "big")


def time_field(prefix: int, ticks: int) -> bytes:
    """PTS or DTS (2.4.3.6)."""
    number = f"{ticks % (1 << 33):033b}"
    return bits(f"{prefix:04b} {number[:3]} 1 {number[3:18]} 1 {number[18:]} 1")


def clock_field(base: int, extension: int = 0) -> bytes:
    """PCR (2.4.3.5)."""
    return bits(f"{base % (1 << 33):033b} 111111 {extension:09b}")


def clock(base: int, extension: int = 0) -> bytes:
    """An adaptation field with a PCR, from its flags on."""
    return b"\x10" + clock_field(base, extension)


def packet(
    pid: int, payload: bytes = b"", *, starts: bool = False, counter: int = 0, adaptation: bytes = b""
) -> bytes:
    """One packet, filled up by its adaptation field; ``adaptation`` begins with its flags, without the length."""
    spare = ROOM - len(payload)
    assert spare >= (len(adaptation) + 1 if adaptation else 0)
    control = (2 if spare else 0) | (1 if payload else 0)
    head = bits(f"01000111 0 {int(starts)} 0 {pid:013b} 00 {control:02b} {counter % 16:04b}")
    if spare == 0:
        return head + payload
    field = (adaptation or b"\x00")[: spare - 1]
    return head + bytes((spare - 1,)) + field.ljust(spare - 1, b"\xff") + payload


def packets(
    pid: int, data: bytes, *, sizes: Iterable[int] = (), counter: int = 0, adaptation: bytes = b""
) -> bytes:
    """A unit or a section in packets; the first ones hold ``sizes`` bytes of it, the others as much as they can."""
    made, wanted = b"", iter(sizes)
    first = True
    while data:
        room = ROOM - (len(adaptation) + 1 if first and adaptation else 0)
        size = min(next(wanted, room), room)
        made += packet(
            pid, data[:size], starts=first, counter=counter, adaptation=adaptation if first else b""
        )
        data, counter, first = data[size:], counter + 1, False
    return made


def pes(
    content: bytes, pts: int, dts: int | None = None, *, stream_id: int = 0xE0, stated: bool = False
) -> bytes:
    """A PES packet; with ``stated`` its length stands in its header."""
    times = time_field(2, pts) if dts is None else time_field(3, pts) + time_field(1, dts)
    length = 3 + len(times) + len(content) if stated else 0
    flags = bits(f"10 000 1 00 {2 if dts is None else 3:02b} 000000")
    return (
        b"\x00\x00\x01"
        + bytes((stream_id,))
        + length.to_bytes(2, "big")
        + flags
        + bytes((len(times),))
        + times
    ) + content


def section(table: int, body: bytes, *, pointer: int = 0) -> bytes:
    """A long section behind its pointer field, with its checksum."""
    content = bytes((table,)) + bits(f"1011 {len(body) + 9:012b}") + b"\x00\x01\xc1\x00\x00" + body
    return bytes((pointer,)) + b"\xff" * pointer + content + _checksum(content).to_bytes(4, "big")


def pat(*programs: tuple[int, int]) -> bytes:
    """Of (number, PID of the map)."""
    programs = programs or ((1, PMT),)
    return section(0, b"".join(bits(f"{number:016b} 111 {pid:013b}") for number, pid in programs))


def pmt(
    *streams: tuple[int, int],
    pcr_pid: int = VIDEO,
    descriptors: bytes = b"",
    of_each: bytes = b"",
    pointer: int = 0,
) -> bytes:
    """Of (PID, stream type); ``of_each`` are the descriptors of every stream."""
    body = bits(f"111 {pcr_pid:013b} 1111 {len(descriptors):012b}") + descriptors
    for pid, kind in streams or ((VIDEO, 0x1B), (AUDIO, 0x0F)):
        body += bits(f"{kind:08b} 111 {pid:013b} 1111 {len(of_each):012b}") + of_each
    return section(2, body, pointer=pointer)


def tables(*streams: tuple[int, int], pcr_pid: int = VIDEO) -> bytes:
    """A PAT and a PMT in a packet each."""
    return _table(0, pat()) + _table(PMT, pmt(*streams, pcr_pid=pcr_pid))


def _table(pid: int, data: bytes) -> bytes:
    """In one packet, with bytes of 0xFF behind it."""
    return packet(pid, data.ljust(ROOM, b"\xff"), starts=True)


def rows(data: bytes) -> list[bytes]:
    """The packets, one by one."""
    return [data[at : at + PACKET] for at in range(0, len(data), PACKET)]


def counter_faults(data: bytes, *, but: Sequence[int] = (0x1FFF,)) -> list[int]:
    """The places of packets whose continuity counter does not go on from the one before of their PID (2.4.3.3)."""
    last: dict[int, int] = {}
    faults = []
    for place, row in enumerate(rows(data)):
        pid, counter = (row[1] & 0x1F) << 8 | row[2], row[3] & 0x0F
        step = 1 if row[3] & 0x10 else 0
        if pid not in but and pid in last and counter != (last[pid] + step) % 16:
            faults.append(place)
        last[pid] = counter
    return faults


def _checksum(content: bytes) -> int:
    """CRC-32 of MPEG-2 (annex A)."""
    register = 0xFFFFFFFF
    for byte in content:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register & 0x80000000 else 0)) & 0xFFFFFFFF
    return register
