"""Which segments of a media playlist are ads, by the tags of the playlist alone.

========================================  ========================================================================
sign                                      covers
========================================  ========================================================================
title ``Amazon``, ``Amazon|123``          that segment
DATERANGE of Twitch's stitched ads        what lies within it
DATERANGE with SCTE35-OUT                 until END-DATE, DURATION, SCTE35-IN of the same ID, PLANNED-DURATION,
                                          whichever is stated first in this order, or a quarter of an hour
CUE-OUT, SCTE35-OUT, SCTE35 with CUE-OUT  until its duration is used up or a tag ends it, or a quarter of an hour
========================================  ========================================================================

An ad that is recorded costs less than content that is not. So a break without end is over after a quarter of an hour,
a range that is stated to be longer is no break but a programme, and a segment belongs to what it has more of. Ranges of
other classes are no ads in the stream: interstitials and Twitch's ads beside the picture are for players.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum

from longtake.core.errors import InvalidPlaylist, InvalidTime
from longtake.core.hls.attributes import parse_attributes, parse_decimal
from longtake.core.hls.model import Ad, AdSign, MediaSegment
from longtake.core.times import SECOND_US, parse_time, to_us

LONGEST_BREAK_S = 900.0
_LONGEST_S = 1_000_000
_LONGEST_BREAK_US = int(LONGEST_BREAK_S) * SECOND_US
_ONE_BREAK_US = SECOND_US // 2  # ranges that are no further apart are one break
_TITLE = re.compile(r"Amazon(?![A-Za-z])")
_TITLED = Ad(sign=AdSign.TITLE)

_NUMBER = r"(\d{1,9}(?:\.\d{0,9})?)"
_PLAIN = re.compile(rf"\s*{_NUMBER}\s*(?:/\s*{_NUMBER}\s*)?(?:,.*)?", re.ASCII)
_DURATION = re.compile(rf'(?:^|[,\s])DURATION\s*=\s*"?{_NUMBER}', re.ASCII | re.IGNORECASE)
_ELAPSED = re.compile(rf'(?:^|[,\s])ELAPSED(?:TIME)?\s*=\s*"?{_NUMBER}', re.ASCII | re.IGNORECASE)
_CUE_OUT = re.compile(r"(?:^|,)\s*CUE-OUT\s*=\s*\"?(YES|CONT)", re.IGNORECASE)
_CUE_IN = re.compile(r"(?:^|,)\s*CUE-IN\s*=\s*\"?YES", re.IGNORECASE)


def titled(title: str) -> Ad | None:
    """What the title of a segment says."""
    return _TITLED if title.startswith("Amazon") and _TITLE.match(title) else None


class CueKind(Enum):
    """What a tag between two segments says of the break."""

    OUT = "begins"
    CONT = "goes on"
    IN = "ends"


CUE_TAGS: Mapping[str, CueKind | None] = {
    "#EXT-X-CUE-OUT": CueKind.OUT,
    "#EXT-X-CUE-OUT-CONT": CueKind.CONT,
    "#EXT-X-CUE-IN": CueKind.IN,
    "#EXT-X-SCTE35-OUT": CueKind.OUT,
    "#EXT-X-SCTE35-OUT-CONT": CueKind.CONT,
    "#EXT-X-SCTE35-IN": CueKind.IN,
    "#EXT-X-SCTE35": None,  # its attributes say which
}
"""The tags of which ``read_cue`` reads the values. EXT-OATCLS-SCTE35 alone is no break: it accompanies these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """One such tag. ``elapsed_s``: how much of the break was before it."""

    kind: CueKind
    duration_s: float | None = None
    elapsed_s: float | None = None


def read_cue(tag: str, value: str) -> Cue | None:
    """``30``, ``5.0/30``, ``DURATION=30``, ``ElapsedTime=5.0,Duration=30``; None for a splice that is no break."""
    kind = CUE_TAGS[tag] or _kind_of_splice(value)
    if kind is None or kind is CueKind.IN:
        return None if kind is None else Cue(kind=kind)
    plain = _PLAIN.fullmatch(value)
    if plain is None:
        duration, elapsed = _found(_DURATION, value), _found(_ELAPSED, value)
    elif plain[2] is not None:
        duration, elapsed = float(plain[2]), float(plain[1])
    else:
        duration, elapsed = (float(plain[1]), None) if kind is CueKind.OUT else (None, float(plain[1]))
    return Cue(
        kind=kind, duration_s=duration or None, elapsed_s=elapsed
    )  # 0 is written for an unknown duration


def _kind_of_splice(value: str) -> CueKind | None:
    if _CUE_IN.search(value):
        return CueKind.IN
    out = _CUE_OUT.search(value)
    if out is None:
        return None
    return CueKind.OUT if out[1].upper() == "YES" else CueKind.CONT


def _found(pattern: re.Pattern[str], value: str) -> float | None:
    match = pattern.search(value)
    return None if match is None else float(match[1])


@dataclass(slots=True, kw_only=True)
class _DateRange:
    """All tags of one ID. ``in_index``: before which segment its SCTE35-IN stood."""

    start_us: int | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    in_us: int | None = None
    in_index: int | None = None


class AdTags:
    """The tags about ads of one playlist, as they were read. Indices are of the segment after a tag."""

    def __init__(self) -> None:
        self.cues: dict[int, list[Cue]] = {}
        self._ranges: dict[str, _DateRange] = {}

    def on_cue(self, tag: str, value: str, index: int) -> None:
        """One of ``CUE_TAGS``."""
        cue = read_cue(tag, value)
        if cue is not None:
            self.cues.setdefault(index, []).append(cue)

    def on_date_range(self, value: str, index: int) -> None:
        """EXT-X-DATERANGE (4.3.2.7). One that cannot be read is passed over."""
        with suppress(InvalidPlaylist):
            attributes = parse_attributes(value)
            stated = self._ranges.setdefault(attributes.get("ID", f"\n{len(self._ranges)}"), _DateRange())
            start_us = _moment_us(attributes.get("START-DATE"))
            if "SCTE35-IN" in attributes:
                stated.in_us, stated.in_index = start_us, index
            if stated.start_us is None:
                stated.start_us = start_us
            stated.attributes.update(attributes)

    def breaks(self, starts_us: Sequence[int | None]) -> list[tuple[int, int]]:
        """The ranges of ads from start to end in µs, in order, apart from each other. ``starts_us``: of the segments."""
        stated = [each for each in self._ranges.values() if _is_ad(each.attributes)]
        found = [_span(each, starts_us) for each in stated]
        return _united(span for span in found if span is not None)

    @property
    def say_something(self) -> bool:
        """Whether there are any."""
        return bool(self.cues or self._ranges)


def _is_ad(attributes: Mapping[str, str]) -> bool:
    class_name = attributes.get("CLASS", "")
    if class_name == "com.apple.hls.interstitial":
        return False
    if class_name == "twitch-stitched-ad" or attributes.get("ID", "").startswith("stitched-ad-"):
        return True
    if not class_name and any(name.startswith("X-TV-TWITCH-AD-") for name in attributes):
        return True
    return "SCTE35-OUT" in attributes


def _span(stated: _DateRange, starts_us: Sequence[int | None]) -> tuple[int, int] | None:
    if stated.start_us is None:
        return None
    end_us = _end_us(stated, stated.start_us, starts_us)
    if end_us is None or not stated.start_us < end_us <= stated.start_us + _LONGEST_BREAK_US:
        return None
    return stated.start_us, end_us


def _end_us(stated: _DateRange, start_us: int, starts_us: Sequence[int | None]) -> int | None:
    """None: of an ad of Twitch nobody says how long it is."""
    attributes = stated.attributes
    end_us = _moment_us(attributes.get("END-DATE"))
    if end_us is not None:
        return end_us
    if (duration_us := _duration_us(attributes, "DURATION")) is not None:
        return start_us + duration_us
    if stated.in_us is not None and stated.in_us > start_us:
        return stated.in_us
    if stated.in_index is not None and stated.in_index < len(starts_us):
        in_us = starts_us[stated.in_index]
        if in_us is not None and in_us > start_us:
            return in_us
    for name in ("PLANNED-DURATION", "X-TV-TWITCH-AD-POD-FILLED-DURATION"):
        if (duration_us := _duration_us(attributes, name)) is not None:
            return start_us + duration_us
    return start_us + _LONGEST_BREAK_US if "SCTE35-OUT" in attributes else None


def _duration_us(attributes: Mapping[str, str], name: str) -> int | None:
    with suppress(InvalidPlaylist):
        return round(parse_decimal(attributes.get(name, ""), name, most=_LONGEST_S) * SECOND_US)
    return None


def _moment_us(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return to_us(parse_time(text))
    except InvalidTime:
        return None


def _united(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    united: list[tuple[int, int]] = []
    for start_us, end_us in sorted(spans):
        if united and start_us - united[-1][1] <= _ONE_BREAK_US:
            united[-1] = (united[-1][0], max(united[-1][1], end_us))
        else:
            united.append((start_us, end_us))
    return united


def marked(
    segments: Sequence[MediaSegment], tags: AdTags, before: Sequence[MediaSegment] = ()
) -> list[MediaSegment]:
    """The segments with ``ad`` and ``break_ends``. ``before``: those that precede them and have theirs already."""
    starts_us = _starts_us(segments, before)
    breaks = tags.breaks(starts_us)
    cue_break = _CueBreak.after(before)
    done: list[MediaSegment] = []
    for index, segment in enumerate(segments):
        left_s = _left_s(breaks, starts_us[index], segment.duration_s)
        ends = cue_break.take(tags.cues.get(index, ()))
        by_cue = cue_break.ad_of(segment.duration_s, left_s)
        by_range = None if left_s is None else Ad(sign=AdSign.DATE_RANGE, left_s=left_s)
        ad = by_cue or by_range or segment.ad
        done.append(replace(segment, ad=ad, break_ends=ends) if ad or ends else segment)
    return done


def _starts_us(segments: Sequence[MediaSegment], before: Sequence[MediaSegment]) -> list[int | None]:
    """When each begins, by its own date, or by the nearest before it, or else by the first after it."""
    next_us = _end_of(before)
    starts_us: list[int | None] = []
    for segment in segments:
        if segment.program_date_time is not None:
            next_us = to_us(segment.program_date_time)
        starts_us.append(next_us)
        next_us = None if next_us is None else next_us + round(segment.duration_s * SECOND_US)
    first = next((index for index, start_us in enumerate(starts_us) if start_us is not None), 0)
    for index in range(first - 1, -1, -1):
        after_us = starts_us[index + 1]
        if after_us is not None:
            starts_us[index] = after_us - round(segments[index].duration_s * SECOND_US)
    return starts_us


def _end_of(segments: Sequence[MediaSegment]) -> int | None:
    """When the last one ends, by the last date among them."""
    behind_us = 0
    for segment in reversed(segments):
        behind_us += round(segment.duration_s * SECOND_US)
        if segment.program_date_time is not None:
            return to_us(segment.program_date_time) + behind_us
    return None


def _left_s(breaks: Sequence[tuple[int, int]], start_us: int | None, duration_s: float) -> float | None:
    """What is left, from the start of a segment on, of the break that its middle lies in."""
    if start_us is None or not breaks:
        return None
    middle_us = start_us + round(duration_s * SECOND_US / 2)
    index = bisect_right(breaks, middle_us, key=lambda span: span[0]) - 1
    if index < 0 or middle_us >= breaks[index][1]:
        return None
    return (breaks[index][1] - start_us) / SECOND_US


@dataclass(slots=True, kw_only=True)
class _CueBreak:
    """The break between two tags, while one goes through the segments."""

    is_open: bool = False
    is_stated: bool = False  # by a tag before the very next segment
    left_s: float | None = None
    lasted_s: float = 0.0

    @classmethod
    def after(cls, segments: Sequence[MediaSegment]) -> _CueBreak:
        """As it stands after these."""
        state = cls()
        for segment in reversed(segments):
            if segment.ad is None or segment.ad.sign is not AdSign.CUE or state.lasted_s >= LONGEST_BREAK_S:
                break
            if not state.is_open:
                state.is_open, state.left_s = True, _less(segment.ad.left_s, segment.duration_s)
            state.lasted_s += segment.duration_s
            if segment.break_ends:
                break
        return state

    def take(self, cues: Iterable[Cue]) -> bool:
        """The tags before a segment. Whether one of them ends a break."""
        ends = self.is_stated = False
        for cue in cues:
            if cue.kind is CueKind.IN:
                self.is_open = self.is_stated = False
                ends = True
            else:
                self._go_on(cue)
        return ends

    def _go_on(self, cue: Cue) -> None:
        """A break begins, or is said to go on."""
        before_s = self.lasted_s
        if cue.kind is CueKind.OUT or not self.is_open:
            self.left_s, self.lasted_s, before_s = None, 0.0, 0.0
        self.is_open = self.is_stated = True
        if cue.elapsed_s is not None:
            self.lasted_s = cue.elapsed_s
        if cue.duration_s is not None:
            self.left_s = round(cue.duration_s - self.lasted_s, 6)
        elif self.left_s is not None:
            self.left_s = round(self.left_s + before_s - self.lasted_s, 6)

    def ad_of(self, duration_s: float, range_left_s: float | None) -> Ad | None:
        """The next segment, if it is part of the break; a date range may say how much is left when the tags do not."""
        if not self.is_open:
            return None
        if self.left_s is None:
            self.left_s = range_left_s
        if not self._covers(duration_s):
            self.is_open = False
            return None
        ad = Ad(sign=AdSign.CUE, left_s=None if self.left_s is None else max(0.0, self.left_s))
        self.left_s = _less(self.left_s, duration_s)
        self.lasted_s += duration_s
        return ad

    def _covers(self, duration_s: float) -> bool:
        if self.lasted_s >= LONGEST_BREAK_S:
            return False
        if self.left_s is None or (self.is_stated and self.left_s >= 0):
            return True
        return self.left_s > 0 and 2 * self.left_s >= duration_s


def _less(left_s: float | None, duration_s: float) -> float | None:
    return None if left_s is None else round(left_s - duration_s, 6)
