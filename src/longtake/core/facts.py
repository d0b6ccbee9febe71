"""What is known of a segment beyond its name, as one line of JSON; both ways.

Whoever writes a segment looks at it once and appends one line to the facts of its hour. Playlists, timeline and status
read facts and never probe; an absent field means 'like the segment before'. Facts can be lost and made again; files
cannot. A line of a newer version may have fields that are not known here: they are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum

from longtake.core.errors import InvalidInput


class Container(StrEnum):
    """What kind of file a segment is, whatever its name's extension says."""

    MPEG_TS = "mpegts"
    FMP4 = "fmp4"
    AUDIO = "audio"
    """Sound alone, packed (RFC 8216 3.4): ADTS, MP3, AC-3."""
    OTHER = "other"


class Dating(StrEnum):
    """Where a segment's start time came from."""

    STATED = "stated"
    """Its own PROGRAM-DATE-TIME."""
    CARRIED = "carried"
    """A neighbour's PROGRAM-DATE-TIME, plus or minus durations."""
    ESTIMATED = "estimated"
    """The recorder's clock when it first saw the playlist, plus durations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentFacts:
    """One segment's facts. ``recorded_us`` and ``verified_us`` are moments; ``target_duration_s`` is the source's.

    ``first_pts`` is that of the first coded picture (or sample, of sound alone), in ticks of 90 kHz below 2^33;
    ``duration_us`` how long the content really is. ``parameter_sets`` is a short hash that changes with the encoding.
    ``doubt`` says why a segment is not full. ``looked`` is the version of the look that found these things out.
    """

    name: str
    size_bytes: int
    container: Container | None = None
    init_bytes: int | None = None
    source_sequence: int | None = None
    discontinuity: bool = False
    target_duration_s: int | None = None
    dating: Dating | None = None
    codecs: str | None = None
    width: int | None = None
    height: int | None = None
    frame_rate: float | None = None
    parameter_sets: str | None = None
    first_pts: int | None = None
    starts_with_idr: bool | None = None
    duration_us: int | None = None
    doubt: str | None = None
    looked: int | None = None
    recorded_us: int | None = None
    verified_us: int | None = None


_NAMES = tuple(field.name for field in fields(SegmentFacts))
_FIELDS = frozenset(_NAMES)
_USUAL = {"discontinuity": False}
_ENUMS = {"container": Container, "dating": Dating}
_TEXTS = frozenset({"name", "codecs", "container", "dating", "parameter_sets", "doubt"})
_FLAGS = frozenset({"discontinuity", "starts_with_idr"})


def encode_facts(facts: SegmentFacts) -> str:
    """One line without its newline; fields that are as usual are left out."""
    present = {key: value for key in _NAMES if (value := getattr(facts, key)) is not _USUAL.get(key)}
    return json.dumps(present, separators=(",", ":"))


def decode_facts(line: str) -> SegmentFacts:
    """The facts of one line. Raises InvalidInput for what is none (a torn or foreign line)."""
    try:
        raw = json.loads(line)
        known = {key: value for key, value in raw.items() if key in _FIELDS and _fits(key, value)}
        for key, kind in _ENUMS.items():
            if known.get(key) in set(kind):
                known[key] = kind(known[key])
            else:
                known.pop(key, None)  # of a newer version
        facts = SegmentFacts(**known)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"not a line of facts: {line[:60]!r}") from error
    return facts


def _fits(key: str, value: object) -> bool:
    if key in _TEXTS:
        return isinstance(value, str)
    if key in _FLAGS or isinstance(value, bool):
        return key in _FLAGS and isinstance(value, bool)
    return isinstance(value, int) or (key == "frame_rate" and isinstance(value, float))


def decode_all(lines: Iterable[str]) -> dict[str, SegmentFacts]:
    """By name; later lines replace earlier ones of the same name, and bad lines are passed over."""
    found = {}
    for line in lines:
        try:
            facts = decode_facts(line)
        except InvalidInput:
            continue
        found[facts.name] = facts
    return found


def sniff_container(head: bytes) -> Container:
    """Judges by a file's first bytes: a TS sync byte (and one 188 later, if there), or a known ISO BMFF box."""
    if head[:1] == b"\x47" and head[188:189] in (b"", b"\x47"):
        return Container.MPEG_TS
    if head[4:8] in (b"ftyp", b"styp", b"moof", b"sidx", b"emsg", b"prft"):
        return Container.FMP4
    return Container.OTHER
