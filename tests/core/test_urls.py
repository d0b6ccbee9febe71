from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.urls import redacted, scrubbed

SHOWN = {
    "a host": ("https://cdn.example", "https://cdn.example/"),
    "a file at the root": ("https://cdn.example/live.m3u8", "https://cdn.example/live.m3u8"),
    "a file in folders": ("https://cdn.example/a/b/live.m3u8", "https://cdn.example/…/live.m3u8"),
    "a folder": ("https://cdn.example/a/", "https://cdn.example/…/"),
    "a port": ("http://127.0.0.1:8080/live.m3u8", "http://127.0.0.1:8080/live.m3u8"),
    "a query": ("https://cdn.example/live.m3u8?token=secret", "https://cdn.example/live.m3u8"),
    "a query without path": ("https://cdn.example?token=secret", "https://cdn.example/"),
    "a fragment": ("https://cdn.example/live.m3u8#secret", "https://cdn.example/live.m3u8"),
    "a user": ("https://me:secret@cdn.example:444/live.m3u8", "https://cdn.example:444/live.m3u8"),
    "a token in the path": (
        "https://video.example/v1/playlist/secret-secret-secret/live.m3u8",
        "https://video.example/…/live.m3u8",
    ),
    "a long last part": (f"https://video.example/{'s' * 25}", "https://video.example/…"),
    "a last part that is just not long": (f"https://h.example/{'s' * 24}", f"https://h.example/{'s' * 24}"),
    "a stream key as the last part": ("https://h.example/live/5f4dcc3b5aa765d6", "https://h.example/…/…"),
    "a channel as the last part": ("https://h.example/somebody_2024", "https://h.example/somebody_2024"),
    "a parameter of the last part": ("https://cdn.example/live.m3u8;token=secret", "https://cdn.example/…"),
    "a pair as the last part": ("https://cdn.example/a/sig=secret", "https://cdn.example/…/…"),
    "an address without scheme": ("me:secret@cdn.example", "me:///…"),
    "a URL that cannot be split": ("https://[cdn.example/secret", "(unreadable URL)"),
    "a port that is none": ("https://me:secret/live.m3u8", "(unreadable URL)"),
    "a control character in the name": ("https://h.example/a/\x1b[31mlive", "https://h.example/…/…"),
    "a control character in the host": ("https://h\x1b[2J.example/live", "(unreadable URL)"),
}


@pytest.mark.parametrize(("url", "shown"), SHOWN.values(), ids=SHOWN.keys())
def test_what_is_shown(url: str, shown: str) -> None:
    assert redacted(url) == shown


words = st.text("abcXYZ019-_.~", max_size=10)
schemes = st.sampled_from(["https", "http", "rtmp"])
hosts = st.sampled_from(["cdn.example", "127.0.0.1:8080", "[2001:db8::1]:443"])
# Words that nothing else in these URLs contains.
secrets = st.text("0123456789abcdef", min_size=1, max_size=20).map("SECRET{}".format)
places = st.sampled_from(
    [
        "{scheme}://{host}/{word}/live.m3u8?token={secret}",
        "{scheme}://{host}/live.m3u8?a={word}&{secret}",
        "{scheme}://{host}?{secret}",
        "{scheme}://{host}/{word}#{secret}",
        "{scheme}://{secret}@{host}/{word}",
        "{scheme}://me:{secret}@{host}/{word}/",
        "{scheme}://{secret}:{word}@{host}/live.m3u8",
        "{scheme}://{host}/{secret}/live.m3u8",
        "{scheme}://{host}/{word}/sig/{secret}/file/seg.ts",
        "{scheme}://{host}/{word}/{secret}/",
        "{scheme}://{host}/{secret}" + "x" * 40,
        "{scheme}://{host}/live.m3u8;{secret}",
        "{scheme}://{host}/{word}/token={secret}",
        "me:{secret}@{host}/{word}",
        "me:{secret}@cdn.example",
        "//me:{secret}@{host}/{word}",
        "{scheme}://me:{secret}@[{host}/{word}",
    ]
)


@quick
@given(places, schemes, hosts, words, secrets)
def test_no_secret_is_ever_shown(place: str, scheme: str, host: str, word: str, secret: str) -> None:
    shown = redacted(place.format(scheme=scheme, host=host, word=word, secret=secret))
    assert "secret" not in shown.lower()
    assert "?" not in shown
    assert "@" not in shown


@quick
@given(st.text(max_size=100))
def test_any_text_is_shown_somehow(text: str) -> None:
    assert len(redacted(text)) <= len(text) + 40
    assert redacted(text).isprintable()


SCRUBBED = {
    "a sentence stays": (
        "The stream is offline, says 'the site'.",
        "The stream is offline, says 'the site'.",
    ),
    "a URL with brackets and braces in it": (
        "see (https://[2001:db8::1]:443/#secret, https://h.example/x.ts?a=[secret]&b={secret},secret).",
        "see (https://[2001:db8::1]:443/, https://h.example/x.ts).",
    ),
    "a URL is redacted": (
        "Unable to open URL: https://h.example/a/b.m3u8?sig=secret (404 Client Error)",
        "Unable to open URL: https://h.example/…/b.m3u8 (404 Client Error)",
    ),
    "a URL at the end of a sentence": ("see https://h.example/help.", "see https://h.example/help."),
    "a URL that sticks to a word": ("for url:https://me:secret@h.example/x", "for url:https://h.example/x"),
    "a path with a query": (
        "Max retries with url: /live?token=secret (Caused by",
        "Max retries with url: … (Caused by",
    ),
    "a path": ("no file /home/secret/x here", "no file … here"),
    "a pair": ("Authorization=secret was refused", "… was refused"),
    "a long word": (f"OAuth {'s' * 30} is invalid", "OAuth … is invalid"),
    "a key": ("key 5f4dcc3b5aa765d6: gone", "key …: gone"),
    "quotes and brackets end a word": ('{"sig": "5f4dcc3b5aa765d6"}', '{"sig": "…"}'),
    "control characters and line ends": ("a\x1b[31mred\nline\ttwo\x00", "a [31mred line two"),
    "one of two ways": ("either/or", "either/or"),
}


@pytest.mark.parametrize(("text", "shown"), SCRUBBED.values(), ids=SCRUBBED.keys())
def test_what_is_shown_of_foreign_text(text: str, shown: str) -> None:
    assert scrubbed(text) == shown


def test_known_secrets_are_left_out_wherever_they_stand() -> None:
    assert scrubbed("xhushx and hush", secrets=["hush", ""]) == "x…x and …"


@quick
@given(places, schemes, hosts, words, secrets, st.text(max_size=20), st.text(max_size=20))
def test_foreign_text_shows_no_secret_of_a_url(
    place: str, scheme: str, host: str, word: str, secret: str, before: str, after: str
) -> None:
    url = place.format(scheme=scheme, host=host, word=word, secret=secret)
    shown = scrubbed(f"{before} {url} {after}")
    assert "secret" not in shown.lower()
    assert shown.isprintable()


@quick
@given(st.text(max_size=400), st.integers(1, 50))
def test_foreign_text_is_one_bounded_line(text: str, longest: int) -> None:
    shown = scrubbed(text, longest=longest)
    assert len(shown) <= longest
    assert shown.isprintable()
