from __future__ import annotations

import pytest

from longtake.core.errors import SourceRefused
from longtake.core.hls.model import MasterPlaylist, Rendition, Variant
from longtake.core.qualities import Offer, audio_of, audio_quality, choose, has_sound, offers


def a_variant(
    uri: str,
    height: int | None = None,
    frame_rate: float | None = None,
    bandwidth: int = 1_000_000,
    video: str | None = None,
    name: str | None = None,
    codecs: str | None = None,
    is_source: bool = False,
    width: int | None = None,
) -> Variant:
    return Variant(
        uri=uri,
        bandwidth=bandwidth,
        resolution=(width or height * 16 // 9, height) if height else None,
        frame_rate=frame_rate,
        video=video,
        name=name,
        codecs=codecs,
        is_source=is_source,
    )


def titled(group: str, title: str, type: str = "VIDEO") -> Rendition:
    return Rendition(type=type, group_id=group, name=title)


TWITCH = MasterPlaylist(
    variants=(
        a_variant("160", 160, 30, 230_000, video="160p30"),
        a_variant("480", 480, 30, 1_400_000, video="480p30"),
        a_variant("720", 720, 60, 3_400_000, video="720p60"),
        a_variant("src", 1080, 60, 8_500_000, video="chunked"),
        a_variant("audio", None, None, 160_000, video="audio_only"),
    ),
    renditions=(
        titled("160p30", "160p"),
        titled("480p30", "480p"),
        titled("720p60", "720p60"),
        titled("chunked", "1080p60 (source)"),
        titled("audio_only", "Audio Only"),
        titled("chunked", "English", type="AUDIO"),
    ),
)
PLAIN = MasterPlaylist(
    variants=(
        a_variant("360", 360, 29.97, 800_000),
        a_variant("720-30", 720, 30, 2_600_000),
        a_variant("720-60", 720, 59.94, 2_500_000),
        a_variant("720-60-lean", 720, 59.94, 2_400_000),
        a_variant("1080", 1080, None, 5_000_000),
    )
)
NAMED = MasterPlaylist(
    variants=(
        a_variant("a", 1080, name="Camera"),
        a_variant("b", 480, name="source"),
        a_variant("c", name="480p"),
    )
)
NAMELESS = MasterPlaylist(
    variants=(a_variant("a", bandwidth=100), a_variant("b", bandwidth=300), a_variant("c", bandwidth=200))
)

NEW_TWITCH = MasterPlaylist(
    variants=(
        a_variant("src", 1080, 60, 6_000_000, name="1080p60", is_source=True),
        a_variant("upright", 1920, 60, 5_000_000, name="1080p60_portrait", width=1080),
        a_variant("720", 720, 60, 3_400_000, name="720p60"),
        a_variant("audio", None, None, 9_000_000, name="audio_only"),
    )
)
RENAMED = MasterPlaylist(variants=(a_variant("a", 1080, 60, name="1080p60"), a_variant("b", 720, 60)))
RADIO = MasterPlaylist(
    variants=(
        a_variant("64", bandwidth=64, codecs="mp4a.40.5"),
        a_variant("128", bandwidth=128, codecs="mp4a.40.2"),
    )
)
WITH_SOUND = MasterPlaylist(
    variants=(a_variant("sound", bandwidth=900, codecs="mp4a.40.2"), a_variant("seen", bandwidth=800))
)
BY_STREAMLINK = [
    Offer(names=("a",), variant=a_variant("a", bandwidth=9)),
    Offer(names=("b", "best"), variant=a_variant("b", bandwidth=1)),
]

CHOICES = {
    "source is the one marked so": (TWITCH, "source", "src"),
    "by its title": (TWITCH, "480p", "480"),
    "by its title in any case": (TWITCH, "audio only", "audio"),
    "by its group": (TWITCH, "chunked", "src"),
    "by its height where no name is so": (TWITCH, "1080p", "src"),
    "by height and frame rate where no name is so": (TWITCH, "160p30", "160"),
    "source where none is marked is the best": (PLAIN, "source", "1080"),
    "Source in any case": (PLAIN, "Source", "1080"),
    "of a height the highest frame rate, then bandwidth": (PLAIN, "720p", "720-60"),
    "a frame rate is rounded": (PLAIN, "360p30", "360"),
    "the lower frame rate if asked for": (PLAIN, "720p30", "720-30"),
    "a capital P": (PLAIN, "720P60", "720-60"),
    "source by name, though it is not the best": (NAMED, "source", "b"),
    "by the NAME attribute": (NAMED, "camera", "a"),
    "a name counts before a height": (NAMED, "480p", "c"),
    "source of nameless ones is the fastest": (NAMELESS, "source", "b"),
    "a name in its own case counts before others": (
        MasterPlaylist(variants=(a_variant("a", name="CAM"), a_variant("b", name="cam", bandwidth=1))),
        "cam",
        "b",
    ),
    "a name without its remark": (TWITCH, "1080p60", "src"),
    "a name with a remark that the site gave up": (RENAMED, "1080p60 (source)", "a"),
    "a height with a remark where nothing is named so": (RENAMED, "720p60 (source)", "b"),
    "what the streamer sent is source, sound alone is not": (NEW_TWITCH, "source", "src"),
    "what the streamer sent has the name it always had": (NEW_TWITCH, "1080p60 (source)", "src"),
    "an upright picture by its name": (NEW_TWITCH, "1080p60_portrait", "upright"),
    "an upright picture by its short side, if there is no other": (
        MasterPlaylist(variants=(a_variant("up", 1920, width=1080),)),
        "1080p",
        "up",
    ),
    "of one size, what is wider than high": (
        MasterPlaylist(
            variants=(
                a_variant("up", 1920, 60, 9_000_000, width=1080),
                a_variant("wide", 1080, 30, 1_000_000),
            )
        ),
        "source",
        "wide",
    ),
    "sound alone by its name": (NEW_TWITCH, "audio_only", "audio"),
    "source is never sound alone, though that is faster": (WITH_SOUND, "source", "seen"),
    "source of a radio": (RADIO, "source", "128"),
}


@pytest.mark.parametrize(("master", "quality", "uri"), CHOICES.values(), ids=CHOICES.keys())
def test_choices(master: MasterPlaylist, quality: str, uri: str) -> None:
    assert choose(offers(master), quality).uri == uri


def test_of_several_marked_as_source_the_best_is_taken() -> None:
    marked = MasterPlaylist(
        variants=(
            a_variant("a", 720, name="720p (Source)"),
            a_variant("b", 1080, name="1080p (source)"),
            a_variant("c", 2160, name="upscaled"),
        )
    )
    assert choose(offers(marked), "source").uri == "b"


REFUSED = {
    "a height that is not there": (PLAIN, "480p", "360p, 720p, 1080p"),
    "a frame rate that is not there": (PLAIN, "720p50", "360p, 720p"),
    "a frame rate where none is stated": (PLAIN, "1080p60", "360p"),
    "a word": (TWITCH, "best", "160p, 480p, 720p60, 1080p60 (source), Audio Only"),
    "an empty one": (TWITCH, "", "160p"),
    "part of a name": (TWITCH, "audio", "160p"),
    "nameless ones are told by their rate": (NAMELESS, "480p", "100 bit/s, 300 bit/s, 200 bit/s"),
    "source where all is sound alone": (
        MasterPlaylist(variants=(a_variant("a", name="audio_only"),)),
        "source",
        "nothing but sound; it offers audio_only; to record that, ask for it by name",
    ),
    "a height where all is sound alone": (RADIO, "480p", "64 bit/s, 128 bit/s"),
    "a name that would break a line": (
        MasterPlaylist(variants=(a_variant("a", name="a\x1b[2Jb"),)),
        "c",
        "it offers a [2Jb",
    ),
    "nothing is offered": (MasterPlaylist(variants=()), "source", "it offers nothing"),
}


@pytest.mark.parametrize(("master", "quality", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_offered_is_refused_with_what_is(
    master: MasterPlaylist, quality: str, words: str
) -> None:
    with pytest.raises(SourceRefused) as caught:
        choose(offers(master), quality)
    assert quality == "source" or f"no quality {quality!r}" in str(caught.value)
    assert words in str(caught.value)


def test_source_is_what_the_library_calls_best() -> None:
    assert choose(BY_STREAMLINK, "source").uri == "b"
    assert choose(BY_STREAMLINK, "best").uri == "b"


def test_names_are_the_title_the_group_and_the_name_attribute() -> None:
    variant = a_variant("a", video="v", name="n")
    master = MasterPlaylist(
        variants=(variant,), renditions=(titled("v", "Title"), titled("v", "Sound", "AUDIO"))
    )
    assert offers(master) == [Offer(names=("Title", "v", "n"), variant=variant)]
    assert offers(MasterPlaylist(variants=(a_variant("a"),)))[0].names == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("source.audio", ("source", None)),
        ("720p60.audio-pt-br", ("720p60", "pt-br")),
        ("a.audio.audio", ("a.audio", None)),
        ("source", None),
        (".audio", None),
        ("source.audio-", None),
    ],
)
def test_the_name_of_separate_sound_says_whose_it_is(name: str, meant: tuple[str, str | None] | None) -> None:
    assert audio_of(name) == meant
    if meant is not None:
        assert audio_quality(*meant) == name


def test_a_language_is_written_in_small_letters() -> None:
    assert audio_quality("source", "pt-BR") == "source.audio-pt-br"


SOUNDS = {
    "pictures and sound": ("avc1.64002a,mp4a.40.2", True),
    "written otherwise": ("hvc1.1.6.L93.B0, Opus", True),
    "sound alone": ("ac-3", True),
    "pictures alone": ("avc1.64002a", False),
    "a word that only begins like one": ("mp4v.20.9", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("codecs", "is_heard"), SOUNDS.values(), ids=SOUNDS.keys())
def test_codecs_of_sound_are_known(codecs: str, is_heard: bool) -> None:
    assert has_sound(codecs) is is_heard
