"""A look into a segment that takes whatever is there: its streams, and what is missing or damaged.

Made for the recorder: it never refuses, and reads only the heads of packets, so that it costs next to nothing.
``scan`` is for cuts, which must understand all of it or none.

What can be told of a segment that was cut off, with nobody saying so:

- Its last packet is not whole, or a unit is shorter than it says: certain.
- Its last unit does not say how long it is, as pictures do not, and fills its last packet, though units usually leave
  some room in theirs (one in 184 fills it by chance). That is no proof; ``open_end`` says so.
- It was cut between two units: nothing in it tells. Only its duration may.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.mpegts.packets import (
    ADAPTED,
    BROKEN,
    CARRIES,
    PACKET_BYTES,
    SCRAMBLED,
    SYNC_BYTE,
    Packets,
    columns,
)
from longtake.core.mpegts.pes import UnitHeads, heads_of, payload
from longtake.core.mpegts.sync import Aligned, aligned
from longtake.core.mpegts.tables import AUDIO_TYPES, VIDEO_TYPES, Program, read_maps

_DISCONTINUITY = 0x80
_USUALLY, _SELDOM = 0.75, 0.25
_MOST_STREAMS = 16
_ENOUGH_UNITS = 3
"""So many units show what is usual in a segment."""


@dataclass(frozen=True, kw_only=True)
class StreamLook:
    """The pictures or the sound of a segment. ``kind`` is the stream type of its map."""

    pid: int
    kind: int
    is_video: bool
    packets: Packets
    heads: UnitHeads
    lost: bool
    """Whether packets are missing within it, as their counters show."""

    @property
    def times(self) -> list[int]:
        """The PTS of all units that have one, which do not jump at a wrap: the first is in [0, 2^33)."""
        return self.heads.times

    def content(self, index: int, size_bytes: int) -> bytes:
        """The first bytes of a unit, without its header."""
        heads = self.heads
        rows = heads.rows[heads.at[index] : heads.at[index + 1]]
        header_bytes = heads.header_bytes[index]
        return payload(self.packets, rows, header_bytes + size_bytes)[header_bytes:]

    @cached_property
    def short(self) -> list[int]:
        """The units that are shorter than they say. None, if many are: then it is the source that cannot count."""
        sizes = zip(self.heads.least_bytes, self.heads.size_bytes, strict=True)
        short = [index for index, (least, size) in enumerate(sizes) if least > size]
        return short if len(self._before_last(short)) <= (len(self.heads) - 1) * _SELDOM else []

    @property
    def short_within(self) -> bool:
        """Whether a unit before the last one is shorter than it says."""
        return bool(self._before_last(self.short))

    def _before_last(self, short: list[int]) -> list[int]:
        return short[:-1] if short[-1:] == [len(self.heads) - 1] else short

    @property
    def cut_short(self) -> bool:
        """Whether the last unit is shorter than it says.

        Where the first packets are the end of an earlier segment's unit, the source cuts units in two: not then.
        """
        return not self.heads.begins_within and self.short[-1:] == [len(self.heads) - 1]

    @property
    def is_open(self) -> bool:
        """Whether the last unit fills its last packet and does not say how long it is, though others leave room."""
        heads = self.heads
        if len(heads) <= _ENOUGH_UNITS or heads.last_is_stated:
            return False
        if _has_room(self.packets.rows[heads.rows[-1]].tobytes()):
            return False
        roomy = self.packets.payload_at[_last_rows(heads)] > 4
        return bool(roomy.mean() >= _USUALLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLook:
    """All of a segment. ``flaw`` is the first evidence that bytes are missing or damaged, as a sentence."""

    video: StreamLook | None
    audio: StreamLook | None
    others: tuple[StreamLook, ...]
    """More pictures and sound: in other languages, or from a change of the map on."""
    flaw: str | None
    breaks_off: bool
    """Whether the flaw is that the end is missing."""
    open_end: bool
    """Whether the last picture may go on, for all that can be seen."""


def look_at(content: bytes | memoryview) -> SegmentLook:
    """Looks at a segment of MPEG-TS."""
    found, packets = _packets(np.frombuffer(content, np.uint8))
    if packets is None:
        return SegmentLook(
            video=None,
            audio=None,
            others=(),
            flaw="it is shorter than one packet",
            breaks_off=True,
            open_end=False,
        )
    maps = read_maps(packets)
    streams = _streams(packets, maps)
    video = next((stream for stream in streams if stream.is_video), None)
    audio = next((stream for stream in streams if not stream.is_video), None)
    end = _end_flaw(found, streams)
    return SegmentLook(
        video=video,
        audio=audio,
        others=tuple(stream for stream in streams if stream is not video and stream is not audio),
        flaw=end or _flaw(found, packets, maps, streams),
        breaks_off=end is not None,
        open_end=video is not None and video.is_open and not _others_follow(packets, video, audio),
    )


def _packets(flat: NDArray[np.uint8]) -> tuple[Aligned, Packets | None]:
    """Where packets lie, and they themselves if there are any."""
    whole = len(flat) // PACKET_BYTES * PACKET_BYTES
    if whole:  # usually all do as they should: then memory is gone through once
        rows = flat[:whole].reshape(-1, PACKET_BYTES)
        packets = columns(rows)
        if (packets.head >> 24 == SYNC_BYTE).all():
            return Aligned(rows=rows, lost_at=None, rest=flat[whole:].tobytes()), packets
    found = aligned(flat)
    return found, columns(found.rows) if len(found.rows) else None


def _streams(packets: Packets, maps: tuple[Program, ...]) -> list[StreamLook]:
    """All pictures and sound that the maps name, as far as there are units of them."""
    named = dict.fromkeys(stream for one in maps for stream in one.streams)
    streams = []
    for pid, kind in [one for one in named if one[1] in VIDEO_TYPES | AUDIO_TYPES][:_MOST_STREAMS]:
        is_video = kind in VIDEO_TYPES
        carrying, lost = _continuous(packets, packets.carrying(pid))
        heads = heads_of(packets, carrying)
        if len(heads):
            streams.append(
                StreamLook(pid=pid, kind=kind, is_video=is_video, packets=packets, heads=heads, lost=lost)
            )
    return streams


def _continuous(packets: Packets, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], bool]:
    """The rows of a PID without those sent twice (2.4.3.3), and whether some are missing among them.

    Jumps may be announced. Some muxers count packets without a payload too, and some do not count at all: nothing is
    missing there.
    """
    heads = packets.head[rows]
    steps = (heads[1:] - heads[:-1]) & 0x0F
    odd = (steps != 1).nonzero()[0] + 1
    if not len(odd) or len(odd) > _USUALLY * len(steps) > _ENOUGH_UNITS:
        return rows, False
    twice = [at for at in odd[steps[odd - 1] == 0].tolist() if _alike(packets, rows[at - 1], rows[at])]
    jumps = np.setdiff1d(odd, twice).tolist()
    return np.delete(rows, twice), not all(_is_explained(packets, rows[at - 1], rows[at]) for at in jumps)


def _is_explained(packets: Packets, before: int, after: int) -> bool:
    """Whether a jump is announced by a discontinuity indicator, or comes of packets without a payload in between."""
    pid = packets.pid[after]
    between = before + 1 + np.flatnonzero(packets.pid[before + 1 : after] == pid)
    for row in (*between.tolist(), after):
        if packets.head[row] & ADAPTED and packets.rows[row, 4] and packets.rows[row, 5] & _DISCONTINUITY:
            return True
    passed = int(packets.head[after]) - int(packets.head[before]) & 0x0F
    return len(between) > 0 and passed == (len(between) + 1) & 0x0F


def _alike(packets: Packets, first: int, second: int) -> bool:
    """Whether two packets are one sent twice. Their PCR may differ."""
    begin = int(packets.payload_at[second])
    return bool(
        packets.head[first] == packets.head[second]
        and packets.payload_at[first] == begin
        and (packets.rows[first, begin:] == packets.rows[second, begin:]).all()
    )


def _end_flaw(found: Aligned, streams: list[StreamLook]) -> str | None:
    if found.rest[:1] == bytes((SYNC_BYTE,)):
        return "it ends within a packet"
    for stream in streams:
        if stream.cut_short:
            return "it ends within a picture" if stream.is_video else "it ends within sound"
    return None


def _flaw(
    found: Aligned, packets: Packets, maps: tuple[Program, ...], streams: list[StreamLook]
) -> str | None:
    if found.lost_at is not None:
        return f"bytes are missing or damaged at byte {found.lost_at}: no packet begins there"
    if found.rest:
        return "there are bytes behind the last packet which are none"
    bits = int(np.bitwise_or.reduce(packets.head))
    if bits & BROKEN:
        return "a packet says that it was received with errors"
    if bits & SCRAMBLED and _is_scrambled(packets, maps):
        return "it is scrambled"
    if not maps:
        return "its tables are missing: nothing says what its packets hold"
    if not streams:
        return None if _holds_others(packets, maps) else "it holds neither pictures nor sound"
    return _stream_flaw(packets, streams)


def _is_scrambled(packets: Packets, maps: tuple[Program, ...]) -> bool:
    """Whether something of our program is; others may be."""
    scrambled = packets.pid[(packets.head & SCRAMBLED) != 0]
    return len(scrambled) > 0 and bool(
        np.isin(scrambled, [pid for one in maps for pid, _ in one.streams]).any()
    )


def _holds_others(packets: Packets, maps: tuple[Program, ...]) -> bool:
    """Whether there is something, where nothing is announced but what we do not know."""
    if any(one.video or one.audio for one in maps):
        return False
    others = [pid for one in maps for pid, _ in one.streams]
    return bool(np.isin(packets.pid[(packets.head & CARRIES) != 0], others).any())


def _stream_flaw(packets: Packets, streams: list[StreamLook]) -> str | None:
    if any(stream.lost for stream in streams):
        return "packets are missing: their counters jump"
    if not all(stream.heads.all_pes for stream in streams):
        return "a picture or sound does not begin with its header"
    if any(stream.short_within for stream in streams):
        return "a picture or sound is shorter than it says"
    if not any(len(stream.times) for stream in streams):
        return "no picture and no sound has a timestamp"
    return None


def _last_rows(heads: UnitHeads) -> NDArray[np.intp]:
    """The last row of each unit but the last."""
    rows: NDArray[np.intp] = heads.rows[[end - 1 for end in heads.at[1:-1]]]
    return rows


def _has_room(packet: bytes) -> bool:
    """Whether a packet's adaptation field is longer than what it says needs (2.4.3.4): stuffed, at a unit's end."""
    if not packet[3] & 0x20:
        return False
    length, flags = packet[4], packet[5]
    if length == 0:
        return True
    needed = 1 + 6 * (flags >> 4 & 1) + 6 * (flags >> 3 & 1) + (flags >> 2 & 1)
    for flag in (2, 1):  # private data, then an extension, behind their lengths
        if flags & flag:
            needed += 1 + packet[min(5 + needed, PACKET_BYTES - 1)]
    return length > needed


def _others_follow(packets: Packets, video: StreamLook, audio: StreamLook | None) -> bool:
    """Whether sound follows the last picture, where units are never mixed: so that it must have ended."""
    if audio is None or audio.heads.rows[-1] < video.heads.rows[-1]:
        return False
    heads, heard = video.heads, audio.heads.rows
    first_rows = heads.rows[heads.at[:-2]]
    return bool((np.searchsorted(heard, _last_rows(heads)) == np.searchsorted(heard, first_rows)).all())
