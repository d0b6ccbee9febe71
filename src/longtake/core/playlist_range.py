"""What a media playlist lists, before it is text: stretches of hours, and what stands between their entries.

Both kinds of playlists take this form: fixed ranges, made from a timeline (``core.fixed_range``), and those that grow,
made from the ledger (``core.ledger``). Their entries stay columns all the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from longtake.core.gap_entries import GapRun
from longtake.core.hour_entries import HourEntries
from longtake.core.times import SECOND_US

SKIPPED_TARGETS = 6
"""A delta update must not skip what is nearer to the end than that many target durations (rfc8216bis 4.4.3.8)."""
_ETAG_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Insert:
    """What stands before the entry at ``place``, or behind the last: holes as GAP entries, then DISCONTINUITY tags.

    ``tags_first``: so many more stand before the GAP entries.
    """

    place: int
    tags: int = 0
    gaps: tuple[GapRun, ...] = ()
    tags_first: int = 0

    def __len__(self) -> int:
        """How many entries it adds."""
        return sum(map(len, self.gaps))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """The entries [first, last) of an hour; ``inserts`` in order, at places from ``first`` to ``last``."""

    entries: HourEntries
    first: int
    last: int
    inserts: tuple[Insert, ...] = ()

    def __len__(self) -> int:
        """How many entries, GAP entries included."""
        return self.last - self.first + sum(map(len, self.inserts))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaylistRange:
    """A media playlist. ``sequence`` and ``discontinuity_sequence`` are the numbers at its head.

    ``grows``: more may come, and delta updates are made of it. ``whole``: nothing of the range is missing or doubtful. ``skipped``: so many
    entries before the first are not listed, since the client has them (EXT-X-SKIP).
    """

    stretches: tuple[Stretch, ...]
    sequence: int
    discontinuity_sequence: int
    target_s: int
    grows: bool
    whole: bool = False
    with_gaps: bool = False
    skipped: int = 0

    def __len__(self) -> int:
        """How many entries are listed."""
        return sum(map(len, self.stretches))

    @property
    def end_sequence(self) -> int:
        """The MEDIA-SEQUENCE that the next entry will have."""
        return self.sequence + self.skipped + len(self)

    @property
    def version(self) -> int:
        """EXT-X-VERSION (RFC 8216 7; 9 for SKIP: rfc8216bis 8; 8 for GAP is what strict parsers want)."""
        if self.skipped:
            return 9
        if self.with_gaps:
            return 8
        return 6 if any(stretch.entries.inits for stretch in self.stretches) else 3

    @property
    def independent(self) -> bool:
        """Whether each entry is known to be decodable alone, and no other will come."""
        parts = self.stretches
        return not self.grows and bool(parts) and all(stretch.entries.independent for stretch in parts)

    def etag(self, fingerprint: Callable[[HourEntries], bytes]) -> str:
        """Another one for another text, without making that: an opaque word."""
        digest = hashlib.blake2b(
            repr(
                (
                    self.sequence,
                    self.discontinuity_sequence,
                    self.target_s,
                    self.grows,
                    self.whole,
                    self.with_gaps,
                    self.skipped,
                    self.independent,
                    [(stretch.first, stretch.last, stretch.inserts) for stretch in self.stretches],
                )
            ).encode(),
            digest_size=_ETAG_BYTES,
        )
        for stretch in self.stretches:
            digest.update(fingerprint(stretch.entries))
        return digest.hexdigest()

    def as_update(self) -> PlaylistRange:
        """Without the entries that a client has who saw the playlist lately; itself if there are none (rfc8216bis 6.2.5.1)."""
        if not self.grows:
            return self
        skipped = len(self) - self._kept_in_updates()
        if skipped < 1:
            return self
        return replace(self, stretches=tuple(_without_first(self.stretches, skipped)), skipped=skipped)

    def _kept_in_updates(self) -> int:
        """How many entries at the end reach into the last ``SKIPPED_TARGETS`` target durations."""
        left_us = SKIPPED_TARGETS * self.target_s * SECOND_US
        kept = 0
        for duration_us in self._durations_from_the_end():
            if left_us <= 0:
                break
            left_us -= duration_us
            kept += 1
        return kept

    def _durations_from_the_end(self) -> Iterator[int]:
        for stretch in reversed(self.stretches):
            inserts = {insert.place: insert for insert in stretch.inserts}
            durations_us = stretch.entries.columns.durations_us
            for place in range(stretch.last, stretch.first - 1, -1):
                if place < stretch.last:
                    yield int(durations_us[stretch.entries.rows[place]])
                if place in inserts:
                    for run in reversed(inserts[place].gaps):
                        yield from run.durations_back_us()


def _without_first(stretches: tuple[Stretch, ...], entries: int) -> Iterator[Stretch]:
    for stretch in stretches:
        if entries >= len(stretch):
            entries -= len(stretch)
            continue
        yield _stretch_without(stretch, entries) if entries else stretch
        entries = 0


def _stretch_without(stretch: Stretch, entries: int) -> Stretch:
    """The tags before an entry that is skipped are skipped with it."""
    inserts = list(stretch.inserts)
    first = stretch.first
    while entries:
        if inserts and inserts[0].place == first and len(inserts[0]):
            inserts[0], entries = _insert_without(inserts[0], entries)
            if not entries:
                break
        if inserts and inserts[0].place == first:
            inserts.pop(0)
        until = min(inserts[0].place if inserts else stretch.last, first + entries)
        entries -= until - first
        first = until
    return replace(stretch, first=first, inserts=tuple(inserts))


def _insert_without(insert: Insert, entries: int) -> tuple[Insert, int]:
    gaps = []
    for run in insert.gaps:
        gone = min(entries, len(run))
        entries -= gone
        if gone < len(run):
            gaps.append(run.without_first(gone))
    return replace(insert, gaps=tuple(gaps), tags_first=0), entries
