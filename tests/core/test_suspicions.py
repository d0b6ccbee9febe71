"""Suspicions: what a peer may say of a file, in both directions, and what it may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import digest_of

from longtake.core.chat_names import ChatBatch
from longtake.core.errors import InvalidInput
from longtake.core.names import hash_text
from longtake.core.segments import Segment
from longtake.core.suspicions import decode_suspicion, encode_suspicion, parse_suspicion

HASH = hash_text(digest_of("demo"))
HOUR = "2024-11-09T23"
SEGMENT = {"channel": "demo", "quality": "source", "hour": HOUR, "name": f"59:50.123000-2.0-full-{HASH}.ts"}
CHAT = {"channel": "demo", "quality": "chat", "hour": HOUR, "name": f"59:00-{HASH}.json"}


@pytest.mark.parametrize("told", [SEGMENT, CHAT], ids=["a segment", "a chat batch"])
def test_it_is_the_same_after_a_journey(told: dict[str, str]) -> None:
    suspicion = parse_suspicion(**told)
    assert suspicion.path == "{channel}/{quality}/{hour}/{name}".format(**told)
    assert json.loads(encode_suspicion(suspicion)) == told
    assert decode_suspicion(encode_suspicion(suspicion)) == suspicion
    assert isinstance(suspicion.file, ChatBatch if told is CHAT else Segment)


def test_letters_of_any_kind_travel() -> None:
    suspicion = parse_suspicion(**{**SEGMENT, "channel": "grün\N{SPARKLES}"})
    assert decode_suspicion(encode_suspicion(suspicion)) == suspicion


def test_what_later_versions_add_is_let_be() -> None:
    assert decode_suspicion(json.dumps({**SEGMENT, "got": "x"}).encode()).path.endswith(SEGMENT["name"])


def refused(**change: object) -> bytes:
    return json.dumps({**SEGMENT, **change}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'"demo"',
        b"null",
        b"{}",
        b"[" * 4000,
        refused(channel=None),
        refused(channel=1),
        refused(channel=["demo"]),
        refused(channel=""),
        refused(channel=".longtake"),
        refused(channel="a/b"),
        refused(channel="demo\0"),
        refused(channel="\ud800"),
        refused(quality=".."),
        refused(quality="chat"),
        refused(hour="../.."),
        refused(hour="2024-11-09T24"),
        refused(name="../x.ts"),
        refused(name=SEGMENT["name"] + "/x"),
        refused(name=CHAT["name"]),
        refused(name=SEGMENT["name"].replace(".ts", ".tombstone")),
        refused(name="59:50.5-2.0-temp-6f1c4d0e-1111-2222-3333-444444444444.ts"),
        refused(name="59:50.5-2.0-full-short.ts"),
    ],
    ids=lambda content: repr(content)[:70],
)
def test_what_is_none_is_refused_with_words(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        decode_suspicion(content)
    assert 0 < len(str(refusal.value)) < 300


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(list(SEGMENT.values())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(SEGMENT)), inner),
)


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_anything_else_is_refused_or_understood(content: bytes) -> None:
    try:
        suspicion = decode_suspicion(content)
    except InvalidInput:
        return
    assert decode_suspicion(encode_suspicion(suspicion)) == suspicion
