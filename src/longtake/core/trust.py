"""How far a downloaded segment is trusted: by what the transport said, and by what is in it.

========================================================  =======================  ==================
what is wrong                                             the transport said that  the segment is
                                                          the body ends there
========================================================  =======================  ==================
nothing                                                   yes or no                full
it stops early, or is shorter than the playlist has it    no                       partial
the same                                                  yes                      suspect
anything else                                             yes or no                suspect
nothing, but it is over three target durations long       yes or no                suspect, and lasting
========================================================  =======================  ==================

A body without a length that ends when its connection is closed looks the same whether it is whole or not; so there two
more things are a reason for doubt: the last picture *may* go on, as it looks in a whole segment about once in 200 at worst;
or a little of the duration is missing, more than encoders are off. What cannot be seen: less than that, from between two
pictures on.

No segment of a playlist may last longer than its target duration (RFC 8216 4.3.3.1), rounded. Sources take that lightly, so
only what is far beyond it is doubted, by what the playlist says of it or by how long its pictures show: such a segment
would stretch every playlist that lists it, since what players were told of the target duration must not change. A source
whose target duration is plainly wrong has all its segments doubted. That doubt is *lasting*: another copy is as long.
"""

from __future__ import annotations

from dataclasses import dataclass

from longtake.core.inspection import Inspection
from longtake.core.segments import SegmentType

_TOLERATED_S = 0.5
_TOLERATED_PART = 0.2
"""Playlists round durations, to whole seconds in old versions (RFC 8216 4.3.2.1), and encoders are a few frames off."""

_UNSTATED_TOLERATED_S = 0.1
_UNSTATED_TOLERATED_PART = 0.05
"""Where the length was not stated. So whoever neither states lengths nor exact durations is doubted: few, and old."""

_TOO_LONG_TARGETS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a segment is, and why it is not full: a sentence about the segment. ``lasting``: any other copy would be the same."""

    type: SegmentType
    doubt: str | None
    lasting: bool = False


def judge(
    inspection: Inspection,
    *,
    announced_s: float,
    framed: bool,
    slow: bool,
    media_bytes: int,
    target_s: int | None = None,
) -> Verdict:
    """Judges a segment of which the transport gave all that it had.

    ``announced_s`` is the playlist's duration, ``framed`` whether the transport said where the body ends and it ended
    there, ``slow`` whether it took longer than a whole segment may, ``media_bytes`` the size without the
    initialisation section, ``target_s`` the target duration that its playlist stated, None if that is not known.
    """
    if media_bytes <= 0:
        return Verdict(type=SegmentType.SUSPECT, doubt="the source sent nothing")
    shortage = _shortage(inspection, announced_s, _TOLERATED_S, _TOLERATED_PART)
    cut = inspection.flaw if inspection.breaks_off else shortage
    if cut is not None:
        return Verdict(type=SegmentType.SUSPECT if framed else SegmentType.PARTIAL, doubt=cut)
    if inspection.flaw is not None:
        return Verdict(type=SegmentType.SUSPECT, doubt=inspection.flaw)
    if not framed and (doubt := _doubt_of_end(inspection, announced_s)):
        return Verdict(type=SegmentType.SUSPECT, doubt=f"{doubt}, and its length was not stated")
    if slow:
        return Verdict(type=SegmentType.SUSPECT, doubt="it came too slowly")
    if target_s and (doubt := _excess(inspection, announced_s, target_s)):
        return Verdict(type=SegmentType.SUSPECT, doubt=doubt, lasting=True)
    return Verdict(type=SegmentType.FULL, doubt=None)


def _doubt_of_end(inspection: Inspection, announced_s: float) -> str | None:
    """Why the end of a segment may be missing, if nobody said where it is."""
    if inspection.open_end:
        return "it may end within a picture"
    return _shortage(inspection, announced_s, _UNSTATED_TOLERATED_S, _UNSTATED_TOLERATED_PART)


def _excess(inspection: Inspection, announced_s: float, target_s: int) -> str | None:
    """Why a segment is too long, if it is. Pictures count, not what else there is: facts keep how long those show."""
    longest_s = _TOO_LONG_TARGETS * target_s
    shown_s = (inspection.duration_us or 0) / 1e6
    if announced_s > longest_s:
        lasts = f"it is announced with {announced_s:.2f} s"
    elif shown_s > longest_s:
        lasts = f"it lasts {shown_s:.2f} s"
    else:
        return None
    return f"{lasts}, over three times the target duration of {target_s} s"


def _shortage(inspection: Inspection, announced_s: float, least_s: float, part: float) -> str | None:
    """Why a segment is too short, if it is by more than what is tolerated."""
    covered_us = inspection.covered_us
    if covered_us is None:
        return None
    covered_s = covered_us / 1e6
    if covered_s >= announced_s - max(least_s, part * announced_s):
        return None
    return f"it lasts {covered_s:.2f} s and not {announced_s:.2f} s"
