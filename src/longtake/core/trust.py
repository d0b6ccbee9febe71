"""How far a downloaded segment is trusted: by what the transport said, and by what is in it.

========================================================  =======================  ==================
what is wrong                                             the transport said that  the segment is
                                                          the body ends there
========================================================  =======================  ==================
nothing                                                   yes or no                full
it stops early, or is shorter than the playlist has it    no                       partial
the same                                                  yes                      suspect
anything else                                             yes or no                suspect
========================================================  =======================  ==================

A body without a length that ends when its connection is closed looks the same whether it is whole or not; so there it
is also a reason for doubt if the last picture *may* go on. A whole segment looks like that about once in 200 at worst.
What cannot be seen: an end that is missing from between two pictures on, if it is within the tolerance of duration.
"""

from __future__ import annotations

from dataclasses import dataclass

from longtake.core.inspection import Inspection
from longtake.core.segments import SegmentType

_TOLERATED_S = 0.5
_TOLERATED_PART = 0.2
"""Playlists round durations, to whole seconds in old versions (RFC 8216 4.3.2.1), and encoders are a few frames off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a segment is, and why it is not full: a sentence about the segment."""

    type: SegmentType
    doubt: str | None


def judge(
    inspection: Inspection, *, announced_s: float, framed: bool, slow: bool, media_bytes: int
) -> Verdict:
    """Judges a segment of which the transport gave all that it had.

    ``announced_s`` is the playlist's duration, ``framed`` whether the transport said where the body ends and it ended
    there, ``slow`` whether it took longer than a whole segment may, ``media_bytes`` the size without the
    initialisation section.
    """
    if media_bytes <= 0:
        return Verdict(type=SegmentType.SUSPECT, doubt="the source sent nothing")
    shortage = _shortage(inspection, announced_s)
    cut = inspection.flaw if inspection.breaks_off else shortage
    if cut is not None:
        return Verdict(type=SegmentType.SUSPECT if framed else SegmentType.PARTIAL, doubt=cut)
    if inspection.flaw is not None:
        return Verdict(type=SegmentType.SUSPECT, doubt=inspection.flaw)
    if inspection.open_end and not framed:
        return Verdict(
            type=SegmentType.SUSPECT, doubt="it may end within a picture, and its length was not stated"
        )
    if slow:
        return Verdict(type=SegmentType.SUSPECT, doubt="it came too slowly")
    return Verdict(type=SegmentType.FULL, doubt=None)


def _shortage(inspection: Inspection, announced_s: float) -> str | None:
    """Why a segment is too short, if it is."""
    covered_us = inspection.covered_us
    if covered_us is None:
        return None
    covered_s = covered_us / 1e6
    if covered_s >= announced_s - max(_TOLERATED_S, _TOLERATED_PART * announced_s):
        return None
    return f"it lasts {covered_s:.2f} s and not {announced_s:.2f} s"
