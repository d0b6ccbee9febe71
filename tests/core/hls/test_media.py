"""Lines that cannot be read, and what they cost."""

from __future__ import annotations

import pytest

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.media import MediaReader
from longtake.core.hls.model import (
    UNREADABLE_KEY,
    UNREADABLE_MAP,
    ByteRange,
    InitSection,
    Key,
    MediaPlaylist,
    ServerControl,
)
from longtake.core.hls.parse import parse_playlist

URL = "https://h.example/live/list.m3u8?token=SECRET"
HERE = "https://h.example/live/"
TARGET = "#EXT-X-TARGETDURATION:6"


def media(*lines: str) -> MediaPlaylist:
    playlist = parse_playlist("\n".join(["#EXTM3U", *lines]), URL)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def refusal(*lines: str) -> str:
    with pytest.raises(InvalidPlaylist) as caught:
        media(*lines)
    assert "SECRET" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("duration", ["abc", "nan", "inf", "-inf", "-1", "-0.001", "1e7", "", "1_0", "2s"])
def test_an_entry_whose_duration_cannot_be_read_is_as_long_as_the_target(duration: str) -> None:
    playlist = media(TARGET, f"#EXTINF:{duration},t", "a", "#EXTINF:2,", "b")
    assert [(s.duration_s, s.title, s.sequence) for s in playlist.segments] == [(6.0, "t", 0), (2.0, "", 1)]


def test_an_entry_without_duration_is_as_long_as_the_target_even_if_that_comes_last() -> None:
    assert [s.duration_s for s in media("#EXTINF:2,", "a", "b", TARGET).segments] == [2.0, 6.0]


def test_without_a_target_duration_the_longest_entry_is_as_good() -> None:
    playlist = media("#EXT-X-TARGETDURATION:six", "#EXTINF:3.5,", "a", "b")
    assert (playlist.target_duration_s, [s.duration_s for s in playlist.segments]) == (4, [3.5, 4.0])


def test_a_list_of_channels_is_no_playlist() -> None:
    assert refusal("#EXTINF:-1,One", "http://a/?SECRET", "#EXTINF:-1,Two", "http://b") == (
        "The playlist does not say of any segment how long it is."
    )


COMMAS = {
    "two digits": ("2,5", 2.5, ""),
    "a title after it": ("2,967,live", 2.967, "live"),
    "a comma after it": ("5,000,", 5.0, ""),
    "a point as well": ("2.0,5", 2.0, "5"),
    "a title that begins with a number": ("2,1080p", 2.0, "1080p"),
    "longer than the target": ("6,9", 6.0, "9"),
}


@pytest.mark.parametrize(("value", "duration_s", "title"), COMMAS.values(), ids=COMMAS.keys())
def test_commas_in_durations(value: str, duration_s: float, title: str) -> None:
    (segment,) = media(TARGET, f"#EXTINF:{value}", "a").segments
    assert (segment.duration_s, segment.title) == (duration_s, title)


BARE_RANGES = {
    "no segment before": (),
    "another resource before": ("#EXT-X-BYTERANGE:1@0", "#EXTINF:2,", "other.ts"),
    "a whole resource before": ("#EXTINF:2,", "s.ts"),
}


@pytest.mark.parametrize("before", BARE_RANGES.values(), ids=BARE_RANGES.keys())
@pytest.mark.parametrize("value", ["10", "ten@0", ""])
def test_a_byte_range_that_means_nothing_makes_a_gap(before: tuple[str, ...], value: str) -> None:
    playlist = media(TARGET, *before, f"#EXT-X-BYTERANGE:{value}", "#EXTINF:2,", "s.ts", "#EXTINF:2,", "t.ts")
    *_, odd, after = playlist.segments
    assert (odd.gap, odd.byte_range, after.gap) == (True, None, False)


def test_entries_under_a_map_that_cannot_be_read_are_not_taken_for_whole() -> None:
    playlist = media(
        *(TARGET, '#EXT-X-MAP:URI="i', "#EXTINF:2,", "a", "#EXTINF:2,", "b"),
        *('#EXT-X-MAP:URI="j"', "#EXTINF:2,", "c"),
    )
    assert [(s.init, s.key) for s in playlist.segments] == [
        (None, UNREADABLE_MAP),
        (None, UNREADABLE_MAP),
        (InitSection(uri=HERE + "j"), None),
    ]


def test_entries_under_a_key_that_cannot_be_read_are_not_taken_for_plain() -> None:
    playlist = media(
        *(TARGET, '#EXT-X-KEY:METHOD=AES-128,URI="k', "#EXTINF:2,", "a", '#EXT-X-MAP:URI="i"'),
        *("#EXTINF:2,", "b", "#EXT-X-KEY:METHOD=NONE", "#EXTINF:2,", "c"),
    )
    assert [s.key for s in playlist.segments] == [UNREADABLE_KEY, UNREADABLE_KEY, None]
    assert [s.init and s.init.key for s in playlist.segments] == [None, UNREADABLE_KEY, UNREADABLE_KEY]


def test_an_init_section_is_encrypted_with_the_key_before_it() -> None:
    playlist = media(
        *(TARGET, '#EXT-X-MAP:URI="i"', '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x1', "#EXTINF:2,", "a"),
        *('#EXT-X-MAP:URI="j"', "#EXT-X-KEY:METHOD=NONE", "#EXTINF:2,", "b"),
    )
    key = Key(method="AES-128", uri=HERE + "k", iv="0x1")
    assert [(s.key, s.init) for s in playlist.segments] == [
        (key, InitSection(uri=HERE + "i")),
        (None, InitSection(uri=HERE + "j", key=key)),
    ]


def test_numbers_that_come_late_are_those_of_the_first_segment() -> None:
    late = ("#EXT-X-MEDIA-SEQUENCE:7", "#EXT-X-DISCONTINUITY-SEQUENCE:3")
    entries = ("#EXTINF:2,", "a", "#EXT-X-DISCONTINUITY", "#EXTINF:2,", "b")
    playlist = media(TARGET, *entries, *late, "#EXTINF:2,", "c")
    assert playlist == media(TARGET, *late, *entries, "#EXTINF:2,", "c")
    assert [(s.sequence, s.discontinuity_sequence) for s in playlist.segments] == [(7, 3), (8, 4), (9, 4)]


REFUSED = {
    "two numbers": (
        ("#EXT-X-MEDIA-SEQUENCE:1", "#EXTINF:2,", "a?SECRET", "#EXT-X-MEDIA-SEQUENCE:9"),
        "Line 5 of the playlist: #EXT-X-MEDIA-SEQUENCE is stated twice, and not the same.",
    ),
    "a discontinuity sequence that is no number": (
        ("#EXT-X-DISCONTINUITY-SEQUENCE:x",),
        "Line 2 of the playlist: #EXT-X-DISCONTINUITY-SEQUENCE is 'x', which is no whole number of 0 or more.",
    ),
    "a skip after a segment": (
        (TARGET, "#EXTINF:2,", "a", "#EXT-X-SKIP:SKIPPED-SEGMENTS=1"),
        "Line 5 of the playlist: #EXT-X-SKIP is not the first of the segments.",
    ),
    "a skip of nobody knows what": (
        ("#EXT-X-SKIP:SKIPPED-SEGMENTS=many",),
        "Line 2 of the playlist: SKIPPED-SEGMENTS is 'many', which is no whole number of 0 or more.",
    ),
}


@pytest.mark.parametrize(("lines", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_numbers_that_cannot_be_trusted_are_refused(lines: tuple[str, ...], message: str) -> None:
    assert refusal(*lines) == message


def test_odd_values_of_the_header_are_as_if_not_stated() -> None:
    odd = ("#EXT-X-VERSION:x", "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD", "#EXT-X-DATERANGE:ID")
    assert media(TARGET, *odd, "#EXTINF:2,", "a") == media(TARGET, "#EXTINF:2,", "a")


CONTROLS = {
    "both": (
        "CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=36.0,PART-HOLD-BACK=1",
        ServerControl(can_block_reload=True, can_skip_until_s=36.0),
    ),
    "neither": ("HOLD-BACK=18", ServerControl()),
    "a boundary that is no number": (
        "CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=far",
        ServerControl(can_block_reload=True),
    ),
}


@pytest.mark.parametrize(("value", "control"), CONTROLS.values(), ids=CONTROLS.keys())
def test_server_control(value: str, control: ServerControl) -> None:
    assert media(TARGET, f"#EXT-X-SERVER-CONTROL:{value}").server_control == control


def test_an_update_alone_has_its_numbers_and_its_text() -> None:
    lines = [
        "#EXTM3U",
        TARGET,
        "#EXT-X-MEDIA-SEQUENCE:5",
        "#EXT-X-SKIP:SKIPPED-SEGMENTS=3",
        "#EXTINF:2,",
        "a",
    ]
    update = MediaReader(URL).read(lines)
    assert (update.skipped, [s.sequence for s in update.segments]) == (3, [8])
    assert update.text is not None and update.text.lines == tuple(lines)
    assert "SECRET" not in repr(update.text)


def test_a_byte_range_goes_on_within_one_resource() -> None:
    playlist = media(
        TARGET, *("#EXT-X-BYTERANGE:5@1", "#EXTINF:2,", "a", "#EXT-X-BYTERANGE:3", "#EXTINF:2,", "a")
    )
    assert playlist.segments[1].byte_range == ByteRange(length_bytes=3, offset_bytes=6)
