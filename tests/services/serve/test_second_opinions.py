"""What programs of others make of our playlists while they grow: each segment once, in order, over holes and for as long as they like.

ffmpeg (through PyAV) and streamlink follow a live playlist of a real web process while it is recorded, one second at a time;
hls-parser and hls.js have tests of their own (``test_strict_validator``, ``tests/e2e/test_hls_js*``).
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from fractions import Fraction
from itertools import pairwise

import av
import m3u8
import pytest
from streamlink import Streamlink
from streamlink.stream.hls import HLSStream
from tests.fakes.scripted_store import Piece, ScriptedStore, pieces_of
from tests.fakes.serving import Serving, serving
from tests.fakes.tone_stream import ToneStream

from longtake.core.times import SECOND_US, format_us

FPS = 10
FOR_MINUTES = pytest.mark.parametrize(
    "seconds", [40, pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(400)])]
)
"""How long a channel is recorded; 20 s of it are there when somebody begins to look."""
HOLE = range(4, 7)
"""Seconds that are not recorded."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("second-opinions") / "store") as node:
        yield node


class Recording:
    """A channel that is recorded while others look: 20 s of it are there, and the rest comes second by second."""

    def __init__(self, node: Serving, name: str, seconds: int) -> None:
        channel = f"{name}-{seconds}"
        self._recorder = ScriptedStore(node.store, channel)
        stream = ToneStream(rate=Fraction(FPS), gop=FPS, segment_frames=FPS, segments=seconds, size=(128, 72))
        begin_us = (time.time_ns() // 1_000_000_000 - 20) * SECOND_US
        pieces = pieces_of(stream, begin_us)
        self.recorded = [piece for second, piece in enumerate(pieces) if second not in HOLE]
        self.url = f"{node.url}/playlist/{channel}/source.m3u8"
        self.start = format_us(begin_us)

    def begin(self) -> list[Piece]:
        """What has been by now is there; what is to come."""
        now_us = time.time_ns() // 1000
        self._recorder.put_now([one for one in self.recorded if one.end_us <= now_us])
        return [one for one in self.recorded if one.end_us > now_us]

    def following(self, pieces: list[Piece]) -> AbstractContextManager[None]:
        """Records them while the block lasts."""
        return self._recorder.following(pieces)


def content_of(pieces: list[Piece]) -> bytes:
    return b"".join(piece.content for piece in pieces)


@FOR_MINUTES
def test_streamlink_gets_every_byte_once_and_in_order(node: Serving, seconds: int) -> None:
    recording = Recording(node, "streamlink", seconds)
    coming = recording.begin()
    wanted = content_of(recording.recorded)
    session = Streamlink({"hls-live-edge": 99, "stream-timeout": 60.0})
    stream = HLSStream(session, f"{recording.url}?start={recording.start}")
    with recording.following(coming):
        opened = stream.open()
        try:
            got = b""
            while len(got) < len(wanted):
                piece = opened.read(1 << 16)
                assert piece, "it ended"
                got += piece
        finally:
            opened.close()
    assert got == wanted


@FOR_MINUTES
def test_ffmpeg_follows_live_with_times_that_rise(node: Serving, seconds: int) -> None:
    recording = Recording(node, "ffmpeg", seconds)
    coming = recording.begin()
    with (
        recording.following(coming),
        av.open(
            f"{recording.url}?window=10s", options={"live_start_index": "0"}, timeout=(20.0, 20.0)
        ) as live,
    ):
        video = live.streams.video[0]
        times: list[int] = []
        for packet in live.demux(video):
            if packet.dts is None:
                continue
            times.append(packet.dts)
            if len(times) >= (seconds - 18) * FPS:
                break
    assert video.time_base is not None
    step = round(1 / FPS / video.time_base)
    assert all(after - before == step for before, after in pairwise(times))


@FOR_MINUTES
def test_each_version_goes_on_where_the_one_before_ended(node: Serving, seconds: int) -> None:
    """As the m3u8 package reads them, while the window moves on."""
    recording = Recording(node, "m3u8", seconds)
    coming = recording.begin()
    known: dict[int, str] = {}
    lasts: list[int] = []
    with recording.following(coming):
        while len(set(lasts)) <= seconds - 30:
            with urllib.request.urlopen(f"{recording.url}?window=6s", timeout=10) as answer:
                playlist = m3u8.loads(answer.read().decode())
            assert playlist.target_duration == 1
            for place, segment in enumerate(playlist.segments):
                sequence = playlist.media_sequence + place
                assert known.setdefault(sequence, segment.uri) == segment.uri
            lasts.append(playlist.media_sequence + len(playlist.segments))
            time.sleep(0.2)  # as players do between two polls
    assert sorted(known) == list(range(min(known), max(known) + 1))
    assert lasts == sorted(lasts)
    assert len(set(known.values())) == len(known)
