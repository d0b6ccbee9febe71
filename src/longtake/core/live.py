"""What a recorder does about each answer of a live media playlist: which segments to fetch, and when to ask again.

Pure: ``observe`` takes the state, a playlist and the time, and gives the next state, the new segments and the delay.
It decides and never waits; ``services.capture`` acts.

The time of a segment is, in this order: its own PROGRAM-DATE-TIME; what it was given when it was first seen; a dated
neighbour's time plus or minus the durations between; the clock at first sight, taking the playlist's end for now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from longtake.core.facts import Dating
from longtake.core.hls.model import ByteRange, InitSection, MediaPlaylist, MediaSegment
from longtake.core.times import SECOND_US, to_us

REMEMBERED = 2000
"""Sequence numbers remembered behind the playlist's first: an edge that lags shows old entries again."""
_SAME_MOMENT_US = SECOND_US // 2
_OTHER_MOMENT_US = 10 * SECOND_US
_STALE_TARGETS = 3
_LONGEST_POLL_S = 10
_FAR_BACK = 10
"""Numbers by which an edge of a CDN does not lag."""
_MOST_AHEAD_US = 300 * SECOND_US
_MOST_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFetch:
    """One segment to fetch and store. ``start_us`` is its wall time, ``target_duration_s`` the playlist's.

    ``epoch``: how often the source began to count anew, and the discontinuity sequence. With either of them the content
    behind a name may change.
    """

    uri: str
    sequence: int
    start_us: int
    duration_s: float
    dating: Dating
    target_duration_s: int
    discontinuity: bool = False
    byte_range: ByteRange | None = None
    init: InitSection | None = None
    epoch: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is remembered of a segment: enough to know it again, and to date its neighbours."""

    name: str
    start_us: int
    duration_us: int
    dating: Dating
    first_seen_us: int = 0

    @property
    def end_us(self) -> int:
        """See ``start_us``."""
        return self.start_us + self.duration_us


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveState:
    """What a recorder remembers between polls.

    ``changed_us`` is when the playlist last brought something new, ``newest_seen_us`` when it last showed the highest
    number of all.
    """

    sightings: dict[int, Sighting] = field(default_factory=dict)
    changed_us: int | None = None
    newest_seen_us: int | None = None
    ended: bool = False
    resets: int = 0
    gaps_announced: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """The result of one poll.

    ``quiet_s``: for how long nothing new came; ``frozen``: longer than three target durations. ``backlog``: these are
    the first fetches, of what the playlist held when it was first seen.
    """

    state: LiveState
    fetches: tuple[SegmentFetch, ...]
    next_poll_s: float
    quiet_s: float = 0.0
    frozen: bool = False
    backlog: bool = False
    ended: bool = False
    encrypted_with: str | None = None


def observe(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> Observation:
    """Compares a playlist with what was seen before.

    Segments marked GAP are not fetched; encrypted ones neither: ``encrypted_with`` then names the method, for the
    recorder to say so.
    """
    known = _still_known(state, playlist, now_us=now_us)
    dated = _date_all(playlist, known, now_us=now_us)
    torn = _torn(dated)
    fresh = [
        (segment, sighting, index in torn)
        for index, (segment, sighting) in enumerate(zip(playlist.segments, dated, strict=True))
        if segment.sequence not in known
    ]
    resets = state.resets + (len(known) < len(state.sightings))
    newest = max(known, default=0)
    fetches = tuple(
        _fetch(
            segment,
            sighting,
            playlist,
            torn=is_torn,
            # Far behind the newest: the source may have begun anew, though that is not sure yet.
            resets=resets + (segment.sequence <= newest - _FAR_BACK),
        )
        for segment, sighting, is_torn in fresh
        if not segment.gap and segment.key is None
    )
    changed_us = now_us if fresh or state.changed_us is None else state.changed_us
    next_state = replace(
        state,
        sightings=_remember(
            known,
            playlist,
            {segment.sequence: replace(sighting, first_seen_us=now_us) for segment, sighting, _ in fresh},
        ),
        changed_us=changed_us,
        ended=playlist.ended,
        resets=resets,
        gaps_announced=state.gaps_announced + sum(segment.gap for segment, _, _ in fresh),
        newest_seen_us=now_us if _shows_newest(known, playlist.segments) else state.newest_seen_us,
    )
    quiet_us = now_us - changed_us
    return Observation(
        state=next_state,
        fetches=fetches,
        next_poll_s=next_poll_s(playlist, changed=bool(fresh), quiet_us=quiet_us),
        quiet_s=quiet_us / SECOND_US,
        backlog=state.changed_us is None,
        frozen=quiet_us > _STALE_TARGETS * playlist.target_duration_s * SECOND_US,
        ended=playlist.ended,
        encrypted_with=next((segment.key.method for segment, _, _ in fresh if segment.key), None),
    )


def next_poll_s(playlist: MediaPlaylist, *, changed: bool, quiet_us: int) -> float:
    """When to ask again: just before the next segment is due; then often, then at half the target duration.

    RFC 8216 6.3.4 asks for a target duration after a change and half of one otherwise. The segments' own duration is
    the better measure of when the next one is due, since the target duration is an upper bound. Whatever is announced,
    the next poll is soon: one odd number must not cost an hour of the stream.
    """
    target_s = min(_LONGEST_POLL_S, max(1, playlist.target_duration_s))
    last_s = playlist.segments[-1].duration_s if playlist.segments else target_s
    if changed:
        return min(target_s, max(0.2, 0.9 * last_s))
    overdue = quiet_us > 2 * target_s * SECOND_US
    return target_s / 2 if overdue else min(target_s / 2, 0.25)


def _still_known(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> dict[int, Sighting]:
    """What is known of the source's present way of counting; less than before if it began to count anew.

    Either a number that we know stands for another segment now: then nothing is known. Or the numbers fell back, and
    stay so (an edge that lags behind the others does so by little, and not for long): then what came since is known.
    """
    known, segments = state.sightings, playlist.segments
    if not known or not segments:
        return known
    if any(
        not _is_same(known[segment.sequence], segment) for segment in segments if segment.sequence in known
    ):
        return {}
    if state.ended and not playlist.ended and segments[-1].sequence <= max(known):
        return {}  # a stream that had ended began again
    newest_seen_us = state.newest_seen_us or 0
    fallen, unseen_us = max(known) - segments[-1].sequence, now_us - newest_seen_us
    target_us = playlist.target_duration_s * SECOND_US
    if (fallen >= _FAR_BACK and unseen_us > 2 * target_us) or (fallen > 0 and unseen_us > 5 * target_us):
        return {number: seen for number, seen in known.items() if seen.first_seen_us > newest_seen_us}
    return known


def _shows_newest(known: dict[int, Sighting], segments: Sequence[MediaSegment]) -> bool:
    return bool(segments) and segments[-1].sequence >= max(known, default=0)


def _is_same(sighting: Sighting, segment: MediaSegment) -> bool:
    """The same name is the same segment (folders and queries may rotate with a token), or the same time is.

    With the same name it is still another one if its stated time is quite different: an encoder that starts again may
    begin with the same numbers and the same names.
    """
    same_name = sighting.name == _name(segment)
    if segment.program_date_time is None:
        return same_name
    apart_us = abs(to_us(segment.program_date_time) - sighting.start_us)
    if same_name:
        return sighting.dating is not Dating.STATED or apart_us < _OTHER_MOMENT_US
    return apart_us < _SAME_MOMENT_US


def _date_all(playlist: MediaPlaylist, known: dict[int, Sighting], *, now_us: int) -> list[Sighting]:
    """A time for each segment, in order of the module's rule."""
    segments = playlist.segments
    dated = [known.get(segment.sequence) or _stated(segment, now_us=now_us) for segment in segments]
    _carry_forward(segments, dated, now_us=now_us)
    before = known.get(segments[0].sequence - 1) if segments else None
    if before is not None and dated[-1] is None:
        # Then none is dated, and the window moved on by just its own length.
        dated[0] = _following(before, segments[0], now_us=now_us)
        _carry_forward(segments, dated, now_us=now_us)
    last = dated[-1] if dated else None
    if segments and (last is None or _lags(last, playlist, known, now_us=now_us)):
        _estimate_anew(segments, dated, known, now_us=now_us)
    _carry_backward(segments, dated)
    return [sighting for sighting in dated if sighting is not None]


def _lags(last: Sighting, playlist: MediaPlaylist, known: dict[int, Sighting], *, now_us: int) -> bool:
    """Whether the clock has run away from an estimated chain: the source stood still meanwhile."""
    if last.dating is not Dating.ESTIMATED or playlist.segments[-1].sequence in known:
        return False
    behind_us = now_us - last.end_us
    return behind_us > _STALE_TARGETS * playlist.target_duration_s * SECOND_US


def _estimate_anew(
    segments: Sequence[MediaSegment], dated: list[Sighting | None], known: dict[int, Sighting], *, now_us: int
) -> None:
    """What is new ends now; the times before it are worked out backwards from there."""
    for index, segment in enumerate(segments):
        if segment.sequence not in known:
            dated[index] = None
    dated[-1] = _sighting(segments[-1], now_us - _duration_us(segments[-1]), Dating.ESTIMATED)


def _carry_forward(segments: Sequence[MediaSegment], dated: list[Sighting | None], *, now_us: int) -> None:
    for index in range(1, len(segments)):
        before = dated[index - 1]
        if dated[index] is None and before is not None:
            dated[index] = _following(before, segments[index], now_us=now_us)


def _carry_backward(segments: Sequence[MediaSegment], dated: list[Sighting | None]) -> None:
    for index in range(len(segments) - 2, -1, -1):
        after = dated[index + 1]
        if dated[index] is None and after is not None:
            start_us = after.start_us - _duration_us(segments[index])
            dated[index] = _sighting(segments[index], start_us, _carried(after))


def _following(before: Sighting, segment: MediaSegment, *, now_us: int) -> Sighting:
    """Begins where the one before ends.

    An estimated chain that would have a segment begin in the future, since durations are stated too long, is held back:
    by a tenth of the segment at most each time.
    """
    start_us = before.end_us
    if before.dating is Dating.ESTIMATED:
        start_us -= max(0, min(start_us - now_us, _duration_us(segment) // 10))
    return _sighting(segment, start_us, _carried(before))


def _carried(neighbour: Sighting) -> Dating:
    return Dating.ESTIMATED if neighbour.dating is Dating.ESTIMATED else Dating.CARRIED


def _stated(segment: MediaSegment, *, now_us: int) -> Sighting | None:
    """A date well ahead of our clock is not believed: it would put the segment where nobody looks for it."""
    if segment.program_date_time is None:
        return None
    start_us = to_us(segment.program_date_time)
    return _sighting(segment, start_us, Dating.STATED) if start_us - now_us <= _MOST_AHEAD_US else None


def _sighting(segment: MediaSegment, start_us: int, dating: Dating) -> Sighting:
    return Sighting(name=_name(segment), start_us=start_us, duration_us=_duration_us(segment), dating=dating)


def _name(segment: MediaSegment) -> str:
    part = segment.byte_range
    name = segment.uri.partition("?")[0].rpartition("/")[2]
    return name + (f"@{part.offset_bytes}" if part else "")


def _duration_us(segment: MediaSegment) -> int:
    return round(segment.duration_s * SECOND_US)


def _torn(dated: Sequence[Sighting]) -> frozenset[int]:
    """Where estimated times jump: the source said nothing, but there is a joint."""
    return frozenset(
        index
        for index, (left, right) in enumerate(pairwise(dated), start=1)
        if right.dating is Dating.ESTIMATED and right.start_us - left.end_us > _SAME_MOMENT_US
    )


def _fetch(
    segment: MediaSegment, sighting: Sighting, playlist: MediaPlaylist, *, torn: bool, resets: int
) -> SegmentFetch:
    return SegmentFetch(
        uri=segment.uri,
        sequence=segment.sequence,
        start_us=sighting.start_us,
        duration_s=segment.duration_s,
        dating=sighting.dating,
        target_duration_s=playlist.target_duration_s,
        discontinuity=segment.discontinuity or torn,
        byte_range=segment.byte_range,
        init=segment.init,
        epoch=(resets, segment.discontinuity_sequence),
    )


def _remember(
    known: dict[int, Sighting], playlist: MediaPlaylist, fresh: dict[int, Sighting]
) -> dict[int, Sighting]:
    oldest = playlist.media_sequence - REMEMBERED
    kept = {sequence: sighting for sequence, sighting in known.items() if sequence >= oldest}
    kept |= fresh
    if (
        len(kept) > _MOST_REMEMBERED
    ):  # a source that makes up numbers; what it lists now must be known all the same
        listed = {segment.sequence for segment in playlist.segments}
        newest = sorted(kept)[-_MOST_REMEMBERED:]
        kept = {sequence: kept[sequence] for sequence in listed.union(newest) if sequence in kept}
    return kept
