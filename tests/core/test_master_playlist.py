"""Our master playlists as values, as text, and as the m3u8 package reads the text."""

from __future__ import annotations

from collections.abc import Sequence

import m3u8
import numpy as np
import pytest

from longtake.core.bit_rates import NOT_KNOWN
from longtake.core.hls.model import MasterPlaylist, Rendition
from longtake.core.hls.parse import parse_playlist
from longtake.core.hls.render import render_master
from longtake.core.master_playlist import OfferedQuality, master_playlist
from longtake.core.measured_hours import Format, Measured

Offered = tuple[str, str, Sequence[Measured]]
HD = Format(codecs="avc1.64002a,mp4a.40.2", width=1920, height=1080, frame_rate=60)


def measured(*sizes_bytes: int, target_s: int = 2, **known: object) -> list[Measured]:
    """One run of 2 s segments, of one format."""
    return [
        Measured(
            durations_us=np.full(len(sizes_bytes), 2_000_000),
            sizes_bytes=np.array(sizes_bytes, dtype=np.int64),
            formats=(Format(**known),) if known else (),  # type: ignore[arg-type]
            target_s=target_s,
        )
    ]


def master_of(*qualities: Offered, independent: bool = False) -> MasterPlaylist:
    return master_playlist(
        (OfferedQuality(name=name, uri=uri, measured=runs) for name, uri, runs in qualities),
        independent=independent,
    )


# Bit rates

RATES: dict[str, tuple[list[Measured], int, int | None]] = {
    "the peak of the segments, and the average of all": (
        measured(1_000_000, 2_000_000),
        8_000_000,
        6_000_000,
    ),
    "two runs, of which one has the peak": (
        [*measured(1_000_000, 1_000_000), *measured(4_000_000)],
        16_000_000,
        8_000_000,
    ),
    "some are not known": (measured(1_000_000, NOT_KNOWN), 4_000_000, 4_000_000),
    "none is known": (measured(NOT_KNOWN), 6_000_000, None),
    "nothing was looked at": ([], 6_000_000, None),
}


@pytest.mark.parametrize(("runs", "peak", "average"), RATES.values(), ids=RATES.keys())
def test_bandwidths(runs: list[Measured], peak: int, average: int | None) -> None:
    (variant,) = master_of(("source", "source.m3u8", runs)).variants
    assert variant.bandwidth == peak
    assert variant.average_bandwidth == average


def test_peaks_go_by_the_target_duration_that_all_variants_have() -> None:
    uneven = measured(1_000_000, 2_000_000)
    (alone,) = master_of(("source", "s.m3u8", uneven)).variants
    beside, _ = master_of(("source", "s.m3u8", uneven), ("480p", "d.m3u8", measured(1, target_s=4))).variants
    assert (alone.bandwidth, beside.bandwidth) == (8_000_000, 8_000_000)
    steady, _ = master_of(("source", "s.m3u8", uneven), ("480p", "d.m3u8", measured(1, target_s=8))).variants
    assert steady.bandwidth == 6_000_000


def test_the_best_comes_first_and_names_itself() -> None:
    low, high = measured(100_000), measured(900_000)
    playlist = master_of(("480p", "480p.m3u8", low), ("source", "source.m3u8", high))
    assert [variant.uri for variant in playlist.variants] == ["source.m3u8", "480p.m3u8"]
    assert [variant.video for variant in playlist.variants] == ["source", "480p"]
    assert [(media.type, media.group_id, media.name) for media in playlist.renditions] == [
        ("VIDEO", "source", "source"),
        ("VIDEO", "480p", "480p"),
    ]
    assert all(media.default and media.autoselect for media in playlist.renditions)


def test_equal_rates_keep_their_order() -> None:
    same = measured(100_000)
    playlist = master_of(("b", "b.m3u8", same), ("a", "a.m3u8", same))
    assert [variant.video for variant in playlist.variants] == ["b", "a"]


# What the files are


def formats(*some: Format) -> list[Measured]:
    (run,) = measured(1000)
    return [
        Measured(
            durations_us=run.durations_us, sizes_bytes=run.sizes_bytes, formats=some, target_s=run.target_s
        )
    ]


def test_a_variant_has_all_codecs_the_largest_size_and_the_highest_rate() -> None:
    old = Format(codecs="avc1.4d401e,mp4a.40.2", width=640, height=360, frame_rate=59.94)
    upright = Format(codecs="avc1.64002a,mp4a.40.2", width=1080, height=1920, frame_rate=30)
    wide = Format(codecs="avc1.64002a,mp4a.40.5", width=1920, height=1080, frame_rate=30)
    runs = [*formats(old, upright), *formats(wide, old)]
    (variant,) = master_of(("source", "s.m3u8", runs)).variants
    assert variant.codecs == "avc1.4d401e,mp4a.40.2,avc1.64002a,mp4a.40.5"
    assert (variant.resolution, variant.frame_rate) == ((1920, 1080), 59.94)
    assert "FRAME-RATE=59.940" in render_master(master_of(("source", "s.m3u8", runs)))


MISSING: dict[str, tuple[list[Format], str | None, tuple[int, int] | None, float | None]] = {
    "nothing": ([], None, None, None),
    "codecs alone": ([Format(codecs="mp4a.40.2")], "mp4a.40.2", None, None),
    "no codecs": ([Format(width=1920, height=1080, frame_rate=60)], None, (1920, 1080), 60),
    "half a size": ([Format(width=1920)], None, None, None),
    "of some all, of some nothing": ([Format(width=1), HD], HD.codecs, (1920, 1080), 60),
    "a codec that cannot be written": ([Format(codecs='avc1.64002a,mp4a"')], None, None, None),
    "an empty codec": ([Format(codecs="avc1.64002a,")], None, None, None),
    "a size and a rate of nothing": ([Format(width=0, height=0, frame_rate=0.0)], None, None, None),
    "a rate that is no number": ([Format(frame_rate=float("nan"))], None, None, None),
    "sizes and rates beyond belief": ([Format(width=10**9, height=1, frame_rate=1e9)], None, None, None),
}


@pytest.mark.parametrize(
    ("known", "codecs", "resolution", "frame_rate"), MISSING.values(), ids=MISSING.keys()
)
def test_missing_facts_are_left_out(
    known: list[Format], codecs: str | None, resolution: tuple[int, int] | None, frame_rate: float | None
) -> None:
    playlist = master_of(("source", "source.m3u8", formats(*known)))
    (variant,) = playlist.variants
    assert (variant.codecs, variant.resolution, variant.frame_rate) == (codecs, resolution, frame_rate)
    text = render_master(playlist)
    assert ("CODECS" in text) == (codecs is not None)
    assert ("RESOLUTION" in text) == (resolution is not None)


def test_segments_are_independent_only_if_it_is_said() -> None:
    assert "INDEPENDENT" not in render_master(master_of(("source", "s.m3u8", [])))
    assert "\n#EXT-X-INDEPENDENT-SEGMENTS\n" in render_master(
        master_of(("source", "s.m3u8", []), independent=True)
    )


def test_the_version_is_that_of_renditions() -> None:
    assert render_master(master_of(("source", "s.m3u8", []))).startswith("#EXTM3U\n#EXT-X-VERSION:4\n")


def test_another_parser_reads_the_same_master() -> None:
    high = measured(
        1_500_000, codecs="avc1.64002a,mp4a.40.2", width=1920, height=1080, frame_rate=60, target_s=2
    )
    text = render_master(master_of(("480p", "d/480p.m3u8", []), ("source", "d/source.m3u8", high)))
    read = m3u8.loads(text, uri="https://node.example/playlist/demo.m3u8")
    assert read.is_variant
    assert read.version == 4
    assert [variant.absolute_uri for variant in read.playlists] == [
        "https://node.example/playlist/d/480p.m3u8",
        "https://node.example/playlist/d/source.m3u8",
    ]
    info = read.playlists[1].stream_info
    assert (info.bandwidth, info.average_bandwidth, info.resolution) == (6_000_000, 6_000_000, (1920, 1080))
    assert (info.codecs, info.frame_rate, info.video) == ("avc1.64002a,mp4a.40.2", 60.0, "source")
    assert [media.name for media in read.media] == ["480p", "source"]


def test_a_quote_in_a_name_does_not_end_the_attribute() -> None:
    playlist = master_of(('a"b', "b.m3u8", []), ('a"b.audio', "s.m3u8", []))
    read = parse_playlist(render_master(playlist), "https://node.example/playlist/demo.m3u8")
    assert isinstance(read, MasterPlaylist)
    assert [(variant.video, variant.audio) for variant in read.variants] == [("a%22b", "a%22b")]
    assert [media.group_id for media in read.renditions] == ["a%22b", "a%22b"]


# Separate sound


def separate() -> MasterPlaylist:
    high = measured(900_000, codecs="avc1.64002a", width=1920, height=1080, frame_rate=60)
    low = measured(100_000, codecs="avc1.42c01f,mp4a.40.2")
    sound = measured(30_000, codecs="mp4a.40.2")
    german = measured(40_000, codecs="ac-3")
    return master_of(
        ("480p", "480p.m3u8", low),
        ("source.audio-de", "de.m3u8", german),
        ("source.audio", "sound.m3u8", sound),
        ("source", "source.m3u8", high),
        ("720p.audio", "alone.m3u8", sound),
    )


def sounds_of(playlist: MasterPlaylist) -> list[Rendition]:
    return [media for media in playlist.renditions if media.type == "AUDIO"]


def test_separate_sound_is_a_group_of_its_pictures_and_no_variant() -> None:
    playlist = separate()
    assert [variant.uri for variant in playlist.variants] == ["source.m3u8", "480p.m3u8", "alone.m3u8"]
    assert [variant.audio for variant in playlist.variants] == ["source", None, None]
    assert sounds_of(playlist) == [
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
    high = measured(900_000, codecs="avc1.64002a")
    (variant,) = master_of(("source", "s.m3u8", high), ("source.audio", "a.m3u8", [])).variants
    assert (variant.bandwidth, variant.average_bandwidth, variant.codecs) == (3_800_000, None, None)


def test_sound_of_sound_is_a_variant() -> None:
    playlist = master_of(("source.audio", "a.m3u8", []), ("source.audio.audio", "b.m3u8", []))
    assert [variant.uri for variant in playlist.variants] == ["a.m3u8", "b.m3u8"]


SILENT = {
    "pictures that are known to be silent": (["avc1.42c01f"], "source"),
    "one of their formats has sound": (["avc1.42c01f", "avc1.42c01f,mp4a.40.2"], None),
    "whether they have sound is not known": ([], None),
}


@pytest.mark.parametrize(("codecs", "group"), SILENT.values(), ids=SILENT.keys())
def test_only_silent_pictures_without_sound_of_their_own_use_that_of_others(
    codecs: list[str], group: str | None
) -> None:
    playlist = master_of(
        ("480p", "480p.m3u8", formats(*(Format(codecs=each) for each in codecs))),
        ("source", "source.m3u8", measured(900_000, codecs="avc1.64002a")),
        ("source.audio", "sound.m3u8", measured(30_000, codecs="mp4a.40.2")),
    )
    source, low = playlist.variants
    assert (source.audio, low.audio) == ("source", group)
    if group:
        assert low.bandwidth == 4_000 + 120_000
        assert low.codecs == "avc1.42c01f,mp4a.40.2"
    assert len(sounds_of(playlist)) == 1


def test_silent_pictures_stay_silent_where_there_is_no_sound_of_pictures() -> None:
    playlist = master_of(
        ("480p", "480p.m3u8", measured(100, codecs="avc1.42c01f")),
        ("source.audio", "sound.m3u8", measured(100, codecs="mp4a.40.2")),
    )
    assert [variant.audio for variant in playlist.variants] == [None, None]


def test_all_groups_have_the_same_members() -> None:
    """RFC 8216 4.3.4.1.1: but for the URI."""
    playlist = master_of(
        ("480p", "480p.m3u8", []),
        ("480p.audio", "low.m3u8", measured(10_000, codecs="mp4a.40.5")),
        ("480p.audio-fr", "low-fr.m3u8", measured(10_000, codecs="mp4a.40.5")),
        ("source", "source.m3u8", measured(900_000, codecs="avc1.64002a")),
        ("source.audio-de", "high-de.m3u8", measured(40_000, codecs="ac-3")),
        ("source.audio-fr", "high-fr.m3u8", measured(30_000, codecs="mp4a.40.2")),
    )
    assert [(media.group_id, media.name, media.uri, media.default) for media in sounds_of(playlist)] == [
        ("source", "default", "low.m3u8", True),
        ("source", "de", "high-de.m3u8", False),
        ("source", "fr", "high-fr.m3u8", False),
        ("480p", "default", "low.m3u8", True),
        ("480p", "de", "high-de.m3u8", False),
        ("480p", "fr", "low-fr.m3u8", False),
    ]
    source = next(variant for variant in playlist.variants if variant.video == "source")
    assert source.codecs == "avc1.64002a,mp4a.40.5,ac-3,mp4a.40.2"
    assert source.bandwidth == 3_600_000 + 160_000


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
