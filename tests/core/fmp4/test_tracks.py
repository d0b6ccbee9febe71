"""What an initialisation section of FFmpeg's says, and one that is damaged."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from tests.fakes.coded_media import Media, Pictures, Sound, media

from longtake.core.fmp4.boxes import read_boxes
from longtake.core.fmp4.tracks import Track, read_tracks

FRAGMENTED = (("movflags", "frag_keyframe+empty_moov+default_base_moof"),)
PICTURES = Pictures(size=(250, 142), count=10)


def tracks(content: bytes) -> tuple[Track, ...]:
    data = memoryview(content)
    moov = read_boxes(data).first(b"moov")
    return read_tracks(data, moov) if moov is not None else ()


def test_tracks_of_pictures_and_sound() -> None:
    video, audio = tracks(
        media(Media(pictures=PICTURES, sound=Sound(rate_hz=44_100), format="mp4", options=FRAGMENTED))
    )
    assert (video.is_video, video.is_audio, audio.is_video, audio.is_audio) == (True, False, False, True)
    assert (video.width, video.height, audio.width) == (250, 142, None)
    assert (video.configuration_kind, audio.configuration_kind) == (b"avcC", b"esds")
    assert video.codecs == f"avc1.{video.configuration[1:4].hex()}"
    assert (audio.codecs, audio.timescale) == ("mp4a.40.2", 44_100)
    assert video.track_id != audio.track_id


@pytest.mark.parametrize(
    ("sound", "word"),
    [("libopus", "opus"), ("ac3", "ac-3"), ("eac3", "ec-3"), ("libmp3lame", "mp4a.6b"), ("aac", "mp4a.40.2")],
)
def test_sound_has_its_word(sound: str, word: str) -> None:
    delayed = (
        ("movflags", "frag_keyframe+delay_moov+default_base_moof"),
    )  # AC-3 tells of itself in its frames
    wanted = Media(pictures=None, sound=Sound(codec=sound, seconds=0.5), format="mp4", options=delayed)
    assert [track.codecs for track in tracks(media(wanted))] == [word]


def test_an_edit_list_shifts() -> None:
    """FFmpeg begins B-frames' media a little later, and says so in an edit list."""
    coded = Pictures(count=10, options=(("preset", "veryfast"), ("bf", "2")))
    delayed = (("movflags", "frag_keyframe+delay_moov+default_base_moof"),)
    (video,) = tracks(media(Media(pictures=coded, sound=None, format="mp4", options=delayed, first_ticks=0)))
    assert video.shift_s == -Fraction(2, 25)


def test_damaged_sections_give_some_tracks_or_none() -> None:
    content = media(Media(pictures=PICTURES, format="mp4", options=FRAGMENTED))
    draw = random.Random(3)
    for _ in range(300):
        damaged = bytearray(content[:1400])
        for _ in range(draw.randrange(1, 6)):
            damaged[draw.randrange(1300)] = draw.choice([0, 1, 0xFF, draw.randrange(256)])
        assert len(tracks(bytes(damaged))) <= 2
