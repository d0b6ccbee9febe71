from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.core.hls.blocks import BARE_RANGE, DATES, Block, ad_blocks, blocks, delta_text, whole_text

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.delta import merged
from longtake.core.hls.model import ByteRange, InitSection, Key, MediaPlaylist
from longtake.core.hls.parse import parse_playlist

URL = "https://h.example/live/list.m3u8?token=SECRET"
HERE = "https://h.example/live/"


def media(*lines: str) -> MediaPlaylist:
    playlist = parse_playlist("\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:6", *lines]), URL)
    assert isinstance(playlist, MediaPlaylist)
    return playlist


def entry(name: str, *tags: str) -> tuple[str, ...]:
    return (*tags, "#EXTINF:2,", name)


def skip(count: int) -> str:
    return f"#EXT-X-SKIP:SKIPPED-SEGMENTS={count}"


KNOWN = media("#EXT-X-MEDIA-SEQUENCE:10", *entry("a"), *entry("b"), *entry("c"), *entry("d"))


def test_what_was_skipped_is_put_back() -> None:
    update = media("#EXT-X-MEDIA-SEQUENCE:11", skip(2), *entry("d"), *entry("e"), "#EXT-X-ENDLIST")
    whole = media(
        "#EXT-X-MEDIA-SEQUENCE:11", *entry("b"), *entry("c"), *entry("d"), *entry("e"), "#EXT-X-ENDLIST"
    )
    assert merged(KNOWN, update) == whole


def test_a_skip_before_the_number_is_the_same() -> None:
    tags = ["#EXT-X-MEDIA-SEQUENCE:11", "#EXT-X-DISCONTINUITY-SEQUENCE:0", skip(2)]
    rest = (*entry("d"), *entry("e", "#EXT-X-DISCONTINUITY"))
    assert merged(KNOWN, media(*reversed(tags), *rest)) == merged(KNOWN, media(*tags, *rest))


def test_an_update_may_begin_where_the_known_one_ends() -> None:
    update = media("#EXT-X-MEDIA-SEQUENCE:10", skip(4), *entry("e"))
    assert [s.uri for s in merged(KNOWN, update).segments] == [HERE + name for name in "abcde"]


def test_what_skips_nothing_stays_as_it_is() -> None:
    update = media(skip(0), *entry("a"))
    assert merged(KNOWN, update) is update


def test_key_init_section_and_byte_range_go_on() -> None:
    tags = ('#EXT-X-KEY:METHOD=AES-128,URI="k"', '#EXT-X-MAP:URI="i"', "#EXT-X-BYTERANGE:10@5")
    known = media(*entry("x", *tags))
    update = media(skip(1), *entry("x", "#EXT-X-BYTERANGE:7"), *entry("y", "#EXT-X-KEY:METHOD=NONE"))
    key = Key(method="AES-128", uri=HERE + "k")
    init = InitSection(uri=HERE + "i", key=key)
    assert [(s.key, s.init, s.byte_range) for s in merged(known, update).segments[1:]] == [
        (key, init, ByteRange(length_bytes=7, offset_bytes=15)),
        (None, init, None),
    ]


def test_an_init_section_in_the_update_is_encrypted_with_the_key_that_goes_on() -> None:
    known = media(*entry("x", '#EXT-X-KEY:METHOD=AES-128,URI="k"'))
    update = media(skip(1), *entry("y", '#EXT-X-MAP:URI="j"'))
    init = merged(known, update).segments[1].init
    assert init is not None and init.key == Key(method="AES-128", uri=HERE + "k")


def test_our_key_goes_on_beside_one_of_another_format() -> None:
    known = media(*entry("x", '#EXT-X-KEY:METHOD=AES-128,URI="k"'))
    update = media(skip(1), *entry("y", '#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.example"'))
    assert merged(known, update).segments[1].key == Key(method="AES-128", uri=HERE + "k")


def test_discontinuities_that_were_skipped_are_counted() -> None:
    cut = "#EXT-X-DISCONTINUITY"
    known = media("#EXT-X-DISCONTINUITY-SEQUENCE:3", *entry("a", cut), *entry("b", cut, cut), *entry("c"))
    update = media(
        "#EXT-X-DISCONTINUITY-SEQUENCE:4", "#EXT-X-MEDIA-SEQUENCE:1", skip(1), *entry("c"), *entry("d", cut)
    )
    assert [s.discontinuity_sequence for s in merged(known, update).segments] == [6, 6, 7]


def test_a_server_without_a_discontinuity_sequence_counts_from_its_first_segment() -> None:
    cut = "#EXT-X-DISCONTINUITY"
    known = media(*entry("a"), *entry("b", cut), *entry("c", cut), *entry("d"))
    update = media("#EXT-X-MEDIA-SEQUENCE:2", skip(1), *entry("d"), *entry("e", cut))
    whole = media("#EXT-X-MEDIA-SEQUENCE:2", *entry("c", cut), *entry("d"), *entry("e", cut))
    assert merged(known, update) == whole


UNFIT = {
    "skips what was before the known": media("#EXT-X-MEDIA-SEQUENCE:9", skip(1), *entry("a")),
    "skips what comes after the known": media("#EXT-X-MEDIA-SEQUENCE:12", skip(3), *entry("f")),
    "lies far ahead": media("#EXT-X-MEDIA-SEQUENCE:99", skip(1), *entry("f")),
    "has another name for a known number": media("#EXT-X-MEDIA-SEQUENCE:10", skip(2), *entry("z")),
    "has another duration for a known number": media("#EXT-X-MEDIA-SEQUENCE:10", skip(2), "#EXTINF:3,", "c"),
    "has its text no more": replace(media("#EXT-X-MEDIA-SEQUENCE:10", skip(2), *entry("c")), text=None),
}


@pytest.mark.parametrize("update", UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_refused(update: MediaPlaylist) -> None:
    with pytest.raises(InvalidPlaylist, match=r"^(The|What the) update of a playlist"):
        merged(KNOWN, update)


def test_an_update_is_not_merged_into_an_update() -> None:
    update = media("#EXT-X-MEDIA-SEQUENCE:10", skip(2), *entry("c"))
    with pytest.raises(InvalidPlaylist):
        merged(update, update)


def test_queries_and_sessions_in_names_may_change() -> None:
    known = media(*entry("s/1/a.ts?t=1"), *entry("s/1/b.ts?t=1"))
    update = media(skip(1), *entry("s/2/b.ts?t=2"))
    assert [s.uri for s in merged(known, update).segments] == [HERE + "s/1/a.ts?t=1", HERE + "s/2/b.ts?t=2"]


def check_that_they_make_the_whole(listed: list[Block], first: int, data: st.DataObject) -> None:
    skipped = data.draw(st.integers(1, len(listed) - 1 - first), "the update skips")
    known_until = data.draw(st.integers(first + skipped, len(listed)), "what is known ends before")
    known = parse_playlist(whole_text(listed[:known_until], 0), URL)
    update = parse_playlist(delta_text(listed, first, skipped), URL)
    whole = parse_playlist(whole_text(listed, first), URL)
    assert isinstance(known, MediaPlaylist) and isinstance(update, MediaPlaylist)
    assert merged(known, update) == whole


@given(st.lists(blocks, min_size=2, max_size=12), st.data())
def test_an_update_and_what_was_known_make_the_whole(listed: list[Block], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(listed) - 2), "the update begins with")
    assume(first == 0 or BARE_RANGE not in listed[first])  # which a whole playlist cannot begin with
    check_that_they_make_the_whole(listed, first, data)


@given(st.lists(ad_blocks, min_size=2, max_size=12), st.data())
def test_ad_breaks_go_on_over_what_was_skipped(listed: list[Block], data: st.DataObject) -> None:
    dated = [(DATES[0], *listed[0]), *listed[1:]]  # or a later date would tell more of what was skipped
    check_that_they_make_the_whole(dated, 0, data)
