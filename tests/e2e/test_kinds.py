"""Recordings in all forms that a recorder leaves play in the page: the pictures, and the sound that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page
from tests.fakes.node_process import NodeProcess, running, wait_for
from tests.fakes.recorded_forms import FORMS, laid_into, recorded_forms
from tests.fakes.recording import START, at_us
from tests.fakes.tone_stream import ToneStream
from tests.fakes.watch_page import IN_A_BROWSER, clock_that, frame_number

from longtake.app.wiring.demo import free_port
from longtake.core.times import format_us, from_us

pytestmark = IN_A_BROWSER

STREAM = ToneStream(segments=5, b_frames=2)
START_US = at_us(START)
CHANNELS = {name.lower().replace(" ", "-"): forms for name, forms in FORMS.items()}
BEGIN = from_us(START_US)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("kinds")
    for channel, forms in CHANNELS.items():
        laid_into(folder / "store" / channel, recorded_forms(STREAM, forms, START_US))
    with running(folder, "run", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        yield node


def bytes_decoded(page: Page, kind: str) -> int:
    found = page.get_by_test_id("player").evaluate(f"video => video.webkit{kind}DecodedByteCount")
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("channel", CHANNELS)
def test_it_plays_over_segments_with_its_sound(node: NodeProcess, page: Page, channel: str) -> None:
    page.goto(f"{node.url}/?channel={channel}&at={format_us(START_US + 1_500_000)}")
    clock_that(page, lambda now: now - BEGIN > timedelta(seconds=2.2), "the second segment")
    sound = wait_for(lambda: bytes_decoded(page, "Audio"), "sound")
    clock_that(page, lambda now: now - BEGIN > timedelta(seconds=4.1), "the third segment")
    assert bytes_decoded(page, "Audio") > sound
    assert 4.1 * 30 <= wait_for(lambda: frame_number(page), "a picture") < STREAM.frames
