"""Which of several recorded files make up an hour, where more than one claims the same moment.

Retries, several nodes and sources that repeat themselves leave rivals. The choice depends on the files alone, so that
every node that has the same files makes the same one. No file is read here, and no hole is named: that is the timeline's.

- ``rivals``: the values, and when two follow each other.
- ``equals``: of equal ones only the best stays.
- ``islands``: stretches between clean joints.
- ``best_chain``: the best of all chains, exactly.
- ``horizon``: long islands, a minute at a time.
- ``borders``: what two hours agree on.
- ``choosing``: an hour.
"""

from __future__ import annotations

from longtake.core.choosing.borders import BORDER_US
from longtake.core.choosing.choosing import choose_hour
from longtake.core.choosing.horizon import HORIZON_US
from longtake.core.choosing.rivals import JITTER_US, LONGEST_US, Rival, latest_overlap_us

__all__ = [
    "BORDER_US",
    "HORIZON_US",
    "JITTER_US",
    "LONGEST_US",
    "Rival",
    "choose_hour",
    "latest_overlap_us",
]
