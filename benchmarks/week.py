"""A store of many hours of 2 s segments, laid out fast, for measuring how it is served.

The files are empty: playlists and listings go by names and facts and never read contents. All names of an hour are links
to one empty file, and further channels have the names and the facts of the first one. Who measures segments themselves
needs files with content, which are not made here.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

from longtake.adapters.store.layout import Layout
from longtake.core.facts import Container, Dating, SegmentFacts, encode_facts
from longtake.core.inspection.model import INSPECTION_VERSION
from longtake.core.names import hash_text
from longtake.core.segments import SegmentType, name_prefix
from longtake.core.times import HOUR_US, SECOND_US, hour_name

SEGMENT_S = 2
PER_HOUR = 3600 // SEGMENT_S
WEEK_H = 168
_SIZE_BYTES = 750_000
_CLOCK_HZ = 90_000
_SIZES_DIFFER_BYTES = 100_000
_RECORDED_AFTER_US = 2_345_678
_NAME = "NAME"
_DIFFERS = re.compile('"(size_bytes|source_sequence|first_pts|recorded_us)":\\d+')


def lay_out(root: Path, channels: Sequence[str], quality: str, *, start_us: int, hours: int) -> None:
    """Whole hours from ``start_us`` on, with one line of facts for each segment. All looks as old as its hour."""
    layout = Layout(root)
    for channel in channels:
        layout.facts_folder(channel, quality).mkdir(parents=True)
    for at in range(hours):
        _one_hour(layout, channels, quality, start_us + at * HOUR_US)


def _one_hour(layout: Layout, channels: Sequence[str], quality: str, start_us: int) -> None:
    hour = hour_name(start_us)
    starts = [start_us + at * SEGMENT_S * SECOND_US for at in range(PER_HOUR)]
    names = [segment_name(start) for start in starts]
    first = layout.facts(channels[0], quality, hour)
    first.write_text(_facts_text(starts, names))
    _age(first, start_us)
    for channel in channels:
        folder = layout.hour(channel, quality, hour)
        _fill(folder, names)
        _age(folder, start_us)
        if channel != channels[0]:
            layout.facts(channel, quality, hour).hardlink_to(first)


def _fill(folder: Path, names: Sequence[str]) -> None:
    # A link is made in a third of the time of a file; one source an hour, since file systems limit the links to one.
    folder.mkdir()
    source, *others = (f"{folder}/{name}" for name in names)
    Path(source).touch()
    for other in others:
        os.link(source, other)


def take_out(root: Path, channel: str, quality: str, start_us: int) -> None:
    """One segment's file less, as if it had never been there."""
    layout, hour = Layout(root), hour_name(start_us)
    (layout.hour(channel, quality, hour) / segment_name(start_us)).unlink()
    settle(root, channel, quality, start_us)


def put_in(root: Path, channel: str, quality: str, start_us: int) -> None:
    """The file of ``take_out`` is new now, and so is its line of facts."""
    layout, hour = Layout(root), hour_name(start_us)
    (layout.hour(channel, quality, hour) / segment_name(start_us)).touch(exist_ok=False)
    with layout.facts(channel, quality, hour).open("a") as facts:
        facts.write(_facts_text([start_us], [segment_name(start_us)]))


def settle(root: Path, channel: str, quality: str, start_us: int) -> None:
    """Makes an hour look old again."""
    layout, hour = Layout(root), hour_name(start_us)
    hour_us = start_us // HOUR_US * HOUR_US
    _age(layout.hour(channel, quality, hour), hour_us)
    _age(layout.facts(channel, quality, hour), hour_us)


def _age(path: Path, start_us: int) -> None:
    past_s = (start_us + HOUR_US) / SECOND_US
    os.utime(path, (past_s, past_s))


def segment_name(start_us: int) -> str:
    """A full segment's name, whose hash is that of its time."""
    digest = hashlib.sha256(str(start_us).encode()).digest()
    prefix = name_prefix(start_us=start_us, duration_s=float(SEGMENT_S))
    return f"{prefix}-{SegmentType.FULL}-{hash_text(digest)}.ts"


def _facts_text(starts: Sequence[int], names: Sequence[str]) -> str:
    # Lines differ in some fields; encoding each would take longer than all the rest.
    line = _DIFFERS.sub(r'"\1":%(\1)s', encode_facts(facts_of(_NAME, 0))).replace(_NAME, "%(name)s") + "\n"
    return "".join(
        line % dict(name=name, **_numbers(start)) for start, name in zip(starts, names, strict=True)
    )


def _numbers(start_us: int) -> dict[str, int]:
    """The numbers of ``_DIFFERS``."""
    at = start_us // (SEGMENT_S * SECOND_US)
    return {
        "size_bytes": _SIZE_BYTES + at * 7919 % _SIZES_DIFFER_BYTES,
        "source_sequence": at,
        "first_pts": pts_at(start_us),
        "recorded_us": start_us + _RECORDED_AFTER_US,
    }


def pts_at(start_us: int) -> int:
    """The clock of the stream, in ticks of 90 kHz, at a moment."""
    return start_us * _CLOCK_HZ // SECOND_US % 2**33


def facts_of(name: str, start_us: int) -> SegmentFacts:
    """What a recorder notes of a segment of a steady 720p stream."""
    numbers = _numbers(start_us)
    return SegmentFacts(
        name=name,
        size_bytes=numbers["size_bytes"],
        container=Container.MPEG_TS,
        source_sequence=numbers["source_sequence"],
        target_duration_s=SEGMENT_S,
        dating=Dating.STATED,
        codecs="avc1.64001f,mp4a.40.2",
        width=1280,
        height=720,
        frame_rate=30.0,
        parameter_sets="5f0c1d2e3a4b6978",
        first_pts=numbers["first_pts"],
        starts_with_idr=True,
        duration_us=SEGMENT_S * SECOND_US,
        looked=INSPECTION_VERSION,
        recorded_us=numbers["recorded_us"],
    )
