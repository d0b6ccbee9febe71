"""Each rule finds what breaks it, and nothing in what is right: a check that cannot fail checks nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from tests.services.serve.playlist_rules import (
    answer_rules,
    entry_rules,
    form_rules,
    head_rules,
    master_rules,
)
from tests.services.serve.playlist_rules import time_rules as over_time
from tests.services.serve.playlist_rules.snapshot import Snapshot
from tests.services.serve.playlist_rules.table import (
    ANSWER,
    ANY,
    KINDS,
    MASTER,
    MEDIA,
    MEDIA_ANSWER,
    OF_ONE_MASTER,
    OVER_TIME,
    REMOVING,
)

LIVE = """#EXTM3U
#EXT-X-VERSION:8
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:70
#EXT-X-DISCONTINUITY-SEQUENCE:7
#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.000
#EXT-X-MAP:URI="../a.ts",BYTERANGE="8@0"
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:00.000Z
#EXT-X-BYTERANGE:8@8
#EXTINF:2.000,
../a.ts
#EXT-X-MAP:URI="../b.ts",BYTERANGE="8@0"
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:02.000Z
#EXT-X-BYTERANGE:8@8
#EXTINF:2.000,
../b.ts
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:04.000Z
#EXT-X-GAP
#EXTINF:1.500,
../gap.ts
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI="../c.ts",BYTERANGE="8@0"
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:05.500Z
#EXT-X-BYTERANGE:8@8
#EXTINF:2.500,
../c.ts
""".replace("2.500", "2.400")
ENDED = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:00.000Z
#EXTINF:2.000,
../x.ts
#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:02.000Z
#EXTINF:2.000,
../y.ts
#EXT-X-ENDLIST
"""
HEAD = """#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:70
#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.000
#EXT-X-SKIP:SKIPPED-SEGMENTS=2
"""


def entries(first: int, last: int) -> str:
    """Of two seconds each; the number is in the name."""
    return "".join(
        f"#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:{at // 30:02}:{at % 30 * 2:02}.000Z\n#EXTINF:2.000,\n../{at}.ts\n"
        for at in range(first, last)
    )


DELTA = HEAD + entries(2, 8)
MASTER_TEXT = """#EXTM3U
#EXT-X-VERSION:3
#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="source",NAME="source",DEFAULT=YES,AUTOSELECT=YES
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="source",NAME="default",DEFAULT=YES,AUTOSELECT=YES,URI="demo/source.audio.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="source",NAME="de",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,URI="demo/de.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=300,AVERAGE-BANDWIDTH=200,CODECS="avc1.42c01f",RESOLUTION=320x180,FRAME-RATE=30.000,AUDIO="source",VIDEO="source"
demo/source.m3u8
"""
HEADERS = {
    "content-type": "application/vnd.apple.mpegurl",
    "etag": '"abc"',
    "cache-control": "no-cache",
    "vary": "Accept-Encoding",
}
MP4 = b"\0\0\0\x08ftyp\0\0\0\x08moof"


def files(path: str) -> bytes | None:
    """What is at a path of the server."""
    name = path.removesuffix(".ts")[-1]
    return MP4 if name in "abc" else b"G" if name in "xy0123456789" else None


def shown(text: str, query: str = "?holes=gap") -> Snapshot:
    return Snapshot(
        path=f"/playlist/demo/source.m3u8{query}", body=text.encode(), headers=HEADERS, resource=files
    )


GOOD = {
    "live": (LIVE, "?holes=gap"),
    "ended": (ENDED, "?start=2024-11-09T04:00:00Z"),
    "delta": (DELTA, "?_HLS_skip=YES"),
    "master": (MASTER_TEXT, ""),
}
Change = tuple[str, str, str]
"""(which text, what in it, what in its place)."""
BROKEN: list[tuple[Callable[[Snapshot], list[str]], Change]] = [
    (form_rules.rule_utf8_without_bom, ("live", "#EXTM3U", "\ufeff#EXTM3U")),
    (form_rules.rule_utf8_without_bom, ("live", "../a.ts\n", "../a\u0308.ts\n")),
    (form_rules.rule_no_control_characters, ("live", "../a.ts\n", "../a\x07.ts\n")),
    (form_rules.rule_lines_end, ("ended", "ENDLIST\n", "ENDLIST")),
    (form_rules.rule_lines_end, ("ended", "2.000,\n", "2.000,\r")),
    (form_rules.rule_no_white_space, ("live", "EXTINF:2.000", "EXTINF: 2.000")),
    (form_rules.rule_no_white_space, ("master", ",AVERAGE", ", AVERAGE")),
    (form_rules.rule_begins_with_extm3u, ("live", "#EXTM3U\n", "")),
    (form_rules.rule_begins_with_extm3u, ("live", "#EXTM3U\n", "#EXTM3U\n#EXTM3U\n")),
    (form_rules.rule_tags_are_known, ("live", "EXT-X-GAP", "EXT-X-HOLE")),
    (form_rules.rule_tags_are_known, ("live", "#EXT-X-GAP", "#GAP")),
    (form_rules.rule_tags_have_their_form, ("live", "DURATION:2", "DURATION:2.000")),
    (form_rules.rule_tags_have_their_form, ("live", "SEQUENCE:70", f"SEQUENCE:{2**64}")),
    (form_rules.rule_tags_have_their_form, ("live", "X-GAP", "X-GAP:YES")),
    (form_rules.rule_tags_have_their_form, ("live", 'URI="../a.ts"', "URI=")),
    (form_rules.rule_attributes_once, ("master", "BANDWIDTH=300,", "BANDWIDTH=300,BANDWIDTH=300,")),
    (form_rules.rule_uris_are_relative, ("live", "../b.ts\n", "../04:00.ts\n")),
    (form_rules.rule_uris_are_relative, ("live", "../b.ts\n", "/b.ts\n")),
    (form_rules.rule_uris_are_relative, ("live", '"../b.ts"', '"http://node/b.ts"')),
    (form_rules.rule_version_once, ("live", "#EXT-X-VERSION:8\n", "")),
    (form_rules.rule_version_once, ("live", "#EXT-X-VERSION:8\n", "#EXT-X-VERSION:8\n#EXT-X-VERSION:8\n")),
    (form_rules.rule_version_is_what_is_needed, ("live", "VERSION:8", "VERSION:7")),
    (form_rules.rule_version_is_what_is_needed, ("ended", "VERSION:3", "VERSION:6")),
    (form_rules.rule_version_is_what_is_needed, ("ended", "VERSION:3", "VERSION:2")),
    (form_rules.rule_version_is_what_is_needed, ("delta", "VERSION:9", "VERSION:8")),
    (
        form_rules.rule_independent_segments_once,
        ("ended", "#EXT-X-MEDIA", "#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA"),
    ),
    (form_rules.rule_durations_are_decimals, ("live", "EXTINF:1.500,", "EXTINF:1e-05,")),
    (form_rules.rule_durations_are_decimals, ("live", "EXTINF:1.500,", "EXTINF:-1.500,")),
    (form_rules.rule_durations_are_decimals, ("live", "EXTINF:1.500,", "EXTINF:1.500")),
    (head_rules.rule_media_tags_once, ("ended", "#EXT-X-ENDLIST\n", "#EXT-X-ENDLIST\n#EXT-X-ENDLIST\n")),
    (head_rules.rule_no_master_tags, ("live", "#EXT-X-MAP", "#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-MAP")),
    (head_rules.rule_target_duration_is_there, ("live", "#EXT-X-TARGETDURATION:2\n", "")),
    (head_rules.rule_target_duration_is_there, ("live", "DURATION:2", "DURATION:0")),
    (head_rules.rule_no_longer_than_the_target, ("live", "EXTINF:2.400", "EXTINF:2.500")),
    (head_rules.rule_media_sequence_is_there, ("live", "#EXT-X-MEDIA-SEQUENCE:70\n", "")),
    (head_rules.rule_media_sequence_is_there, ("ended", "#EXT-X-MEDIA-SEQ", "../w.ts\n#EXT-X-MEDIA-SEQ")),
    (head_rules.rule_discontinuity_sequence_is_there, ("live", "#EXT-X-DISCONTINUITY-SEQUENCE:7\n", "")),
    (
        head_rules.rule_discontinuity_sequence_is_there,
        ("live", "#EXT-X-DISCONTINUITY-S", "#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY-S"),
    ),
    (head_rules.rule_head_before_segments, ("ended", "../y.ts\n", "../y.ts\n#EXT-X-PLAYLIST-TYPE:VOD\n")),
    (head_rules.rule_head_before_segments, ("ended", "#EXT-X-ENDLIST\n", "#EXT-X-ENDLIST\n../z.ts\n")),
    (head_rules.rule_playlist_type, ("ended", "TYPE:VOD", "TYPE:EVENT")),
    (head_rules.rule_playlist_type, ("ended", "#EXT-X-ENDLIST\n", "")),
    (head_rules.rule_vod_has_no_hole, ("ended", "04:00:02.000Z", "04:00:03.000Z")),
    (head_rules.rule_vod_has_no_hole, ("ended", "../x.ts", "../x.ts\n#EXT-X-GAP")),
    (
        head_rules.rule_server_control_has_its_form,
        ("live", "UNTIL=12.000", "UNTIL=12.000,CAN-BLOCK-RELOAD=NO"),
    ),
    (head_rules.rule_server_control_has_its_form, ("live", "UNTIL=12.000", "UNTIL=12.000,HOLD-BACK=6.0")),
    (head_rules.rule_can_skip_until, ("live", "UNTIL=12.000", "UNTIL=11.999")),
    (head_rules.rule_can_skip_until, ("live", "UNTIL=12.000", "UNTIL=YES")),
    (head_rules.rule_delta_only_while_it_grows, ("delta", "../7.ts\n", "../7.ts\n#EXT-X-ENDLIST\n")),
    (
        head_rules.rule_delta_only_while_it_grows,
        ("delta", "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=12.000\n", ""),
    ),
    (head_rules.rule_skipped_segments, ("delta", "SEGMENTS=2", "SEGMENTS=0")),
    (head_rules.rule_skipped_is_older_than_the_boundary, ("delta", "EXTINF:2.000", "EXTINF:1.999")),
    (head_rules.rule_skips_all_that_is_older, ("delta", "UNTIL=12.000", "UNTIL=7.000")),
    (head_rules.rule_server_control_only_while_it_grows, ("live", "../c.ts\n", "../c.ts\n#EXT-X-ENDLIST\n")),
    (entry_rules.rule_extinf_for_each, ("live", "#EXTINF:1.500,\n", "")),
    (entry_rules.rule_extinf_for_each, ("live", "../c.ts\n", "../c.ts\n#EXTINF:2.000,\n")),
    (entry_rules.rule_segment_tags_once, ("live", "#EXT-X-GAP\n", "#EXT-X-GAP\n#EXT-X-GAP\n")),
    (entry_rules.rule_byte_ranges_have_an_offset, ("live", "RANGE:8@8", "RANGE:8")),
    (entry_rules.rule_byte_ranges_have_an_offset, ("live", "RANGE:8@8", "RANGE:0@8")),
    (entry_rules.rule_maps_have_their_form, ("live", 'BYTERANGE="8@0"', 'BYTERANGE="8"')),
    (entry_rules.rule_maps_have_their_form, ("live", 'BYTERANGE="8@0"', "BYTERANGE=8@0")),
    (entry_rules.rule_maps_have_their_form, ("live", 'URI="../a.ts",', "")),
    (entry_rules.rule_map_where_it_is_needed, ("live", '#EXT-X-MAP:URI="../a.ts",BYTERANGE="8@0"\n', "")),
    (entry_rules.rule_map_where_it_is_needed, ("live", '"../b.ts"', '"../a.ts"')),
    (entry_rules.rule_map_where_it_is_needed, ("live", "RANGE:8@8", "RANGE:7@8")),
    (entry_rules.rule_map_where_it_is_needed, ("live", "../c.ts\n", "../x.ts\n")),
    (entry_rules.rule_map_where_it_is_needed, ("live", '"8@0"', '"7@0"')),
    (
        entry_rules.rule_map_after_a_discontinuity,
        ("live", '#EXT-X-MAP:URI="../b.ts",BYTERANGE="8@0"', "#EXT-X-DISCONTINUITY"),
    ),
    (entry_rules.rule_dates_have_their_form, ("live", "00:00.000Z", "00:00Z")),
    (entry_rules.rule_dates_have_their_form, ("live", "00:00.000Z", "00:00.000")),
    (entry_rules.rule_dates_have_their_form, ("live", "-09T04:00:00.000Z", "-39T04:00:00.000Z")),
    (entry_rules.rule_a_date_for_each, ("live", "#EXT-X-PROGRAM-DATE-TIME:2024-11-09T04:00:05.500Z\n", "")),
    (entry_rules.rule_dates_are_not_ambiguous, ("live", "04:00:02.000Z", "04:00:00.900Z")),
    (
        entry_rules.rule_dates_are_not_ambiguous,
        ("ended", "04:00:02.000Z\n#EXTINF:2.000", "04:00:01.500Z\n#EXTINF:0.400"),
    ),
    (entry_rules.rule_a_discontinuity_at_holes, ("live", "#EXT-X-DISCONTINUITY\n", "")),
    (entry_rules.rule_a_discontinuity_at_holes, ("ended", "04:00:02.000Z", "04:00:02.011Z")),
    (
        entry_rules.rule_no_discontinuity_for_absent_media,
        (
            "live",
            "#EXT-X-GAP\n#EXTINF:1.500,\n../gap.ts\n#EXT-X-DISCONTINUITY\n",
            "#EXT-X-GAP\n#EXT-X-DISCONTINUITY\n#EXTINF:1.500,\n../gap.ts\n",
        ),
    ),
    (entry_rules.rule_gaps_add_up, ("live", "EXTINF:1.500", "EXTINF:1.490")),
    (entry_rules.rule_gaps_add_up, ("live", "EXTINF:1.500", "EXTINF:1.510")),
    (entry_rules.rule_gaps_have_no_media, ("live", "../gap.ts", "../a.ts")),
    (entry_rules.rule_gaps_have_no_media, ("live", "#EXT-X-GAP\n", "#EXT-X-GAP\n#EXT-X-BYTERANGE:8@0\n")),
    (entry_rules.rule_segments_are_available, ("ended", "../y.ts", "../gone.ts")),
    (entry_rules.rule_each_uri_once, ("ended", "../y.ts", "../x.ts")),
    (entry_rules.rule_independent_segments_are, ("ended", "#EXT-X-ENDLIST\n", "")),
    (entry_rules.rule_nothing_is_encrypted, ("ended", "#EXT-X-P", "#EXT-X-KEY:METHOD=AES-128\n#EXT-X-P")),
    (master_rules.rule_no_media_tags, ("master", "#EXT-X-STREAM", "#EXT-X-TARGETDURATION:2\n#EXT-X-STREAM")),
    (master_rules.rule_a_uri_after_each_variant, ("master", "demo/source.m3u8\n", "")),
    (
        master_rules.rule_a_uri_after_each_variant,
        ("master", "demo/source.m3u8\n", "demo/source.m3u8\ndemo/480p.m3u8\n"),
    ),
    (master_rules.rule_variants_have_their_form, ("master", "BANDWIDTH=300,AVERAGE-BANDWIDTH=200,", "")),
    (master_rules.rule_variants_have_their_form, ("master", "RATE=30.000", "RATE=30")),
    (master_rules.rule_variants_have_their_form, ("master", "320x180", "320:180")),
    (master_rules.rule_variants_have_their_form, ("master", '"avc1.42c01f"', "avc1.42c01f")),
    (master_rules.rule_average_below_peak, ("master", "=200", "=301")),
    (master_rules.rule_renditions_have_their_form, ("master", 'NAME="de",', "")),
    (master_rules.rule_renditions_have_their_form, ("master", "TYPE=VIDEO", "TYPE=PICTURES")),
    (master_rules.rule_renditions_have_their_form, ("master", "AUTOSELECT=YES,URI", "AUTOSELECT=NO,URI")),
    (master_rules.rule_groups, ("master", 'NAME="de"', 'NAME="default"')),
    (master_rules.rule_groups, ("master", "DEFAULT=NO", "DEFAULT=YES")),
    (master_rules.rule_groups_are_there, ("master", ',VIDEO="source"', ',VIDEO="480p"')),
]
BROKEN_HEADERS = [
    (answer_rules.rule_it_says_that_it_is_a_playlist, {"content-type": "text/html"}),
    (answer_rules.rule_it_says_that_it_is_a_playlist, {"content-type": "audio/mpegurl; charset=latin-1"}),
    (answer_rules.rule_its_length_is_told, {"content-length": "3"}),
    (answer_rules.rule_it_is_asked_for_again, {"cache-control": "max-age=60"}),
    (answer_rules.rule_a_strong_etag, {"etag": 'W/"abc"'}),
    (answer_rules.rule_a_strong_etag, {"etag": ""}),
    (answer_rules.rule_gzip_varies, {"vary": "Origin"}),
]


@pytest.mark.parametrize("name", GOOD)
def test_what_is_right_breaks_no_rule(name: str) -> None:
    playlist = shown(*GOOD[name])
    own = MASTER if name == "master" else (*MEDIA, *MEDIA_ANSWER)
    assert [word for rule in (*ANY, *ANSWER, *own) for word in rule(playlist)] == []


@pytest.mark.parametrize(
    ("rule", "change"), BROKEN, ids=[f"{rule.__name__}: {change[2]!r:.40}" for rule, change in BROKEN]
)
def test_what_is_wrong_breaks_its_rule(rule: Callable[[Snapshot], list[str]], change: Change) -> None:
    name, right, wrong = change
    text, query = GOOD[name]
    assert right in text
    assert rule(shown(text.replace(right, wrong), query))


def test_gaps_and_updates_are_for_who_asks() -> None:
    assert entry_rules.rule_gaps_add_up(shown(LIVE, ""))
    assert head_rules.rule_delta_only_while_it_grows(shown(DELTA, ""))


@pytest.mark.parametrize(("rule", "headers"), BROKEN_HEADERS)
def test_a_wrong_answer_breaks_its_rule(
    rule: Callable[[Snapshot], list[str]], headers: dict[str, str]
) -> None:
    assert rule(replace(shown(LIVE), headers={**HEADERS, **headers}))


WINDOW = HEAD.replace("#EXT-X-SKIP:SKIPPED-SEGMENTS=2\n", "#EXT-X-DISCONTINUITY-SEQUENCE:5\n") + entries(0, 8)
LATER = WINDOW.replace("SEQUENCE:70", "SEQUENCE:71").replace(entries(0, 1), "") + entries(8, 9)
ENDED_WINDOW = WINDOW + "#EXT-X-ENDLIST\n"
BROKEN_LATER: list[tuple[Callable[[Snapshot, Snapshot], list[str]], str, str]] = [
    (
        over_time.rule_entries_only_come_at_the_end,
        WINDOW,
        LATER.replace("../7.ts", "../late.ts\n#EXTINF:1.0,\n../7.ts"),
    ),
    (over_time.rule_entries_only_come_at_the_end, LATER, WINDOW),
    (over_time.rule_entries_only_go_at_the_front, WINDOW, LATER.replace(entries(3, 4), "")),
    (over_time.rule_sequence_numbers_stay, WINDOW, LATER.replace("SEQUENCE:71", "SEQUENCE:70")),
    (over_time.rule_sequence_numbers_stay, WINDOW, LATER.replace("SEQUENCE:71", "SEQUENCE:0")),
    (over_time.rule_discontinuity_numbers_stay, WINDOW, LATER.replace("SEQUENCE:5", "SEQUENCE:6")),
    (
        over_time.rule_discontinuity_numbers_stay,
        WINDOW,
        LATER.replace("../4.ts\n", "../4.ts\n#EXT-X-DISCONTINUITY\n"),
    ),
    (
        over_time.rule_known_entries_stay_as_they_are,
        WINDOW,
        LATER.replace("2.000,\n../5.ts", "2.001,\n../5.ts"),
    ),
    (over_time.rule_known_entries_stay_as_they_are, WINDOW, LATER.replace("00:10.000Z", "00:10.001Z")),
    (over_time.rule_known_entries_stay_as_they_are, WINDOW, LATER.replace("../5.ts", "../five.ts")),
    (over_time.rule_media_sequence_never_falls, LATER, WINDOW),
    (over_time.rule_nothing_is_missed, LATER, LATER.replace(entries(8, 9), "")),
    (over_time.rule_discontinuity_sequence_never_falls, WINDOW, LATER.replace("SEQUENCE:5", "SEQUENCE:4")),
    (over_time.rule_target_duration_never_falls, WINDOW, LATER.replace("DURATION:2", "DURATION:1")),
    (over_time.rule_the_end_stays, ENDED_WINDOW, WINDOW),
    (over_time.rule_the_end_stays, ENDED_WINDOW, LATER + "#EXT-X-ENDLIST\n"),
    (over_time.rule_vod_never_changes, ENDED, ENDED.replace("../y", "../z")),
    (over_time.rule_another_etag_for_another_body, WINDOW, LATER),
    (
        over_time.rule_not_shorter_than_three_targets,
        WINDOW,
        WINDOW.replace(":70", ":76").replace(entries(0, 6), ""),
    ),
]


def test_a_window_that_moved_breaks_no_rule() -> None:
    older, newer = shown(WINDOW), replace(shown(LATER), headers={**HEADERS, "etag": '"b"'})
    assert [word for rule in (*OVER_TIME, *REMOVING) for word in rule(older, newer)] == []
    ended = replace(shown(ENDED_WINDOW), headers={**HEADERS, "etag": '"b"'})
    assert [word for rule in (*OVER_TIME, *REMOVING) for word in rule(older, ended)] == []


@pytest.mark.parametrize(
    ("rule", "older", "newer"), BROKEN_LATER, ids=lambda case: getattr(case, "__name__", "")
)
def test_a_later_version_that_is_wrong_breaks_its_rule(
    rule: Callable[[Snapshot, Snapshot], list[str]], older: str, newer: str
) -> None:
    assert rule(shown(older), shown(newer))


WHOLE = LATER.replace("VERSION:9", "VERSION:3")
UPDATE = HEAD.replace(":70", ":71") + entries(3, 9)
UPDATE = UPDATE.replace("#EXT-X-SKIP", "#EXT-X-DISCONTINUITY-SEQUENCE:5\n#EXT-X-SKIP")
WRONG_UPDATES = {
    "it skips too many": UPDATE.replace("SEGMENTS=2", "SEGMENTS=3"),
    "it skips what is not known": UPDATE.replace("SEGMENTS=2", "SEGMENTS=20"),
    "it has another number": UPDATE.replace("SEQUENCE:5", "SEQUENCE:6"),
    "it has another entry": UPDATE.replace("../6.ts", "../six.ts"),
    "it ends": UPDATE + "#EXT-X-ENDLIST\n",
}


def test_a_right_update_tells_the_same() -> None:
    assert over_time.rule_a_delta_tells_the_same(shown(WINDOW), shown(UPDATE), shown(WHOLE)) == []


@pytest.mark.parametrize("name", WRONG_UPDATES)
def test_a_wrong_update_tells_something_else(name: str) -> None:
    assert over_time.rule_a_delta_tells_the_same(shown(WINDOW), shown(WRONG_UPDATES[name]), shown(WHOLE))


OTHER = LATER.replace("../", "../480p/")
TOGETHER: list[tuple[Callable[[Sequence[Snapshot]], list[str]], str]] = [
    (master_rules.rule_one_target_duration, OTHER.replace("DURATION:2", "DURATION:3")),
    (master_rules.rule_one_playlist_type, OTHER.replace("#EXT-X-M", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-M")),
    (master_rules.rule_one_server_control, OTHER.replace("UNTIL=12", "UNTIL=18")),
    (
        master_rules.rule_matching_discontinuities,
        OTHER.replace("../480p/4.ts", "../480p/4.ts\n#EXT-X-DISCONTINUITY"),
    ),
]


def test_qualities_that_match_break_no_rule() -> None:
    assert [word for rule in OF_ONE_MASTER for word in rule([shown(LATER), shown(OTHER)])] == []


@pytest.mark.parametrize(("rule", "other"), TOGETHER)
def test_qualities_that_differ_break_a_rule(
    rule: Callable[[Sequence[Snapshot]], list[str]], other: str
) -> None:
    assert rule([shown(LATER), shown(other)])


def test_a_few_entries_may_lag_where_that_is_allowed() -> None:
    lagging = shown(OTHER.replace("../480p/7.ts", "../480p/7.ts\n#EXT-X-DISCONTINUITY"))
    assert master_rules.rule_matching_discontinuities([shown(LATER), lagging], edge=1) == []


def test_every_rule_is_shown_to_fail() -> None:
    told = (
        {rule for rule, _ in BROKEN} | {rule for rule, _ in BROKEN_HEADERS} | {rule for rule, _ in TOGETHER}
    )
    shown_to_fail = {*told, *(rule for rule, _, _ in BROKEN_LATER), over_time.rule_a_delta_tells_the_same}
    assert {rule.__name__ for rules in KINDS.values() for rule in rules} == {
        rule.__name__ for rule in shown_to_fail
    }
