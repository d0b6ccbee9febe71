"""Rules for what describes a whole media playlist: RFC 8216 4.3.3 and 6.2 (rfc8216bis 4.4.3, 4.4.5.2 and 6.2)."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from tests.services.serve.playlist_rules.form_rules import MASTER_TAGS, MEDIA_TAGS
from tests.services.serve.playlist_rules.snapshot import JOIN_S, Snapshot, hole_s

_SKIPPED_TARGETS = 6
_CONTROLS = {
    "CAN-SKIP-UNTIL": r"\d+(\.\d+)?",
    "CAN-BLOCK-RELOAD": "YES",
}
"""Those that we may say, and what they may be."""


def rule_media_tags_once(playlist: Snapshot) -> list[str]:
    """4.3.3: "There MUST NOT be more than one Media Playlist tag of each type". SKIP: rfc8216bis 4.4.5."""
    counts = {name: len(playlist.values(name)) for name in MEDIA_TAGS}
    return [f"{count} {name}" for name, count in counts.items() if count > 1]


def rule_no_master_tags(playlist: Snapshot) -> list[str]:
    """4.3.4: "Master Playlist tags MUST NOT appear in a Media Playlist"."""
    return [f"{tag.name} in a media playlist" for tag in playlist.tags if tag.name in MASTER_TAGS]


def rule_target_duration_is_there(playlist: Snapshot) -> list[str]:
    """4.3.3.1: REQUIRED, a decimal-integer; rfc8216bis 4.4.3.1: "MUST be at least 1"."""
    return [] if playlist.target_s >= 1 else [f"TARGETDURATION {playlist.values('EXT-X-TARGETDURATION')}"]


def rule_no_longer_than_the_target(playlist: Snapshot) -> list[str]:
    """4.3.3.1: each EXTINF, "when rounded to the nearest integer, MUST be less than or equal to the target duration"."""
    return [
        f"{entry.duration_s} s, and the target is {playlist.target_s}"
        for entry in playlist.entries
        if entry.duration_s.quantize(Decimal(1), ROUND_HALF_UP) > playlist.target_s
    ]


def rule_media_sequence_is_there(playlist: Snapshot) -> list[str]:
    """4.3.3.2: before the first segment; 6.2.2: MUST be there once segments are removed, so it always is."""
    return _before_segments(playlist, "EXT-X-MEDIA-SEQUENCE", required=True)


def rule_discontinuity_sequence_is_there(playlist: Snapshot) -> list[str]:
    """4.3.3.3: before the first segment and before any EXT-X-DISCONTINUITY; 6.2.2: MUST be there if segments may be removed."""
    needed = playlist.has("EXT-X-DISCONTINUITY") and not playlist.ended
    return _before_segments(playlist, "EXT-X-DISCONTINUITY-SEQUENCE", required=needed)


def _before_segments(playlist: Snapshot, name: str, *, required: bool) -> list[str]:
    at = next((at for at, line in enumerate(playlist.lines) if line.startswith(f"#{name}:")), None)
    if at is None:
        return [f"no {name}"] if required else []
    before = playlist.lines[:at]
    late = any(not line.startswith("#") or line.startswith(("#EXTINF", "#EXT-X-DIS")) for line in before)
    return [f"{name} comes behind a segment or a discontinuity"] if late else []


def rule_head_before_segments(playlist: Snapshot) -> list[str]:
    """4.3.3 lets some of them stand anywhere; parsers that read line by line want them first, and ENDLIST last."""
    rows = playlist.lines
    first = next((at for at, line in enumerate(rows) if not line.startswith("#")), len(rows))
    late = [
        line for line in rows[first:] if line[1:].partition(":")[0] in MEDIA_TAGS and "ENDLIST" not in line
    ]
    found = [f"{line} comes behind a segment" for line in late]
    return found + ["lines behind ENDLIST"] * (playlist.ended and rows[-1] != "#EXT-X-ENDLIST")


def rule_playlist_type(playlist: Snapshot) -> list[str]:
    """4.3.3.5; rfc8216bis 6.2.2: "A Live Playlist MUST NOT contain the EXT-X-PLAYLIST-TYPE tag".

    EVENT we never write, since entries are removed at the front; VOD "MUST NOT change" (6.2.1), so it has ended.
    """
    kinds = playlist.values("EXT-X-PLAYLIST-TYPE")
    found = [f"PLAYLIST-TYPE {kind}" for kind in kinds if kind != "VOD"]
    return found + ["VOD that has not ended"] * (bool(kinds) and not playlist.ended)


def rule_vod_has_no_hole(playlist: Snapshot) -> list[str]:
    """6.2.1: VOD "MUST NOT change". A hole may be filled, and then what is asked for afterwards has it."""
    if not playlist.has("EXT-X-PLAYLIST-TYPE"):
        return []
    holes = [after.uri for before, after in pairwise(playlist.entries) if hole_s(before, after) > JOIN_S]
    return [f"VOD, and a hole before {uri}" for uri in holes] + ["VOD with GAP"] * playlist.has("EXT-X-GAP")


def rule_server_control_has_its_form(playlist: Snapshot) -> list[str]:
    """rfc8216bis 4.4.3.8: what it says has its type; CAN-BLOCK-RELOAD is YES or not there."""
    found = []
    for tag in playlist.tags:
        if tag.name == "EXT-X-SERVER-CONTROL":
            found += [
                f"SERVER-CONTROL {name}={value}"
                for name, value in tag.attributes.items()
                if not re.fullmatch(_CONTROLS.get(name, "nothing"), value, re.ASCII)
            ]
    return found


def rule_can_skip_until(playlist: Snapshot) -> list[str]:
    """rfc8216bis 4.4.3.8: "The Skip Boundary MUST be at least six times the Target Duration"."""
    until_s = playlist.can_skip_until_s
    if until_s is None:
        return ["CAN-SKIP-UNTIL is no decimal"] if playlist.has("EXT-X-SERVER-CONTROL") else []
    return (
        []
        if until_s >= _SKIPPED_TARGETS * playlist.target_s
        else [f"CAN-SKIP-UNTIL={until_s}, target {playlist.target_s}"]
    )


def rule_delta_only_while_it_grows(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.5.1: the directive is for what has CAN-SKIP-UNTIL and no ENDLIST; "MUST ignore" it else."""
    asked = playlist.query.get("_HLS_skip", [""])[0] in ("YES", "v2")
    found = ["EXT-X-SKIP without CAN-SKIP-UNTIL"] * (
        playlist.skipped > 0 and playlist.can_skip_until_s is None
    )
    found += ["EXT-X-SKIP in what has ended"] * (playlist.has("EXT-X-SKIP") and playlist.ended)
    return found + ["EXT-X-SKIP that nobody asked for"] * (playlist.has("EXT-X-SKIP") and not asked)


def rule_skipped_segments(playlist: Snapshot) -> list[str]:
    """rfc8216bis 4.4.5.2: SKIPPED-SEGMENTS is a decimal-integer, REQUIRED: at least one, or there is nothing to say."""
    return ["SKIPPED-SEGMENTS is missing or 0"] if playlist.has("EXT-X-SKIP") and not playlist.skipped else []


def rule_skipped_is_older_than_the_boundary(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.5.1: only "Media Segments that are further from the end [...] than the Skip Boundary" are replaced."""
    until_s, left_s = (
        playlist.can_skip_until_s,
        sum((entry.duration_s for entry in playlist.entries), Decimal(0)),
    )
    if not playlist.skipped or until_s is None or left_s >= until_s:
        return []
    return [f"{left_s} s are left, and the boundary is {until_s} s"]


def rule_skips_all_that_is_older(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.5.1: what is older "MUST" be skipped for who asks: what is left is hardly longer than the boundary.

    Where decimals are lost on the way, one entry more may be there.
    """
    asked = playlist.query.get("_HLS_skip", [""])[0] in ("YES", "v2")
    until_s, entries = playlist.can_skip_until_s, playlist.entries
    if not asked or until_s is None or playlist.ended or len(entries) < 3:
        return []
    rest_s = sum((entry.duration_s for entry in entries[2:]), Decimal(0))
    return (
        [f"{rest_s} s and two entries more are left, the boundary is {until_s} s"] if rest_s > until_s else []
    )


def rule_server_control_only_while_it_grows(playlist: Snapshot) -> list[str]:
    """rfc8216bis 6.2.5: directives are for playlists that are asked for again."""
    return (
        ["SERVER-CONTROL in what has ended"]
        if playlist.ended and playlist.has("EXT-X-SERVER-CONTROL")
        else []
    )
