"""What a recorder does about each answer of a live media playlist: which segments to fetch, and when to ask again.

Pure: ``observe`` takes the state, a playlist and the time, and gives the next state, the new segments and the delay.
It decides and never waits; ``services.capture`` acts.

The time of a segment is, in this order: its own PROGRAM-DATE-TIME; what it was given when it was first seen; a dated
neighbour's time plus or minus the durations between; the clock at first sight, taking the playlist's end for now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from longtake.core.facts import Dating
from longtake.core.hls.model import ByteRange, InitSection, MediaPlaylist, MediaSegment
from longtake.core.times import SECOND_US, to_us

REMEMBERED = 2000
"""Sequence numbers remembered behind the playlist's first: an edge that lags shows old entries again."""
_SAME_MOMENT_US = SECOND_US // 2
_OTHER_MOMENT_US = 10 * SECOND_US
_STALE_TARGETS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFetch:
    """One segment to fetch and store. ``start_us`` is its wall time, ``target_duration_s`` the playlist's."""

    uri: str
    sequence: int
    start_us: int
    duration_s: float
    dating: Dating
    target_duration_s: int
    discontinuity: bool = False
    byte_range: ByteRange | None = None
    init: InitSection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is remembered of a segment: enough to know it again, and to date its neighbours."""

    path: str
    start_us: int
    duration_us: int
    dating: Dating


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a recorder remembers between polls. ``changed_us`` is when the playlist last brought something new."""

    sightings: dict[int, Sighting] = field(default_factory=dict)
    changed_us: int | None = None
    resets: int = 0
    gaps_announced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The result of one poll. ``frozen`` says that nothing new came for three target durations."""

    state: LiveState
    fetches: tuple[SegmentFetch, ...]
    next_poll_s: float
    frozen: bool = False
    ended: bool = False
    encrypted_with: str | None = None


def observe(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> Observation:
    """Compares a playlist with what was seen before.

    Segments marked GAP are not fetched; encrypted ones neither: ``encrypted_with`` then names the method, for the
    recorder to say so.
    """
    known = state.sightings
    resets = state.resets
    if _was_reset(known, playlist.segments):
        known = {}
        resets += 1
    dated = _date_all(playlist.segments, known, now_us=now_us)
    fresh = [
        (segment, sighting)
        for segment, sighting in zip(playlist.segments, dated, strict=True)
        if segment.sequence not in known
    ]
    fetches = tuple(
        _fetch(segment, sighting, playlist)
        for segment, sighting in fresh
        if not segment.gap and segment.key is None
    )
    changed_us = now_us if fresh or state.changed_us is None else state.changed_us
    next_state = replace(
        state,
        sightings=_remember(known, playlist, fresh),
        changed_us=changed_us,
        resets=resets,
        gaps_announced=state.gaps_announced + sum(segment.gap for segment, _ in fresh),
    )
    return Observation(
        state=next_state,
        fetches=fetches,
        next_poll_s=next_poll_s(playlist, changed=bool(fresh), quiet_us=now_us - changed_us),
        frozen=now_us - changed_us > _STALE_TARGETS * playlist.target_duration_s * SECOND_US,
        ended=playlist.ended,
        encrypted_with=next((segment.key.method for segment, _ in fresh if segment.key), None),
    )


def next_poll_s(playlist: MediaPlaylist, *, changed: bool, quiet_us: int) -> float:
    """When to ask again: just before the next segment is due; then often, then at half the target duration.

    RFC 8216 6.3.4 asks for a target duration after a change and half of one otherwise. The segments' own duration is
    the better measure of when the next one is due, since the target duration is an upper bound.
    """
    target_s = max(1, playlist.target_duration_s)
    last_s = playlist.segments[-1].duration_s if playlist.segments else target_s
    if changed:
        return min(target_s, max(0.2, 0.9 * last_s))
    overdue = quiet_us > 2 * target_s * SECOND_US
    return target_s / 2 if overdue else min(target_s / 2, 0.25)


def _was_reset(known: dict[int, Sighting], segments: Sequence[MediaSegment]) -> bool:
    """Whether the source began to count anew: a number that we know stands for another segment.

    A segment is the same if its path is (queries may rotate with a token), or if it has the same time. With the same
    path it is still another one if its stated time is quite different: an encoder that starts again may begin with the
    same numbers and the same names.
    """
    return any(
        not _is_same(known[segment.sequence], segment) for segment in segments if segment.sequence in known
    )


def _is_same(sighting: Sighting, segment: MediaSegment) -> bool:
    same_path = sighting.path == _path(segment)
    if segment.program_date_time is None:
        return same_path
    apart_us = abs(to_us(segment.program_date_time) - sighting.start_us)
    if same_path:
        return sighting.dating is not Dating.STATED or apart_us < _OTHER_MOMENT_US
    return apart_us < _SAME_MOMENT_US


def _date_all(segments: Sequence[MediaSegment], known: dict[int, Sighting], *, now_us: int) -> list[Sighting]:
    """A time for each segment, in order of the module's rule."""
    dated: list[Sighting | None] = [known.get(segment.sequence) or _stated(segment) for segment in segments]
    _carry_forward(segments, dated)
    if segments and dated[-1] is None:  # then none is dated
        before = known.get(segments[0].sequence - 1)
        if before is not None:
            dated[0] = _following(before, segments[0])
            _carry_forward(segments, dated)
        else:
            start_us = now_us - _duration_us(segments[-1])
            dated[-1] = _sighting(segments[-1], start_us, Dating.ESTIMATED)
    _carry_backward(segments, dated)
    return [sighting for sighting in dated if sighting is not None]


def _carry_forward(segments: Sequence[MediaSegment], dated: list[Sighting | None]) -> None:
    for index in range(1, len(segments)):
        before = dated[index - 1]
        if dated[index] is None and before is not None:
            dated[index] = _following(before, segments[index])


def _carry_backward(segments: Sequence[MediaSegment], dated: list[Sighting | None]) -> None:
    for index in range(len(segments) - 2, -1, -1):
        after = dated[index + 1]
        if dated[index] is None and after is not None:
            start_us = after.start_us - _duration_us(segments[index])
            dated[index] = _sighting(segments[index], start_us, _carried(after))


def _following(before: Sighting, segment: MediaSegment) -> Sighting:
    return _sighting(segment, before.start_us + before.duration_us, _carried(before))


def _carried(neighbour: Sighting) -> Dating:
    return Dating.ESTIMATED if neighbour.dating is Dating.ESTIMATED else Dating.CARRIED


def _stated(segment: MediaSegment) -> Sighting | None:
    if segment.program_date_time is None:
        return None
    return _sighting(segment, to_us(segment.program_date_time), Dating.STATED)


def _sighting(segment: MediaSegment, start_us: int, dating: Dating) -> Sighting:
    return Sighting(path=_path(segment), start_us=start_us, duration_us=_duration_us(segment), dating=dating)


def _path(segment: MediaSegment) -> str:
    part = segment.byte_range
    return segment.uri.partition("?")[0] + (f"@{part.offset_bytes}" if part else "")


def _duration_us(segment: MediaSegment) -> int:
    return round(segment.duration_s * SECOND_US)


def _fetch(segment: MediaSegment, sighting: Sighting, playlist: MediaPlaylist) -> SegmentFetch:
    return SegmentFetch(
        uri=segment.uri,
        sequence=segment.sequence,
        start_us=sighting.start_us,
        duration_s=segment.duration_s,
        dating=sighting.dating,
        target_duration_s=playlist.target_duration_s,
        discontinuity=segment.discontinuity,
        byte_range=segment.byte_range,
        init=segment.init,
    )


def _remember(
    known: dict[int, Sighting],
    playlist: MediaPlaylist,
    fresh: Sequence[tuple[MediaSegment, Sighting]],
) -> dict[int, Sighting]:
    oldest = playlist.media_sequence - REMEMBERED
    kept = {sequence: sighting for sequence, sighting in known.items() if sequence >= oldest}
    return kept | {segment.sequence: sighting for segment, sighting in fresh}
