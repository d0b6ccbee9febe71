"""Which sound belongs to a variant (RFC 8216 4.3.4.1, 4.3.4.2.1)."""

from __future__ import annotations

import pytest

from longtake.adapters.sources.offering import HlsOffering, offering_of, separate_audio
from longtake.core.errors import SourceRefused
from longtake.core.hls.model import MasterPlaylist, Rendition, Variant

VARIANT = Variant(uri="v", bandwidth=1, audio="a", codecs="avc1.64002A,mp4a.40.2")


def sound(
    name: str, uri: str | None, *, default: bool = False, autoselect: bool = False, group: str = "a"
) -> Rendition:
    return Rendition(type="AUDIO", group_id=group, name=name, uri=uri, default=default, autoselect=autoselect)


GROUPS: dict[str, tuple[list[Rendition], list[str]]] = {
    "none": ([], []),
    "of another group": ([sound("A", "a", group="b")], []),
    "one, also where the codecs name sound": ([sound("A", "a")], ["a"]),
    "the default first": ([sound("A", "a"), sound("B", "b", default=True)], ["b", "a"]),
    "without a default what may be chosen by itself": (
        [sound("A", "a"), sound("B", "b", autoselect=True)],
        ["b", "a"],
    ),
    "else in their order": ([sound("A", "a"), sound("B", "b")], ["a", "b"]),
    "the only one is inside": ([sound("A", None, default=True)], []),
    "the default is inside, others are not": ([sound("A", None, default=True), sound("B", "b")], []),
    "the first is inside, and none is the default": ([sound("A", None), sound("B", "b")], []),
    "one is inside, the default is not": ([sound("A", None), sound("B", "b", default=True)], ["b"]),
    "the variant is the sound itself": ([sound("A", "v", default=True), sound("B", "b")], []),
    "one playlist under two names": (
        [sound("A", "a"), sound("B", "a", default=True), sound("C", "c")],
        ["a", "c"],
    ),
    "pictures and subtitles": (
        [
            Rendition(type="SUBTITLES", group_id="a", name="S", uri="s"),
            Rendition(type="VIDEO", group_id="a", name="V"),
        ],
        [],
    ),
}


@pytest.mark.parametrize(("group", "urls"), GROUPS.values(), ids=GROUPS.keys())
def test_separate_sound(group: list[Rendition], urls: list[str]) -> None:
    assert [audio.url for audio in separate_audio(group, VARIANT)] == urls


def test_a_variant_without_a_group_has_its_sound_in_it() -> None:
    assert separate_audio([sound("A", "a", default=True)], Variant(uri="v", bandwidth=1)) == ()


def test_of_one_playlist_under_two_names_the_default_counts() -> None:
    (first,) = separate_audio([sound("A", "a"), sound("B", "a", default=True)], VARIANT)
    assert (first.name, first.default) == ("B", True)


def test_each_variant_has_the_headers_that_are_for_it() -> None:
    master = MasterPlaylist(variants=(Variant(uri="x", bandwidth=1), Variant(uri="y", bandwidth=2)))
    offering = offering_of(master, lambda url: {"For": url}, max_age_s=9)
    located = offering.locate("source")
    assert (located.url, located.headers, located.max_age_s) == ("y", {"For": "y"}, 9)


def test_what_is_sent_in_another_way_is_refused_with_that() -> None:
    with pytest.raises(SourceRefused, match="'720p' is sent as DASH"):
        HlsOffering([], {"720p": "DASH"}).locate("720p")
