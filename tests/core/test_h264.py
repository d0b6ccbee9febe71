"""NAL units: where a picture may be entered, and the names of parameter sets."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.coded_media import Media, Pictures, media
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.errors import NotUnderstood
from longtake.core.h264 import (
    Nal,
    ParameterSets,
    first_slice_at,
    free_id,
    is_idr,
    parameter_sets,
    picture_format,
    picture_id,
    sequence_id,
)
from longtake.core.mpegts.scan import scan_segment

SHORT, LONG = b"\x00\x00\x01", b"\x00\x00\x00\x01"
AUD, SEI = b"\x09\xf0", b"\x06\x05\x10"
IDR, OTHER = b"\x65\x88\x84\x21", b"\x41\x9a\x21\x6c"


def bits(text: str) -> bytes:
    """The bytes of some bits and a stop bit, filled up with zeros."""
    digits = text.replace(" ", "") + "1"
    digits += "0" * (-len(digits) % 8)
    return int(digits, 2).to_bytes(len(digits) // 8, "big")


def golomb(number: int) -> str:
    """ue(v), table 9-1."""
    return f"{number + 1:b}".rjust(2 * (number + 1).bit_length() - 1, "0")


def an_sps(number: int) -> bytes:
    """Main profile, level 3.1, and something behind the id."""
    return b"\x67\x4d\x40\x1f" + bits(golomb(number) + golomb(0) + golomb(9))


def a_pps(number: int, of_sps: int = 0) -> bytes:
    """With something behind the ids."""
    return b"\x68" + bits(golomb(number) + golomb(of_sps) + "11")


SLICES: dict[str, tuple[bytes, int | None]] = {
    "an IDR alone": (LONG + IDR, Nal.IDR_SLICE),
    "behind a delimiter, SEI and parameter sets": (
        LONG + AUD + LONG + an_sps(0) + LONG + a_pps(0) + SHORT + SEI + SHORT + IDR,
        Nal.IDR_SLICE,
    ),
    "another picture behind a delimiter and SEI": (LONG + AUD + SHORT + SEI + SHORT + OTHER, Nal.SLICE),
    "several slices": (SHORT + OTHER + SHORT + OTHER, Nal.SLICE),
    "a partition": (SHORT + b"\x42\x11", 2),
    "no slice": (LONG + AUD + SHORT + SEI, None),
    "an end of sequence": (SHORT + b"\x0a", None),
    "a start code that is cut short": (LONG + AUD + SHORT, None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("data", "kind"), SLICES.values(), ids=SLICES.keys())
def test_the_first_slice_tells_what_a_picture_is(data: bytes, kind: int | None) -> None:
    assert is_idr(data) == (None if kind is None else kind == Nal.IDR_SLICE)
    at = first_slice_at(data)
    assert (None if at is None else data[at + 3] & 0x1F) == kind


@quick
@given(data=st.binary(max_size=40), end=st.integers(0, 40))
def test_more_of_a_picture_never_changes_its_first_slice(data: bytes, end: int) -> None:
    data = data.replace(b"\x07", SHORT)
    found = first_slice_at(data[:end])
    assert found is None or found == first_slice_at(data)


@pytest.mark.parametrize("number", [0, 1, 2, 6, 7, 30, 31, 255])
def test_ids_are_read_from_parameter_sets(number: int) -> None:
    if number < 32:
        assert sequence_id(an_sps(number)) == number
    assert picture_id(a_pps(number)) == number


@pytest.mark.parametrize("cut", [b"", b"\x68", b"\x68\x00", b"\x68\x01"])
def test_a_parameter_set_that_is_cut_short_has_no_id(cut: bytes) -> None:
    with pytest.raises(ValueError, match="cut short"):
        picture_id(cut)
    with pytest.raises(ValueError, match="cut short"):
        sequence_id(b"\x67\x4d\x40" + cut[:1] + cut[1:])


def test_a_picture_brings_each_of_its_parameter_sets_once() -> None:
    unit = b"".join(
        LONG + nal
        for nal in (AUD, an_sps(0), a_pps(0), an_sps(1), a_pps(1, 1), an_sps(0), a_pps(0), SEI, IDR)
    )
    sets = parameter_sets(unit)
    assert sets == ParameterSets(sequence=(an_sps(0), an_sps(1)), picture=(a_pps(0), a_pps(1, 1)))
    assert sets.annex_b() == b"".join(LONG + nal for nal in (an_sps(0), an_sps(1), a_pps(0), a_pps(1, 1)))
    assert parameter_sets(sets.annex_b()) == sets
    assert parameter_sets(LONG + OTHER) == ParameterSets()


def test_sets_count_if_there_are_both() -> None:
    assert ParameterSets(sequence=(an_sps(0),), picture=(a_pps(0),))
    assert not ParameterSets(sequence=(an_sps(0),))
    assert not ParameterSets(picture=(a_pps(0),))


def test_the_sets_of_two_pictures_together() -> None:
    left = ParameterSets(sequence=(an_sps(0),), picture=(a_pps(0),))
    right = ParameterSets(sequence=(an_sps(0), an_sps(2)), picture=(a_pps(1), a_pps(0)))
    assert left.and_also(right) == ParameterSets(
        sequence=(an_sps(0), an_sps(2)), picture=(a_pps(0), a_pps(1))
    )
    assert left.and_also(ParameterSets()) == left


FREE = {
    "of none": ((), (), 0),
    "behind the usual ones": ((0,), (0,), 1),
    "taken by a picture's set": ((0,), (0, 1, 2), 3),
    "taken by a sequence's set": ((0, 1), (0,), 2),
    "between": ((0, 2), (3,), 1),
    "picture ids go further": ((0,), (0, 255), 1),
}


@pytest.mark.parametrize(("sequence", "picture", "free"), FREE.values(), ids=FREE.keys())
def test_a_free_id_is_no_ones(sequence: tuple[int, ...], picture: tuple[int, ...], free: int) -> None:
    sets = ParameterSets(
        sequence=tuple(an_sps(number) for number in sequence),
        picture=tuple(a_pps(number) for number in picture),
    )
    assert free_id(sets) == free


def test_where_all_ids_are_taken_it_is_said() -> None:
    sets = ParameterSets(sequence=tuple(an_sps(number) for number in range(32)))
    with pytest.raises(NotUnderstood, match="all ids"):
        free_id(sets)


def test_parameter_sets_of_an_encoder() -> None:
    video = scan_segment(made(ToneStream(segments=1, gop=5, segment_frames=10))[0]).video
    sets = [parameter_sets(video.content(at)) for at in range(len(video))]
    assert [bool(found) for found in sets] == [at % 5 == 0 for at in range(10)]
    assert sets[0] == sets[5]
    assert (sequence_id(sets[0].sequence[0]), picture_id(sets[0].picture[0])) == (0, 0)
    assert free_id(sets[0]) == 1


def x264(
    size: tuple[int, int] = (256, 144), parameters: str = "", pixels: str = "yuv420p", **options: str
) -> Media:
    coded = {"preset": "ultrafast", "x264-params": f"force-cfr=1:{parameters}", **options}
    pictures = Pictures(size=size, count=4, options=tuple(coded.items()), pixels=pixels)
    return Media(pictures=pictures, sound=None)


FORMATS: dict[str, tuple[Media, str, tuple[int, int]]] = {
    "baseline": (x264(profile="baseline"), "avc1.42c00c", (256, 144)),
    "main": (x264(preset="veryfast", profile="main"), "avc1.4d400c", (256, 144)),
    "high": (x264(preset="veryfast"), "avc1.64000c", (256, 144)),
    "cropped": (x264((250, 142)), "avc1.42c00c", (250, 142)),
    "cropped fields": (x264((250, 140), "interlaced=1", preset="veryfast"), "avc1.6400", (250, 140)),
    "4:2:2": (x264((250, 143), pixels="yuv422p"), "avc1.7a000c", (250, 143)),
    "4:4:4": (x264((251, 143), pixels="yuv444p"), "avc1.f4000c", (251, 143)),
    "grey": (x264((251, 143), pixels="gray"), "avc1.64000c", (251, 143)),
    "10 bits": (x264((250, 142), pixels="yuv420p10le"), "avc1.6e000c", (250, 142)),
    "scaling lists": (x264((250, 142), "cqm=jvt", preset="veryfast"), "avc1.64000c", (250, 142)),
    "all that a VUI may say": (
        x264(
            (250, 142),
            "sar=37/41:overscan=crop:videoformat=pal:fullrange=on:colorprim=bt709:chromaloc=2:nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500",
        ),
        "avc1.42c0",
        (250, 142),
    ),
}


@pytest.mark.parametrize(("wanted", "codecs", "size"), FORMATS.values(), ids=FORMATS.keys())
def test_an_sps_tells_codec_size_and_rate(wanted: Media, codecs: str, size: tuple[int, int]) -> None:
    (sps,) = parameter_sets(scan_segment(media(wanted)).video.content(0)).sequence
    found = picture_format(sps)
    assert found.codecs.startswith(codecs)
    assert (found.width, found.height) == size
    assert found.frame_rate == 25


@pytest.mark.parametrize("kind", FORMATS)
def test_an_sps_that_is_cut_short_is_refused_or_tells_the_same(kind: str) -> None:
    (sps,) = parameter_sets(scan_segment(media(FORMATS[kind][0])).video.content(0)).sequence
    whole = picture_format(sps)
    for end in range(len(sps)):
        with suppress(ValueError):
            assert replace(picture_format(sps[:end]), frame_rate=25.0) == whole


@quick
@given(st.binary(max_size=80))
def test_any_bytes_are_an_sps_or_refused(data: bytes) -> None:
    with suppress(ValueError):
        found = picture_format(b"\x67\x64\x00\x1f" + data)
        assert found.width > 0
        assert found.height > 0
