"""A store of many hours of 2 s segments, laid out fast, for measuring how it is served.

The files are empty: playlists and listings go by names and facts and never read contents. Who measures segments
themselves needs files with content, which are not made here.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from longtake.adapters.store.layout import Layout
from longtake.core.facts import Container, SegmentFacts, encode_facts
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import HOUR_US, SECOND_US, hour_name

SEGMENT_S = 2
PER_HOUR = 3600 // SEGMENT_S
WEEK_H = 168
_SIZE_BYTES = 750_000
_CLOCK_HZ = 90_000


def lay_out(root: Path, channel: str, quality: str, *, start_us: int, hours: int) -> None:
    """Whole hours from ``start_us`` on, with one line of facts for each segment. Folders look as old as their hours."""
    layout = Layout(root)
    layout.facts_folder(channel, quality).mkdir(parents=True)
    for at in range(hours):
        _one_hour(layout, channel, quality, start_us + at * HOUR_US)


def _one_hour(layout: Layout, channel: str, quality: str, start_us: int) -> None:
    hour = hour_name(start_us)
    folder = layout.hour(channel, quality, hour)
    folder.mkdir()
    segments = [segment_at(start_us + at * SEGMENT_S * SECOND_US) for at in range(PER_HOUR)]
    for segment in segments:
        os.close(os.open(folder / segment.name, os.O_CREAT | os.O_WRONLY, 0o644))
    lines = [encode_facts(facts_of(segment)) for segment in segments]
    layout.facts(channel, quality, hour).write_text("".join(f"{line}\n" for line in lines))
    past_s = (start_us + HOUR_US) / SECOND_US
    os.utime(folder, (past_s, past_s))


def segment_at(start_us: int) -> Segment:
    """A full segment, whose hash is that of its time."""
    digest = hashlib.sha256(str(start_us).encode()).digest()
    return named_segment(start_us=start_us, duration_s=float(SEGMENT_S), type=SegmentType.FULL, digest=digest)


def facts_of(segment: Segment) -> SegmentFacts:
    """What a look into a segment of a steady 720p stream finds."""
    return SegmentFacts(
        name=segment.name,
        size_bytes=_SIZE_BYTES,
        container=Container.MPEG_TS,
        codecs="avc1.64001f,mp4a.40.2",
        width=1280,
        height=720,
        frame_rate=30.0,
        first_pts=segment.start_us * _CLOCK_HZ // SECOND_US % 2**33,
        starts_with_idr=True,
        duration_us=SEGMENT_S * SECOND_US,
    )
