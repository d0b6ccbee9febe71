"""What a look into a segment costs, and what moving a whole one in time does."""

from __future__ import annotations

from functools import partial

from benchmarks.figures import show, timed
from tests.fakes.coded_media import Media, Pictures, Sound, media

from longtake.core.inspection import inspect
from longtake.core.mpegts.retime import retimed
from longtake.core.mpegts.scan import scan_segment

_X264 = (
    ("preset", "ultrafast"),
    ("g", "60"),
    ("b", "3000000"),
    ("maxrate", "3000000"),
    ("bufsize", "3000000"),
)
_FRAGMENTED = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)


def inspecting() -> None:
    """Segments of 2 s at 3 Mbit/s, as the recorder looks into each."""
    pictures = Pictures(size=(640, 360), count=50, options=_X264)
    for name, wanted in (
        ("MPEG-TS", Media(pictures=pictures, sound=Sound())),
        ("fragmented MP4", Media(pictures=pictures, sound=Sound(), format="mp4", options=_FRAGMENTED)),
    ):
        content = media(wanted)
        spent_s = timed(partial(inspect, content), times=200)
        show(f"look into {len(content) / 1e3:.0f} KB of {name}", f"{spent_s * 1e3:.2f} ms")
        show("", f"{len(content) / spent_s / 1e6:.0f} MB/s")
    content = media(Media(pictures=pictures, sound=Sound()))
    segment = scan_segment(content)
    pids = frozenset({segment.video.pid})
    show("take such a segment apart for a cut", f"{timed(lambda: scan_segment(content), 200) * 1e3:.2f} ms")
    spent_s = timed(lambda: retimed(segment, video_ticks=9, clock_ticks=9, pids=pids), 200)
    show("move such a segment in time", f"{spent_s * 1e3:.2f} ms")
