"""Any content gets a look, and nothing is refused."""

from __future__ import annotations

import pytest
from tests.fakes.tone_stream import ToneStream, made

from longtake.core.facts import Container
from longtake.core.inspection import INSPECTION_VERSION, facts_of, inspect

TS = made(ToneStream(segments=1))[0]
OTHERS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is empty"),
    "a web page": (b"\n<!DOCTYPE html><p>502 Bad Gateway", "it is a web page"),
    "bytes": (bytes(range(256)) * 9, "it is neither"),
    "M2TS": ((b"\0\0\0\0" + TS[:188]) * 3, "packets of 192 bytes"),
}


@pytest.mark.parametrize(("content", "words"), OTHERS.values(), ids=OTHERS.keys())
def test_what_is_no_media_is_said_so(content: bytes, words: str) -> None:
    found = inspect(content)
    assert found.container is Container.OTHER
    assert words in str(found.flaw)


def test_facts_are_what_the_content_tells() -> None:
    facts = facts_of(inspect(memoryview(TS)), name="a name", size_bytes=len(TS))
    assert (facts.name, facts.size_bytes, facts.looked) == ("a name", len(TS), INSPECTION_VERSION)
    assert (facts.width, facts.height, facts.frame_rate) == (320, 180, 30.0)
    assert facts.codecs == "avc1.42c00d,mp4a.40.2"
    assert (facts.first_pts, facts.starts_with_idr, facts.duration_us) == (90_000, True, 2_000_000)


def test_a_damaged_beginning_is_a_flaw_of_what_it_is() -> None:
    found = inspect(TS[37:])
    assert found.container is Container.MPEG_TS
    assert "at byte 0" in str(found.flaw)
