"""Our master playlists as values, as text, and as the m3u8 package reads the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import m3u8
import pytest
from tests.builders import a_run, a_segment

from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MasterPlaylist, Rendition
from longtake.core.hls.render import render_master
from longtake.core.master_playlist import OfferedQuality, RecordedSegment, master_playlist
from longtake.core.segments import Segment

A, B, C, D = a_run(count=4)


def of(segment: Segment, size_bytes: int = 1_000_000, **known: object) -> SegmentFacts:
    return replace(SegmentFacts(name=segment.name, size_bytes=size_bytes), **known)  # type: ignore[arg-type]


def recorded(*sizes_and_durations: tuple[int, float], **known: object) -> list[RecordedSegment]:
    segments = [
        a_segment(f"04:00:{10 * index:02}", duration_s)
        for index, (_, duration_s) in enumerate(sizes_and_durations)
    ]
    return [
        (segment, of(segment, size_bytes, **known))
        for segment, (size_bytes, _) in zip(segments, sizes_and_durations, strict=True)
    ]


def master_of(*qualities: tuple[str, str, Sequence[RecordedSegment]]) -> MasterPlaylist:
    return master_playlist(
        OfferedQuality(name=name, uri=uri, recent=recent) for name, uri, recent in qualities
    )


RATES: dict[str, tuple[list[tuple[int, float]], int, int | None]] = {
    "the peak of the segments, and the average of all": (
        [(1_000_000, 2.0), (2_000_000, 2.0)],
        8_000_000,
        6_000_000,
    ),
    "a short segment weighs little in the average": (
        [(1_000_000, 2.0), (100_000, 0.1)],
        8_000_000,
        round(1_100_000 * 8 / 2.1),
    ),
    "one segment": ([(500_000, 2.0)], 2_000_000, 2_000_000),
    "rounded": ([(1, 3.0)], 3, 3),
    "a segment without duration has no rate": ([(500_000, 2.0), (999, 0.0)], 2_000_000, 2_000_000),
    "only such": ([(999, 0.0)], 6_000_000, None),
    "nothing is known": ([], 6_000_000, None),
}


@pytest.mark.parametrize(("recent", "peak", "average"), RATES.values(), ids=RATES.keys())
def test_bandwidths(recent: list[tuple[int, float]], peak: int, average: int | None) -> None:
    (variant,) = master_of(("source", "source.m3u8", recorded(*recent))).variants
    assert variant.bandwidth == peak
    assert variant.average_bandwidth == average


def test_the_best_comes_first_and_names_itself() -> None:
    low, high = recorded((100_000, 2.0)), recorded((900_000, 2.0))
    playlist = master_of(("480p", "480p.m3u8", low), ("source", "source.m3u8", high))
    assert [variant.uri for variant in playlist.variants] == ["source.m3u8", "480p.m3u8"]
    assert [variant.video for variant in playlist.variants] == ["source", "480p"]
    assert [(media.type, media.group_id, media.name) for media in playlist.renditions] == [
        ("VIDEO", "source", "source"),
        ("VIDEO", "480p", "480p"),
    ]
    assert all(media.default and media.autoselect for media in playlist.renditions)


def test_equal_rates_keep_their_order() -> None:
    same = recorded((100_000, 2.0))
    playlist = master_of(("b", "b.m3u8", same), ("a", "a.m3u8", same))
    assert [variant.video for variant in playlist.variants] == ["b", "a"]


def test_the_newest_that_was_looked_at_describes_the_variant() -> None:
    old = recorded((1, 2.0), codecs="avc1.old", width=640, height=360, frame_rate=30)
    new = recorded((1, 2.0), codecs="avc1.new", width=1920, height=1080, frame_rate=60)
    unknown = recorded((1, 2.0))
    (variant,) = master_of(("source", "s.m3u8", [*old, *new, *unknown])).variants
    assert (variant.codecs, variant.resolution, variant.frame_rate) == ("avc1.new", (1920, 1080), 60)


MISSING = {
    "nothing": ({}, None, None, None),
    "codecs alone": ({"codecs": "mp4a.40.2"}, "mp4a.40.2", None, None),
    "no codecs": ({"width": 1920, "height": 1080, "frame_rate": 60}, None, (1920, 1080), 60),
    "half a size": ({"width": 1920}, None, None, None),
}


@pytest.mark.parametrize(
    ("known", "codecs", "resolution", "frame_rate"), MISSING.values(), ids=MISSING.keys()
)
def test_missing_facts_are_left_out(
    known: dict[str, object],
    codecs: str | None,
    resolution: tuple[int, int] | None,
    frame_rate: float | None,
) -> None:
    playlist = master_of(("source", "source.m3u8", recorded((1000, 2.0), **known)))
    (variant,) = playlist.variants
    assert (variant.codecs, variant.resolution, variant.frame_rate) == (codecs, resolution, frame_rate)
    text = render_master(playlist)
    assert ("CODECS" in text) == (codecs is not None)
    assert ("RESOLUTION" in text) == (resolution is not None)


def test_another_parser_reads_the_same_master() -> None:
    high = recorded((1_500_000, 2.0), codecs="avc1.64002a,mp4a.40.2", width=1920, height=1080, frame_rate=60)
    text = render_master(master_of(("480p", "d/480p.m3u8", []), ("source", "d/source.m3u8", high)))
    read = m3u8.loads(text, uri="https://node.example/playlist/demo.m3u8")
    assert read.is_variant
    assert [variant.absolute_uri for variant in read.playlists] == [
        "https://node.example/playlist/d/480p.m3u8",
        "https://node.example/playlist/d/source.m3u8",
    ]
    info = read.playlists[1].stream_info
    assert (info.bandwidth, info.average_bandwidth, info.resolution) == (6_000_000, 6_000_000, (1920, 1080))
    assert (info.codecs, info.frame_rate, info.video) == ("avc1.64002a,mp4a.40.2", 60.0, "source")
    assert [media.name for media in read.media] == ["480p", "source"]


# Separate sound


def separate() -> MasterPlaylist:
    high = recorded((900_000, 2.0), codecs="avc1.64002a", width=1920, height=1080, frame_rate=60)
    low = recorded((100_000, 2.0), codecs="avc1.42c01f,mp4a.40.2")
    sound = recorded((30_000, 2.0), codecs="mp4a.40.2")
    german = recorded((40_000, 2.0), codecs="ac-3")
    return master_of(
        ("480p", "480p.m3u8", low),
        ("source.audio-de", "de.m3u8", german),
        ("source.audio", "sound.m3u8", sound),
        ("source", "source.m3u8", high),
        ("720p.audio", "alone.m3u8", sound),
    )


def test_separate_sound_is_a_group_of_its_pictures_and_no_variant() -> None:
    playlist = separate()
    assert [variant.uri for variant in playlist.variants] == ["source.m3u8", "480p.m3u8", "alone.m3u8"]
    assert [variant.audio for variant in playlist.variants] == ["source", None, None]
    assert [media for media in playlist.renditions if media.type == "AUDIO"] == [
        Rendition(
            type="AUDIO",
            group_id="source",
            name="default",
            uri="sound.m3u8",
            default=True,
            autoselect=True,
        ),
        Rendition(
            type="AUDIO",
            group_id="source",
            name="de",
            language="de",
            uri="de.m3u8",
            autoselect=True,
        ),
    ]


def test_a_variant_with_separate_sound_says_what_both_take_and_how_both_are_coded() -> None:
    high, low, alone = separate().variants
    assert (high.bandwidth, high.average_bandwidth) == (3_760_000, 3_760_000)
    assert high.codecs == "avc1.64002a,mp4a.40.2,ac-3"
    assert (low.bandwidth, low.codecs) == (400_000, "avc1.42c01f,mp4a.40.2")
    assert (alone.bandwidth, alone.codecs, alone.resolution) == (120_000, "mp4a.40.2", None)


def test_half_of_what_is_to_be_known_is_not_said() -> None:
    high = recorded((900_000, 2.0), codecs="avc1.64002a")
    (variant,) = master_of(("source", "s.m3u8", high), ("source.audio", "a.m3u8", [])).variants
    assert (variant.bandwidth, variant.average_bandwidth, variant.codecs) == (3_800_000, None, None)


def test_sound_of_sound_is_a_variant() -> None:
    playlist = master_of(("source.audio", "a.m3u8", []), ("source.audio.audio", "b.m3u8", []))
    assert [variant.uri for variant in playlist.variants] == ["a.m3u8", "b.m3u8"]


def test_another_parser_reads_the_same_sound() -> None:
    read = m3u8.loads(render_master(separate()), uri="https://node.example/playlist/demo.m3u8")
    (sound, german) = [media for media in read.media if media.type == "AUDIO"]
    assert (sound.group_id, sound.uri, sound.default, sound.autoselect) == (
        "source",
        "sound.m3u8",
        "YES",
        "YES",
    )
    assert (german.name, german.language, german.default) == ("de", "de", None)
    assert [variant.stream_info.audio for variant in read.playlists] == ["source", None, None]
