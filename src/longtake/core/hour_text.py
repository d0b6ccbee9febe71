"""An hour's entries of a media playlist as one text, rendered once and joined to others for every range that has it.

The text says nothing that depends on the playlist: numbers are in its head, and what stands between entries (holes,
discontinuities) is put there where they are joined. It is what ``core.hls.render`` makes of the same segments, entry by
entry (a test holds it to that), at a tenth of the cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from longtake.core.hls.render import render_duration
from longtake.core.hour_entries import HourEntries
from longtake.core.segment_columns import Bytes, Integers
from longtake.core.times import SECOND_US

_CLOCK_LETTERS = 9
"""Of a name of the usual form: MM:SS.fff; three more digits of fraction follow, and a dash."""
_NEWLINE = ord("\n")
_WHOLE_MS = np.frombuffer(b"000-", dtype=np.uint8)
_SCRATCH_BYTES = 1 << 19
_WEIGHT_BYTES = 500
_ENTRY_BYTES = 4 + 1

HourFolder = str
"""The URL of an hour's folder as it stands before a name, quoted: ``../../segments/CH/Q/2024-11-09T04/``."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HourText:
    """Entry i goes from ``until[i - 1]`` (0 for the first) to ``until[i]``."""

    text: bytes
    until: NDArray[np.uint32]

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        return _WEIGHT_BYTES + len(self.text) + len(self.until) * _ENTRY_BYTES

    def part(self, first: int, last: int) -> bytes:
        """Entries [first, last)."""
        begin = int(self.until[first - 1]) if first else 0
        if begin == 0 and last == len(self.until):
            return self.text
        return self.text[begin : int(self.until[last - 1])]


def render_hour(hour: HourEntries, folder: HourFolder) -> HourText:
    """All entries of an hour."""
    return render_uniform_hour(hour, folder) or _render_one_by_one(hour, folder)


def render_uniform_hour(
    hour: HourEntries, folder: HourFolder, scratch: Bytes | None = None
) -> HourText | None:
    """The same for an hour whose names have one length, one duration and whole milliseconds; None for others.

    As most hours are. Its lines are of one length then, and are filled in column by column for all at once: that takes
    hardly longer than copying them. ``scratch`` is room to do it in, if it is large enough: fresh memory costs a page
    fault for each 4 KiB.
    """
    columns, count = hour.columns, len(hour)
    if not count or not hour.takes_all() or hour.inits or not columns.text.isascii():
        return None
    length = (len(columns.text) + 1) // count
    durations_us = columns.durations_us
    if (
        len(columns.text) + 1 != length * count
        or length <= _CLOCK_LETTERS + len(_WHOLE_MS)
        or (durations_us != durations_us[0]).any()
    ):
        return None
    letters = np.frombuffer(f"{columns.text}\n".encode(), dtype=np.uint8).reshape(count, length)
    if (letters[:, -1] != _NEWLINE).any() or (letters[:, _CLOCK_LETTERS:13] != _WHOLE_MS).any():
        return None
    text = _filled(
        scratch,
        [
            _date(hour).encode(),
            letters[:, :_CLOCK_LETTERS],
            _middles(durations_us[:1], folder)[0].encode(),
            letters[:, :2],
            b"%3A",
            letters[:, 3:],
        ],
    )
    return HourText(text=text, until=np.arange(1, count + 1, dtype=np.uint32) * (len(text) // count))


def room_for_an_hour() -> Bytes:
    """``scratch`` for hours of up to some 3,000 segments. Not for two at once."""
    return np.empty(_SCRATCH_BYTES, dtype=np.uint8)


def _filled(scratch: Bytes | None, parts: list[bytes | Bytes]) -> bytes:
    """Lines of columns: an array has one row for each line, bytes are the same in all."""
    rows = next(len(part) for part in parts if not isinstance(part, bytes))
    widths = [len(part) if isinstance(part, bytes) else part.shape[1] for part in parts]
    size = rows * sum(widths)
    room = scratch if scratch is not None and len(scratch) >= size else np.empty(size, dtype=np.uint8)
    lines = room[:size].reshape(rows, sum(widths))
    at = 0
    for part, width in zip(parts, widths, strict=True):
        lines[:, at : at + width] = np.frombuffer(part, dtype=np.uint8) if isinstance(part, bytes) else part
        at += width
    return lines.tobytes()


def _render_one_by_one(hour: HourEntries, folder: HourFolder) -> HourText:
    names = hour.columns.names()
    if not hour.takes_all():
        names = [names[row] for row in hour.rows.tolist()]
    entries = _plain_entries(hour, names, folder)
    if hour.inits:
        entries = [_with_init(entry, name, hour, folder) for entry, name in zip(entries, names, strict=True)]
    return HourText(text="".join(entries).encode(), until=np.cumsum(list(map(len, entries)), dtype=np.uint32))


def _plain_entries(hour: HourEntries, names: list[str], folder: HourFolder) -> list[str]:
    """PROGRAM-DATE-TIME, EXTINF and the URI of each; a colon is the only character of a name to be quoted."""
    date = _date(hour)
    middles = _middles(hour.columns.durations_us[hour.rows], folder)
    return [
        f"{date}{_clock(name)}{middle}{name[:2]}%3A{name[3:]}\n"
        for name, middle in zip(names, middles, strict=True)
    ]


def _date(hour: HourEntries) -> str:
    return f"#EXT-X-PROGRAM-DATE-TIME:{hour.columns.hour}:"


def _middles(durations_us: Integers, folder: HourFolder) -> list[str]:
    """What stands between the clock of an entry and its name: few kinds in an hour."""
    kinds = {
        duration_us: f"Z\n#EXTINF:{render_duration(duration_us / SECOND_US)},\n{folder}"
        for duration_us in np.unique(durations_us).tolist()
    }
    return [kinds[duration_us] for duration_us in durations_us.tolist()]


def _clock(name: str) -> str:
    """``MM:SS.fff`` of a name, or ``MM:SS.ffffff`` where that is not exact."""
    if name[12:13] == "-":
        return name[:_CLOCK_LETTERS] if name[_CLOCK_LETTERS:12] == "000" else name[:12]
    clock = name[: name.index("-")]
    fraction = clock[6:].ljust(6, "0")
    return f"{clock[:5]}.{fraction[:3] if fraction.endswith('000') else fraction}"


def _with_init(entry: str, name: str, hour: HourEntries, folder: HourFolder) -> str:
    """The init section stands at the head of each stored file."""
    sizes = hour.inits.get(name)
    if sizes is None:
        return entry
    init_bytes, size_bytes = sizes
    date, extinf, uri = entry.splitlines()
    return (
        f'#EXT-X-MAP:URI="{uri}",BYTERANGE="{init_bytes}@0"\n{date}\n'
        f"#EXT-X-BYTERANGE:{size_bytes - init_bytes}@{init_bytes}\n{extinf}\n{uri}\n"
    )
