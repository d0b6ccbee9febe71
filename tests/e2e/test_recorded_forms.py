"""What a recorder makes of every form that a stream may have plays in a real Chromium, and can be cut."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import av
import pytest
from playwright.sync_api import Page
from tests.fakes.node_process import NodeProcess, longtake, running, wait_for
from tests.fakes.recording import START, at_us
from tests.fakes.troubles import ROWS
from tests.fakes.troubles.stage import staged
from tests.fakes.watch_page import IN_A_BROWSER, clock_that

from longtake.app.wiring.demo import free_port
from longtake.core.times import from_us

pytestmark = IN_A_BROWSER

FORMS = {
    "fmp4": "segments are fMP4, with an init section",
    "encrypted": "segments are encrypted, with a stated initialisation vector",
    "parts": "parts of one file, of which only the first says where it begins",
    "parts-fmp4": "init section and segments are parts of one file",
    "encrypted-fmp4": "an encrypted init section, encrypted fMP4",
    "apart": "sound comes apart from the pictures",
    "packed": "sound comes apart, packed, in two languages",
}
"""Channels, and the rows of the table of troubles that they are recorded from: three segments each."""
BEGIN = from_us(at_us(START))


async def _record(store: Path, scratch: Path) -> None:
    rows = {row.name: row for row in ROWS}
    for channel, name in FORMS.items():
        async with staged(scratch / channel) as stage:
            await rows[name].play(stage)
        (scratch / channel / "demo").rename(store / channel)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("forms")
    (folder / "store").mkdir()
    asyncio.run(_record(folder / "store", folder / "scratch"))
    with running(folder, "run", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        # What was recorded just now, behind a hole that might still be filled, is shown some seconds later.
        for channel in FORMS:
            wait_for(partial(_is_shown, node, channel), f"{channel} to be shown")
        yield node


def _is_shown(node: NodeProcess, channel: str) -> bool:
    url = f"{node.url}/playlist/{channel}/source.m3u8?start=2024-11-24T03:59:00Z"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return b"#EXTINF" in answer.read()


@pytest.mark.parametrize("channel", FORMS)
def test_it_plays_with_picture_and_sound(node: NodeProcess, page: Page, channel: str) -> None:
    page.goto(f"{node.url}?channel={channel}&quality=source&at={START}")
    clock_that(page, lambda now: (now - BEGIN).total_seconds() > 3, "the second segment to play")
    player = page.get_by_test_id("player")
    wait_for(lambda: player.evaluate("video => video.webkitAudioDecodedByteCount") > 10_000, "sound")
    assert player.evaluate("video => video.webkitVideoDecodedByteCount") > 10_000


@pytest.mark.parametrize("channel", FORMS)
@pytest.mark.parametrize("container", ["ts", "mp4"])
def test_it_can_be_cut(node: NodeProcess, tmp_path: Path, channel: str, container: str) -> None:
    file = tmp_path / f"cut.{container}"
    times = [START, "2024-11-24T04:00:06Z"]
    arguments = ["--kind", "rough", "-o", str(file), "--store", str(node.folder / "store")]
    done = longtake("cut", channel, *times, *arguments)
    assert done.returncode == 0, done.stderr
    with av.open(str(file)) as cut:
        frames = sum(1 for _ in cut.decode(video=0))
    assert frames == (180 if channel in ("encrypted", "parts") else 150), "six seconds, to the frame"
    with av.open(str(file)) as cut:
        samples = sum(frame.samples for frame in cut.decode(audio=0))
    assert 5.8 < samples / 48_000 < 6.2
