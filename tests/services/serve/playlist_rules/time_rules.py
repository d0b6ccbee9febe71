"""Rules over time: what two versions of one playlist, an older and a newer one, have to do with each other.

RFC 8216 6.2.1 and 6.2.2 (rfc8216bis: the same, and 6.2.5.1). Segments are known by their numbers, as clients know them.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise

from tests.services.serve.playlist_rules.snapshot import Entry, Snapshot, after_delta

_LEAST_TARGETS = 3


def _both(older: Snapshot, newer: Snapshot) -> list[tuple[Entry, Entry]]:
    after = {entry.sequence: entry for entry in newer.entries}
    return [(entry, after[entry.sequence]) for entry in older.entries if entry.sequence in after]


def rule_entries_only_come_at_the_end(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.1: "MUST NOT change the Media Playlist file, except to: Append lines": nothing before the last known entry."""
    known = {entry.uri for entry in older.entries}
    last = older.next_sequence
    if older.entries:
        return [
            f"{entry.uri} came as {entry.sequence}, before {last}"
            for entry in newer.entries
            if older.entries[0].sequence <= entry.sequence < last and entry.uri not in known
        ] + [
            f"{entry.uri} came before the first, {older.entries[0].sequence}"
            for entry in newer.entries
            if entry.sequence < older.entries[0].sequence
        ]
    return [
        f"{entry.uri} came as {entry.sequence}, before {last}"
        for entry in newer.entries
        if entry.sequence < last
    ]


def rule_entries_only_go_at_the_front(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: "MUST be removed from the Playlist file in the order that they appear in the Playlist"."""
    kept = {entry.uri for entry in newer.entries}
    there = [entry.uri in kept for entry in older.entries]
    return [
        f"{after.uri} is gone, {before.uri} is there"
        for (before, after), (is_kept, still) in zip(pairwise(older.entries), pairwise(there), strict=True)
        if is_kept and not still
    ]


def rule_sequence_numbers_stay(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: MEDIA-SEQUENCE "MUST be incremented by 1 for every Media Segment that is removed": each keeps its number."""
    numbers = {entry.uri: entry.sequence for entry in newer.entries}
    return [
        f"{entry.uri} was {entry.sequence} and is {numbers[entry.uri]}"
        for entry in older.entries
        if numbers.get(entry.uri, entry.sequence) != entry.sequence
    ]


def rule_discontinuity_numbers_stay(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: "so that the Discontinuity Sequence Numbers of the segments still in the Media Playlist remain unchanged"."""
    return [
        f"{mine.uri} was {mine.number} and is {now.number}"
        for mine, now in _both(older, newer)
        if mine.number != now.number
    ]


def rule_known_entries_stay_as_they_are(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.1: URI, EXTINF, date, byte range, init section and GAP of a known entry never change."""
    return [
        f"{mine.face()} is {now.face()} now"
        for mine, now in _both(older, newer)
        if mine.face() != now.face()
        or (now is not newer.entries[0] and mine is not older.entries[0] and mine.breaks != now.breaks)
    ]


def rule_media_sequence_never_falls(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: "it MUST NOT decrease or wrap"."""
    return _falls("EXT-X-MEDIA-SEQUENCE", older, newer)


def rule_nothing_is_missed(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: the number after the last one never falls: what was behind the last known entry has not become less."""
    before, after = older.next_sequence, newer.next_sequence
    return [f"the next was {before} and is {after}"] if after < before else []


def rule_discontinuity_sequence_never_falls(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: "The value of the EXT-X-DISCONTINUITY-SEQUENCE tag MUST NOT decrease or wrap"."""
    return _falls("EXT-X-DISCONTINUITY-SEQUENCE", older, newer)


def rule_target_duration_never_falls(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.1: "The EXT-X-TARGETDURATION tag [...] MUST NOT change". A source whose own rises leaves us no choice; it never falls."""
    return _falls("EXT-X-TARGETDURATION", older, newer)


def _falls(name: str, older: Snapshot, newer: Snapshot) -> list[str]:
    before, after = older.number(name), newer.number(name)
    return [f"{name} was {before} and is {after}"] if after < before else []


def rule_the_end_stays(older: Snapshot, newer: Snapshot) -> list[str]:
    """4.3.3.4: ENDLIST "indicates that no more Media Segments will be added"; so it stays, and nothing more comes."""
    if not older.ended:
        return []
    found = [] if newer.ended else ["ENDLIST is gone"]
    return found + [
        f"{entry.uri} came behind the end" for entry in newer.entries if entry.sequence >= older.next_sequence
    ]


def rule_vod_never_changes(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.1: VOD "indicates that the Playlist file MUST NOT change"."""
    return ["VOD has changed"] if older.has("EXT-X-PLAYLIST-TYPE") and older.body != newer.body else []


def rule_not_shorter_than_three_targets(older: Snapshot, newer: Snapshot) -> list[str]:
    """6.2.2: none is removed from what has not ended "if that would produce a Playlist whose duration is less than three
    times the target duration"."""
    first = newer.number("EXT-X-MEDIA-SEQUENCE")
    removed = any(entry.sequence < first for entry in older.entries)
    whole_s = sum((entry.duration_s for entry in newer.entries), Decimal(0))
    if newer.ended or newer.skipped or not removed or whole_s >= _LEAST_TARGETS * newer.target_s:
        return []
    return [f"{whole_s} s are left, the target is {newer.target_s} s"]


def rule_another_etag_for_another_body(older: Snapshot, newer: Snapshot) -> list[str]:
    """RFC 9110 8.8.1: "a strong validator [...] changes value whenever a change occurs to the representation data"."""
    same = older.headers.get("etag") == newer.headers.get("etag")
    return ["the body has changed, the ETag has not"] if same and older.body != newer.body else []


def rule_a_delta_tells_the_same(older: Snapshot, delta: Snapshot, whole: Snapshot) -> list[str]:
    """rfc8216bis 6.2.5.1: a delta update applied to what a client knows is the whole newer playlist."""
    try:
        told = after_delta(older, delta)
    except KeyError as unknown:
        return [f"the delta update skips {unknown}, which the client does not know"]
    heads = [
        (
            one.number("EXT-X-MEDIA-SEQUENCE"),
            one.number("EXT-X-DISCONTINUITY-SEQUENCE"),
            one.target_s,
            one.ended,
        )
        for one in (delta, whole)
    ]
    found = [f"{heads[0]} is {heads[1]} in the whole one"] if heads[0] != heads[1] else []
    return found + _unlike(told, whole.entries)


def _unlike(told: Sequence[Entry], whole: Sequence[Entry]) -> list[str]:
    if len(told) != len(whole):
        return [f"{len(told)} entries, {len(whole)} in the whole one"]
    return [
        f"{mine.uri} with {mine.sequence} and {mine.number}, {other.uri} with {other.sequence} and {other.number}"
        for mine, other in zip(told, whole, strict=True)
        if (*mine.face(), mine.sequence, mine.number) != (*other.face(), other.sequence, other.number)
    ]
