from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_segment, quick

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hls.model import MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.hls.render import ENDLIST, render_header_lines, render_media
from longtake.core.hour_notes import notes_of
from longtake.core.hour_text import is_torn, render_hour
from longtake.core.ledger import number
from longtake.core.listing import read_listing
from longtake.core.playlists import media_playlist, range_head
from longtake.core.segments import Segment, SegmentType
from longtake.core.timeline import HourContent, JoinedHours, join_contents
from longtake.core.times import HOUR_US, SECOND_US, parse_time, to_us

START_US = to_us(parse_time("2024-11-09T03:00:00Z"))
FOLDER = "../../segments/demo/source/"


def joined(
    segments: Sequence[Segment], facts: Mapping[str, SegmentFacts], start_us: int, end_us: int
) -> JoinedHours:
    contents = {}
    for hour in sorted({segment.hour for segment in segments}):
        names = [segment.name for segment in segments if segment.hour == hour]
        known = {name: facts[name] for name in names if name in facts}
        contents[hour] = HourContent(listing=read_listing(hour, names), notes=notes_of(known))
    return join_contents(contents, start_us=start_us, end_us=end_us, sizes={})


def joined_text(hours: JoinedHours) -> str:
    pieces = [
        b"\n".join(line.encode() for line in render_header_lines(range_head(hours, ended=True))) + b"\n"
    ]
    for place, part in enumerate(hours.parts):
        text = render_hour(part.hour, f"{FOLDER}{part.hour.columns.hour}/")
        pieces += text.part(part.first, part.last, torn=place > 0 and is_torn(part))
    return b"".join([*pieces, ENDLIST.encode(), b"\n"]).decode()


def text_by_values(hours: JoinedHours, facts: Mapping[str, SegmentFacts]) -> str:
    entries = number(hours.timeline(), facts)
    playlist = media_playlist(
        entries,
        facts,
        url_of=lambda segment: f"{FOLDER}{segment.hour}/{segment.name}".replace(":", "%3A"),
        ended=True,
    )
    return render_media(playlist)


def entries_of(text: str) -> list[str]:
    """The lines behind the head; a VERSION or TARGETDURATION over whole hours may be higher."""
    return [
        line
        for line in text.splitlines()
        if not line.startswith(("#EXT-X-VERSION", "#EXT-X-TARGET", "#EXT-X-DISCONTINUITY-S"))
    ]


@pytest.mark.parametrize("fraction", ["", ".", ".5", ".123", ".1234", ".123456", ".120000"])
def test_a_fraction_of_any_form_becomes_the_same_date(fraction: str) -> None:
    usual = a_segment("03:00:02")
    name = usual.name.replace(".000000", fraction)
    hours = joined([usual], {}, START_US, START_US + HOUR_US)
    odd = join_contents(
        {usual.hour: HourContent(listing=read_listing(usual.hour, [name]), notes=notes_of({}))},
        start_us=START_US,
        end_us=START_US + HOUR_US,
        sizes={},
    )
    assert len(hours) == len(odd) == 1
    assert entries_of(joined_text(odd)) == entries_of(text_by_values(odd, {}))


steps = st.tuples(
    st.sampled_from([0, 0, 0, 3, 700, 2000]).map(lambda seconds: seconds * SECOND_US),
    st.sampled_from([0, 1, 1000, 500_000]),
    st.sampled_from([2.0, 2.0, 1.966667, 10.0]),
    st.sampled_from([SegmentType.FULL] * 5 + [SegmentType.SUSPECT, SegmentType.PARTIAL]),
    st.sampled_from(["plain", "plain", "jump", "fmp4", "unknown", "page"]),
)


def facts_for(kind: str, name: str) -> SegmentFacts | None:
    if kind == "unknown":
        return None
    if kind == "fmp4":
        return SegmentFacts(name=name, size_bytes=900, container=Container.FMP4, init_bytes=100)
    if kind == "page":
        return SegmentFacts(name=name, size_bytes=9, container=Container.OTHER, doubt="it is a page")
    return SegmentFacts(
        name=name,
        size_bytes=5,
        container=Container.MPEG_TS,
        discontinuity=kind == "jump",
        target_duration_s=2,
    )


@quick
@given(st.lists(steps, min_size=1, max_size=12), st.integers(0, 4 * 3600), st.integers(1, 4 * 3600))
def test_hours_joined_read_as_the_same_segments_rendered_one_by_one(
    run: list[tuple[int, int, float, SegmentType, str]], begin_s: int, length_s: int
) -> None:
    at_us = START_US
    segments, facts = [], {}
    for skip_us, extra_us, duration_s, kind, content in run:
        at_us += skip_us + extra_us
        segment = a_segment(at_us, duration=duration_s, type=kind)
        at_us = segment.end_us
        segments.append(segment)
        known = facts_for(content, segment.name)
        if known is not None:
            facts[segment.name] = known
    start_us = START_US + begin_s * SECOND_US
    hours = joined(segments, facts, start_us, start_us + length_s * SECOND_US)
    text = joined_text(hours)
    assert entries_of(text) == entries_of(text_by_values(hours, facts))
    parsed = parse_playlist(text, "http://node/playlist/demo/source.m3u8")
    assert isinstance(parsed, MediaPlaylist)
    assert len(parsed.segments) == len(hours)
