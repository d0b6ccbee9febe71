"""HEVC's parameter sets and pictures, also as x265 writes them."""

from __future__ import annotations

import pytest
from tests.fakes.coded_media import Media, Pictures, media

from longtake.core import hevc
from longtake.core.mpegts.look import look_at

QUIET = "log-level=none:pools=none:frame-threads=1:keyint=10:min-keyint=10"


def x265(size: tuple[int, int] = (256, 144), parameters: str = "", pixels: str = "yuv420p") -> Media:
    options = (("preset", "ultrafast"), ("x265-params", f"{QUIET}:{parameters}"))
    pictures = Pictures(codec="libx265", size=size, count=12, options=options, pixels=pixels)
    return Media(pictures=pictures, sound=None)


def first_picture(wanted: Media) -> bytes:
    video = look_at(media(wanted)).video
    assert video is not None
    return video.content(0, 1 << 20)


# The words that MP4Box and others give for such streams: profile, compatibility, tier and level, constraints.
FORMATS: dict[str, tuple[Media, str, tuple[int, int]]] = {
    "main": (x265(), "hvc1.1.6.L60.90", (256, 144)),
    "sides that are no multiple of 8": (x265((250, 142)), "hvc1.1.6.L60.90", (250, 142)),
    "10 bits": (x265(pixels="yuv420p10le"), "hvc1.2.4.L60.90", (256, 144)),
    "4:2:2": (x265((250, 142), pixels="yuv422p"), "hvc1.4.10.L60.9", (250, 142)),
    "4:4:4": (x265((250, 142), pixels="yuv444p"), "hvc1.4.10.L60.9", (250, 142)),
    "with temporal layers": (x265(parameters="temporal-layers=2:bframes=3"), "hvc1.1.6.L60.90", (256, 144)),
}


@pytest.mark.parametrize(("wanted", "codecs", "size"), FORMATS.values(), ids=FORMATS.keys())
def test_an_sps_tells_codec_and_size(wanted: Media, codecs: str, size: tuple[int, int]) -> None:
    (sps,) = hevc.parameter_sets(first_picture(wanted)).sequence
    found = hevc.picture_format(sps)
    assert found.codecs.startswith(codecs)
    assert (found.width, found.height) == size


def test_all_kinds_of_sets_are_found() -> None:
    sets = hevc.parameter_sets(first_picture(x265()))
    assert [hevc.nal_type(nal) for nal in sets.others] == [hevc.Nal.VPS, hevc.Nal.PPS]


@pytest.mark.parametrize("size", range(0, 40, 3))
def test_an_sps_that_is_cut_short_is_refused_or_tells_the_same(size: int) -> None:
    (sps,) = hevc.parameter_sets(first_picture(x265())).sequence
    try:
        found = hevc.picture_format(sps[:size])
    except ValueError:
        return
    assert found == hevc.picture_format(sps)


def a_slice(kind: int) -> bytes:
    return b"\x00\x00\x01" + bytes((kind << 1, 1)) + b"\xaf"


@pytest.mark.parametrize(
    ("kind", "is_idr"),
    [(19, True), (20, True), (21, False), (16, False), (18, False), (1, False), (0, False)],
    ids=["IDR_W_RADL", "IDR_N_LP", "CRA", "BLA_W_LP", "BLA_N_LP", "TRAIL_R", "TRAIL_N"],
)
def test_only_idr_pictures_are_idr(kind: int, is_idr: bool) -> None:
    unit = a_slice(35) + a_slice(32) + a_slice(39) + a_slice(kind)
    assert hevc.first_slice_at(unit) == 18
    assert hevc.is_idr(unit) is is_idr


@pytest.mark.parametrize("unit", [b"", a_slice(35), b"\x00\x00\x01", a_slice(40)])
def test_a_unit_may_have_no_slice(unit: bytes) -> None:
    assert hevc.first_slice_at(unit) is None
    assert hevc.is_idr(unit) is None
