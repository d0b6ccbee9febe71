"""What must survive a restart of the recorder, as a short text; both ways.

A source that states no times is dated by the clock at first sight. So that a recorder which starts again gives what is
still listed the same times to the microsecond, and goes on from there, it keeps those times. It keeps nothing about
what was fetched: that the store knows better.
"""

from __future__ import annotations

import json

from longtake.core.facts import Dating
from longtake.core.live.model import LiveState, Sighting
from longtake.core.times import SECOND_US

_MOST_KEPT = 64
_LONGEST_TEXT = 100_000
_HIGHEST = 2**64
"""Of a sequence number; some sources use them all."""
_LATEST_US = 253_402_300_800 * SECOND_US
"""No year has five digits."""
_VERSION = 1


def encode_memory(state: LiveState) -> str:
    """The times of the newest entries of the last playlist. At most 64 of them: some kilobytes."""
    kept = [
        (segment.sequence, state.sightings[segment.sequence])
        for segment in state.listed[-_MOST_KEPT:]
        if segment.sequence in state.sightings
    ]
    entries = [
        [number, seen.name, seen.start_us, seen.duration_us, seen.dating.value, seen.stated_us]
        for number, seen in kept
    ]
    return json.dumps(
        {"version": _VERSION, "seen_us": state.seen_us or 0, "entries": entries}, separators=(",", ":")
    )


def decode_memory(text: str) -> LiveState:
    """A state that has seen nothing, and knows those times. A text that is none of ours (torn, newer) tells nothing."""
    try:
        raw = json.loads(text) if len(text) <= _LONGEST_TEXT else None
        if not isinstance(raw, dict) or raw.get("version") != _VERSION:
            return LiveState()
        anchors = dict(_anchor(*entry) for entry in raw["entries"][-_MOST_KEPT:])
        return LiveState(anchors=anchors, anchored_us=_whole(raw["seen_us"], _LATEST_US))
    except (ValueError, TypeError, KeyError, RecursionError):
        return LiveState()


def _anchor(
    number: object, name: object, start_us: object, duration_us: object, dating: object, stated_us: object
) -> tuple[int, Sighting]:
    if not isinstance(name, str):
        raise TypeError
    return _whole(number, _HIGHEST), Sighting(
        name=name,
        start_us=_whole(start_us, _LATEST_US),
        duration_us=_whole(duration_us, _LATEST_US),
        dating=Dating(str(dating)),
        stated_us=None if stated_us is None else _whole(stated_us, _LATEST_US),
    )


def _whole(value: object, end: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < end:
        raise ValueError
    return value
