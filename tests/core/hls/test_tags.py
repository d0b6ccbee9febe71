from __future__ import annotations

import pytest

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.tags import MASTER_TAG, MEDIA_TAG, read_lines


def test_each_line_goes_to_its_reader() -> None:
    seen: list[str] = []
    lines = ["#EXTM3U", "#A:1:2", "", "# a comment", "#B", "uri"]
    read_lines(lines, {"#A": seen.append, "#B": seen.append}, seen.append, MASTER_TAG)
    assert seen == ["1:2", "", "uri"]


def test_a_refusal_names_the_line() -> None:
    with pytest.raises(InvalidPlaylist, match=r"^Line 2 of the playlist: #EXTINF is mixed"):
        read_lines(["#EXTM3U", "#EXTINF:2,"], {}, lambda _: None, MEDIA_TAG)
