"""A second opinion on all that is served: hls-parser in its strict mode, which refuses what breaks RFC 8216.

It takes a decimal TARGETDURATION for good; that the number is whole is checked here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import m3u8
import pytest
import pytest_asyncio
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

from longtake.core.segments import SegmentType
from longtake.core.times import HOUR_US, SECOND_US, format_us

WEB = Path(__file__).parents[3] / "web"
NODE = Path(sys.executable).with_name("node")
VALIDATE = """
import { readFileSync } from 'node:fs';
import hls from 'hls-parser';
hls.setOptions({ strictMode: true });
const playlist = hls.parse(readFileSync(0, 'utf8'));
if (!playlist.isMasterPlaylist && !Number.isInteger(playlist.targetDuration)) throw new Error('TARGETDURATION');
console.log((playlist.isMasterPlaylist ? playlist.variants : playlist.segments).length);
"""


class RefusedError(Exception):
    """What hls-parser has against a playlist."""


def entries_by_strict_reading(text: str) -> int:
    """How many segments or variants the playlist has. Raises RefusedError."""
    done = subprocess.run(
        [NODE, "--input-type=module", "--eval", VALIDATE],
        input=text,
        cwd=WEB,
        capture_output=True,
        text=True,
        timeout=30,
    )
    if done.returncode:
        raise RefusedError(done.stderr)
    entries = json.loads(done.stdout)
    assert isinstance(entries, int)
    return entries


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path_factory.mktemp("node")) as node:
        await record(node.store, count=6, leave_out={2}, types={4: SegmentType.SUSPECT})
        await record(node.store, quality="480p", count=3)
        await record(node.store, channel="apart", count=3)
        await record(node.store, channel="apart", quality="source.audio", count=3)
        await record(node.store, channel="apart", quality="source.audio-de", count=2)
        await record(node.store, channel="apart", quality="480p", count=3)
        yield node


RECORDED = "start=2024-11-24T04:00:00Z"
TOMORROW = format_us(time.time_ns() // 1000 // SECOND_US * SECOND_US + 24 * HOUR_US)

SERVED = {
    "live": ("demo/source.m3u8", 5),
    "live, a short window": ("demo/source.m3u8?window=4", 3),
    "growing": (f"demo/source.m3u8?{RECORDED}", 5),
    "growing, from the middle": ("demo/source.m3u8?start=2024-11-24T04:00:07Z", 3),
    "growing, from a time to come": (f"demo/source.m3u8?start={TOMORROW}", 0),
    "a range with a hole": (f"demo/source.m3u8?{RECORDED}&end=2024-11-24T04:00:09Z", 4),
    "a range that ended": (f"demo/480p.m3u8?{RECORDED}&end=2024-11-24T04:00:06Z", 3),
    "a range that has not ended": (f"demo/480p.m3u8?{RECORDED}&end={TOMORROW}", 3),
    "a range with nothing in it": ("demo/source.m3u8?start=2024-11-23T00:00:00Z&end=2024-11-23T01:00:00Z", 0),
    "the master": ("demo.m3u8", 2),
    "the master of separate sound": ("apart.m3u8", 2),
    "the master of one quality": ("apart.m3u8?quality=source", 1),
    "separate sound by itself": (f"apart/source.audio.m3u8?{RECORDED}", 3),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("path", "entries"), SERVED.values(), ids=SERVED.keys())
async def test_what_is_served_is_strictly_right(node: WebNode, path: str, entries: int) -> None:
    answer = await node.get(f"/playlist/{path}")
    assert answer.status == 200, answer.text
    assert entries_by_strict_reading(answer.text) == entries


WRONG = {
    "a decimal target": ("#EXT-X-TARGETDURATION:2\n", "#EXT-X-TARGETDURATION:2.500\n", "TARGETDURATION"),
    "a target that is too short": (
        "#EXT-X-TARGETDURATION:2\n",
        "#EXT-X-TARGETDURATION:1\n",
        "EXTINF duration",
    ),
    "no target": ("#EXT-X-TARGETDURATION:2\n", "", "TARGETDURATION"),
    "numbers behind a segment": (
        "#EXT-X-TARGETDURATION:2\n",
        "#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n",
        "MEDIA-SEQUENCE",
    ),
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("right", "wrong", "why"), WRONG.values(), ids=WRONG.keys())
async def test_what_is_wrong_is_refused(node: WebNode, right: str, wrong: str, why: str) -> None:
    text = (await node.get("/playlist/demo/source.m3u8")).text
    assert right in text
    with pytest.raises(RefusedError, match=why):
        entries_by_strict_reading(text.replace(right, wrong))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_master_may_be_limited_to_one_quality_and_its_sound(node: WebNode) -> None:
    query = "start=2024-11-24T04:00:00Z&end=2024-11-24T04:00:06Z"
    text = (await node.get(f"/playlist/apart.m3u8?quality=source&{query}")).text
    read = m3u8.loads(text)
    assert [variant.uri.partition("?")[0] for variant in read.playlists] == ["apart/source.m3u8"]
    sounds = [media.uri for media in read.media if media.type == "AUDIO"]
    assert [uri.partition("?")[0] for uri in sounds] == [
        "apart/source.audio.m3u8",
        "apart/source.audio-de.m3u8",
    ]
    for uri in (read.playlists[0].uri, *sounds):
        assert "quality=" not in uri
        assert len(m3u8.loads((await node.get(f"/playlist/{uri}")).text).segments) in (2, 3)
    (alone,) = m3u8.loads((await node.get("/playlist/apart.m3u8?quality=480p")).text).playlists
    assert (alone.stream_info.audio, alone.uri) == (None, "apart/480p.m3u8")
    refused = await node.get("/playlist/apart.m3u8?quality=1080p")
    assert refused.status == 404
    assert "'1080p' of channel 'apart'" in refused.text
