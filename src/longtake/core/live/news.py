"""The entries of a playlist that were not seen before: what is remembered of each, and what is fetched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.live.ads import break_of, is_ad
from longtake.core.live.dating import Dates
from longtake.core.live.identity import FAR_BACK, Recognition
from longtake.core.live.keys import hindrance
from longtake.core.live.likeness import name_of, stated_us
from longtake.core.live.model import LivePolicy, LiveState, SegmentFetch, Sighting
from longtake.core.times import SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A new entry. ``torn``: there is a joint before it, which the source did not state. ``hindrance``: see ``keys``.
    ``skipped``: it is an ad that is not wanted."""

    segment: MediaSegment
    sighting: Sighting
    torn: bool = False
    hindrance: str | None = None
    skipped: bool = False

    @property
    def is_fetched(self) -> bool:
        """Whether it is to be had, and wanted."""
        return not (self.sighting.repeats or self.sighting.unfetched or self.skipped)


def news(
    counted: LiveState, playlist: MediaPlaylist, seen: Recognition, dates: Dates, policy: LivePolicy
) -> list[News]:
    """What is new, in order. ``counted`` is the state after what was recognised, before what is new."""
    found: list[News] = []
    lowest = counted.newest - FAR_BACK if counted.sightings else -1
    before = _before(playlist.segments, seen, dates.first)
    for index in range(dates.first, len(playlist.segments)):
        match = seen.matches[index]
        if match is None:
            segment, placed = playlist.segments[index], dates.placed[index - dates.first]
            repeats = index in seen.repeats
            ad_break = before.ad_break if repeats and before is not None else break_of(segment, before)
            sighting = Sighting(
                name=name_of(segment),
                start_us=placed.start_us,
                duration_us=0 if repeats else round(segment.duration_s * SECOND_US),
                dating=placed.dating,
                order=counted.order + len(found) + 1,
                # Far behind the newest: the source may have begun anew, though that is not sure yet.
                counting=counted.resets + (segment.sequence <= lowest),
                repeats=repeats,
                ad=is_ad(segment, ad_break),
                ad_break=ad_break,
                stated_us=stated_us(segment),
            )
            match = sighting
            found.append(_new(segment, sighting, torn=index == dates.joint, policy=policy))
        before = match
    return found


def _before(segments: Sequence[MediaSegment], seen: Recognition, index: int) -> Sighting | None:
    """What is directly before an entry, be it listed no more."""
    return seen.matches[index - 1] if index else seen.sightings.get(segments[0].sequence - 1)


def _new(segment: MediaSegment, sighting: Sighting, *, torn: bool, policy: LivePolicy) -> News:
    if sighting.ad and policy.skip_ads:
        return News(segment=segment, sighting=sighting, torn=torn, skipped=True)
    why = hindrance(segment)
    if segment.gap or why is not None:
        sighting = replace(sighting, unfetched=True)
    return News(segment=segment, sighting=sighting, torn=torn, hindrance=why)


def filled(playlist: MediaPlaylist, seen: Recognition) -> list[News]:
    """What could not be had when it was first seen, and can be had after all."""
    return [
        News(segment=segment, sighting=replace(match, unfetched=False))
        for segment, match in zip(playlist.segments, seen.matches, strict=True)
        if match is not None and match.unfetched and not segment.gap and hindrance(segment) is None
    ]


def fetches(entries: Iterable[News], playlist: MediaPlaylist) -> tuple[SegmentFetch, ...]:
    """Those of the entries that are fetched."""
    return tuple(_fetch(entry, playlist) for entry in entries if entry.is_fetched)


def _fetch(entry: News, playlist: MediaPlaylist) -> SegmentFetch:
    segment = entry.segment
    return SegmentFetch(
        uri=segment.uri,
        sequence=segment.sequence,
        start_us=entry.sighting.start_us,
        duration_s=segment.duration_s,
        dating=entry.sighting.dating,
        target_duration_s=playlist.target_duration_s,
        discontinuity=segment.discontinuity or entry.torn,
        byte_range=segment.byte_range,
        init=segment.init,
        epoch=(entry.sighting.counting, segment.discontinuity_sequence),
        key=segment.key,
    )
