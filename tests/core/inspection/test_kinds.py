"""Whole segments of every kind: PyAV says the same of them, and none is doubted. Of what is cut off, nearly none is full."""

from __future__ import annotations

import random

import pytest
from tests.fakes.coded_media import Media, media, opinions
from tests.fakes.media_kinds import KINDS, WRAP
from tests.fakes.ts_packets import PACKET

from longtake.core.facts import Container
from longtake.core.inspection import inspect
from longtake.core.segments import SegmentType
from longtake.core.trust import judge

every_kind = pytest.mark.parametrize("wanted", KINDS.values(), ids=KINDS.keys())


def verdict(content: bytes, announced_s: float, *, framed: bool) -> SegmentType:
    found = inspect(content)
    return judge(found, announced_s=announced_s, framed=framed, slow=False, media_bytes=len(content)).type


@every_kind
def test_pyav_says_the_same(wanted: Media) -> None:
    content = media(wanted)
    found, theirs = inspect(content), opinions(content)
    main = theirs.get("video") or theirs["audio"]
    assert (found.container, found.flaw, found.breaks_off) == (Container.MPEG_TS, None, False)
    assert found.first_pts == main.packets[0][0] % WRAP
    first = main.packets[0][0]
    shown = sorted((pts - first + WRAP // 2) % WRAP for pts, _, _ in main.packets)
    step_us = (shown[1] - shown[0]) * 100 / 9
    assert found.duration_us == pytest.approx((shown[-1] - shown[0]) * 100 / 9 + step_us, abs=step_us)
    assert (found.width, found.height) == (main.size or (None, None))
    if wanted.pictures is not None:
        assert found.starts_with_idr is main.packets[0][2]
        assert found.parameter_sets is not None
        if wanted.pictures.ticks is None:
            assert found.frame_rate == pytest.approx(float(wanted.pictures.rate), abs=1e-4)


@every_kind
@pytest.mark.parametrize("framed", [True, False], ids=["framed", "not framed"])
def test_what_is_whole_is_full(wanted: Media, framed: bool) -> None:
    announced_s = wanted.pictures.times()[-1] / 90_000 if wanted.pictures is not None else 2.0
    assert verdict(media(wanted), announced_s, framed=framed) is SegmentType.FULL


CODECS: dict[str, str] = {
    "H.264 baseline": "avc1.42c00c,mp4a.40.2",
    "H.264 main": "avc1.4d400c,mp4a.40.2",
    "H.264 high with B-frames": "avc1.64000c,mp4a.40.2",
    "H.264 high 10": "avc1.6e000c,mp4a.40.2",
    "H.264 4:4:4": "avc1.f4000c,mp4a.40.2",
    "HEVC": "hvc1.1.6.L60.90,mp4a.40.2",
    "pictures alone": "avc1.42c00c",
    "sound alone": "mp4a.40.2",
    "MPEG layer II": "avc1.42c00c,mp4a.40.33",
    "MP3": "avc1.42c00c,mp4a.40.34",
    "AC-3": "avc1.42c00c,ac-3",
    "E-AC-3": "avc1.42c00c,ec-3",
    "as DVB has it": "avc1.42c00c,ac-3",
}


@pytest.mark.parametrize(("kind", "codecs"), CODECS.items(), ids=CODECS.keys())
def test_codecs_have_the_words_of_hls(kind: str, codecs: str) -> None:
    assert inspect(media(KINDS[kind])).codecs == codecs


CUT = [
    "H.264 baseline",
    "H.264 high with B-frames",
    "HEVC",
    "pictures alone",
    "sound alone",
    "MPEG layer II",
    "small units of sound",
    "pictures that say how long they are",
    "many clocks and tables",
]


@pytest.mark.parametrize("kind", CUT)
def test_of_what_is_cut_off_only_what_ends_between_two_units_and_lasts_long_enough_is_full(kind: str) -> None:
    """The one thing that cannot be seen: in a segment of 750 KB, about 60 of its 750,000 places to be cut at."""
    content = media(KINDS[kind])
    unseen = 0
    for size in range(PACKET, len(content), PACKET):
        if verdict(content[:size], 2.0, framed=False) is SegmentType.FULL:
            assert _between_units(content, size)
            covered_us = inspect(content[:size]).covered_us
            assert covered_us is not None
            assert covered_us >= 1_900_000
            unseen += 1
    assert unseen <= 70


@pytest.mark.parametrize("kind", CUT)
def test_what_is_cut_within_a_packet_is_never_full(kind: str) -> None:
    content = media(KINDS[kind])
    draw = random.Random(kind)
    for size in draw.sample(range(1, len(content)), 60):
        if size % PACKET:
            assert verdict(content[:size], 2.0, framed=False) is SegmentType.PARTIAL
            assert verdict(content[:size], 2.0, framed=True) is SegmentType.SUSPECT


def _between_units(content: bytes, at: int) -> bool:
    """Whether everything that would have followed is new: the next packet of each PID begins a unit, or a section."""
    seen = set()
    for place in range(at, len(content), PACKET):
        pid = (content[place + 1] & 0x1F) << 8 | content[place + 2]
        if content[place + 3] & 0x10 and pid != 0x1FFF and pid not in seen:
            seen.add(pid)
            if not content[place + 1] & 0x40:
                return False
    return True
