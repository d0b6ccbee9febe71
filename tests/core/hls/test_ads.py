"""What is an ad: each form of a tag as it is found in the wild, and what must not cost content."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtake.core.hls.ads import CUE_TAGS, AdTags, Cue, CueKind, marked, read_cue, titled
from longtake.core.hls.model import Ad, AdSign, MediaPlaylist, MediaSegment
from longtake.core.hls.parse import parse_playlist

START = datetime(2024, 11, 9, 23, 0, tzinfo=UTC)


def at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat()


def entry(*tags: str, duration: str = "2.000", title: str = "") -> tuple[str, ...]:
    return (*tags, f"#EXTINF:{duration},{title}", "s.ts?token=SECRET")


def parsed(*lines: str) -> tuple[MediaSegment, ...]:
    text = "\n".join(["#EXTM3U", "#EXT-X-TARGETDURATION:6", *lines])
    playlist = parse_playlist(text, "https://h.example/list.m3u8")
    assert isinstance(playlist, MediaPlaylist)
    return playlist.segments


def dated(*tags: str, count: int = 5) -> tuple[MediaSegment, ...]:
    """Segments of 2 s, the first alone dated, after these tags."""
    first = entry(f"#EXT-X-PROGRAM-DATE-TIME:{at(0)}")
    return parsed(*tags, *first, *(line for _ in range(count - 1) for line in entry()))


def shown(segments: tuple[MediaSegment, ...]) -> list[float | str | None]:
    """For each what is left of the break, ``ad`` if nobody says, None for content."""
    return [None if s.ad is None else "ad" if s.ad.left_s is None else s.ad.left_s for s in segments]


def signs(segments: tuple[MediaSegment, ...]) -> set[AdSign]:
    return {segment.ad.sign for segment in segments if segment.ad is not None}


TITLES = {"Amazon": True, "Amazon|8493257483": True, "Amazon 1": True, "live": False, "": False}
TITLES |= {"Amazonas, live": False, "The Amazon": False}


@pytest.mark.parametrize(("title", "is_ad"), TITLES.items())
def test_titles(title: str, is_ad: bool) -> None:
    assert titled(title) == (Ad(sign=AdSign.TITLE) if is_ad else None)
    assert [s.ad for s in parsed(*entry(title=title), *entry(title="live"))] == [titled(title), None]


READ: dict[str, tuple[str, str, Cue | None]] = {
    "CUE-OUT alone": ("CUE-OUT", "", Cue(kind=CueKind.OUT)),
    "CUE-OUT and seconds": ("CUE-OUT", "30.000", Cue(kind=CueKind.OUT, duration_s=30)),
    "CUE-OUT of unknown duration": ("CUE-OUT", "0", Cue(kind=CueKind.OUT)),
    "CUE-OUT and DURATION": ("CUE-OUT", "DURATION=30", Cue(kind=CueKind.OUT, duration_s=30)),
    "CUE-OUT and more": ("CUE-OUT", 'ID="1",Duration="30.5"', Cue(kind=CueKind.OUT, duration_s=30.5)),
    "not another duration": ("CUE-OUT", "X-DURATION=30", Cue(kind=CueKind.OUT)),
    "CONT alone": ("CUE-OUT-CONT", "", Cue(kind=CueKind.CONT)),
    "CONT with a slash": ("CUE-OUT-CONT", "5.0/30", Cue(kind=CueKind.CONT, duration_s=30, elapsed_s=5)),
    "CONT and seconds": ("CUE-OUT-CONT", "5.0", Cue(kind=CueKind.CONT, elapsed_s=5)),
    "CONT in words": (
        "CUE-OUT-CONT",
        "ElapsedTime=5.5,Duration=30.0,SCTE35=/DAvAAAA",
        Cue(kind=CueKind.CONT, duration_s=30, elapsed_s=5.5),
    ),
    "CUE-IN": ("CUE-IN", "", Cue(kind=CueKind.IN)),
    "Twitch's OUT": ("SCTE35-OUT", "", Cue(kind=CueKind.OUT)),
    "Twitch's IN": ("SCTE35-IN", "", Cue(kind=CueKind.IN)),
    "SCTE35 that begins": (
        "SCTE35",
        'TYPE=0x34,ID="1",DURATION=30,CUE-OUT=YES,CUE="/DA"',
        Cue(kind=CueKind.OUT, duration_s=30),
    ),
    "SCTE35 that goes on": (
        "SCTE35",
        'ID="1",DURATION=30,ELAPSED=5,CUE-OUT=CONT',
        Cue(kind=CueKind.CONT, duration_s=30, elapsed_s=5),
    ),
    "SCTE35 that ends": ("SCTE35", 'ID="1",CUE-IN=YES', Cue(kind=CueKind.IN)),
    "SCTE35 that is no break": ("SCTE35", 'TYPE=0x10,CUE="/DA"', None),
}


@pytest.mark.parametrize(("tag", "value", "cue"), READ.values(), ids=READ.keys())
def test_tags_of_cues(tag: str, value: str, cue: Cue | None) -> None:
    assert read_cue(f"#EXT-X-{tag}", value) == cue


@given(st.sampled_from(sorted(CUE_TAGS)), st.text('DURATIONelapsed=:,/.0123456789 "CUE-OUTINYES'))
def test_any_text_is_a_cue_or_none(tag: str, value: str) -> None:
    read_cue(tag, value)


OUT, IN = "#EXT-X-CUE-OUT", "#EXT-X-CUE-IN"
BREAKS: dict[str, tuple[list[tuple[str, ...]], list[float | str | None], list[int]]] = {
    "from OUT to IN": ([(), (OUT,), (), (IN,), ()], [None, "ad", "ad", None, None], [3]),
    "with a duration, and an early IN": ([(OUT + ":30",), (), (IN,)], [30, 28, None], [2]),
    "with a duration, and no IN": ([(OUT + ":4",), (), (), ()], [4, 2, None, None], []),
    "with an IN after the duration": ([(OUT + ":4",), (), (), (IN,)], [4, 2, None, None], [3]),
    "that is a little longer than its segments": ([(OUT + ":4.9",), (), ()], [4.9, 2.9, None], []),
    "that is a little shorter than its segments": ([(OUT + ":3.1",), (), ()], [3.1, 1.1, None], []),
    "of which CONT alone is listed": (
        [(OUT + "-CONT:26/30",), (OUT + "-CONT:28/30",), ()],
        [4, 2, None],
        [],
    ),
    "whose CONT counts to the end of a segment": (
        [(OUT + ":4",), (OUT + "-CONT:2/4",), (OUT + "-CONT:4/4",), (IN,)],
        [4, 2, 0, None],
        [3],
    ),
    "whose CONT says only how much was before": (
        [(OUT + ":30",), (OUT + "-CONT:10",), ()],
        [30, 20, 18],
        [],
    ),
    "whose CONT says nothing": ([(OUT + "-CONT",), (), (IN,)], ["ad", "ad", None], [2]),
    "whose CONT goes on after its duration": (
        [(OUT + "-CONT:31/30",), (OUT + "-CONT:33/30",)],
        [None, None],
        [],
    ),
    "after which another begins at once": ([(OUT + ":2",), (IN, OUT + ":4"), ()], [2, 4, 2], [1]),
    "that ends before it has begun": ([(OUT, IN), ()], [None, None], [0]),
    "that is accompanied by the splice itself": (
        [("#EXT-OATCLS-SCTE35:/DA", OUT + ":4"), ("#EXT-OATCLS-SCTE35:/DA",), ("#EXT-OATCLS-SCTE35:/DA",)],
        [4, 2, None],
        [],
    ),
}


@pytest.mark.parametrize(("tags", "left", "ends"), BREAKS.values(), ids=BREAKS.keys())
def test_a_break_between_cues(
    tags: list[tuple[str, ...]], left: list[float | str | None], ends: list[int]
) -> None:
    segments = parsed(*(line for before in tags for line in entry(*before)))
    assert shown(segments) == left
    assert [index for index, segment in enumerate(segments) if segment.break_ends] == ends
    assert signs(segments) <= {AdSign.CUE}


@pytest.mark.parametrize("tag", [OUT, OUT + ":7200", OUT + "-CONT:10/7200"])
def test_no_break_costs_more_than_a_quarter_of_an_hour(tag: str) -> None:
    segments = parsed(*entry(tag, duration="6"), *(line for _ in range(200) for line in entry(duration="6")))
    assert len([segment for segment in segments if segment.ad]) in (149, 150)
    assert segments[0].ad is not None and segments[-1].ad is None


def test_a_continuation_after_hours_is_no_ad() -> None:
    assert shown(parsed(*entry("#EXT-X-CUE-OUT-CONT:3600"), *entry("#EXT-X-CUE-OUT-CONT:3602"))) == [
        None,
        None,
    ]


TWITCH = (
    '#EXT-X-DATERANGE:ID="stitched-ad-1614694614-30187000000",CLASS="twitch-stitched-ad",'
    f'START-DATE="{at(2)}",DURATION=4.000,X-TV-TWITCH-AD-ROLL-TYPE="MIDROLL"'
)
RANGES: dict[str, tuple[str, list[float | str | None]]] = {
    "Twitch's": (TWITCH, [None, 4, 2, None, None]),
    "Twitch's by the ID": (
        f'#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="{at(2)}",END-DATE="{at(6)}"',
        [None, 4, 2, None, None],
    ),
    "Twitch's by its attributes": (
        f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(2)}",DURATION=2,X-TV-TWITCH-AD-POD-POSITION="0"',
        [None, 2, None, None, None],
    ),
    "Twitch's of two in a row": (
        TWITCH + f'\n#EXT-X-DATERANGE:ID="stitched-ad-2",START-DATE="{at(6.1)}",DURATION=2',
        [None, 6.1, 4.1, 2.1, None],
    ),
    "Twitch's that says only how long the pod is": (
        f'#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="{at(2)}",X-TV-TWITCH-AD-POD-FILLED-DURATION="2.0"',
        [None, 2, None, None, None],
    ),
    "Twitch's of which nobody says how long it is": (
        f'#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="{at(2)}"',
        [None] * 5,
    ),
    "Twitch's of an ad beside the picture": (
        f'#EXT-X-DATERANGE:ID="maf-1",CLASS="twitch-maf-ad",START-DATE="{at(2)}",DURATION=4,X-TV-TWITCH-AD-FORMAT="x"',
        [None] * 5,
    ),
    "SCTE-35, planned": (
        f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(2)}",PLANNED-DURATION=4,SCTE35-OUT=0xFC',
        [None, 4, 2, None, None],
    ),
    "SCTE-35, planned and over before": (
        (
            f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(2)}",PLANNED-DURATION=60,SCTE35-OUT=0xFC\n'
            f'#EXT-X-DATERANGE:ID="1",SCTE35-IN=0xFC,END-DATE="{at(4)}"'
        ),
        [None, 2, None, None, None],
    ),
    "SCTE-35 that ends with the start of its IN": (
        (
            f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(2)}",SCTE35-OUT=0xFC\n'
            f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(6)}",SCTE35-IN=0xFC'
        ),
        [None, 4, 2, None, None],
    ),
    "SCTE-35 without end": (
        f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(2)}",SCTE35-OUT=0xFC',
        [None, 900, 898, 896, 894],
    ),
    "SCTE-35 of a programme that lasts for hours": (
        f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(0)}",DURATION=7200,SCTE35-OUT=0xFC',
        [None] * 5,
    ),
    "SCTE-35 that is only a command": (
        f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(0)}",DURATION=4,SCTE35-CMD=0xFC',
        [None] * 5,
    ),
    "a programme": (
        f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(-3600)}",DURATION=7200,X-TITLE="News"',
        [None] * 5,
    ),
    "an interstitial": (
        f'#EXT-X-DATERANGE:ID="1",CLASS="com.apple.hls.interstitial",START-DATE="{at(2)}",DURATION=4,SCTE35-OUT=0xFC',
        [None] * 5,
    ),
    "a start that is no date": (
        '#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="now",DURATION=4',
        [None] * 5,
    ),
    "a list that cannot be read": ('#EXT-X-DATERANGE:ID="stitched-ad-1', [None] * 5),
    "an end before the start": (
        f'#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="{at(4)}",END-DATE="{at(2)}"',
        [None] * 5,
    ),
    "a range between two starts": (
        f'#EXT-X-DATERANGE:ID="stitched-ad-1",START-DATE="{at(0.9)}",DURATION=2.2',
        [3.1, 1.1, None, None, None],
    ),
}


@pytest.mark.parametrize(("tags", "left"), RANGES.values(), ids=RANGES.keys())
def test_date_ranges(tags: str, left: list[float | str | None]) -> None:
    segments = dated(*tags.split("\n"))
    assert shown(segments) == left
    assert signs(segments) <= {AdSign.DATE_RANGE}


def test_a_range_is_over_where_its_in_stands_if_that_says_no_time() -> None:
    out = f'#EXT-X-DATERANGE:ID="1",START-DATE="{at(0)}",SCTE35-OUT=0xFC'
    ends = entry('#EXT-X-DATERANGE:ID="1",SCTE35-IN=0xFC')
    segments = parsed(out, *entry(f"#EXT-X-PROGRAM-DATE-TIME:{at(0)}"), *entry(), *ends, *entry())
    assert shown(segments) == [4, 2, None, None]


def test_segments_before_the_first_date_are_dated_by_it() -> None:
    segments = parsed(TWITCH, *entry(), *entry(), *entry(f"#EXT-X-PROGRAM-DATE-TIME:{at(4)}"), *entry())
    assert shown(segments) == [None, 4, 2, None]


def test_without_any_date_a_range_covers_nothing() -> None:
    assert shown(parsed(TWITCH, *entry(), *entry())) == [None, None]


def test_a_cue_takes_from_a_range_what_is_left() -> None:
    out = entry(OUT, f"#EXT-X-PROGRAM-DATE-TIME:{at(2)}")
    segments = parsed(TWITCH, *out, *entry(), *entry(), *entry())
    assert shown(segments) == [4, 2, None, None]
    assert signs(segments) == {AdSign.CUE}


def test_a_range_says_more_than_a_title() -> None:
    segments = parsed(TWITCH, *entry(f"#EXT-X-PROGRAM-DATE-TIME:{at(2)}", title="Amazon|1"))
    assert [segment.ad for segment in segments] == [Ad(sign=AdSign.DATE_RANGE, left_s=4)]


def test_a_break_goes_on_after_segments_that_are_known() -> None:
    before = parsed(*entry(OUT + ":6"), *entry())
    assert [s.ad and s.ad.left_s for s in marked(parsed(*entry(), *entry()), AdTags(), before)] == [2, None]
