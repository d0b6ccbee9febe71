from __future__ import annotations

from longtake.core.hls.master import MasterReader

URL = "https://h.example/live/list.m3u8?token=SECRET"


def test_a_rendition_that_cannot_be_read_does_not_cost_the_variants() -> None:
    lines = ["#EXTM3U", '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a', "#EXT-X-STREAM-INF:BANDWIDTH=1", "v.m3u8"]
    playlist = MasterReader(URL).read(lines)
    assert [variant.uri for variant in playlist.variants] == ["https://h.example/live/v.m3u8"]
    assert playlist.renditions == ()
