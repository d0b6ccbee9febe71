"""A strict second opinion on our playlists: npm's hls-parser in strict mode, which refuses what players forgive."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from tests.fakes.recording import record
from tests.fakes.web_node import web_node

WEB = Path(__file__).parents[3] / "web"
NODE = Path(sys.executable).with_name("node")
PROGRAM = """
const HLS = require('hls-parser');
HLS.setOptions({ strictMode: true });
const playlist = HLS.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(String((playlist.segments ?? playlist.variants).length));
"""


async def entries(text: str) -> int:
    """How many entries the validator finds. Fails if it finds fault."""
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        "-e",
        PROGRAM,
        cwd=WEB,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(text.encode())
    assert process.returncode == 0, err.decode()
    return int(out)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/playlist/demo.m3u8", 2),
        ("/playlist/demo/source.m3u8", 5),
        ("/playlist/demo/source.m3u8?window=4", 2),
        ("/playlist/demo/source.m3u8?start=2024-11-24T04:00:02Z", 4),
        ("/playlist/demo/source.m3u8?start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:12Z", 5),
        ("/playlist/demo/source.m3u8?start=2024-11-23T04:00:00Z&end=2024-11-23T04:00:12Z", 0),
    ],
    ids=[
        "master",
        "live",
        "a short window",
        "growing",
        "a finished range with a hole",
        "a range with nothing in it",
    ],
)
async def test_a_strict_validator_finds_no_fault(tmp_path: Path, path: str, count: int) -> None:
    async with web_node(tmp_path) as node:
        await record(node.store, count=6, leave_out={3})
        await record(node.store, quality="360p", count=6)
        assert await entries((await node.get(path)).text) == count


async def test_the_validator_is_strict() -> None:
    text = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:6.000,\na.ts\n"
    with pytest.raises(AssertionError, match="target duration"):
        await entries(text)
