"""Raw playlists kept for debugging: which text first showed a segment, and what came before it.

``playlists/HOUR/MM:SS.ffffff-K.m3u8.gz`` of a quality, K = 0 being the text that showed the segment. Neither durable nor
served: they hold addresses with tokens, so they are for their owner's eyes only. They go with their hour.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Sequence
from pathlib import Path

_FOR_US_ALONE = 0o700
_LEVEL = 6


def keep_playlists(folder: Path, moment: str, texts: Sequence[str]) -> None:
    """Writes them, the newest text first. ``moment`` is the segment's within its hour. Raises OSError."""
    folder.parent.mkdir(mode=_FOR_US_ALONE, exist_ok=True)
    folder.mkdir(mode=_FOR_US_ALONE, exist_ok=True)
    for place, text in enumerate(texts):
        file = folder / f"{moment}-{place}.m3u8.gz"
        fd = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, "wb") as opened:
            opened.write(gzip.compress(text.encode(), _LEVEL))
