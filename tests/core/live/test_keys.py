"""Which encryption can be undone, and what is said of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.live_playlists import Recording, a_window, offered

from longtake.core.hls.model import InitSection, Key, MediaSegment
from longtake.core.live.keys import hindrance

WHOLE = Key(method="AES-128", uri="https://cdn.example/key?SECRET")
INIT = InitSection(uri="https://cdn.example/init.mp4")

# the key of a segment -> what hinders
KEYS: dict[str, tuple[Key | None, str | None]] = {
    "none": (None, None),
    "AES-128 with an address": (WHOLE, None),
    "AES-128 without an address": (replace(WHOLE, uri=None), "AES-128 (a key without an address)"),
    "AES-128 of a DRM system": (
        replace(WHOLE, key_format="com.apple.streamingkeydelivery"),
        "AES-128 (FairPlay)",
    ),
    "SAMPLE-AES": (replace(WHOLE, method="SAMPLE-AES"), "SAMPLE-AES"),
    "SAMPLE-AES-CTR of a system by its number, in capitals": (
        Key(method="SAMPLE-AES-CTR", key_format="urn:uuid:EDEF8BA9-79D6-4ACE-A3C8-27DCD51D21ED"),
        "SAMPLE-AES-CTR (Widevine)",
    ),
    "a system that nobody knows": (
        Key(method="SAMPLE-AES", key_format="org.example.SECRET"),
        "SAMPLE-AES (a DRM system)",
    ),
    "one that the parser could not read": (Key(method="unreadable"), "a method that cannot be read"),
    "no name": (Key(method="https://SECRET"), "a method that cannot be read"),
    "a very long name": (Key(method="A" * 1000), "a method that cannot be read"),
}


@pytest.mark.parametrize(("key", "expected"), KEYS.values(), ids=KEYS.keys())
def test_what_hinders(key: Key | None, expected: str | None) -> None:
    assert hindrance(replace(offered(0), key=key)) == expected
    assert hindrance(replace(offered(0), init=replace(INIT, key=key))) == expected
    assert hindrance(replace(offered(0), init=replace(INIT, key=key), key=WHOLE)) == expected


def test_what_can_be_decrypted_is_fetched_with_its_key() -> None:
    recording = Recording()
    init = replace(INIT, key=replace(WHOLE, iv="0x1"))
    seen = recording.poll(a_window(offered(0), replace(offered(1), key=WHOLE, init=init)))
    assert [(fetch.sequence, fetch.key) for fetch in seen.fetches] == [(0, None), (1, WHOLE)]
    assert seen.fetches[1].init == init
    assert seen.encrypted_with is None


SAMPLES = Key(method="SAMPLE-AES", uri="https://cdn.example/key")


@pytest.mark.parametrize(
    "secret",
    [replace(offered(1), key=SAMPLES), replace(offered(1), init=replace(INIT, key=SAMPLES))],
    ids=["a segment", "an init section"],
)
def test_what_cannot_is_named_once_and_when_encryption_ends_recording_goes_on(secret: MediaSegment) -> None:
    recording = Recording()
    assert recording.poll(a_window(offered(0), secret)).encrypted_with == "SAMPLE-AES"
    assert recording.numbers == [0]
    assert recording.poll(a_window(secret, offered(2))).encrypted_with is None
    assert recording.numbers == [0, 2]


def test_what_is_listed_again_without_its_key_is_fetched() -> None:
    """As where a packager was set right."""
    recording = Recording()
    recording.poll(a_window(offered(0), replace(offered(1), key=Key(method="SAMPLE-AES"))))
    recording.poll(a_window(offered(0), offered(1)))
    recording.poll(a_window(offered(0), offered(1)))
    assert recording.numbers == [0, 1]
