"""What the origin shows: the sliding window of published segments, and those that have just left it.

Numbers that only ever rise, over restarts too, without keeping anything on disk: the media sequence begins at the
grid index ``k`` of the first segment and counts on by one. Dropped segments make it fall behind the grid, never run
ahead; so the next start, at a later ``k``, begins above all that was used. The discontinuity sequence likewise begins
at ``k``, and each discontinuity after it goes with at least one dropped segment.

The first segment after a start is marked with a discontinuity as well: for a client that was there before, encoder
and continuity counters have begun anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from longtake.core.hls.model import MediaPlaylist, MediaSegment
from longtake.core.times import from_us
from longtake.services.teststream.schedule import SEGMENT_US

WINDOW_SEGMENTS = 15
KEPT_AFTER_US = 60_000_000
SEGMENT_S = SEGMENT_US // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSegment:
    """One segment in all renditions. ``index`` is its place on the grid, ``bodies`` its bytes by rendition name."""

    index: int
    sequence: int
    discontinuity: bool
    discontinuity_sequence: int
    bodies: Mapping[str, bytes]


class SegmentWindow:
    """The published segments, the newest 15 listed; the others are kept for 60 s, for clients that lag."""

    def __init__(self) -> None:
        self._listed: deque[PublishedSegment] = deque()
        self._left: deque[tuple[int, PublishedSegment]] = deque()

    def publish(self, index: int, bodies: Mapping[str, bytes], now_us: int) -> PublishedSegment:
        """Add the newest segment. Raises ``ValueError`` when its index is not above the last one's."""
        segment = self._after(self._listed[-1], index, bodies) if self._listed else _first(index, bodies)
        self._listed.append(segment)
        if len(self._listed) > WINDOW_SEGMENTS:
            self._left.append((now_us, self._listed.popleft()))
        self.expire(now_us)
        return segment

    def expire(self, now_us: int) -> None:
        """Forget what left the window 60 s ago."""
        while self._left and now_us - self._left[0][0] >= KEPT_AFTER_US:
            self._left.popleft()

    def body(self, rendition: str, sequence: int) -> bytes | None:
        """The bytes of a segment that is listed or still kept; None for any other."""
        for segments in (self._listed, (segment for _, segment in self._left)):
            for segment in segments:
                if segment.sequence == sequence:
                    return segment.bodies.get(rendition)
        return None

    def sizes_bytes(self, rendition: str) -> list[int]:
        """The sizes of the listed segments of a rendition."""
        return [len(segment.bodies[rendition]) for segment in self._listed]

    def playlist(self, rendition: str) -> MediaPlaylist | None:
        """The media playlist of a rendition, URIs relative to the origin's root; None before the first segment."""
        if not self._listed:
            return None
        first = self._listed[0]
        return MediaPlaylist(
            target_duration_s=SEGMENT_S,
            media_sequence=first.sequence,
            discontinuity_sequence=first.discontinuity_sequence - first.discontinuity,
            independent_segments=True,
            segments=tuple(_media_segment(segment, rendition) for segment in self._listed),
        )

    def _after(self, last: PublishedSegment, index: int, bodies: Mapping[str, bytes]) -> PublishedSegment:
        if index <= last.index:
            raise ValueError(f"segment {index} comes after segment {last.index}")
        discontinuity = index != last.index + 1
        return PublishedSegment(
            index=index,
            sequence=last.sequence + 1,
            discontinuity=discontinuity,
            discontinuity_sequence=last.discontinuity_sequence + discontinuity,
            bodies=bodies,
        )


def _first(index: int, bodies: Mapping[str, bytes]) -> PublishedSegment:
    return PublishedSegment(
        index=index, sequence=index, discontinuity=True, discontinuity_sequence=index, bodies=bodies
    )


def _media_segment(segment: PublishedSegment, rendition: str) -> MediaSegment:
    return MediaSegment(
        uri=f"{rendition}/{segment.sequence}.ts",
        duration_s=float(SEGMENT_S),
        sequence=segment.sequence,
        discontinuity=segment.discontinuity,
        discontinuity_sequence=segment.discontinuity_sequence,
        program_date_time=from_us(segment.index * SEGMENT_US),
    )
