"""Random media playlists as text: the tags of each segment, whole or as the update of an earlier version."""

from __future__ import annotations

from hypothesis import strategies as st

Block = tuple[str, ...]
"""The lines of one segment, which may rest on those before it."""

KEYS = [
    '#EXT-X-KEY:METHOD=AES-128,URI="k"',
    '#EXT-X-KEY:METHOD=AES-128,URI="l",IV=0x1',
    '#EXT-X-KEY:METHOD=SAMPLE-AES,KEYFORMAT="com.example"',
    "#EXT-X-KEY:METHOD=NONE",
    '#EXT-X-KEY:METHOD=AES-128,URI="',
]
MAPS = ['#EXT-X-MAP:URI="i"', '#EXT-X-MAP:URI="j",BYTERANGE="9@0"']
BARE_RANGE = "#EXT-X-BYTERANGE:7"
RANGES = ["#EXT-X-BYTERANGE:10@5", BARE_RANGE]
tags = st.lists(st.sampled_from(["#EXT-X-DISCONTINUITY", "#EXT-X-GAP", *KEYS, *MAPS, *RANGES]), max_size=4)
extinfs = st.sampled_from(["#EXTINF:2,", "#EXTINF:1.5,live", "#EXTINF:2.002,"])
blocks = st.builds(
    lambda before, extinf, name: (*before, extinf, name), tags, extinfs, st.sampled_from(["a", "b"])
)

CUES = [
    "#EXT-X-CUE-OUT:4",
    "#EXT-X-CUE-OUT",
    "#EXT-X-CUE-OUT-CONT:2.002/5",
    "#EXT-X-CUE-OUT-CONT",
    "#EXT-X-CUE-IN",
]
DATES = [f"#EXT-X-PROGRAM-DATE-TIME:2024-11-09T23:00:{second:02}.500Z" for second in range(0, 30, 3)]
AD_RANGE = '#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="2024-11-09T23:00:05Z",DURATION=11.7'
ad_blocks = st.builds(
    lambda before, block: (AD_RANGE, *before, *block),
    st.lists(st.sampled_from([*CUES, *DATES]), max_size=3),
    blocks,
)
"""Segments with what is about ads, too. A server restates none of that, so these are for playlists that begin with the first."""


def whole_text(listed: list[Block], first: int) -> str:
    """What a server lists from the segment with this index on. What is in force for it is stated anew."""
    return _text(listed, first, [*_in_force(listed[:first]), *_lines(listed[first:])])


def delta_text(listed: list[Block], first: int, skipped: int) -> str:
    """The same with the first segments skipped."""
    return _text(
        listed, first, [f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}", *_lines(listed[first + skipped :])]
    )


def _text(listed: list[Block], first: int, lines: list[str]) -> str:
    gone = sum(block.count("#EXT-X-DISCONTINUITY") for block in listed[:first])
    header = [f"#EXT-X-MEDIA-SEQUENCE:{first}", f"#EXT-X-DISCONTINUITY-SEQUENCE:{gone}"]
    return "\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:6", *header, *lines])


def _lines(listed: list[Block]) -> list[str]:
    return [line for block in listed for line in block]


def _in_force(gone: list[Block]) -> list[str]:
    return [line for line in _lines(gone) if line.startswith(("#EXT-X-KEY", "#EXT-X-MAP"))]
