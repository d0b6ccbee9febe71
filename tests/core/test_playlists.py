"""Our playlists as values, as text, and as the m3u8 package reads the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import a_run, a_segment, quick, some_entries

from longtake.core.facts import Container, SegmentFacts
from longtake.core.hls.model import ByteRange, InitSection, MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.hls.render import render_media
from longtake.core.ledger import Entry
from longtake.core.playlists import (
    FALLBACK_TARGET_S,
    media_playlist,
    target_duration_s,
)
from longtake.core.segments import Segment

URL = "https://node.example/playlist/demo/source.m3u8"
A, B, C, D = a_run(count=4)


def url_of(segment: Segment) -> str:
    return f"../../segments/demo/source/{segment.path}".replace(":", "%3A")


def by_name(*facts: SegmentFacts) -> dict[str, SegmentFacts]:
    return {known.name: known for known in facts}


def of(segment: Segment, size_bytes: int = 1_000_000, **known: object) -> SegmentFacts:
    return replace(SegmentFacts(name=segment.name, size_bytes=size_bytes), **known)  # type: ignore[arg-type]


def shown(
    entries: Sequence[Entry],
    facts: Mapping[str, SegmentFacts] | None = None,
    *,
    ended: bool = False,
    least_target_s: int = 0,
) -> MediaPlaylist:
    return media_playlist(entries, facts or {}, url_of=url_of, ended=ended, least_target_s=least_target_s)


def test_a_live_playlist_as_text() -> None:
    entries = some_entries(A, B, D)[1:]
    assert render_media(shown(entries)).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:2",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-DISCONTINUITY-SEQUENCE:0",
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:02.000Z",
        "#EXTINF:2.000,",
        url_of(B),
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:06.000Z",
        "#EXTINF:2.000,",
        url_of(D),
    ]


def test_the_end_is_written_when_nothing_more_will_come() -> None:
    assert render_media(shown(some_entries(A), ended=True)).endswith("\n#EXT-X-ENDLIST\n")
    assert "ENDLIST" not in render_media(shown(some_entries(A)))


def test_a_playlist_without_segments() -> None:
    playlist = shown(())
    assert playlist == MediaPlaylist(target_duration_s=FALLBACK_TARGET_S)
    assert shown((), ended=True, least_target_s=9) == MediaPlaylist(target_duration_s=9, ended=True)


# durations, TARGETDURATION by the facts -> ours
TARGETS: dict[str, tuple[list[float], list[int | None], int]] = {
    "of whole seconds": ([2.0, 2.0], [], 2),
    "rounded to the nearest integer": ([2.002, 1.999], [], 2),
    "half a second is rounded up": ([2.5], [], 3),
    "just below half a second is not": ([2.499999], [], 2),
    "of the longest": ([2.0, 6.0, 4.0], [], 6),
    "the source's own": ([2.0], [6], 6),
    "the source's own is not enough": ([7.0], [6], 7),
    "the source's own is unknown": ([2.0], [None], 2),
    "the largest of the source's": ([2.0, 2.0], [4, 6], 6),
    "very short ones": ([0.2], [], 1),
    "nothing": ([], [], FALLBACK_TARGET_S),
}


@pytest.mark.parametrize(("durations", "stated", "target_s"), TARGETS.values(), ids=TARGETS.keys())
def test_target_durations(durations: list[float], stated: list[int | None], target_s: int) -> None:
    segments = [a_segment(f"04:00:{10 * index:02}", duration) for index, duration in enumerate(durations)]
    facts = by_name(*(of(s, target_duration_s=t) for s, t in zip(segments, stated, strict=False)))
    assert target_duration_s(segments, facts) == target_s
    playlist = shown(some_entries(*segments), facts)
    assert playlist.target_duration_s == target_s
    assert type(playlist.target_duration_s) is int


def test_a_target_duration_never_falls() -> None:
    long, short = a_segment("04:00:00", 6.0), a_segment("04:00:06", 2.0)
    entries = some_entries(long, short)
    before = shown(entries)
    after = shown(entries[1:], least_target_s=before.target_duration_s)
    assert before.target_duration_s == after.target_duration_s == 6
    assert shown(entries, least_target_s=2).target_duration_s == 6


# entries from -> header, marks of the segments, numbers of the segments
WINDOWS = {
    "from the start": (0, 0, [False, False, True, False, True], [0, 0, 1, 1, 2]),
    "before the first discontinuity": (1, 0, [False, True, False, True], [0, 1, 1, 2]),
    "a first segment keeps the tag before it, which counts for itself": (
        2,
        0,
        [True, False, True],
        [1, 1, 2],
    ),
    "after the tag has left": (3, 1, [False, True], [1, 2]),
    "a last segment with its tag": (4, 1, [True], [2]),
}


@pytest.mark.parametrize(("first", "header", "marks", "counts"), WINDOWS.values(), ids=WINDOWS.keys())
def test_the_discontinuity_sequence_of_a_sliding_window(
    first: int, header: int, marks: list[bool], counts: list[int]
) -> None:
    entries = some_entries(*(a_segment(f"04:00:{second:02}") for second in (0, 2, 10, 12, 20)))
    playlist = shown(entries[first:])
    assert playlist.media_sequence == first
    assert playlist.discontinuity_sequence == header
    assert [segment.discontinuity for segment in playlist.segments] == marks
    read = parse_playlist(render_media(playlist), URL)
    assert isinstance(read, MediaPlaylist)
    assert [segment.discontinuity_sequence for segment in read.segments] == counts
    assert [segment.sequence for segment in read.segments] == list(range(first, 5))


def test_a_playlist_without_entries_stands_behind_the_one_it_comes_after() -> None:
    last = some_entries(A, B, D)[-1]
    playlist = media_playlist((), {}, url_of=url_of, ended=False, after=last)
    assert (playlist.media_sequence, playlist.discontinuity_sequence) == (3, 1)


def test_every_segment_has_its_date_to_the_microsecond() -> None:
    segments = [a_segment("04:00:00.123456", 2.002), a_segment("04:00:02.125456", 1.998)]
    assert [segment.program_date_time for segment in shown(some_entries(*segments)).segments] == [
        datetime(2024, 11, 9, 4, 0, 0, 123456, UTC),
        datetime(2024, 11, 9, 4, 0, 2, 125456, UTC),
    ]


def test_init_sections_are_ranges_of_their_own_files() -> None:
    facts = by_name(*(of(s, 5000, container=Container.FMP4, init_bytes=800) for s in (A, B)))
    playlist = shown(some_entries(A, B), facts)
    assert playlist.version == 6
    for segment, shown_segment in zip((A, B), playlist.segments, strict=True):
        init = InitSection(uri=url_of(segment), byte_range=ByteRange(length_bytes=800, offset_bytes=0))
        assert shown_segment.init == init
        assert shown_segment.byte_range == ByteRange(length_bytes=4200, offset_bytes=800)
    assert render_media(playlist).splitlines()[4:] == [
        f'#EXT-X-MAP:URI="{url_of(A)}",BYTERANGE="800@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:00.000Z",
        "#EXT-X-BYTERANGE:4200@800",
        "#EXTINF:2.000,",
        url_of(A),
        f'#EXT-X-MAP:URI="{url_of(B)}",BYTERANGE="800@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:02.000Z",
        "#EXT-X-BYTERANGE:4200@800",
        "#EXTINF:2.000,",
        url_of(B),
    ]


WHOLE_FILES = {
    "no facts": None,
    "MPEG-TS": of(A, container=Container.MPEG_TS),
    "MPEG-TS after an init section, which is odd": of(A, container=Container.MPEG_TS, init_bytes=800),
    "fragmented MP4 without init section": of(A, container=Container.FMP4),
    "an unknown container": of(A, init_bytes=800),
}


@pytest.mark.parametrize("facts", WHOLE_FILES.values(), ids=WHOLE_FILES.keys())
def test_other_files_are_shown_whole(facts: SegmentFacts | None) -> None:
    playlist = shown(some_entries(A), by_name(facts) if facts else {})
    assert playlist.version == 3
    assert playlist.segments[0].init is None
    assert playlist.segments[0].byte_range is None


@pytest.mark.parametrize("container", [Container.MPEG_TS, Container.FMP4])
def test_another_parser_reads_the_same(container: Container) -> None:
    segments = [a_segment("04:00:00", 2.002), a_segment("04:00:02.002", 1.6), a_segment("04:00:10", 2.4)]
    facts = by_name(*(of(s, 5000, container=container, init_bytes=800) for s in segments))
    read = m3u8.loads(render_media(shown(some_entries(*segments)[1:], facts, ended=True)), uri=URL)
    assert read.target_duration == 2
    assert type(read.target_duration) is int
    assert read.media_sequence == 1
    assert (read.discontinuity_sequence or 0) == 0
    assert read.is_endlist
    assert not read.is_variant
    assert [segment.duration for segment in read.segments] == [1.6, 2.4]
    assert [segment.discontinuity for segment in read.segments] == [False, True]
    assert [segment.program_date_time for segment in read.segments] == [s.start for s in segments[1:]]
    assert [segment.absolute_uri for segment in read.segments] == [
        f"https://node.example/segments/demo/source/{s.path}".replace(":", "%3A", 9).replace(
            "https%3A", "https:"
        )
        for s in segments[1:]
    ]
    is_fmp4 = container is Container.FMP4
    assert int(read.version) == (6 if is_fmp4 else 3)
    assert [segment.byterange for segment in read.segments] == ["4200@800" if is_fmp4 else None] * 2
    assert [s.init_section.byterange if s.init_section else None for s in read.segments] == [
        "800@0" if is_fmp4 else None
    ] * 2


some_segments = st.lists(
    st.tuples(st.integers(0, 50_000), st.sampled_from([0.2, 1.5, 2.0, 2.499999, 2.5, 5.999]), st.booleans()),
    min_size=1,
    max_size=8,
).map(
    lambda steps: [
        a_segment(
            1_731_124_800_000_000 + 10_000_000 * index + jitter_us, duration_s, "full" if full else "partial"
        )
        for index, (jitter_us, duration_s, full) in enumerate(steps)
    ]
)


@quick
@given(some_segments, st.none() | st.integers(1, 8), st.integers(0, 7))
def test_the_rules_hold_in_every_window(segments: list[Segment], stated: int | None, first: int) -> None:
    facts = by_name(*(of(s, target_duration_s=stated) for s in segments))
    whole = shown(some_entries(*segments), facts)
    window = shown(some_entries(*segments)[first:], facts)
    assert all(round(s.duration_s) <= whole.target_duration_s for s in whole.segments)
    read = m3u8.loads(render_media(window))
    assert read.target_duration == window.target_duration_s
    assert all(int(s.duration + 0.5) <= read.target_duration for s in read.segments)
    kept = {s.uri: (s.sequence, s.discontinuity_sequence, s.discontinuity) for s in whole.segments}
    for segment in window.segments:
        assert kept[segment.uri] == (segment.sequence, segment.discontinuity_sequence, segment.discontinuity)
    for left, right in pairwise(window.segments):
        assert right.sequence == left.sequence + 1


# Master playlists
