"""An hour of the ledger: what viewers were shown of it, in the order and with the numbers in which they were.

As text, one file's: a line about its beginning, then a line for each entry. Only lines are added. The numbers of
entries follow from those at the head: a line that a kill has torn is cut off before another is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from longtake.core.errors import InvalidInput
from longtake.core.gap_entries import gap_count
from longtake.core.hour_entries import HourEntries
from longtake.core.segment_columns import Bytes, Integers, SegmentColumns, read_columns
from longtake.core.timeline import JOIN_GAP_US

_HEAD = re.compile(
    r"longtake-ledger 1 sequence=(\d{1,18}) number=(\d{1,18}) gaps=(-?\d{1,18}) reach=(\d{1,18})"
    r" target=(\d{1,9}) gap=(\d{1,15})",
    re.ASCII,
)
_MARKS = re.compile(r"tags=(\d{1,4})( init=(\d{1,12})/(\d{1,12}))?( target=(\d{1,9}))?", re.ASCII)
_WEIGHT_BYTES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead:
    """What an hour begins with.

    ``sequence`` (MEDIA-SEQUENCE) and ``number`` (DISCONTINUITY-SEQUENCE, tags before it counted) are those of its first
    entry. ``gaps`` counts the GAP entries before that, in playlists that list holes; ``reach_us`` is where the hole before it
    begins, if there is one. ``target_s`` is the TARGETDURATION that playlists had by then. A GAP entry takes at most ``gap_us``.
    """

    sequence: int
    number: int
    gaps: int
    reach_us: int
    target_s: int
    gap_us: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LedgerHour:
    """``tags`` are the DISCONTINUITY tags before each of ``entries.torn``; all columns are listed.

    ``target_s``: that of playlists once all of it was shown. ``targets``: (place, target) where an entry raised it.
    """

    head: LedgerHead
    entries: HourEntries
    tags: Integers
    targets: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        """How many entries."""
        return len(self.entries)

    @property
    def hour(self) -> str:
        """The hour folder that its segments are in."""
        return self.entries.columns.hour

    @property
    def target_s(self) -> int:
        """TARGETDURATION once all of it was shown."""
        return self.targets[-1][1] if self.targets else self.head.target_s

    @property
    def end_sequence(self) -> int:
        """That of the entry after it."""
        return self.head.sequence + len(self)

    @property
    def last_number(self) -> int:
        """The discontinuity number of its last entry."""
        return self.number_at(len(self) - 1)

    @property
    def end_us(self) -> int:
        """Where its last entry ends; where it begins, if it has none."""
        return int(self.entries.ends_us[-1]) if len(self) else self.head.reach_us

    @property
    def weight_bytes(self) -> int:
        """About what it takes of memory."""
        return _WEIGHT_BYTES + self.entries.columns.weight_bytes + 20 * len(self) + 24 * len(self.tags)

    def number_at(self, place: int) -> int:
        """The discontinuity number of an entry."""
        if not len(self.tags):
            return self.head.number
        return self.head.number + int(self.tags[self.entries.torn <= place].sum())

    def gaps_at(self, place: int) -> int:
        """How many GAP entries stand before an entry, from the beginning of the ledger on."""
        return self.head.gaps + sum(
            gap_count(start_us, end_us, longest_us=self.head.gap_us)
            for at, start_us, end_us in self.holes()
            if at <= place
        )

    @property
    def last_gaps(self) -> int:
        """How many GAP entries stand before its end, from the beginning of the ledger on."""
        return self.gaps_at(len(self) - 1)

    def holes(self) -> Iterator[tuple[int, int, int]]:
        """(place, start, end) of each hole before an entry that is not the first."""
        starts_us, ends_us = self.entries.starts_us, self.entries.ends_us
        for place in (np.flatnonzero(starts_us[1:] - ends_us[:-1] > JOIN_GAP_US) + 1).tolist():
            yield place, int(ends_us[place - 1]), int(starts_us[place])

    @classmethod
    def empty(cls, hour: str, head: LedgerHead) -> Self:
        """Nothing was shown of it."""
        return cls(head=head, entries=HourEntries.none(hour), tags=np.empty(0, dtype=np.int64))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewEntries:
    """Entries to be added to an hour, as columns; ``tags`` before each, ``inits`` as in ``HourEntries``."""

    names: Sequence[str]
    starts_us: Integers
    durations_us: Integers
    codes: Bytes
    tags: Integers
    inits: dict[str, tuple[int, int]]
    target_s: int


def with_more(hour: LedgerHour, new: NewEntries) -> LedgerHour:
    """The hour with entries at its end."""
    before = hour.entries.columns
    columns = SegmentColumns(
        before.hour,
        [*before.names(), *new.names],
        np.concatenate((before.starts_us, new.starts_us)),
        np.concatenate((before.durations_us, new.durations_us)),
        np.concatenate((before.codes, new.codes)),
    )
    tagged = np.flatnonzero(new.tags)
    if not len(hour) and len(tagged) and tagged[0] == 0:
        tagged = tagged[1:]  # those of the first of all are in the number at the head
    torn = np.concatenate((hour.entries.torn, tagged + len(hour)))
    rises = new.target_s > hour.target_s
    return LedgerHour(
        head=hour.head,
        entries=_entries(columns, torn, {**hour.entries.inits, **new.inits}),
        tags=np.concatenate((hour.tags, new.tags[tagged])),
        targets=(*hour.targets, (len(hour), new.target_s)) if rises else hour.targets,
    )


def encode_head(head: LedgerHead) -> str:
    """The first line, with its newline."""
    return (
        f"longtake-ledger 1 sequence={head.sequence} number={head.number} gaps={head.gaps} reach={head.reach_us}"
        f" target={head.target_s} gap={head.gap_us}\n"
    )


def encode_entries(hour: LedgerHour, first: int = 0) -> str:
    """The lines of the entries from place ``first`` on: a name, and what is out of the usual."""
    entries = hour.entries
    lines = entries.columns.names()[first:]
    tags = dict(zip(entries.torn.tolist(), hour.tags.tolist(), strict=True))
    targets = dict(hour.targets)
    inits = entries.inits
    odd = {*tags, *targets}
    if inits:
        odd |= {first + at for at, name in enumerate(lines) if name in inits}
    for place in odd:
        if place >= first:
            name = lines[place - first]
            init = f" init={inits[name][0]}/{inits[name][1]}" if name in inits else ""
            target = f" target={targets[place]}" if place in targets else ""
            lines[place - first] = f"{name} tags={tags.get(place, 0)}{init}{target}"
    return "".join(f"{line}\n" for line in lines)


def decode_hour(hour: str, content: bytes) -> tuple[LedgerHour, int]:
    """The hour, and how many bytes of the content are sound: what is torn or not understood, and all behind it, is not.

    Raises InvalidInput if not even the first line is.
    """
    whole = content[: content.rfind(b"\n") + 1].decode("utf-8", errors="replace")
    first, *lines = whole.split("\n")[:-1] or [""]
    match = _HEAD.fullmatch(first)
    if match is None:
        raise InvalidInput(f"no hour of the ledger begins with {first[:60]!r}")
    sequence, number, gaps, reach_us, target_s, gap_us = map(int, match.groups())
    if gap_us < 1:
        raise InvalidInput("an hour of the ledger has GAP entries of no length")
    head = LedgerHead(
        sequence=sequence, number=number, gaps=gaps, reach_us=reach_us, target_s=target_s, gap_us=gap_us
    )
    names, marks = _split(lines)
    columns, sound = _columns(hour, names)
    tags = {place: found[0] for place, found in marks.items() if place < sound and found[0]}
    inits = {names[place]: found[1] for place, found in marks.items() if place < sound and found[1]}
    targets = [(place, found[2]) for place, found in marks.items() if place < sound and found[2]]
    decoded = LedgerHour(
        head=head,
        entries=_entries(columns, np.array(list(tags), dtype=np.int64), inits),
        tags=np.array(list(tags.values()), dtype=np.int64),
        targets=tuple(targets),
    )
    return decoded, len("\n".join([first, *lines[:sound], ""]).encode())


_Marks = tuple[int, tuple[int, int] | None, int]


def _split(lines: Sequence[str]) -> tuple[list[str], dict[int, _Marks]]:
    """Names, up to the first line that is not understood, and what stands behind them."""
    if not any(" " in line for line in lines):
        return list(lines), {}
    names: list[str] = []
    marks: dict[int, _Marks] = {}
    for line in lines:
        name, space, rest = line.partition(" ")
        if space:
            match = _MARKS.fullmatch(rest)
            if match is None:
                break
            init = (int(match[3]), int(match[4])) if match[2] else None
            marks[len(names)] = (int(match[1]), init, int(match[6] or 0))
        names.append(name)
    return names, marks


def _columns(hour: str, names: Sequence[str]) -> tuple[SegmentColumns, int]:
    """Of the names up to the first that is none, and how many these are. Entries are in order of time."""
    columns, odd = read_columns(hour, names)
    if not odd and columns.text == "\n".join(names) and (np.diff(columns.starts_us) > 0).all():
        return columns, len(names)
    sound = len(names)
    for at, name in enumerate(names):
        if name in odd or (at and name <= names[at - 1]):
            sound = at
            break
    return read_columns(hour, names[:sound])[0], sound


def _entries(columns: SegmentColumns, torn: Integers, inits: dict[str, tuple[int, int]]) -> HourEntries:
    return HourEntries(
        columns=columns,
        rows=np.arange(len(columns), dtype=np.int32),
        starts_us=columns.starts_us,
        ends_us=columns.ends_us(),
        torn=torn,
        inits=inits,
    )
