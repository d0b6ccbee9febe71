from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from longtake.core.hls.model import (
    ByteRange,
    InitSection,
    Key,
    MasterPlaylist,
    MediaPlaylist,
    MediaSegment,
    Rendition,
    Variant,
)
from longtake.core.hls.render import (
    render_duration,
    render_header_lines,
    render_master,
    render_media,
    render_segment_lines,
    required_version,
)

SEGMENT = MediaSegment(uri="s.ts", duration_s=2.0, sequence=0)
EMPTY = MediaPlaylist(target_duration_s=2)
INIT = InitSection(uri="i.mp4", byte_range=ByteRange(length_bytes=8, offset_bytes=0))
KEY = Key(method="AES-128", uri="k")


def test_a_playlist_without_segments() -> None:
    assert render_media(EMPTY) == (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n"
    )


def test_a_segment_with_everything_in_order() -> None:
    segment = MediaSegment(
        uri="s.mp4",
        duration_s=1.5,
        sequence=5,
        title="a, b",
        discontinuity=True,
        program_date_time=datetime(2024, 11, 9, 23, 0, 0, 5000, UTC),
        byte_range=ByteRange(length_bytes=10, offset_bytes=8),
        init=replace(INIT, key=KEY),
        key=KEY,
        gap=True,
    )
    assert render_segment_lines(segment, None) == [
        "#EXT-X-DISCONTINUITY",
        '#EXT-X-KEY:METHOD=AES-128,URI="k"',
        '#EXT-X-MAP:URI="i.mp4",BYTERANGE="8@0"',
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:00:00.005Z",
        "#EXT-X-GAP",
        "#EXT-X-BYTERANGE:10@8",
        "#EXTINF:1.500,a, b",
        "s.mp4",
    ]


DURATIONS = {
    "whole seconds": (2.0, "2.000"),
    "an integer": (2, "2.000"),
    "nothing": (0.0, "0.000"),
    "minus nothing": (-0.0, "0.000"),
    "tenths": (0.1, "0.100"),
    "milliseconds": (1.234, "1.234"),
    "four digits": (0.5005, "0.5005"),
    "microseconds": (1.966667, "1.966667"),
    "more than microseconds": (1.9666666666, "1.966667"),
    "the smallest that is written": (0.000001, "0.000001"),
    "below the smallest": (1e-9, "0.000"),
    "almost the next second": (9.9999999, "10.000"),
    "a long one": (123456.5, "123456.500"),
}


@pytest.mark.parametrize(("duration_s", "text"), DURATIONS.values(), ids=DURATIONS.keys())
def test_durations(duration_s: float, text: str) -> None:
    assert render_duration(duration_s) == text


@pytest.mark.parametrize("duration_s", [float("nan"), float("inf"), -1.0, 1e7])
def test_impossible_durations(duration_s: float) -> None:
    with pytest.raises(ValueError):
        render_duration(duration_s)


DATES = {
    "whole seconds have three digits": (datetime(2024, 1, 2, 3, 4, 5, 0, UTC), "2024-01-02T03:04:05.000Z"),
    "milliseconds have three digits": (datetime(2024, 1, 2, 3, 4, 5, 60000, UTC), "2024-01-02T03:04:05.060Z"),
    "microseconds have six digits": (
        datetime(2024, 1, 2, 3, 4, 5, 60001, UTC),
        "2024-01-02T03:04:05.060001Z",
    ),
    "another offset becomes UTC": (
        datetime(2024, 1, 2, 3, 4, 5, 0, timezone(timedelta(hours=4))),
        "2024-01-01T23:04:05.000Z",
    ),
}


@pytest.mark.parametrize(("moment", "text"), DATES.values(), ids=DATES.keys())
def test_dates(moment: datetime, text: str) -> None:
    lines = render_segment_lines(replace(SEGMENT, program_date_time=moment), None)
    assert lines[0] == f"#EXT-X-PROGRAM-DATE-TIME:{text}"


FMP4, FMP4_CUT = replace(SEGMENT, init=INIT), replace(SEGMENT, init=INIT, discontinuity=True)
ENCRYPTED = replace(SEGMENT, key=KEY)
CHANGES: dict[str, tuple[MediaSegment | None, MediaSegment, list[str]]] = {
    "the first segment": (None, SEGMENT, []),
    "a first init section": (None, FMP4, ["MAP"]),
    "the same init section": (FMP4, FMP4, []),
    "the same init section after a discontinuity": (FMP4, FMP4_CUT, ["DISCONTINUITY", "MAP"]),
    "another init section": (FMP4, replace(SEGMENT, init=InitSection(uri="j")), ["MAP"]),
    "a gap without init section": (FMP4, replace(SEGMENT, gap=True), ["GAP"]),
    "an init section after a gap without": (replace(SEGMENT, gap=True), FMP4, ["MAP"]),
    "a first key": (None, ENCRYPTED, ["KEY"]),
    "the same key": (ENCRYPTED, ENCRYPTED, []),
    "the end of a key": (ENCRYPTED, SEGMENT, ["KEY"]),
    "a key and an init section that is not encrypted": (
        SEGMENT,
        replace(ENCRYPTED, init=INIT),
        ["MAP", "KEY"],
    ),
    "a key and an encrypted init section": (
        SEGMENT,
        replace(ENCRYPTED, init=replace(INIT, key=KEY)),
        ["KEY", "MAP"],
    ),
    "an encrypted init section of segments that are not": (
        None,
        replace(SEGMENT, init=replace(INIT, key=KEY)),
        ["KEY", "MAP", "KEY"],
    ),
    "a key of another format, after the end of the one before": (
        ENCRYPTED,
        replace(SEGMENT, key=Key(method="SAMPLE-AES", key_format="com.example")),
        ["KEY", "KEY"],
    ),
}


@pytest.mark.parametrize(("previous", "segment", "tags"), CHANGES.values(), ids=CHANGES.keys())
def test_keys_and_maps_are_written_when_they_change(
    previous: MediaSegment | None, segment: MediaSegment, tags: list[str]
) -> None:
    *lines, _, _ = render_segment_lines(segment, previous)
    assert [line.removeprefix("#EXT-X-").partition(":")[0] for line in lines] == tags


def test_a_discontinuity_sequence_is_written_when_it_matters() -> None:
    def written(playlist: MediaPlaylist) -> list[str]:
        return [line for line in render_header_lines(playlist) if "DISCONTINUITY-SEQUENCE" in line]

    discontinuity = replace(SEGMENT, discontinuity=True, discontinuity_sequence=1)
    assert written(replace(EMPTY, segments=(SEGMENT,))) == []
    assert written(replace(EMPTY, discontinuity_sequence=4)) == ["#EXT-X-DISCONTINUITY-SEQUENCE:4"]
    assert written(replace(EMPTY, segments=(discontinuity,))) == ["#EXT-X-DISCONTINUITY-SEQUENCE:0"]


VERSIONS = {
    "decimal durations": ([SEGMENT], 3),
    "byte ranges": ([SEGMENT, replace(SEGMENT, byte_range=INIT.byte_range)], 4),
    "a key of the identity format": ([ENCRYPTED], 3),
    "another key format": ([replace(SEGMENT, key=replace(KEY, key_format="x"))], 5),
    "init sections": ([FMP4, SEGMENT], 6),
    "gaps": ([FMP4, replace(SEGMENT, gap=True)], 8),
}


@pytest.mark.parametrize(("segments", "version"), VERSIONS.values(), ids=VERSIONS.keys())
def test_the_version_is_high_enough(segments: list[MediaSegment], version: int) -> None:
    assert required_version(segments) == version
    playlist = replace(EMPTY, segments=tuple(segments), version=1)
    assert render_header_lines(playlist)[1] == f"#EXT-X-VERSION:{version}"
    assert render_header_lines(replace(playlist, version=9))[1] == "#EXT-X-VERSION:9"


def test_hours_rendered_apart_join_into_the_same_playlist() -> None:
    segments = tuple(replace(SEGMENT, sequence=sequence, uri=f"{sequence}.ts") for sequence in range(6))
    whole = replace(EMPTY, segments=segments)
    lines = render_header_lines(EMPTY)
    for hour in (segments[:3], segments[3:]):
        for index, segment in enumerate(hour):
            lines += render_segment_lines(segment, hour[index - 1] if index else None)
    assert "\n".join(lines) + "\n" == render_media(whole)


MISTAKES = {
    "a line break in a title": replace(SEGMENT, title="a\nb"),
    "a carriage return in a title": replace(SEGMENT, title="a\rb"),
    "a line break in a URI": replace(SEGMENT, uri="a\n#EXT-X-ENDLIST"),
    "an empty URI": replace(SEGMENT, uri=""),
    "a URI that would be a comment": replace(SEGMENT, uri="#a"),
    "a URI that would lose its space": replace(SEGMENT, uri=" a"),
    "a date without zone": replace(SEGMENT, program_date_time=datetime(2024, 1, 1)),  # noqa: DTZ001
    "a quote in the URI of an init section": replace(SEGMENT, init=InitSection(uri='a"b')),
    "a line break in the URI of a key": replace(SEGMENT, key=Key(method="AES-128", uri="a\nb")),
    "a comma in the method of a key": replace(SEGMENT, key=Key(method="A,B")),
}


@pytest.mark.parametrize("segment", MISTAKES.values(), ids=MISTAKES.keys())
def test_what_has_no_text_is_refused(segment: MediaSegment) -> None:
    with pytest.raises(ValueError):
        render_segment_lines(segment, None)


WRONG_NUMBERS = {
    "a first segment that is not the first": replace(EMPTY, segments=(replace(SEGMENT, sequence=7),)),
    "a hole in the numbers": replace(EMPTY, segments=(SEGMENT, replace(SEGMENT, sequence=2))),
    "a discontinuity that does not count": replace(EMPTY, segments=(replace(SEGMENT, discontinuity=True),)),
    "a count without discontinuity": replace(EMPTY, segments=(replace(SEGMENT, discontinuity_sequence=1),)),
}


@pytest.mark.parametrize("playlist", WRONG_NUMBERS.values(), ids=WRONG_NUMBERS.keys())
def test_numbers_that_a_client_would_count_otherwise_are_refused(playlist: MediaPlaylist) -> None:
    with pytest.raises(ValueError, match="would be read as"):
        render_media(playlist)


def test_an_unknown_playlist_type_is_refused() -> None:
    with pytest.raises(ValueError, match="playlist type"):
        render_media(replace(EMPTY, playlist_type="LIVE"))


def test_a_master_playlist() -> None:
    playlist = MasterPlaylist(
        renditions=(Rendition(type="VIDEO", group_id="v", name="source", default=True, autoselect=True),),
        variants=(
            Variant(
                uri="source.m3u8", bandwidth=6_000_000, resolution=(1920, 1080), frame_rate=60, video="v"
            ),
            Variant(uri="audio.m3u8", bandwidth=160_000),
        ),
        independent_segments=True,
    )
    assert render_master(playlist).splitlines() == [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="v",NAME="source",DEFAULT=YES,AUTOSELECT=YES',
        '#EXT-X-STREAM-INF:BANDWIDTH=6000000,RESOLUTION=1920x1080,FRAME-RATE=60.000,VIDEO="v"',
        "source.m3u8",
        "#EXT-X-STREAM-INF:BANDWIDTH=160000",
        "audio.m3u8",
    ]


@pytest.mark.parametrize(
    "variant",
    [
        Variant(uri="a", bandwidth=1, name='a"b'),
        Variant(uri="a\nb", bandwidth=1),
        Variant(uri="", bandwidth=1),
    ],
    ids=["a quote in a name", "a line break in a URI", "an empty URI"],
)
def test_a_master_playlist_that_has_no_text_is_refused(variant: Variant) -> None:
    with pytest.raises(ValueError):
        render_master(MasterPlaylist(variants=(variant,)))
