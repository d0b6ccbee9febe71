from __future__ import annotations

from datetime import UTC, datetime

import pytest

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

URL = "https://h.example/live/list.m3u8?token=secret"


def media(*lines: str, target: str = "#EXT-X-TARGETDURATION:6") -> MediaPlaylist:
    playlist = parse_playlist("\n".join(["#EXTM3U", target, *lines]), URL)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def one(*lines: str) -> MediaSegment:
    (segment,) = media(*lines, "#EXTINF:2,", "s.ts").segments
    return segment


def master(*lines: str) -> MasterPlaylist:
    playlist = parse_playlist("\n".join(["#EXTM3U", *lines]), URL)
    assert isinstance(playlist, MasterPlaylist)
    return playlist


def refusal(text: str) -> str:
    with pytest.raises(InvalidPlaylist) as caught:
        parse_playlist(text, URL)
    return str(caught.value)


def test_a_live_playlist() -> None:
    text = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-TARGETDURATION:3
#EXT-X-MEDIA-SEQUENCE:41
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-TWITCH-ELAPSED-SECS:12.000
# a comment
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:00:00.123Z
#EXTINF:2.000,live, or nearly
a.m4s?x=1

#EXTINF:1.966667
../b.m4s
#EXT-X-ENDLIST
"""
    init = InitSection(uri="https://h.example/live/init.mp4")
    assert parse_playlist(text, URL) == MediaPlaylist(
        target_duration_s=3,
        segments=(
            MediaSegment(
                uri="https://h.example/live/a.m4s?x=1",
                duration_s=2.0,
                sequence=41,
                title="live, or nearly",
                program_date_time=datetime(2024, 11, 9, 23, 0, 0, 123000, UTC),
                init=init,
            ),
            MediaSegment(uri="https://h.example/b.m4s", duration_s=1.966667, sequence=42, init=init),
        ),
        media_sequence=41,
        version=6,
        ended=True,
        playlist_type="EVENT",
        independent_segments=True,
    )


SAME_PLAYLIST = {
    "a byte-order mark": "\ufeff#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:2,t\ns.ts\n",
    "CRLF": "#EXTM3U\r\n#EXT-X-TARGETDURATION:6\r\n#EXTINF:2,t\r\ns.ts\r\n",
    "CR alone": "#EXTM3U\r#EXT-X-TARGETDURATION:6\r#EXTINF:2,t\rs.ts\r",
    "no newline at the end": "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:2,t\ns.ts",
    "blank lines": "\n\n#EXTM3U\n\n#EXT-X-TARGETDURATION:6\n \n#EXTINF:2,t\n\ns.ts\n\n",
    "spaces at the ends of lines": "#EXTM3U \n#EXT-X-TARGETDURATION:6 \n#EXTINF:2,t\t\ns.ts  \n",
    "spaces around values": "#EXTM3U\n#EXT-X-TARGETDURATION: 6\n#EXTINF: 2 , t\ns.ts",
    "unknown tags and comments": "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-NEW:1\n#\n#EXTINF:2,t\n#EXTRA\n# s\ns.ts",
    "attributes of EXTM3U": "#EXTM3U x=1\n#EXT-X-TARGETDURATION:6\n#EXTINF:2,t\ns.ts",
    "a fractional target duration": "#EXTM3U\n#EXT-X-TARGETDURATION:5.005\n#EXTINF:2,t\ns.ts",
    "a playlist type that does not exist": (
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-PLAYLIST-TYPE:LIVE\n#EXTINF:2,t\ns.ts"
    ),
    "parts and hints of low latency": (
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n"
        '#EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-PART:DURATION=1,URI="p.ts"\n#EXTINF:2,t\ns.ts\n'
        '#EXT-X-PART:DURATION=1,URI="q.ts"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI="r.ts"\n'
    ),
    "tags of a segment that is still to come": (
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:2,t\ns.ts\n#EXT-X-PROGRAM-DATE-TIME:2024-01-01T00:00:00Z\n#EXTINF:2,"
    ),
}


@pytest.mark.parametrize("text", SAME_PLAYLIST.values(), ids=SAME_PLAYLIST.keys())
def test_other_peoples_forms(text: str) -> None:
    assert parse_playlist(text, URL) == MediaPlaylist(
        version=1,
        target_duration_s=6,
        segments=(MediaSegment(uri="https://h.example/live/s.ts", duration_s=2.0, sequence=0, title="t"),),
    )


DATES = {
    "UTC in milliseconds": ("2024-11-09T23:00:00.123Z", 123000),
    "UTC without fraction": ("2024-11-09T23:00:00Z", 0),
    "no zone means UTC": ("2024-11-09T23:00:00.5", 500000),
    "an offset with a colon": ("2024-11-10T00:30:00.5+01:30", 500000),
    "an offset without a colon": ("2024-11-10T00:00:00.5+0100", 500000),
    "an offset of hours": ("2024-11-09T15:00:00.5-08", 500000),
    "a small z": ("2024-11-09T23:00:00.5z", 500000),
    "a space instead of T": ("2024-11-09 23:00:00.5Z", 500000),
    "one digit of fraction": ("2024-11-09T23:00:00.1Z", 100000),
    "microseconds": ("2024-11-09T23:00:00.123456Z", 123456),
    "nanoseconds are cut off": ("2024-11-09T23:00:00.123456999Z", 123456),
    "nanoseconds with an offset are cut off": ("2024-11-10T00:00:00.123456999+01:00", 123456),
}


@pytest.mark.parametrize(("text", "microsecond"), DATES.values(), ids=DATES.keys())
def test_dates(text: str, microsecond: int) -> None:
    moment = one(f"#EXT-X-PROGRAM-DATE-TIME:{text}").program_date_time
    assert moment == datetime(2024, 11, 9, 23, 0, 0, microsecond, UTC)
    assert moment.tzinfo is UTC


NO_DATES = ["", "now", "2024-13-09T23:00:00Z", "2024-11-09T25:00:00Z", "2024-11-09T23:00:00+99:00"]
NO_DATES += ["0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00", "1700000000"]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_costs_the_date_and_not_the_segment(text: str) -> None:
    playlist = media(f"#EXT-X-PROGRAM-DATE-TIME:{text}", "#EXTINF:2,", "s.ts")
    assert [segment.program_date_time for segment in playlist.segments] == [None]


def test_a_date_belongs_to_the_next_segment_alone() -> None:
    playlist = media("#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:00:00Z", "#EXTINF:2,", "a", "#EXTINF:2,", "b")
    assert [segment.program_date_time is None for segment in playlist.segments] == [False, True]


def test_discontinuities_are_counted_and_not_confused_with_their_sequence() -> None:
    playlist = media(
        "#EXT-X-MEDIA-SEQUENCE:9",
        "#EXT-X-DISCONTINUITY-SEQUENCE:5",
        *("#EXTINF:2,", "a", "#EXT-X-DISCONTINUITY", "#EXTINF:2,", "b", "#EXTINF:2,", "c"),
        *("#EXT-X-DISCONTINUITY", "#EXT-X-DISCONTINUITY", "#EXTINF:2,", "d"),
    )
    assert playlist.discontinuity_sequence == 5
    assert [segment.sequence for segment in playlist.segments] == [9, 10, 11, 12]
    assert [segment.discontinuity for segment in playlist.segments] == [False, True, False, True]
    assert [segment.discontinuity_sequence for segment in playlist.segments] == [5, 6, 6, 8]


@pytest.mark.parametrize(
    "order", [(0, 1), (1, 0)], ids=["skip after the sequence", "skip before the sequence"]
)
def test_skipped_segments_are_counted(order: tuple[int, int]) -> None:
    tags = ["#EXT-X-MEDIA-SEQUENCE:100", "#EXT-X-SKIP:SKIPPED-SEGMENTS=20"]
    playlist = media(*(tags[index] for index in order), "#EXTINF:2,", "a", "#EXTINF:2,", "b")
    assert playlist.media_sequence == 100
    assert [segment.sequence for segment in playlist.segments] == [120, 121]


def test_byte_ranges_continue_the_range_before() -> None:
    playlist = media(
        *("#EXT-X-BYTERANGE:10@5", "#EXTINF:2,", "a"),
        *("#EXTINF:2,", "#EXT-X-BYTERANGE:20", "a"),
        *("#EXT-X-BYTERANGE:7", "#EXTINF:2,", "a"),
        *("#EXT-X-BYTERANGE:3@0", "#EXTINF:2,", "b"),
        *("#EXTINF:2,", "b"),
    )
    assert [segment.byte_range for segment in playlist.segments] == [
        ByteRange(length_bytes=10, offset_bytes=5),
        ByteRange(length_bytes=20, offset_bytes=15),
        ByteRange(length_bytes=7, offset_bytes=35),
        ByteRange(length_bytes=3, offset_bytes=0),
        None,
    ]


def test_a_map_stays_in_force_until_the_next_also_over_a_discontinuity() -> None:
    playlist = media(
        *("#EXTINF:2,", "a", '#EXT-X-MAP:URI="i",BYTERANGE="8@4"', "#EXTINF:2,", "b"),
        *("#EXT-X-DISCONTINUITY", "#EXTINF:2,", "c", '#EXT-X-MAP:URI="j"', "#EXTINF:2,", "d"),
    )
    first = InitSection(uri="https://h.example/live/i", byte_range=ByteRange(length_bytes=8, offset_bytes=4))
    second = InitSection(uri="https://h.example/live/j")
    assert [segment.init for segment in playlist.segments] == [None, first, first, second]


def test_a_key_stays_in_force_until_none() -> None:
    playlist = media(
        *('#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0xAbC', "#EXTINF:2,", "a", "#EXTINF:2,", "b"),
        *("#EXT-X-KEY:METHOD=NONE", "#EXTINF:2,", "c"),
    )
    key = Key(method="AES-128", uri="https://h.example/live/k", iv="0xAbC")
    assert [segment.key for segment in playlist.segments] == [key, key, None]


def test_a_gap_is_the_next_segment_alone() -> None:
    playlist = media("#EXT-X-GAP", "#EXTINF:2,", "a", "#EXTINF:2,", "b")
    assert [segment.gap for segment in playlist.segments] == [True, False]


TARGETS = {
    "the longest segment, rounded up": ("#EXTINF:4.2,\na\n#EXTINF:2,\nb", 5),
    "an exact longest segment": ("#EXTINF:4.0,\na", 4),
    "at least 1 where all is empty": ("#EXTINF:0,\na", 1),
    "0 is as good as none": ("#EXT-X-TARGETDURATION:0\n#EXTINF:4.0,\na", 4),
    "at least 1 where there is nothing": ("#EXT-X-MEDIA-SEQUENCE:1", 1),
}


@pytest.mark.parametrize(("rest", "target"), TARGETS.values(), ids=TARGETS.keys())
def test_a_missing_target_duration(rest: str, target: int) -> None:
    assert media(rest, target="#").target_duration_s == target


def test_characters_that_some_take_for_line_ends_stay_in_a_title() -> None:
    (segment,) = media("#EXTINF:2,a\x0bb\x85c\u2028d", "s.ts").segments
    assert segment.title == "a\x0bb\x85c\u2028d"


def test_a_master_playlist() -> None:
    playlist = master(
        "#EXT-X-VERSION:4",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        '#EXT-X-TWITCH-INFO:NODE="x",CLUSTER="y"',
        '#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60, source",AUTOSELECT=YES,DEFAULT=YES',
        '#EXT-X-STREAM-INF:BANDWIDTH=6000000,RESOLUTION=1920x1080,CODECS="avc1.64002A,mp4a.40.2",VIDEO="chunked",FRAME-RATE=60',
        "#EXT-X-UNKNOWN",
        "https://other.example/source.m3u8?token=1",
        '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="i.m3u8"',
        '#EXT-X-STREAM-INF:AUDIO="a",NAME="low"',
        "low/list.m3u8",
    )
    assert playlist == MasterPlaylist(
        version=4,
        independent_segments=True,
        renditions=(
            Rendition(
                type="VIDEO", group_id="chunked", name="1080p60, source", autoselect=True, default=True
            ),
        ),
        variants=(
            Variant(
                uri="https://other.example/source.m3u8?token=1",
                bandwidth=6_000_000,
                codecs="avc1.64002A,mp4a.40.2",
                resolution=(1920, 1080),
                frame_rate=60.0,
                video="chunked",
            ),
            Variant(uri="https://h.example/live/low/list.m3u8", bandwidth=0, audio="a", name="low"),
        ),
    )


REFUSED = {
    "nothing": ("", "This is no HLS playlist: the text is empty."),
    "a web page": (
        "<!DOCTYPE html>\n<html>",
        "This is no HLS playlist: the text begins with '<!DOCTYPE html>' instead of #EXTM3U.",
    ),
    "another tag that only begins like EXTM3U": (
        "#EXTM3U8\n",
        "This is no HLS playlist: the text begins with '#EXTM3U8' instead of #EXTM3U.",
    ),
    "a redirect with a token": (
        "https://h.example/a?token=secret",
        "This is no HLS playlist: the text begins with 'https://h.example/a…' instead of #EXTM3U.",
    ),
    "neither kind": ("#EXTM3U\n#EXT-X-VERSION:3\n", "The playlist has neither variants nor segments."),
    "a list of files": ("#EXTM3U\na.ts\n", "The playlist has neither variants nor segments."),
    "a media sequence below 0": (
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:-1",
        "Line 2 of the playlist: #EXT-X-MEDIA-SEQUENCE is '-1', which is no whole number of 0 or more.",
    ),
    "a skip without a number": (
        "#EXTM3U\n#EXT-X-SKIP:X=1",
        "Line 2 of the playlist: #EXT-X-SKIP has no SKIPPED-SEGMENTS.",
    ),
    "segments among variants": (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na\n#EXTINF:2,\nb",
        "Line 4 of the playlist: #EXTINF is mixed with tags of the other kind of playlist.",
    ),
    "variants among segments": (
        "#EXTM3U\n#EXTINF:2,\nb\n#EXT-X-STREAM-INF:BANDWIDTH=1\na",
        "Line 4 of the playlist: #EXT-X-STREAM-INF is mixed with tags of the other kind of playlist.",
    ),
    "a variant without URI": (
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n",
        "The playlist has no variant that can be read: an #EXT-X-STREAM-INF has no URI.",
    ),
    "a variant that cannot be read": (
        '#EXTM3U\n#EXT-X-STREAM-INF:X="\na?secret',
        (
            "The playlist has no variant that can be read: "
            "the attribute list cannot be read from its character 1 on."
        ),
    ),
    "a URI without variant": (
        '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n"\na?secret',
        ("The playlist has no variant that can be read: there is a URI without #EXT-X-STREAM-INF before it."),
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals_say_what_was_found(text: str, message: str) -> None:
    assert refusal(text) == message
