"""Rules for master playlists, and for what they lead to: RFC 8216 4.3.4 and 6.2.4 (rfc8216bis 4.4.6 and 6.2.4)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from tests.services.serve.playlist_rules.form_rules import MEDIA_TAGS
from tests.services.serve.playlist_rules.snapshot import SEGMENT_TAGS, Entry, Snapshot, Tag

_QUOTED = re.compile(r'"[^"]+"')
_JITTER_S = Decimal("0.1")
_TYPES = ("AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS")
_FORMS = {
    "BANDWIDTH": r"[1-9]\d{0,19}",
    "AVERAGE-BANDWIDTH": r"[1-9]\d{0,19}",
    "CODECS": r'"[^",\s]+(,[^",\s]+)*"',
    "RESOLUTION": r"[1-9]\d*x[1-9]\d*",
    "FRAME-RATE": r"\d+\.\d{3}",
    "AUDIO": r'"[^"]+"',
    "VIDEO": r'"[^"]+"',
    "NAME": r'"[^"]+"',
}


def variants(master: Snapshot) -> Iterator[tuple[Tag, str]]:
    """EXT-X-STREAM-INF with the line that follows it."""
    for line, following in zip(master.lines, [*master.lines[1:], ""], strict=True):
        if line.startswith("#EXT-X-STREAM-INF:"):
            yield Tag(name="EXT-X-STREAM-INF", value=line.partition(":")[2]), following


def renditions(master: Snapshot) -> list[Tag]:
    """EXT-X-MEDIA."""
    return [tag for tag in master.tags if tag.name == "EXT-X-MEDIA"]


def rule_no_media_tags(master: Snapshot) -> list[str]:
    """4.3.2 and 4.3.3: Media Segment and Media Playlist tags "MUST NOT appear in a Master Playlist"."""
    return [
        f"{tag.name} in a master playlist" for tag in master.tags if tag.name in (*MEDIA_TAGS, *SEGMENT_TAGS)
    ]


def rule_a_uri_after_each_variant(master: Snapshot) -> list[str]:
    """4.3.4.2: "The URI line is REQUIRED", and every URI line belongs to a variant."""
    without = [tag.value for tag, uri in variants(master) if not uri or uri.startswith("#")]
    uris = [line for line in master.lines if not line.startswith("#")]
    stray = len(uris) - (len(list(variants(master))) - len(without))
    return [f"no URI after {value}" for value in without] + ["a URI without EXT-X-STREAM-INF"] * (stray > 0)


def rule_variants_have_their_form(master: Snapshot) -> list[str]:
    """4.3.4.2: BANDWIDTH is REQUIRED; what else there is has its type; FRAME-RATE is "rounded to three decimal places"."""
    found = []
    for tag, _ in variants(master):
        attributes = tag.attributes
        if "BANDWIDTH" not in attributes:
            found.append(f"no BANDWIDTH in {tag.value}")
        found += [
            f"{name}={value}"
            for name, value in attributes.items()
            if name not in _FORMS or not re.fullmatch(_FORMS[name], value)
        ]
    return found


def rule_average_below_peak(master: Snapshot) -> list[str]:
    """4.3.4.2: BANDWIDTH "represents the peak segment bit rate", AVERAGE-BANDWIDTH the average of the same."""
    rates = [tag.attributes for tag, _ in variants(master)]
    return [
        str(rate)
        for rate in rates
        if _number(rate.get("AVERAGE-BANDWIDTH", "0")) > _number(rate.get("BANDWIDTH", "0"))
    ]


def rule_renditions_have_their_form(master: Snapshot) -> list[str]:
    """4.3.4.1: TYPE, GROUP-ID and NAME are REQUIRED; LANGUAGE and URI are quoted; the others YES or NO."""
    found = []
    for tag in renditions(master):
        attributes = tag.attributes
        quoted = [attributes.get(name, "") for name in ("GROUP-ID", "NAME")]
        quoted += [attributes[name] for name in ("LANGUAGE", "URI") if name in attributes]
        words = [attributes.get(name, "NO") for name in ("DEFAULT", "AUTOSELECT")]
        if attributes.get("TYPE") not in _TYPES or not all(map(_QUOTED.fullmatch, quoted)):
            found.append(f"MEDIA {tag.value}")
        if any(word not in ("YES", "NO") for word in words) or words == ["YES", "NO"]:
            found.append(f"DEFAULT and AUTOSELECT of {tag.value}")
    return found


def rule_groups(master: Snapshot) -> list[str]:
    """4.3.4.1.1: in a group all have a different NAME, and one at most is the DEFAULT."""
    names = Counter(
        (tag.attributes.get("TYPE"), tag.attributes.get("GROUP-ID"), tag.attributes.get("NAME"))
        for tag in renditions(master)
    )
    defaults = Counter(
        (tag.attributes.get("TYPE"), tag.attributes.get("GROUP-ID"))
        for tag in renditions(master)
        if tag.attributes.get("DEFAULT") == "YES"
    )
    return [f"{count} of {name}" for name, count in (*names.items(), *defaults.items()) if count > 1]


def rule_groups_are_there(master: Snapshot) -> list[str]:
    """4.3.4.2: AUDIO and VIDEO "MUST match the value of the GROUP-ID attribute of an EXT-X-MEDIA tag" of that TYPE."""
    groups = {(tag.attributes.get("TYPE"), tag.attributes.get("GROUP-ID")) for tag in renditions(master)}
    return [
        f"no group {name}={tag.attributes[name]}"
        for tag, _ in variants(master)
        for name in ("AUDIO", "VIDEO")
        if name in tag.attributes and (name, tag.attributes[name]) not in groups
    ]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


# What a master playlist leads to: all of one request, at one time.


def rule_one_target_duration(playlists: Sequence[Snapshot]) -> list[str]:
    """6.2.4: "Each Media Playlist in each Variant Stream MUST have the same target duration"."""
    return _differ("TARGETDURATION", [str(playlist.target_s) for playlist in playlists])


def rule_one_playlist_type(playlists: Sequence[Snapshot]) -> list[str]:
    """rfc8216bis 6.2.4: "If any Media Playlists have an EXT-X-PLAYLIST-TYPE tag, all [...] MUST have" the same."""
    return _differ("PLAYLIST-TYPE", [str(playlist.values("EXT-X-PLAYLIST-TYPE")) for playlist in playlists])


def rule_one_server_control(playlists: Sequence[Snapshot]) -> list[str]:
    """rfc8216bis 6.2.4: SERVER-CONTROL stands in all of them or none, "with the same attributes and values"."""
    return _differ("SERVER-CONTROL", [str(playlist.values("EXT-X-SERVER-CONTROL")) for playlist in playlists])


def _differ(what: str, values: Sequence[str]) -> list[str]:
    return [f"{what}: {', '.join(values)}"] if len(set(values)) > 1 else []


def rule_matching_discontinuities(playlists: Sequence[Snapshot], *, edge: int = 0) -> list[str]:
    """6.2.4: "Matching content in Variant Streams MUST have matching Discontinuity Sequence Numbers".

    What begins at one time (but for jitter) has one number. Where one quality was shown before the other had its break,
    so many entries as ``edge`` in a row may lag.
    """
    found = []
    for at, left in enumerate(playlists):
        for right in playlists[at + 1 :]:
            run = 0
            for mine, other in _pairs(left.entries, right.entries):
                run = run + 1 if mine.number != other.number else 0
                if run > edge:
                    found.append(f"{mine.number} at {mine.uri}, {other.number} at {other.uri}")
    return found


def _pairs(left: Sequence[Entry], right: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """What begins at one time."""
    others = [entry for entry in right if entry.start_s is not None and not entry.gap]
    at = 0
    for entry in left:
        if entry.start_s is None or entry.gap:
            continue
        while at < len(others) and (others[at].start_s or 0) < entry.start_s - _JITTER_S:
            at += 1
        if at < len(others) and abs((others[at].start_s or 0) - entry.start_s) <= _JITTER_S:
            yield entry, others[at]
