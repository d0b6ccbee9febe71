"""The PES packets of one PID, taken out of their transport packets: one coded picture each, or some sound frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longtake.core.errors import NotUnderstood
from longtake.core.mpegts.packets import Packets
from longtake.core.mpegts.pes import LONGEST_HEADER, payloads, read_headers
from longtake.core.mpegts.timestamps import Ticks, unwrapped
from longtake.core.sound import sound_frame


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of a PID in the order of the file, which is that of decoding.

    ``pts`` and ``dts`` are in ticks and do not jump at a wrap of the 33 bits: they go on from the first DTS, which is
    in [0, 2^33). What they hold is taken out of the packets when it is first asked for.
    """

    pid: int
    pts: Ticks
    dts: Ticks
    has_dts: NDArray[np.bool_]
    """Whether a unit states its DTS; else it is its PTS."""
    first_row: NDArray[np.intp]
    """The row of the packets in which each unit begins."""
    packets: Packets = field(repr=False)
    rows: NDArray[np.intp] = field(repr=False)
    """All rows of the PID that have a payload, from the first unit on."""
    of_adts: bool = False
    """Whether the content is AAC in ADTS. Then each unit's begins with its first frame: should one reach into the next
    unit, it is whole in the one where it began, as timestamps count (2.4.3.7)."""

    def __len__(self) -> int:
        """How many units."""
        return len(self.pts)

    def content(self, index: int) -> bytes:
        """One unit without its PES header. Raises NotUnderstood if the header is longer than the unit."""
        return self._contents.stream[self._contents.begin[index] : self._contents.end[index]]

    def head(self, index: int, size_bytes: int) -> bytes:
        """The first bytes of a unit without its PES header. Raises NotUnderstood as ``content``."""
        begin, end = self._contents.begin[index], self._contents.end[index]
        return self._contents.stream[begin : min(end, begin + size_bytes)]

    @property
    def size_bytes(self) -> int:
        """Of all contents together. Raises NotUnderstood as ``content``."""
        return int((self._contents.end - self._contents.begin).sum())

    @cached_property
    def _contents(self) -> _Contents:
        flat, at = payloads(self.packets, self.rows)
        header_at = at[:-1][self.packets.starts_unit[self.rows]]
        next_at = np.append(header_at[1:], at[-1]) if len(header_at) else header_at
        # The last unit may be so short that a header read in one go would reach over the end.
        head = np.append(flat, np.zeros(LONGEST_HEADER, np.uint8))[header_at[:, None] + np.arange(9)]
        begin = header_at + 9 + head[:, 8]
        stated = head[:, 4].astype(np.intp) << 8 | head[:, 5]
        end = np.where(stated > 0, np.minimum(header_at + 6 + stated, next_at), next_at)
        if (begin > end).any():
            raise NotUnderstood("damaged MPEG-TS: a PES header is longer than its unit")
        contents = _Contents(stream=flat.tobytes(), begin=begin, end=end)
        return (self.of_adts and _at_frames(contents)) or contents


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contents:
    """All that a PID carries, without its packet headers, and where the content of each unit lies in that."""

    stream: bytes
    begin: NDArray[np.intp]
    end: NDArray[np.intp]


def _at_frames(contents: _Contents) -> _Contents | None:
    """The same with frames whole, if they are not and can be made so: all of them, from the first byte to the last."""
    stream, begin, end = contents.stream, contents.begin.tolist(), contents.end.tolist()
    if all(sound_frame(stream, at) is not None for at in begin):
        return None
    joined = b"".join(stream[one:other] for one, other in zip(begin, end, strict=True))
    frames, at = [], 0
    while (frame := sound_frame(joined, at)) is not None:
        frames.append(at)
        at += frame.size_bytes
    if at != len(joined):
        return None
    borders = np.zeros(len(begin), np.intp)
    np.cumsum(contents.end[:-1] - contents.begin[:-1], out=borders[1:])
    at_frames = np.append(frames, at)[np.searchsorted(frames, borders)]
    return _Contents(stream=joined, begin=at_frames, end=np.append(at_frames[1:], at))


def read_units(packets: Packets, pid: int, *, of_adts: bool = False) -> Units:
    """The units of a PID; what comes before its first start of a unit is passed over.

    Raises NotUnderstood for what is no PES, or for a unit without a PTS.
    """
    headers = read_headers(packets, pid)
    whole = headers.size_bytes >= headers.header_bytes
    if not (headers.is_pes | ~whole).all():
        raise NotUnderstood("damaged MPEG-TS: a unit does not begin with a PES header")
    if not whole.all():
        raise NotUnderstood("damaged MPEG-TS: a PES header is longer than its unit")
    if not (headers.bytes[:, 7] & 0x80).all():
        raise NotUnderstood("a coded picture or sound frame of this MPEG-TS has no timestamp")
    has_dts = headers.has_dts
    if not (headers.has_pts & (has_dts | (headers.bytes[:, 7] & 0x40 == 0))).all():
        raise NotUnderstood("damaged MPEG-TS: a PES header has no room for its timestamps")
    dts = headers.dts
    near = int(dts[0]) if len(dts) else 0
    return Units(
        pid=pid,
        pts=unwrapped(headers.pts, near),
        dts=unwrapped(dts, near),
        has_dts=has_dts,
        first_row=headers.first_row,
        packets=packets,
        rows=headers.rows,
        of_adts=of_adts,
    )
