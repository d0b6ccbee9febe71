"""Sound alone, packed: frames behind a tag that says when they begin."""

from __future__ import annotations

import pytest
from tests.fakes.coded_media import Media, Sound, media

from longtake.core.facts import Container
from longtake.core.inspection import Inspection, inspect
from longtake.core.segments import SegmentType
from longtake.core.trust import judge

AAC = media(Media(pictures=None, sound=Sound(seconds=2), format="adts"))
AC3 = media(Media(pictures=None, sound=Sound(codec="ac3", seconds=2), format="ac3"))
OWNER = b"com.apple.streaming.transportStreamTimestamp\0"


def size7(number: int) -> bytes:
    """Four times seven bits."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def tag(*frames: bytes) -> bytes:
    body = b"".join(frames)
    return b"ID3\x04\0\0" + size7(len(body)) + body


def private(owner: bytes, data: bytes) -> bytes:
    return b"PRIV" + size7(len(owner + data)) + b"\0\0" + owner + data


def stamped(ticks: int) -> bytes:
    return tag(private(OWNER, ticks.to_bytes(8, "big")))


def kind(found: Inspection) -> SegmentType:
    return judge(found, announced_s=2.0, framed=False, slow=False, media_bytes=9).type


@pytest.mark.parametrize(
    ("content", "codecs", "duration_us"),
    [(AAC, "mp4a.40.2", 2_005_333), (AC3, "ac-3", 1_984_000)],
    ids=["AAC", "AC-3"],
)
def test_frames_behind_a_timestamp(content: bytes, codecs: str, duration_us: int) -> None:
    found = inspect(stamped((1 << 33) - 5) + content)
    assert (found.container, found.codecs, found.flaw) == (Container.AUDIO, codecs, None)
    assert (found.first_pts, found.width, found.starts_with_idr) == ((1 << 33) - 5, None, None)
    assert found.duration_us == pytest.approx(duration_us, abs=25_000)
    assert kind(found) is SegmentType.FULL


TAGS: dict[str, tuple[bytes, int | None]] = {
    "none": (b"", None),
    "another frame before it": (tag(private(b"other\0", b"data"), private(OWNER, bytes(7) + b"\x09")), 9),
    "more bits than there are": (tag(private(OWNER, b"\xff" * 8)), (1 << 33) - 1),
    "other tags": (tag(private(b"other\0", b"PRIV")), None),
    "cut short": (tag(private(OWNER, b"\0\0\0")), None),
    "two, of which the second has it": (tag(b"TXXX" + size7(2) + b"\0\0ab") + stamped(7), 7),
}


@pytest.mark.parametrize(("tags", "first_pts"), TAGS.values(), ids=TAGS.keys())
def test_tags_of_all_kinds(tags: bytes, first_pts: int | None) -> None:
    found = inspect(tags + AAC)
    assert (found.container, found.first_pts, found.flaw) == (Container.AUDIO, first_pts, None)


def test_tags_may_stand_between_frames_and_behind_them() -> None:
    found = inspect(stamped(9) + AAC + tag(b"TXXX" + size7(0) + b"\0\0") + AAC + stamped(0))
    assert (found.first_pts, found.flaw) == (9, None)
    assert found.duration_us == pytest.approx(2 * (inspect(AAC).duration_us or 0), abs=1)


def test_what_is_cut_off_is_seen_but_between_two_frames() -> None:
    content = stamped(9) + AAC
    unseen = 0
    for size in range(1, len(content), 11):
        found = inspect(content[:size])
        unseen += kind(found) is SegmentType.FULL
    assert unseen <= 5  # few of the places in the last half second are between two frames


def test_what_is_in_between_and_is_no_sound_is_a_flaw() -> None:
    found = inspect(AAC[:8000] + b"?" * 99 + AAC)
    assert "there is no sound" in str(found.flaw) or found.breaks_off


def test_a_tag_alone_holds_no_sound() -> None:
    assert "no sound" in str(inspect(stamped(9)).flaw)


def test_subtitles_are_not_doubted() -> None:
    found = inspect(b"\xef\xbb\xbfWEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:900000\n\n")
    assert (found.container, found.flaw, kind(found)) == (Container.OTHER, None, SegmentType.FULL)
