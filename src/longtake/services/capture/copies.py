"""Which copies of one segment are worth storing, as long as none is full. Nothing that is stored is taken away.

=========================================  ==============================================================
a copy                                     is stored
=========================================  ==============================================================
full                                       always; then the segment is done
suspect                                    unless the very same bytes are
partial                                    if it is longer than all before it, four times at the most
=========================================  ==============================================================

So a source that breaks off again and again leaves a few files and no pile.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from longtake.core.segments import SegmentType

_MOST_PARTIALS = 4


@dataclass(slots=True, kw_only=True)
class Copies:
    """Of one segment. ``whole`` counts the bodies that came to their end, ``repeats`` all whose bytes were stored already."""

    whole: int = 0
    repeats: int = 0
    _digests: set[bytes] = field(default_factory=set)
    _longest_bytes: int = 0
    _partials: int = 0

    @property
    def stored(self) -> bool:
        """Whether there is any."""
        return bool(self._digests)

    def is_worth_storing(self, type: SegmentType, digest: bytes, media_bytes: int) -> bool:
        """See the table of this module."""
        if type is SegmentType.FULL:
            return True
        if digest in self._digests:
            return False
        if type is SegmentType.SUSPECT:
            return True
        return media_bytes > self._longest_bytes and self._partials < _MOST_PARTIALS

    def came(self, digest: bytes, *, whole: bool) -> None:
        """A body came that is not full; ``whole`` if it came to its end."""
        self.whole += whole
        self.repeats += digest in self._digests

    def keep(self, type: SegmentType, digest: bytes, media_bytes: int) -> None:
        """It is stored."""
        self._digests.add(digest)
        self._longest_bytes = max(self._longest_bytes, media_bytes)
        self._partials += type is SegmentType.PARTIAL
