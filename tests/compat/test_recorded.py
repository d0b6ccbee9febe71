"""Our recorder records from an older node's live playlist: the same moments, the same bytes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.compat.stores import put, segments_below
from tests.fakes.node_process import COMMAND
from tests.fakes.older_node import OlderNode
from tests.fakes.recording import START, at_us, media

MEDIA_HOUR = "2024-11-24T04"


@asynccontextmanager
async def recorder(url: str, store: Path) -> AsyncIterator[None]:
    """``longtake capture`` as a process, until the block ends."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "capture", f"demo={url}", "--store", str(store), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def until_recorded(store: Path, files: dict[str, bytes]) -> None:
    """The deadline is for failing, not for waiting."""
    async with asyncio.timeout(40):
        while segments_below(store) != files:
            await asyncio.sleep(0.05)  # another process, which cannot wake us


async def test_what_is_there_and_what_comes(tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    contents = media(at_us(START), 5)
    for index in (0, 1, 3):  # a hole in the middle
        put(there, f"00:{2 * index:02}.000000", content=contents[index], hour=MEDIA_HOUR)
    async with (
        OlderNode(folder=there) as node,
        recorder(f"{node.url}/playlist/demo/source.m3u8", here),
    ):
        await until_recorded(here, segments_below(there))
        put(there, "00:08.000000", content=contents[4], hour=MEDIA_HOUR)
        await until_recorded(here, segments_below(there))


async def test_what_an_older_node_filled_in_later_moves_all_numbers_and_is_recorded_too(
    tmp_path: Path,
) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    contents = media(at_us(START), 5)
    for index in (0, 2, 3):
        put(there, f"00:{2 * index:02}.000000", content=contents[index], hour=MEDIA_HOUR)
    async with (
        OlderNode(folder=there) as node,
        recorder(f"{node.url}/playlist/demo/source.m3u8", here),
    ):
        await until_recorded(here, segments_below(there))
        put(there, "00:02.000000", content=contents[1], hour=MEDIA_HOUR)
        await until_recorded(here, segments_below(there))
        put(there, "00:08.000000", content=contents[4], hour=MEDIA_HOUR)
        await until_recorded(here, segments_below(there))
