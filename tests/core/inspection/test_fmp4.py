"""What segments of fragmented MP4 tell, beside PyAV's opinion; and what is missing in them."""

from __future__ import annotations

import random

import pytest
from tests.fakes.coded_media import Media, Pictures, Sound, media, opinions

from longtake.core.facts import Container
from longtake.core.fmp4.boxes import read_boxes
from longtake.core.inspection import inspect

MOOF = "empty_moov+default_base_moof"
X264 = (("preset", "veryfast"), ("g", "25"))
X265 = (("preset", "ultrafast"), ("x265-params", "log-level=none:pools=none:frame-threads=1:keyint=25"))


def fragmented(
    movflags: str, pictures: Pictures | None, sound: Sound | None = None, first_ticks: int = 126_000
) -> Media:
    return Media(
        pictures=pictures,
        sound=sound,
        format="mp4",
        options=(("movflags", movflags),),
        first_ticks=first_ticks,
    )


PLAIN = Pictures(options=(*X264, ("bf", "0")))
KINDS: dict[str, Media] = {
    "a fragment for each GOP": fragmented(f"frag_keyframe+{MOOF}", PLAIN, Sound()),
    "a fragment for each frame": fragmented(f"frag_every_frame+{MOOF}", PLAIN, Sound()),
    "offsets from the beginning": fragmented("frag_keyframe+empty_moov+omit_tfhd_offset", PLAIN, Sound()),
    "absolute offsets": fragmented("frag_keyframe+empty_moov", PLAIN, Sound()),
    "B-frames": fragmented(f"frag_keyframe+{MOOF}", Pictures(options=(*X264, ("bf", "2")))),
    "an edit list": fragmented(
        "frag_keyframe+delay_moov+default_base_moof", Pictures(options=(*X264, ("bf", "2")))
    ),
    "HEVC": fragmented(f"frag_keyframe+{MOOF}", Pictures(codec="libx265", options=X265)),
    "sound alone": fragmented(f"frag_every_frame+{MOOF}", None, Sound()),
    "DASH": fragmented(f"frag_keyframe+{MOOF}+dash", PLAIN),
}


@pytest.mark.parametrize("wanted", KINDS.values(), ids=KINDS.keys())
def test_pyav_says_the_same(wanted: Media) -> None:
    content = media(wanted)
    found, theirs = inspect(memoryview(content)), opinions(content)
    main = theirs.get("video") or theirs["audio"]
    assert (found.container, found.flaw, found.breaks_off) == (Container.FMP4, None, False)
    assert found.first_pts == main.packets[0][0]
    assert found.duration_us == pytest.approx(main.duration_ticks * 100 / 9, abs=200)
    assert (found.width, found.height) == (main.size or (None, None))
    if "video" in theirs:
        assert found.starts_with_idr is main.packets[0][2]
        assert found.frame_rate == 25
    assert found.codecs is not None
    assert found.parameter_sets is not None
    moov = read_boxes(memoryview(content)).first(b"moov")
    assert moov is not None
    assert found.init_bytes == moov.end


def test_without_its_initialisation_section_a_segment_tells_little_and_is_not_doubted() -> None:
    content = media(KINDS["a fragment for each GOP"])
    found = inspect(content[inspect(content).init_bytes :])
    assert (found.container, found.init_bytes, found.flaw) == (Container.FMP4, None, None)
    assert (found.first_pts, found.duration_us, found.codecs) == (None, None, None)


def test_negative_shifts_are_understood() -> None:
    """CMAF lets pictures show before they are decoded: the first one shows when the track begins."""
    wanted = fragmented(f"frag_keyframe+{MOOF}+cmaf", Pictures(options=(*X264, ("bf", "2"))))
    found = inspect(media(wanted))
    assert (found.first_pts, found.duration_us, found.flaw) == (0, 2_000_000, None)


@pytest.mark.parametrize("kind", ["a fragment for each GOP", "B-frames", "DASH"])
def test_a_cut_within_a_fragment_is_seen(kind: str) -> None:
    content = media(KINDS[kind])
    boxes = read_boxes(memoryview(content)).found
    media_at = next(box.at for box in boxes if box.kind == b"moof")
    # Behind the samples of a fragment nothing says that another one was to come.
    borders = {boxes[at + 1].at for at, box in enumerate(boxes[:-1]) if box.kind == b"mdat"}
    draw = random.Random(1)
    for size in sorted(draw.sample(range(media_at + 1, len(content)), 120)):
        found = inspect(content[:size])
        assert (
            found.breaks_off
            or size in borders
            or (boxes[-1].at <= size < len(content) and _is_trailer(boxes[-1].kind))
        )


def _is_trailer(kind: bytes) -> bool:
    return kind == b"mfra"


def test_mp4_that_is_not_fragmented_is_said_so() -> None:
    found = inspect(media(Media(pictures=PLAIN, sound=None, format="mp4", options=())))
    assert "not fragmented" in str(found.flaw)


def test_an_initialisation_section_alone_holds_nothing() -> None:
    content = media(KINDS["a fragment for each GOP"])
    found = inspect(content[: inspect(content).init_bytes])
    assert "neither pictures nor sound" in str(found.flaw)


def test_the_hash_changes_with_the_encoding_alone() -> None:
    first = inspect(media(KINDS["a fragment for each GOP"])).parameter_sets
    same = inspect(media(KINDS["a fragment for each frame"])).parameter_sets
    other = inspect(media(fragmented(MOOF, Pictures(size=(320, 180), options=X264)))).parameter_sets
    assert first == same != other


def test_damaged_bytes_are_never_too_much() -> None:
    content = media(KINDS["a fragment for each frame"])
    draw = random.Random(2)
    for _ in range(60):
        damaged = bytearray(content)
        for _ in range(draw.randrange(1, 9)):
            damaged[draw.randrange(len(damaged) if draw.random() < 0.3 else 3000)] = draw.choice(
                [0, 1, 0xFF, draw.randrange(256)]
            )
        inspect(bytes(damaged))
