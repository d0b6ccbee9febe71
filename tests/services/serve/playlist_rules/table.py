"""Every rule of RFC 8216 and of its successor (draft-pantos-hls-rfc8216bis) that what we write has to keep, in one table.

The words of a rule, with its section, are those of its function. ``KINDS`` says what each is asked of; ``ABOUT`` which of them
speak of a tag; ``NOT_FOR_US`` which parts of the two texts have none here, and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType

from tests.services.serve.playlist_rules import (
    answer_rules,
    entry_rules,
    form_rules,
    head_rules,
    master_rules,
    time_rules,
)
from tests.services.serve.playlist_rules.snapshot import Snapshot

Rule = Callable[[Snapshot], list[str]]
RuleOverTime = Callable[[Snapshot, Snapshot], list[str]]
RuleOfMany = Callable[[Sequence[Snapshot]], list[str]]

ANY: tuple[Rule, ...] = (
    form_rules.rule_utf8_without_bom,
    form_rules.rule_no_control_characters,
    form_rules.rule_lines_end,
    form_rules.rule_no_white_space,
    form_rules.rule_begins_with_extm3u,
    form_rules.rule_tags_are_known,
    form_rules.rule_tags_have_their_form,
    form_rules.rule_attributes_once,
    form_rules.rule_uris_are_relative,
    form_rules.rule_version_once,
    form_rules.rule_version_is_what_is_needed,
    form_rules.rule_independent_segments_once,
)
ANSWER: tuple[Rule, ...] = (
    answer_rules.rule_it_says_that_it_is_a_playlist,
    answer_rules.rule_its_length_is_told,
    answer_rules.rule_it_is_asked_for_again,
)
MEDIA_ANSWER: tuple[Rule, ...] = (
    answer_rules.rule_a_strong_etag,
    answer_rules.rule_gzip_varies,
)
MEDIA: tuple[Rule, ...] = (
    form_rules.rule_durations_are_decimals,
    head_rules.rule_media_tags_once,
    head_rules.rule_no_master_tags,
    head_rules.rule_target_duration_is_there,
    head_rules.rule_no_longer_than_the_target,
    head_rules.rule_media_sequence_is_there,
    head_rules.rule_discontinuity_sequence_is_there,
    head_rules.rule_head_before_segments,
    head_rules.rule_playlist_type,
    head_rules.rule_vod_has_no_hole,
    head_rules.rule_server_control_has_its_form,
    head_rules.rule_can_skip_until,
    head_rules.rule_delta_only_while_it_grows,
    head_rules.rule_skipped_segments,
    head_rules.rule_skipped_is_older_than_the_boundary,
    head_rules.rule_skips_all_that_is_older,
    head_rules.rule_server_control_only_while_it_grows,
    entry_rules.rule_extinf_for_each,
    entry_rules.rule_segment_tags_once,
    entry_rules.rule_byte_ranges_have_an_offset,
    entry_rules.rule_maps_have_their_form,
    entry_rules.rule_map_where_it_is_needed,
    entry_rules.rule_map_after_a_discontinuity,
    entry_rules.rule_dates_have_their_form,
    entry_rules.rule_a_date_for_each,
    entry_rules.rule_dates_are_not_ambiguous,
    entry_rules.rule_a_discontinuity_at_holes,
    entry_rules.rule_no_discontinuity_for_absent_media,
    entry_rules.rule_gaps_add_up,
    entry_rules.rule_gaps_have_no_media,
    entry_rules.rule_segments_are_available,
    entry_rules.rule_each_uri_once,
    entry_rules.rule_independent_segments_are,
    entry_rules.rule_nothing_is_encrypted,
)
MASTER: tuple[Rule, ...] = (
    master_rules.rule_no_media_tags,
    master_rules.rule_a_uri_after_each_variant,
    master_rules.rule_variants_have_their_form,
    master_rules.rule_average_below_peak,
    master_rules.rule_renditions_have_their_form,
    master_rules.rule_groups,
    master_rules.rule_groups_are_there,
)
OF_ONE_MASTER: tuple[RuleOfMany, ...] = (
    master_rules.rule_one_target_duration,
    master_rules.rule_one_playlist_type,
    master_rules.rule_one_server_control,
    master_rules.rule_matching_discontinuities,
)
OVER_TIME: tuple[RuleOverTime, ...] = (
    time_rules.rule_entries_only_come_at_the_end,
    time_rules.rule_entries_only_go_at_the_front,
    time_rules.rule_sequence_numbers_stay,
    time_rules.rule_discontinuity_numbers_stay,
    time_rules.rule_known_entries_stay_as_they_are,
    time_rules.rule_media_sequence_never_falls,
    time_rules.rule_nothing_is_missed,
    time_rules.rule_discontinuity_sequence_never_falls,
    time_rules.rule_target_duration_never_falls,
    time_rules.rule_the_end_stays,
    time_rules.rule_vod_never_changes,
    time_rules.rule_another_etag_for_another_body,
)
REMOVING: tuple[RuleOverTime, ...] = (time_rules.rule_not_shorter_than_three_targets,)
"""Asked of windows over what has no hole. Behind a long one a window begins anew, and is short for some seconds; and files that
are removed by age are no choice of the playlist's."""
WITH_DELTAS = (time_rules.rule_a_delta_tells_the_same,)

KINDS: Mapping[str, Sequence[Callable[..., list[str]]]] = {
    "any playlist": ANY,
    "any answer": ANSWER,
    "the answer with a media playlist": MEDIA_ANSWER,
    "a media playlist": MEDIA,
    "a master playlist": MASTER,
    "what a master playlist leads to": OF_ONE_MASTER,
    "two versions of a media playlist": OVER_TIME,
    "two versions of a window that moves": REMOVING,
    "an older version, a delta update and the whole": WITH_DELTAS,
}
MODULES: tuple[ModuleType, ...] = (
    answer_rules,
    entry_rules,
    form_rules,
    head_rules,
    master_rules,
    time_rules,
)

ABOUT: Mapping[str, Sequence[Callable[..., list[str]]]] = {
    "EXTM3U": (form_rules.rule_begins_with_extm3u,),
    "EXT-X-VERSION": (form_rules.rule_version_once, form_rules.rule_version_is_what_is_needed),
    "EXT-X-INDEPENDENT-SEGMENTS": (
        form_rules.rule_independent_segments_once,
        entry_rules.rule_independent_segments_are,
    ),
    "EXT-X-TARGETDURATION": (
        head_rules.rule_target_duration_is_there,
        head_rules.rule_no_longer_than_the_target,
        master_rules.rule_one_target_duration,
        time_rules.rule_target_duration_never_falls,
    ),
    "EXT-X-MEDIA-SEQUENCE": (
        head_rules.rule_media_sequence_is_there,
        time_rules.rule_sequence_numbers_stay,
        time_rules.rule_media_sequence_never_falls,
    ),
    "EXT-X-DISCONTINUITY-SEQUENCE": (
        head_rules.rule_discontinuity_sequence_is_there,
        master_rules.rule_matching_discontinuities,
        time_rules.rule_discontinuity_numbers_stay,
        time_rules.rule_discontinuity_sequence_never_falls,
    ),
    "EXT-X-PLAYLIST-TYPE": (
        head_rules.rule_playlist_type,
        head_rules.rule_vod_has_no_hole,
        master_rules.rule_one_playlist_type,
        time_rules.rule_vod_never_changes,
    ),
    "EXT-X-SERVER-CONTROL": (
        head_rules.rule_server_control_has_its_form,
        head_rules.rule_can_skip_until,
        head_rules.rule_server_control_only_while_it_grows,
        master_rules.rule_one_server_control,
    ),
    "EXT-X-SKIP": (
        head_rules.rule_skipped_segments,
        head_rules.rule_delta_only_while_it_grows,
        head_rules.rule_skipped_is_older_than_the_boundary,
        head_rules.rule_skips_all_that_is_older,
        time_rules.rule_a_delta_tells_the_same,
    ),
    "EXT-X-ENDLIST": (head_rules.rule_head_before_segments, time_rules.rule_the_end_stays),
    "EXTINF": (entry_rules.rule_extinf_for_each, form_rules.rule_durations_are_decimals),
    "EXT-X-BYTERANGE": (entry_rules.rule_byte_ranges_have_an_offset, entry_rules.rule_map_where_it_is_needed),
    "EXT-X-DISCONTINUITY": (
        entry_rules.rule_a_discontinuity_at_holes,
        entry_rules.rule_no_discontinuity_for_absent_media,
    ),
    "EXT-X-MAP": (
        entry_rules.rule_maps_have_their_form,
        entry_rules.rule_map_where_it_is_needed,
        entry_rules.rule_map_after_a_discontinuity,
    ),
    "EXT-X-PROGRAM-DATE-TIME": (
        entry_rules.rule_dates_have_their_form,
        entry_rules.rule_a_date_for_each,
        entry_rules.rule_dates_are_not_ambiguous,
    ),
    "EXT-X-GAP": (entry_rules.rule_gaps_add_up, entry_rules.rule_gaps_have_no_media),
    "EXT-X-MEDIA": (
        master_rules.rule_renditions_have_their_form,
        master_rules.rule_groups,
        master_rules.rule_groups_are_there,
    ),
    "EXT-X-STREAM-INF": (
        master_rules.rule_variants_have_their_form,
        master_rules.rule_a_uri_after_each_variant,
        master_rules.rule_average_below_peak,
    ),
}

NOT_FOR_US: Mapping[str, str] = {
    "4.3.2.4, EXT-X-KEY": "what is stored is decrypted; ``rule_nothing_is_encrypted``",
    "4.3.2.5, from fragmented MP4 back to MPEG-TS": "nothing ends an EXT-X-MAP; players find out by what is in the segment",
    "4.3.2.7, EXT-X-DATERANGE": "none is written; what the source had is not kept",
    "4.3.3.6, EXT-X-I-FRAMES-ONLY and 4.3.4.3": "no playlists of I-frames",
    "4.3.4.4 and 4.3.4.5, session data and keys": "none is written",
    "4.3.5.2, EXT-X-START": "players begin where they like",
    "bis 4.4.4.8, EXT-X-BITRATE; 4.4.2.3, EXT-X-DEFINE": "optional, none is written",
    "bis 4.4.3.7, 4.4.4.9 and 6.2.6, partial segments": "a segment is served once it is durable, as a whole",
    "bis 6.2.5.2, blocking reload": "when an answer comes is no matter of its text: tests of ``services.serve.live_edge``",
    "6.2.1, a new segment within 1.5 target durations": "as the source gives them: a hole is said, not papered over",
    "6.2.2, how long removed segments stay": "files are kept far longer than any playlist lists them",
}


def words_of(rule: Callable[..., list[str]]) -> tuple[str, str]:
    """The section (as of RFC 8216, or ``rfc8216bis …``) and the words of a rule."""
    text = " ".join((rule.__doc__ or "").split())
    match = re.match(r"((?:rfc8216bis|RFC \d+) )?([\d.]+)[ ,:;]", text)
    assert match is not None, f"{rule.__name__} names no section"
    return match[0].strip(" ,:;"), text


def violations(playlist: Snapshot) -> list[str]:
    """What is wrong with one answer, by all rules that are asked of such a one."""
    own = MASTER if playlist.is_master else (*MEDIA, *MEDIA_ANSWER)
    return [f"{rule.__name__}: {word}" for rule in (*ANY, *ANSWER, *own) for word in rule(playlist)]


def violations_over_time(older: Snapshot, newer: Snapshot) -> list[str]:
    """What is wrong with the newer of two versions of a media playlist."""
    return [f"{rule.__name__}: {word}" for rule in OVER_TIME for word in rule(older, newer)]


def violations_together(playlists: Sequence[Snapshot]) -> list[str]:
    """What is wrong with the media playlists of one master playlist."""
    return [f"{rule.__name__}: {word}" for rule in OF_ONE_MASTER for word in rule(playlists)]
