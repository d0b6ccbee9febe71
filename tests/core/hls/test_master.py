from __future__ import annotations

from longtake.core.hls.master import MasterReader

URL = "https://h.example/live/list.m3u8?token=SECRET"


def test_a_rendition_that_cannot_be_read_does_not_cost_the_variants() -> None:
    lines = ["#EXTM3U", '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a', "#EXT-X-STREAM-INF:BANDWIDTH=1", "v.m3u8"]
    playlist = MasterReader(URL).read(lines)
    assert [variant.uri for variant in playlist.variants] == ["https://h.example/live/v.m3u8"]
    assert playlist.renditions == ()


def test_odd_lines_cost_their_variants_alone() -> None:
    lines = ["#EXTM3U", "stray", "#EXT-X-STREAM-INF:BANDWIDTH=1", '#EXT-X-STREAM-INF:NAME="', "odd"]
    playlist = MasterReader(URL).read(
        [*lines, "#EXT-X-STREAM-INF:BANDWIDTH=2", "v", "#EXT-X-STREAM-INF:BANDWIDTH=3"]
    )
    assert [(v.uri, v.bandwidth) for v in playlist.variants] == [("https://h.example/live/v", 2)]
