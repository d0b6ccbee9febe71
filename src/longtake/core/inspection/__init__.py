"""A look into a segment's content: what it is, when it shows, and whether all of it is there.

Whoever writes a segment looks once, and keeps what it saw as facts. Nothing is decoded and nothing is refused: whatever
bytes a source sends, something can be said of them. ``core.trust`` judges by it.

- ``model``: what can be said.
- ``ts``, ``fmp4``, ``packed_audio``: what is said of each kind of content.
- ``coding``, ``rates``: of codecs, and of how long frames are shown.
- ``whole``: any content, by its kind.
"""

from longtake.core.inspection.model import INSPECTION_VERSION, Inspection, facts_of
from longtake.core.inspection.whole import inspect

__all__ = ["INSPECTION_VERSION", "Inspection", "facts_of", "inspect"]
