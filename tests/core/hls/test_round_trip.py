"""Text to values to text: round trips, the golden playlists, the m3u8 package as a second opinion, and any text."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtake.core.errors import InvalidPlaylist
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
from longtake.core.hls.parse import parse_playlist
from longtake.core.hls.render import render_master, render_media, required_version

URL = "https://h.example/live/list.m3u8?token=secret"
GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.m3u8"))


def rendered(playlist: MediaPlaylist | MasterPlaylist) -> str:
    return render_master(playlist) if isinstance(playlist, MasterPlaylist) else render_media(playlist)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_playlists_are_rendered_as_they_were_read(path: Path) -> None:
    text = path.read_text()
    assert rendered(parse_playlist(text, URL)) == text


# What a client cannot tell apart is not made: titles with spaces around them, times below a microsecond.
words = st.text(st.characters(exclude_characters='"', exclude_categories=["C", "Z"]), max_size=8)
uris = st.text("abc019/._~%?&=,:@-", max_size=20).map("https://cdn.example/{}".format)
whole = st.integers(0, 2**40)
ranges = st.builds(ByteRange, length_bytes=whole, offset_bytes=whole)
keys = st.builds(
    Key,
    method=st.sampled_from(["AES-128", "SAMPLE-AES"]),
    uri=st.none() | uris,
    iv=st.none() | st.sampled_from(["0x1F", "0X" + "aB" * 16]),
    key_format=st.sampled_from(["identity", "com.example"]),
)
inits = st.builds(InitSection, uri=uris, byte_range=st.none() | ranges, key=st.none() | keys)
segments = st.builds(
    MediaSegment,
    uri=uris,
    duration_s=st.integers(0, 20_000_000).map(lambda us: us / 1_000_000),
    sequence=st.just(0),
    title=words,
    discontinuity=st.booleans(),
    program_date_time=st.none()
    | st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    byte_range=st.none() | ranges,
    init=st.none() | inits,
    key=st.none() | keys,
    gap=st.booleans(),
)


def numbered(playlist: MediaPlaylist, drafts: list[MediaSegment]) -> MediaPlaylist:
    """The playlist with these segments: numbers counted, init sections in force until the next, version as needed."""
    done: list[MediaSegment] = []
    discontinuities, init = playlist.discontinuity_sequence, None
    for sequence, draft in enumerate(drafts, playlist.media_sequence):
        discontinuities += draft.discontinuity
        init = draft.init or init
        done.append(replace(draft, sequence=sequence, discontinuity_sequence=discontinuities, init=init))
    return replace(playlist, segments=tuple(done), version=required_version(done))


media_playlists = st.builds(
    numbered,
    st.builds(
        MediaPlaylist,
        target_duration_s=st.integers(1, 1000),
        media_sequence=whole,
        discontinuity_sequence=whole,
        ended=st.booleans(),
        playlist_type=st.sampled_from([None, "EVENT", "VOD"]),
        independent_segments=st.booleans(),
    ),
    st.lists(segments, max_size=6),
)
variants = st.builds(
    Variant,
    uri=uris,
    bandwidth=whole,
    average_bandwidth=st.none() | whole,
    codecs=st.none() | words,
    resolution=st.none() | st.tuples(st.integers(0, 9999), st.integers(0, 9999)),
    frame_rate=st.none() | st.integers(0, 240_000).map(lambda thousandths: thousandths / 1000),
    audio=st.none() | words,
    video=st.none() | words,
    name=st.none() | words.filter(bool),
)
renditions = st.builds(
    Rendition,
    type=st.sampled_from(["AUDIO", "VIDEO", "SUBTITLES"]),
    group_id=words,
    name=words,
    uri=st.none() | uris,
    language=st.none() | words,
    default=st.booleans(),
    autoselect=st.booleans(),
)
master_playlists = st.builds(
    MasterPlaylist,
    variants=st.lists(variants, min_size=1, max_size=4).map(tuple),
    renditions=st.lists(renditions, max_size=4).map(tuple),
    version=st.integers(1, 12),
    independent_segments=st.booleans(),
)


@given(media_playlists | master_playlists)
def test_what_is_rendered_reads_back_the_same(playlist: MediaPlaylist | MasterPlaylist) -> None:
    assert parse_playlist(rendered(playlist), URL) == playlist


@given(media_playlists)
def test_crlf_and_a_byte_order_mark_change_nothing(playlist: MediaPlaylist) -> None:
    text = "\ufeff" + render_media(playlist).replace("\n", "\r\n")
    assert parse_playlist(text, URL) == playlist


VALID = [
    (
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:3\n#EXT-X-MEDIA-SEQUENCE:41\n#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
        '#EXT-X-MAP:URI="i.mp4",BYTERANGE="8@0"\n#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:00:00.123+01:00\n'
        "#EXT-X-BYTERANGE:10@5\n#EXTINF:2.000,live\na.m4s?x=1\n#EXT-X-DISCONTINUITY\n#EXT-X-GAP\n"
        '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0xAb\n#EXT-X-BYTERANGE:10\n#EXTINF:2,\na.m4s?x=1\n#EXT-X-ENDLIST\n'
    ),
    (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60, source",AUTOSELECT=YES,DEFAULT=YES\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=6000000,RESOLUTION=1920x1080,CODECS="avc1,mp4a",FRAME-RATE=60\nsource.m3u8\n'
    ),
    "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXTINF:6,\n../a//b/./c.ts\n",
    (
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=36\n"
        '#EXT-X-DEFINE:NAME="v",VALUE="x"\n#EXT-X-MAP:URI="{$v}"\n'
        '#EXT-X-DATERANGE:ID="stitched-ad-1",CLASS="twitch-stitched-ad",START-DATE="2024-11-09T23:00:00Z",DURATION=9.5\n'
        '#EXT-X-DATERANGE:ID="7",START-DATE="2024-11-09T23:00:20Z",SCTE35-OUT=0xFC,PLANNED-DURATION=30\n'
        "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:00:00Z\n#EXTINF:6,Amazon|1\na.ts\n#EXT-X-CUE-OUT:DURATION=30\n#EXTINF:6,\nb.ts\n"
        "#EXT-X-CUE-OUT-CONT:ElapsedTime=6.0,Duration=30\n#EXTINF:6,\nc.ts\n#EXT-X-CUE-IN\n#EXTINF:6,\nd.ts\n"
        '#EXT-X-DATERANGE:ID="7",SCTE35-IN=0xFC,END-DATE="2024-11-09T23:00:26Z"\n#EXTINF:6,\ne.ts\n'
    ),
]
PIECES = [
    "#EXT",
    "\n",
    ":",
    ",",
    "=",
    '"',
    "@",
    "-",
    "1",
    "nan",
    "9" * 30,
    "\r",
    "\ufeff",
    "?",
    "\x00",
    "\ud800",
    "٣",
]


@given(st.text() | st.text().map("#EXTM3U\n{}".format))
def test_any_text_gives_a_playlist_or_a_refusal(text: str) -> None:
    with suppress(InvalidPlaylist):
        parse_playlist(text, URL)


@given(st.data())
def test_a_valid_playlist_with_changes_gives_a_playlist_or_a_refusal(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(VALID))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(start + data.draw(st.integers(0, 8)), len(text))
        text = text[:start] + data.draw(st.sampled_from(PIECES) | st.text(max_size=3)) + text[end:]
    with suppress(InvalidPlaylist):
        parse_playlist(text, URL)


lines = st.lists(st.sampled_from([line for text in VALID for line in text.split("\n")]))


@given(lines)
def test_lines_in_any_order_give_a_playlist_or_a_refusal(shuffled: list[str]) -> None:
    with suppress(InvalidPlaylist):
        parse_playlist("\n".join(["#EXTM3U", *shuffled]), URL)


def test_the_m3u8_package_reads_the_same_segments() -> None:
    ours = parse_playlist(VALID[0], URL)
    theirs = m3u8.loads(VALID[0], uri=URL)
    assert isinstance(ours, MediaPlaylist)
    assert [segment.uri for segment in ours.segments] == [segment.absolute_uri for segment in theirs.segments]
    assert [segment.duration_s for segment in ours.segments] == [
        segment.duration for segment in theirs.segments
    ]
    assert [segment.title for segment in ours.segments] == [segment.title for segment in theirs.segments]
    assert [segment.gap for segment in ours.segments] == [
        bool(segment.gap_tag) for segment in theirs.segments
    ]
    assert [segment.discontinuity for segment in ours.segments] == [s.discontinuity for s in theirs.segments]
    assert ours.segments[0].program_date_time == theirs.segments[0].program_date_time
    assert [segment.sequence for segment in ours.segments] == [s.media_sequence for s in theirs.segments]
    assert (ours.media_sequence, ours.version) == (theirs.media_sequence, int(theirs.version))
    assert (ours.target_duration_s, ours.ended) == (theirs.target_duration, theirs.is_endlist)


def test_the_m3u8_package_reads_the_same_variants() -> None:
    ours = parse_playlist(VALID[1], URL)
    theirs = m3u8.loads(VALID[1], uri=URL)
    assert isinstance(ours, MasterPlaylist)
    (variant,), (stream,) = ours.variants, theirs.playlists
    info = stream.stream_info
    assert (variant.uri, variant.bandwidth) == (stream.absolute_uri, info.bandwidth)
    assert (variant.resolution, variant.frame_rate) == (info.resolution, info.frame_rate)
    assert variant.codecs == info.codecs
    (rendition,), (group,) = ours.renditions, theirs.media
    assert (rendition.type, rendition.group_id, rendition.name) == (group.type, group.group_id, group.name)


def test_the_m3u8_package_writes_what_we_read() -> None:
    ours = parse_playlist(VALID[0], URL)
    rewritten = parse_playlist(m3u8.loads(VALID[0]).dumps(), URL)
    assert isinstance(ours, MediaPlaylist) and isinstance(rewritten, MediaPlaylist)
    assert rewritten == ours


@given(media_playlists)
def test_the_m3u8_package_reads_what_we_write(playlist: MediaPlaylist) -> None:
    theirs = m3u8.loads(render_media(playlist))
    assert theirs.target_duration == playlist.target_duration_s
    assert theirs.media_sequence == playlist.media_sequence
    assert (theirs.discontinuity_sequence or 0) == playlist.discontinuity_sequence
    assert theirs.is_endlist == playlist.ended
    for segment, other in zip(playlist.segments, theirs.segments, strict=True):
        assert (segment.uri, segment.title, segment.duration_s) == (other.uri, other.title, other.duration)
        assert (segment.gap, segment.discontinuity) == (bool(other.gap_tag), other.discontinuity)
        assert segment.program_date_time == other.program_date_time
        assert (segment.init and segment.init.uri) == (other.init_section and other.init_section.uri)


@given(master_playlists)
def test_the_m3u8_package_reads_the_variants_that_we_write(playlist: MasterPlaylist) -> None:
    theirs = m3u8.loads(render_master(playlist))
    for variant, other in zip(playlist.variants, theirs.playlists, strict=True):
        info = other.stream_info
        assert (variant.uri, variant.bandwidth, variant.codecs) == (other.uri, info.bandwidth, info.codecs)
        assert (variant.average_bandwidth, variant.frame_rate) == (info.average_bandwidth, info.frame_rate)
