"""Which entries of a playlist are ads.

An entry is one if the playlist says so. Of a break that lies between two tags (CUE-OUT and CUE-IN) the first leaves the
playlist before its last entries do; then what follows a known ad of the break directly is one as well, until

- a tag says that the break is over, or
- what was stated to be left of it is used up: an entry of which more is content than ad is content, or
- it has gone on for a quarter of an hour: then the end was lost, and an hour of content costs more than a recorded ad.
  That holds too where the first tag is still listed.

Time runs on through ads, since they are entries with a duration. They prove nothing: not that a new session works, nor
that one way of numbering has given way to another.
"""

from __future__ import annotations

from longtake.core.hls.model import AdSign, MediaSegment
from longtake.core.live.model import AdBreak, Sighting
from longtake.core.times import SECOND_US

_LONGEST_BREAK_US = 900 * SECOND_US


def break_of(segment: MediaSegment, before: Sighting | None) -> AdBreak | None:
    """The break between tags that a new entry is part of. ``before``: what is directly before it."""
    ad, earlier = segment.ad, None if before is None or segment.break_ends else before.ad_break
    duration_us = round(segment.duration_s * SECOND_US)
    is_marked = ad is not None and ad.sign is AdSign.CUE
    if not is_marked and not (earlier is not None and _goes_on(earlier, duration_us)):
        return None
    stated_us = None if ad is None or ad.left_s is None else round(ad.left_s * SECOND_US)
    if stated_us is not None and earlier is not None and earlier.left_us is None:
        earlier = None  # a tag that says more than the last one did begins a break
    left_us = stated_us if earlier is None or stated_us is not None else earlier.left_us
    return AdBreak(
        lasted_us=duration_us + (0 if earlier is None else earlier.lasted_us),
        left_us=None if left_us is None else left_us - duration_us,
    )


def _goes_on(ad_break: AdBreak, duration_us: int) -> bool:
    return ad_break.left_us is None or (ad_break.left_us > 0 and 2 * ad_break.left_us >= duration_us)


def is_ad(segment: MediaSegment, ad_break: AdBreak | None) -> bool:
    """Whether an entry, which is part of that break, is an ad."""
    if segment.ad is not None and segment.ad.sign is not AdSign.CUE:
        return True
    if ad_break is None:
        return False
    return ad_break.lasted_us - round(segment.duration_s * SECOND_US) < _LONGEST_BREAK_US
