"""Rules for the entries of a media playlist: RFC 8216 3, 4.3.2 and 6.2.1 (rfc8216bis 4.4.4 and 6.2.1)."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from itertools import pairwise

from tests.services.serve.playlist_rules.snapshot import JOIN_S, Entry, Snapshot, hole_s

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}(Z|[+-]\d\d:?\d\d)", re.ASCII)
_RANGE = re.compile(r"(\d+)@(\d+)", re.ASCII)
_ONCE = ("EXTINF", "EXT-X-BYTERANGE", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP")
_LONGEST_OVERLAP_S = Decimal(1)
_EXACT_S = Decimal("0.00001")
_MICRO_S = Decimal("0.000002")


def rule_extinf_for_each(playlist: Snapshot) -> list[str]:
    """4.3.2.1: "REQUIRED for each Media Segment"; and no tag of a segment applies to more than one, or to none."""
    found = [
        f"{len(entry.values('EXTINF'))} EXTINF before {entry.uri}"
        for entry in playlist.entries
        if len(entry.values("EXTINF")) != 1
    ]
    last = next((line for line in reversed(playlist.lines) if line != "#EXT-X-ENDLIST"), "")
    return found + [f"{last!r} belongs to no segment"] * last.startswith(
        ("#EXTINF", "#EXT-X-DISCONTINUITY\n")
    )


def rule_segment_tags_once(playlist: Snapshot) -> list[str]:
    """4.3.2: each of them "applies only to the next segment", so a second would contradict the first.

    DISCONTINUITY may stand there more than once: each one counts (4.3.3.3).
    """
    return [
        f"{name} twice before {entry.uri}"
        for entry in playlist.entries
        for name in _ONCE
        if len(entry.values(name)) > 1
    ]


def rule_byte_ranges_have_an_offset(playlist: Snapshot) -> list[str]:
    """4.3.2.2: without offset it begins where the one before ends, in the same file: each of ours is of a file of its own."""
    ranges = [entry.value("EXT-X-BYTERANGE") for entry in playlist.entries]
    return [f"BYTERANGE {each}" for each in ranges if each is not None and not _is_range(each)]


def rule_maps_have_their_form(playlist: Snapshot) -> list[str]:
    """4.3.2.5: URI is REQUIRED and quoted; a BYTERANGE is quoted too, and needs its offset (rfc8216bis 4.4.4.5)."""
    found = []
    for tag in playlist.tags:
        attributes = tag.attributes
        if tag.name == "EXT-X-MAP" and (
            not re.fullmatch(r'"[^"]+"', attributes.get("URI", ""))
            or not _is_range(attributes.get("BYTERANGE", '"1@0"').strip('"'))
            or not attributes.get("BYTERANGE", '""').startswith('"')
        ):
            found.append(f"MAP {tag.value}")
    return found


def _is_range(text: str) -> bool:
    match = _RANGE.fullmatch(text)
    return match is not None and int(match[1]) > 0


def rule_map_where_it_is_needed(playlist: Snapshot) -> list[str]:
    """3.3: fragmented MP4 needs an EXT-X-MAP that applies to it; 4.3.2.5: it applies until the next one, so to nothing else.

    Ours is inside each file: MAP and segment are ranges of one resource that follow each other to its end.
    """
    found = []
    for entry in playlist.entries:
        content = None if entry.gap else playlist.content(entry.uri)
        if content is None:
            continue
        if content[4:8] in (b"ftyp", b"styp"):
            found += _bad_ranges(playlist, entry, content)
        elif entry.map is not None:
            found.append(f"{entry.uri} is no MP4, and a MAP applies to it")
    return found


def _bad_ranges(playlist: Snapshot, entry: Entry, content: bytes) -> list[str]:
    init, media = (
        _RANGE.fullmatch(entry.map.attributes.get("BYTERANGE", "").strip('"')) if entry.map else None,
        None,
    )
    media = _RANGE.fullmatch(entry.value("EXT-X-BYTERANGE") or "")
    if entry.map is None or init is None or media is None:
        return [f"{entry.uri} is MP4 without MAP or BYTERANGE"]
    found = []
    if playlist.target_of(entry.map.attributes["URI"].strip('"')) != playlist.target_of(entry.uri):
        found.append(f"the MAP of {entry.uri} is of another file")
    length, at = int(init[1]), int(init[2])
    if at != 0 or int(media[2]) != length or length + int(media[1]) != len(content):
        found.append(f"{entry.uri} has {len(content)} bytes: {init[0]}, {media[0]}")
    if content[length + 4 : length + 8] not in (b"moof", b"styp", b"sidx", b"prft", b"emsg"):
        found.append(f"the MAP of {entry.uri} does not end where fragments begin")
    return found


def rule_map_after_a_discontinuity(playlist: Snapshot) -> list[str]:
    """4.3.2.3 and 4.3.2.5: what may be of another format states its init section anew."""
    entries = playlist.entries
    return [
        f"no MAP before {after.uri}"
        for before, after in pairwise(entries)
        if after.breaks
        and not after.gap
        and not before.gap
        and after.map is not None
        and not after.values("EXT-X-MAP")
    ]


def rule_dates_have_their_form(playlist: Snapshot) -> list[str]:
    """4.3.2.6: ISO 8601, "SHOULD indicate a time zone and fractional parts of seconds, to millisecond accuracy"."""
    return [
        f"PROGRAM-DATE-TIME {value}"
        for entry in playlist.entries
        for value in entry.values("EXT-X-PROGRAM-DATE-TIME")
        if not _DATE.fullmatch(value) or entry.date is None
    ]


def rule_a_date_for_each(playlist: Snapshot) -> list[str]:
    """6.2.1: "SHOULD apply" one "to every segment that has an EXT-X-DISCONTINUITY tag"; ours stand before each."""
    return [f"no date before {entry.uri}" for entry in playlist.entries if entry.date is None]


def rule_dates_are_not_ambiguous(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.1: no date belongs to two segments, but for "small (sub-second) overlaps", where the later one "MUST only
    partially overlap the preceding segment".

    Where a source rounds its durations up they overlap by more: by up to a quarter, as the timeline allows.
    """
    found = []
    for before, after in pairwise(playlist.entries):
        if before.start_s is None or after.start_s is None:
            continue
        if -hole_s(before, after) > max(_LONGEST_OVERLAP_S, before.duration_s / 4):
            found.append(f"{after.uri} overlaps {before.uri}")
        elif after.start_s <= before.start_s:
            found.append(f"{after.uri} begins before {before.uri}")
        elif after.start_s + after.duration_s <= before.start_s + before.duration_s:
            found.append(f"{after.uri} lies within {before.uri}")
    return found


def rule_a_discontinuity_at_holes(playlist: Snapshot) -> list[str]:
    """4.3.2.3: "MUST be present if there is a change" of the timestamp sequence, as between what a hole separates: GAP or not."""
    media = [entry for entry in playlist.entries if not entry.gap]
    return [
        f"no DISCONTINUITY before {after.uri}"
        for before, after in pairwise(media)
        if hole_s(before, after) > JOIN_S and not after.breaks
    ]


def rule_no_discontinuity_for_absent_media(playlist: Snapshot) -> list[str]:
    """4.3.2.3: it tells the next segment from the one before; what is not there has no timestamps to differ in.

    Of several that a hole has, since other qualities have theirs, the last one stands before the media behind it.
    """
    entries = playlist.entries
    found = []
    for at, entry in enumerate(entries):
        if entry.gap and entry.breaks:
            media = next((one for one in entries[at:] if not one.gap), None)
            if media is None or not media.breaks:
                found.append(
                    f"a DISCONTINUITY before the gap {entry.uri}, and none before the media behind it"
                )
    return found


def rule_gaps_add_up(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.1: "Media Segments whose Segment durations add up to the duration of absent media"."""
    if not playlist.lists_gaps:
        return ["GAP that nobody asked for"] * playlist.has("EXT-X-GAP")
    found = []
    for before, after in pairwise(playlist.entries):
        most_s = _EXACT_S if before.gap and after.gap else JOIN_S if not before.gap else _MICRO_S + _EXACT_S
        if hole_s(before, after) > most_s or (before.gap and hole_s(before, after) < -most_s):
            found.append(f"{hole_s(before, after)} s are missing before {after.uri}")
    return found


def rule_gaps_have_no_media(playlist: Snapshot) -> list[str]:
    """rfc8216bis 4.4.4.7: the URI "does not contain media data"; so it has no range and names no file that is there."""
    gaps = [entry for entry in playlist.entries if entry.gap]
    return [f"BYTERANGE before the gap {entry.uri}" for entry in gaps if entry.values("EXT-X-BYTERANGE")] + [
        f"the gap {entry.uri} has media" for entry in gaps if playlist.content(entry.uri) is not None
    ]


def rule_segments_are_available(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.1: "MUST be available for immediate download [...] when it is added to a Playlist", but for GAP."""
    if playlist.resource is None:
        return []
    return [
        f"nothing at {entry.uri}"
        for entry in playlist.entries
        if not entry.gap and playlist.content(entry.uri) is None
    ]


def rule_each_uri_once(playlist: Snapshot) -> list[str]:
    """6.2.2: clients "can malfunction if each Media Segment does not have a consistent, unique Media Sequence Number"."""
    counts = Counter(entry.uri for entry in playlist.entries)
    return [f"{uri} {count} times" for uri, count in counts.items() if count > 1]


def rule_independent_segments_are(playlist: Snapshot) -> list[str]:
    """4.3.5.1: "all media samples in a Media Segment can be decoded without information from other segments".

    What is to come is not known, so it stands in nothing that grows.
    """
    stated = playlist.has("EXT-X-INDEPENDENT-SEGMENTS") and not playlist.is_master
    return ["INDEPENDENT-SEGMENTS in what grows"] * (stated and not playlist.ended)


def rule_nothing_is_encrypted(playlist: Snapshot) -> list[str]:
    """6.2.3: an unencrypted segment is in the scope of METHOD=NONE or of no EXT-X-KEY at all: what is stored is decrypted."""
    return ["EXT-X-KEY"] * playlist.has("EXT-X-KEY")
