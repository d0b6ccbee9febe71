from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick

from longtake.core.errors import InvalidName
from longtake.core.names import check_part, hash_text, is_part, parse_hash, stem, tombstone_of

NULL_PACKET = bytes([0x47, 0x1F, 0xFF, 0x10]) + b"\xff" * 184

# Worked values of the older nodes' format.
HASHES = {
    "no bytes": (b"", "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"),
    "the byte 0": (b"0", "X-zrZv_IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V-k"),
    "one null packet": (NULL_PACKET, "mcZimXLgb1NKda81WBokdEAaPgYKKBrnDWwkGMt1V4A"),
    "two null packets": (NULL_PACKET * 2, "NZw7N12dSd3ImzzHio8-tYlDcamEkBPSUxlb9vyAwPU"),
    "three null packets": (NULL_PACKET * 3, "4elFt9hWV03wAPLdeoPeJTjT1pVagkgXypXW7SJrFMQ"),
    "an init section and its media": (b"INITMEDIA", "qAzW56vKdCbkmCTyi4amoSIgxhkeAIKIt6X5EmoMiuY"),
    "an older node's chat URL": (
        b"http://example.com/a.png",
        "FjEFRU2_TXGlA9lLOeed8yzsCDa-GN_W2WDVWIDK0wA",
    ),
}


@pytest.mark.parametrize(("content", "text"), HASHES.values(), ids=HASHES.keys())
def test_hashes_both_ways(content: bytes, text: str) -> None:
    digest = hashlib.sha256(content).digest()
    assert hash_text(digest) == text
    assert parse_hash(text) == digest


GOOD = "4elFt9hWV03wAPLdeoPeJTjT1pVagkgXypXW7SJrFMQ"
NO_HASHES = {
    "an empty digest, which older nodes read": "",
    "one byte, which older nodes read": "AA",
    "a character less": GOOD[:-1],
    "a character more": GOOD + "A",
    "padding": GOOD + "=",
    "the other alphabet": GOOD[:-2] + "+/",
    "a character outside of the alphabet, which older nodes drop": GOOD + "!",
    "a line break after it": GOOD + "\n",
    "a letter that is not ASCII": GOOD[:-1] + "é",
    "unused bits that are set": GOOD[:-1] + "R",
    "all unused bits set": GOOD[:-1] + "T",
}


@pytest.mark.parametrize("text", NO_HASHES.values(), ids=NO_HASHES.keys())
def test_what_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(InvalidName, match="no SHA-256"):
        parse_hash(text)


@quick
@given(st.binary(min_size=32, max_size=32))
def test_hashes_come_back(digest: bytes) -> None:
    text = hash_text(digest)
    assert parse_hash(text) == digest
    assert len(text) == 43


@quick
@given(st.text(max_size=50) | st.text("AQgw-_09", min_size=43, max_size=43))
def test_any_text_is_a_hash_or_refused(text: str) -> None:
    try:
        digest = parse_hash(text)
    except InvalidName:
        return
    assert digest == base64.urlsafe_b64decode(text + "=")
    assert hash_text(digest) == text


@pytest.mark.parametrize(
    "name",
    ["source", "480p", "my stream", "ünïcode", "a.b", "a..", "-x", "~", "x" * 255, "ü" * 127],
)
def test_names_that_can_be_a_folder(name: str) -> None:
    assert check_part(name, "channel") == name
    assert is_part(name)


NO_NAMES = {
    "an empty one": ("", "is empty"),
    "the folder itself": (".", "begins with a dot"),
    "the folder above": ("..", "begins with a dot"),
    "a hidden one": (".longtake", "begins with a dot"),
    "two parts": ("a/b", "contains '/'"),
    "an absolute one": ("/etc", "contains '/'"),
    "a NUL": ("a\0b", "contains a control character"),
    "a line break": ("a\nb", "contains a control character"),
    "a delete": ("a\x7f", "contains a control character"),
    "256 bytes": ("x" * 256, "is longer than 255 bytes"),
    "over 255 bytes in fewer characters": ("ü" * 128, "is longer than 255 bytes"),
    "half a surrogate pair": ("a\udc80", "is not valid Unicode"),
}


@pytest.mark.parametrize(("name", "problem"), NO_NAMES.values(), ids=NO_NAMES.keys())
def test_names_that_cannot_be_a_folder(name: str, problem: str) -> None:
    with pytest.raises(InvalidName) as caught:
        check_part(name, "channel")
    assert problem in str(caught.value)
    assert str(caught.value).startswith("channel ")
    assert not is_part(name)


@quick
@given(st.text(max_size=20) | st.text("./\\a\0", max_size=5))
def test_a_checked_name_stays_in_its_folder(name: str) -> None:
    try:
        check_part(name, "file")
    except InvalidName:
        return
    assert "/" not in name
    assert name not in ("", ".", "..")
    assert len(name.encode()) <= 255


TOMBSTONES = {
    "a segment": (f"59:50.123000-2.0-full-{GOOD}.ts", f"59:50.123000-2.0-full-{GOOD}.tombstone"),
    "a segment without fraction": (f"59:50-2-full-{GOOD}.ts", f"59:50-2-full-{GOOD}.tombstone"),
    "a chat batch": (f"13:00-{GOOD}.json", f"13:00-{GOOD}.tombstone"),
    "a name with two extensions": ("a.b.ts", "a.b.tombstone"),
    "a name without extension": ("a", "a.tombstone"),
}


@pytest.mark.parametrize(("name", "tombstone"), TOMBSTONES.values(), ids=TOMBSTONES.keys())
def test_a_tombstone_replaces_the_last_extension(name: str, tombstone: str) -> None:
    assert tombstone_of(name) == tombstone
    assert stem(name) == stem(tombstone)
