from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.attributes import (
    Quoted,
    UriBase,
    excerpt,
    parse_attributes,
    parse_byte_range,
    parse_decimal,
    parse_integer,
    parse_key,
    parse_map,
    parse_rendition,
    parse_resolution,
    parse_variant,
    render_attributes,
    render_byte_range,
    render_key,
    render_map,
    render_rendition,
    render_resolution,
    render_variant,
)
from longtake.core.hls.model import ByteRange, InitSection, Key, Rendition, Variant

BASE = "https://h.example/a/list.m3u8?t=1"


def as_written(uri: str) -> str:
    return uri


BOTH_WAYS = {
    "one bare value": ("A=1", {"A": "1"}),
    "bare and quoted": ('METHOD=AES-128,URI="k.bin"', {"METHOD": "AES-128", "URI": Quoted("k.bin")}),
    "commas and equal signs within quotes": ('X="a,b=c",Y=2', {"X": Quoted("a,b=c"), "Y": "2"}),
    "an empty quoted value": ('X="",Y=2', {"X": Quoted(""), "Y": "2"}),
}


@pytest.mark.parametrize(("text", "attributes"), BOTH_WAYS.values(), ids=BOTH_WAYS.keys())
def test_both_ways(text: str, attributes: dict[str, str]) -> None:
    parsed = parse_attributes(text)
    assert parsed == attributes
    assert [type(value) for value in parsed.values()] == [type(value) for value in attributes.values()]
    assert render_attributes(attributes.items()) == text


GENEROUS = {
    "spaces around everything": (' A = 1 , B = "x" ', {"A": "1", "B": "x"}),
    "a comma too many": ("A=1,,B=2,", {"A": "1", "B": "2"}),
    "the last of a repeated name counts": ("A=1,A=2", {"A": "2"}),
    "an empty bare value": ("A=,B=2", {"A": "", "B": "2"}),
    "nothing at all": ("", {}),
    "letters beyond ASCII": ('NAME="Größe"', {"NAME": "Größe"}),
}


@pytest.mark.parametrize(("text", "attributes"), GENEROUS.values(), ids=GENEROUS.keys())
def test_generous_reading(text: str, attributes: dict[str, str]) -> None:
    assert parse_attributes(text) == attributes


REFUSED = {
    "a quote that is not closed": 'A=1,URI="https://h/?secret',
    "text after a quoted value": 'URI="?secret"x',
    "a quote within a bare value": 'A=b"secret"',
    "a name without a value": "A=1,secret",
    "a value without a name": '="secret"',
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_unreadable_lists_are_refused_without_quoting_them(text: str) -> None:
    with pytest.raises(InvalidPlaylist, match="from its character") as caught:
        parse_attributes(text)
    assert "secret" not in str(caught.value)


names = st.text("ABCXYZ019-", min_size=1, max_size=12)
quoted_values = st.text(st.characters(exclude_characters='"\n\r', exclude_categories=["Cs"])).map(Quoted)
bare_values = st.text("abcXYZ019.@x-_", min_size=1)


@given(st.dictionaries(names, quoted_values | bare_values))
def test_what_is_written_reads_back(attributes: dict[str, str]) -> None:
    parsed = parse_attributes(render_attributes(attributes.items()))
    assert parsed == attributes
    assert {k: type(v) for k, v in parsed.items()} == {k: type(v) for k, v in attributes.items()}


@given(st.text())
def test_any_text_gives_attributes_or_a_refusal(text: str) -> None:
    with suppress(InvalidPlaylist):
        parse_attributes(text)


@pytest.mark.parametrize("text", ["a={}!", "a={}", "{}=", "a{}b", 'a="x"{}z'])
def test_a_long_run_of_spaces_takes_no_time(text: str) -> None:
    """Where two parts of the pattern could both take them, this takes hours and the test's timeout ends it."""
    with suppress(InvalidPlaylist):
        parse_attributes(text.format(" " * 300_000) + '"')


NOT_WRITTEN = {
    "a quote in a quoted value": ("URI", Quoted('a"b')),
    "a line feed in a quoted value": ("URI", Quoted("a\nb")),
    "a carriage return in a quoted value": ("URI", Quoted("a\rb")),
    "a comma in a bare value": ("METHOD", "a,b"),
    "a space in a bare value": ("METHOD", "a b"),
    "an empty bare value to write": ("METHOD", ""),
    "a name in lower case": ("uri", "x"),
}


@pytest.mark.parametrize(("name", "value"), NOT_WRITTEN.values(), ids=NOT_WRITTEN.keys())
def test_what_would_break_the_line_is_not_written(name: str, value: str) -> None:
    with pytest.raises(ValueError):
        render_attributes([(name, value)])


def test_absent_values_are_left_out() -> None:
    assert render_attributes([("A", None), ("B", "2"), ("C", None)]) == "B=2"


RESOLVED = {
    # RFC 3986 5.4.1 and 5.4.2, against http://a/b/c/d;p?q
    "another scheme": ("g:h", "g:h"),
    "a name": ("g", "http://a/b/c/g"),
    "a dot before a name": ("./g", "http://a/b/c/g"),
    "a folder": ("g/", "http://a/b/c/g/"),
    "an absolute path": ("/g", "http://a/g"),
    "another host": ("//g", "http://g"),
    "a query alone": ("?y", "http://a/b/c/d;p?y"),
    "a name and a query": ("g?y", "http://a/b/c/g?y"),
    "a fragment alone": ("#s", "http://a/b/c/d;p?q#s"),
    "a name and a fragment": ("g#s", "http://a/b/c/g#s"),
    "a parameter alone": (";x", "http://a/b/c/;x"),
    "an empty reference": ("", "http://a/b/c/d;p?q"),
    "a dot alone": (".", "http://a/b/c/"),
    "one folder up": ("..", "http://a/b/"),
    "one folder up and a name": ("../g", "http://a/b/g"),
    "two folders up and a name": ("../../g", "http://a/g"),
    "further up than there is": ("../../../g", "http://a/g"),
    "dots within an absolute path": ("/./g/../h", "http://a/h"),
    "a name that begins with a dot": (".g", "http://a/b/c/.g"),
    "a name that ends with dots": ("g..", "http://a/b/c/g.."),
    "dots within a path": ("g;x=1/../y", "http://a/b/c/y"),
    "dots in a query stay": ("g?y/../x", "http://a/b/c/g?y/../x"),
    "dots in a fragment stay": ("g#s/../x", "http://a/b/c/g#s/../x"),
    # Our own cases
    "empty folders stay": ("x//g", "http://a/b/c/x//g"),
    "a clock in a later part of the path": (
        "2024-11-09T23/59:58.5-2.ts",
        "http://a/b/c/2024-11-09T23/59:58.5-2.ts",
    ),
    "an absolute URL as it is": ("https://o/x//y/../z?q", "https://o/x//y/../z?q"),
    "an inline key as it is": ("data:text/plain;base64,AA==", "data:text/plain;base64,AA=="),
    "control characters": ("s\x1b[2J\x00\u202e.ts", "http://a/b/c/s%1B[2J%00%E2%80%AE.ts"),
    "what is no character": ("\ud800.ts", "http://a/b/c/%3F.ts"),
    "what is no URL at all": ("http://[::1/x", "http://[::1/x"),
}


@pytest.mark.parametrize(("reference", "uri"), RESOLVED.values(), ids=RESOLVED.keys())
def test_references_are_resolved(reference: str, uri: str) -> None:
    assert UriBase("http://a/b/c/d;p?q").resolve(reference) == uri


BASES = {
    "a host alone": ("https://h", "https://h/s.ts"),
    "a host and a slash": ("https://h/", "https://h/s.ts"),
    "a query with slashes": ("https://h/a/l.m3u8?u=/x/y", "https://h/a/s.ts"),
    "empty folders in the base stay": ("https://h/a//tok/l.m3u8", "https://h/a//tok/s.ts"),
    "dots in the base go": ("https://h/a/../b/l.m3u8", "https://h/b/s.ts"),
    "a port and a user": ("http://u:p@h:8080/l.m3u8", "http://u:p@h:8080/s.ts"),
    "an IPv6 host": ("http://[::1]:80/l.m3u8", "http://[::1]:80/s.ts"),
}


@pytest.mark.parametrize(("url", "uri"), BASES.values(), ids=BASES.keys())
def test_bases(url: str, uri: str) -> None:
    assert UriBase(url).resolve("s.ts") == uri


@given(st.text(), st.text())
def test_resolving_never_fails(url: str, reference: str) -> None:
    UriBase(url).resolve(reference)


def test_integers() -> None:
    assert parse_integer(" 007 ", "x") == 7
    assert parse_integer("18446744073709551615", "x") == 2**64 - 1


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1_0", "٣", "²", "9" * 21, "0x1"])
def test_what_is_no_integer_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlaylist, match=r"X is .* no whole number"):
        parse_integer(text, "X")


def test_decimals() -> None:
    assert parse_decimal(" 2.5 ", "x", most=10) == 2.5
    assert parse_decimal("10", "x", most=10) == 10


@pytest.mark.parametrize("text", ["", "nan", "inf", "-0.001", "11", "1_0", "2,5", "two"])
def test_what_is_no_decimal_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlaylist, match=r"X is .* no number from 0 to 10"):
        parse_decimal(text, "X", most=10)


def test_resolutions_both_ways() -> None:
    assert parse_resolution("1920x1080") == (1920, 1080)
    assert parse_resolution(" 1920X1080 ") == (1920, 1080)
    assert render_resolution((1920, 1080)) == "1920x1080"


@pytest.mark.parametrize("text", ["", "1920", "1920x", "x1080", "1920x1080x1", "-1x2", "1.5x2"])
def test_what_is_no_resolution_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlaylist, match="RESOLUTION"):
        parse_resolution(text)


def test_byte_ranges_both_ways() -> None:
    assert parse_byte_range("10@20") == (10, 20)
    assert parse_byte_range(" 10 ") == (10, None)
    assert render_byte_range(ByteRange(length_bytes=10, offset_bytes=0)) == "10@0"


@pytest.mark.parametrize("text", ["", "@1", "1@", "-1@0", "a@b", "1@2@3"])
def test_what_is_no_byte_range_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlaylist, match="byte range"):
        parse_byte_range(text)


MAPS = {
    "a whole resource": ('URI="i.mp4"', InitSection(uri="i.mp4")),
    "a part of a resource": (
        'URI="i.mp4",BYTERANGE="800@16"',
        InitSection(uri="i.mp4", byte_range=ByteRange(length_bytes=800, offset_bytes=16)),
    ),
}
KEYS = {
    "the end of encryption": ("METHOD=NONE", None),
    "a key by its URI": ('METHOD=AES-128,URI="k"', Key(method="AES-128", uri="k")),
    "all that a key has": (
        'METHOD=SAMPLE-AES,URI="skd://k",IV=0XaB,KEYFORMAT="com.example"',
        Key(method="SAMPLE-AES", uri="skd://k", iv="0XaB", key_format="com.example"),
    ),
}
RENDITIONS = {
    "the name of a variant": (
        'TYPE=VIDEO,GROUP-ID="chunked",NAME="1080p60, source",DEFAULT=YES,AUTOSELECT=YES',
        Rendition(type="VIDEO", group_id="chunked", name="1080p60, source", default=True, autoselect=True),
    ),
    "a sound track": (
        'TYPE=AUDIO,GROUP-ID="a",LANGUAGE="en",NAME="English",URI="en.m3u8"',
        Rendition(type="AUDIO", group_id="a", name="English", language="en", uri="en.m3u8"),
    ),
}
VARIANTS = {
    "a bandwidth alone": ("BANDWIDTH=1", Variant(uri="v", bandwidth=1)),
    "all that a variant has": (
        'BANDWIDTH=2,AVERAGE-BANDWIDTH=1,CODECS="av01,mp4a",RESOLUTION=16x9,FRAME-RATE=59.940,AUDIO="a",VIDEO="v",NAME="n"',
        Variant(
            uri="v",
            bandwidth=2,
            average_bandwidth=1,
            codecs="av01,mp4a",
            resolution=(16, 9),
            frame_rate=59.94,
            audio="a",
            video="v",
            name="n",
        ),
    ),
}


@pytest.mark.parametrize(("text", "init"), MAPS.values(), ids=MAPS.keys())
def test_maps_both_ways(text: str, init: InitSection) -> None:
    assert parse_map(text, as_written) == init
    assert render_map(init) == text


@pytest.mark.parametrize(("text", "key"), KEYS.values(), ids=KEYS.keys())
def test_keys_both_ways(text: str, key: Key | None) -> None:
    assert parse_key(text, as_written) == key
    assert render_key(key) == text


@pytest.mark.parametrize(("text", "rendition"), RENDITIONS.values(), ids=RENDITIONS.keys())
def test_renditions_both_ways(text: str, rendition: Rendition) -> None:
    assert parse_rendition(text, as_written) == rendition
    assert render_rendition(rendition) == text


@pytest.mark.parametrize(("text", "variant"), VARIANTS.values(), ids=VARIANTS.keys())
def test_variants_both_ways(text: str, variant: Variant) -> None:
    assert parse_variant(text, "v") == variant
    assert render_variant(variant) == text


def test_uris_within_attributes_are_resolved() -> None:
    resolve = UriBase(BASE).resolve
    assert parse_map('URI="i.mp4"', resolve).uri == "https://h.example/a/i.mp4"
    key = parse_key('METHOD=AES-128,URI="../k"', resolve)
    assert key is not None and key.uri == "https://h.example/k"
    assert parse_rendition('TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="/x"', resolve).uri == "https://h.example/x"


OTHER_PEOPLES_VARIANTS = {
    "no bandwidth": ("RESOLUTION=2x1", Variant(uri="v", bandwidth=0, resolution=(2, 1))),
    "a bandwidth with a fraction": ("BANDWIDTH=1.5", Variant(uri="v", bandwidth=2)),
    "a frame rate in quotes": ('BANDWIDTH=1,FRAME-RATE="25"', Variant(uri="v", bandwidth=1, frame_rate=25)),
    "values that cannot be read": (
        "BANDWIDTH=fast,AVERAGE-BANDWIDTH=-1,FRAME-RATE=-1,RESOLUTION=1080p",
        Variant(uri="v", bandwidth=0),
    ),
    "unknown attributes": ('BANDWIDTH=1,X-Y="1,2",PROGRAM-ID=1', Variant(uri="v", bandwidth=1)),
    "Twitch's own name": (
        'BANDWIDTH=1,STABLE-VARIANT-ID="1080p60",IVS-NAME="1080p60",IVS-VARIANT-SOURCE="source"',
        Variant(uri="v", bandwidth=1, name="1080p60", is_source=True),
    ),
    "Twitch's name of what it coded anew": (
        'BANDWIDTH=1,IVS-NAME="480p",IVS-VARIANT-SOURCE="transcode"',
        Variant(uri="v", bandwidth=1, name="480p"),
    ),
}


@pytest.mark.parametrize(
    ("text", "variant"), OTHER_PEOPLES_VARIANTS.values(), ids=OTHER_PEOPLES_VARIANTS.keys()
)
def test_other_peoples_variants(text: str, variant: Variant) -> None:
    assert parse_variant(text, "v") == variant


def test_an_init_section_without_offset_begins_at_0() -> None:
    init = parse_map('URI="i",BYTERANGE="8"', as_written)
    assert init.byte_range == ByteRange(length_bytes=8, offset_bytes=0)


MISSING: dict[str, tuple[Callable[[], object], str]] = {
    "a map without URI": (lambda: parse_map("X=1", as_written), "#EXT-X-MAP has no URI"),
    "a key without method": (lambda: parse_key('URI="k"', as_written), "#EXT-X-KEY has no METHOD"),
    "a rendition without type": (lambda: parse_rendition('NAME="n"', as_written), "#EXT-X-MEDIA has no TYPE"),
    "a key whose IV is not hexadecimal": (lambda: parse_key("METHOD=X,IV=0xyz", as_written), "IV"),
}


@pytest.mark.parametrize(("read", "message"), MISSING.values(), ids=MISSING.keys())
def test_tags_that_cannot_be_used_are_refused(read: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidPlaylist, match=message):
        read()


def test_an_excerpt_is_short_and_has_no_query() -> None:
    assert excerpt(" x ") == "'x'"
    assert excerpt("https://h/a?token=1") == "'https://h/a…'"
    assert excerpt("x" * 50) == repr("x" * 40 + "…")
