from __future__ import annotations

import pytest

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.model import UNREADABLE_MAP, MasterPlaylist, MediaPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.hls.variables import Variables

URL = "https://h.example/live/list.m3u8?a=1&token=SECRET%2Fx%26y&empty=#token=other"

DEFINED = {
    "a value": ('NAME="path",VALUE="v1/x"', "{$path}/s.ts?p={$path}", "v1/x/s.ts?p=v1/x"),
    "a parameter of the playlist's own URL": ('QUERYPARAM="token"', "s.ts?t={$token}", "s.ts?t=SECRET/x&y"),
    "a parameter without value": ('QUERYPARAM="empty"', "s{$empty}.ts", "s.ts"),
    "no reference": ('NAME="path",VALUE="x"', "{path}$.ts", "{path}$.ts"),
}


@pytest.mark.parametrize(("tag", "text", "result"), DEFINED.values(), ids=DEFINED.keys())
def test_values_are_put_in_place(tag: str, text: str, result: str) -> None:
    variables = Variables(URL)
    variables.define(tag)
    assert variables.substituted(text) == result


UNKNOWN = {
    "imported": ('IMPORT="token"', "token is one of the master playlist, which is not known here"),
    "a parameter that the URL has not": ('QUERYPARAM="user"', "token is not defined"),
    "a name without value": ('NAME="token"', "token is not defined"),
}


@pytest.mark.parametrize(("tag", "message"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_is_not_known_is_refused_where_it_is_used(tag: str, message: str) -> None:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:6", f"#EXT-X-DEFINE:{tag}", "#EXTINF:2,"]
    parse_playlist("\n".join([*lines, "s.ts"]), URL)
    with pytest.raises(InvalidPlaylist) as caught:
        parse_playlist("\n".join([*lines, "s.ts?{$token}"]), URL)
    assert str(caught.value) == f"Line 5 of the playlist: the variable {message}."


def test_variables_are_in_all_uris_of_a_media_playlist() -> None:
    text = (
        '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXT-X-DEFINE:NAME="v",VALUE="../x"\n#EXT-X-MAP:URI="{$v}/i"\n'
        '#EXT-X-KEY:METHOD=AES-128,URI="{$v}/k"\n#EXTINF:2,\n{$v}/s\n#EXT-X-MAP:URI="{$w}"\n#EXTINF:2,\nt\n'
    )
    playlist = parse_playlist(text, URL)
    assert isinstance(playlist, MediaPlaylist)
    first, second = playlist.segments
    assert first.init is not None and first.key is not None
    assert {first.uri, first.init.uri, first.key.uri} == {f"https://h.example/x/{name}" for name in "sik"}
    assert second.key == UNREADABLE_MAP


def test_variables_are_in_all_uris_of_a_master_playlist() -> None:
    text = (
        '#EXTM3U\n#EXT-X-DEFINE:NAME="v",VALUE="x"\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="{$v}/a"\n'
        "#EXT-X-STREAM-INF:BANDWIDTH=1\n{$v}/v\n"
    )
    playlist = parse_playlist(text, URL)
    assert isinstance(playlist, MasterPlaylist)
    assert playlist.variants[0].uri == "https://h.example/live/x/v"
    assert playlist.renditions[0].uri == "https://h.example/live/x/a"


def test_braces_mean_nothing_where_nothing_is_defined() -> None:
    playlist = parse_playlist("#EXTM3U\n#EXTINF:2,\n{$v}/s\n", URL)
    assert isinstance(playlist, MediaPlaylist)
    assert playlist.segments[0].uri == "https://h.example/live/{$v}/s"


def test_a_definition_that_cannot_be_read_defines_nothing() -> None:
    parse_playlist('#EXTM3U\n#EXT-X-DEFINE:NAME="\n#EXTINF:2,\ns\n', URL)
