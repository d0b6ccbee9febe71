"""What a recorder does about each answer of a live media playlist: what to fetch, when to ask again, when to ask anew.

- ``observing``: the state machine, as a table and one function.
- ``identity``: which entries of a playlist have been seen before, whatever the source does to numbers and names.
- ``likeness``: whether an entry can be one that was seen. ``unnumbered``: where neither number nor name tells.
- ``dating``: the wall time of each entry. ``jumps``: where stated times jump.
- ``polling``: when the next segment is due. ``reloading``: to let the server wait for it. ``failing``: what to do when there is no playlist.
- ``news``: what is remembered and fetched of new entries. ``ads``: which of them are ads. ``keys``: what can be decrypted.
- ``memory``: the little that must survive a restart, as text; both ways.
- ``model``: the values.

Pure: time, and the random number for jitter, come in as arguments. ``services.capture`` acts.
"""

from longtake.core.live.failing import FailureKind, PollFailure
from longtake.core.live.memory import decode_memory, encode_memory
from longtake.core.live.model import LivePolicy, LiveState, Observation, SegmentFetch, Sighting
from longtake.core.live.observing import observe

__all__ = [
    "FailureKind",
    "LivePolicy",
    "LiveState",
    "Observation",
    "PollFailure",
    "SegmentFetch",
    "Sighting",
    "decode_memory",
    "encode_memory",
    "observe",
]
