from __future__ import annotations

import pytest

from longtake.core.errors import InvalidInput
from longtake.core.names import hash_text
from longtake.core.tombstones import suppressed_by, tombstone_for

HOUR = "2024-11-09T23"
HASH = hash_text(bytes(range(32)))


@pytest.mark.parametrize(
    ("quality", "name", "tombstone"),
    [
        pytest.param(
            "source", f"10:00.0-2.0-full-{HASH}.ts", f"10:00.0-2.0-full-{HASH}.tombstone", id="a segment"
        ),
        pytest.param("chat", f"10:00-{HASH}.json", f"10:00-{HASH}.tombstone", id="a batch"),
        pytest.param(
            "source",
            f"10:00-2.0-suspect-{HASH}.tombstone",
            f"10:00-2.0-suspect-{HASH}.tombstone",
            id="a segment's tombstone",
        ),
        pytest.param("chat", f"10:00-{HASH}.tombstone", f"10:00-{HASH}.tombstone", id="a batch's tombstone"),
    ],
)
def test_the_tombstone_has_the_files_name_but_for_its_ending(quality: str, name: str, tombstone: str) -> None:
    assert tombstone_for(quality, HOUR, name) == tombstone
    assert tombstone_for(quality, HOUR, suppressed_by(quality, tombstone)) == tombstone


@pytest.mark.parametrize(
    ("quality", "name"),
    [
        pytest.param("source", "", id="nothing"),
        pytest.param("source", "notes.ts", id="an odd name"),
        pytest.param("source", f"10:00-{HASH}.json", id="a batch among segments"),
        pytest.param("chat", f"10:00.0-2.0-full-{HASH}.ts", id="a segment in chat"),
        pytest.param("chat", f"10:00-{HASH}.ts", id="a batch with a segment's ending"),
        pytest.param("source", "10:00.0-2.0-temp-abc.ts", id="a file in flight"),
        pytest.param("source", "../x.tombstone", id="a path"),
        pytest.param("source", ".tombstone", id="an ending alone"),
        pytest.param(
            "source", f"10:00.0-2.{'0' * 187}-full-{HASH}.ts", id="a name whose tombstone is too long"
        ),
    ],
)
def test_nothing_else_has_one(quality: str, name: str) -> None:
    with pytest.raises(InvalidInput):
        tombstone_for(quality, HOUR, name)


def test_a_bad_hour_is_refused() -> None:
    with pytest.raises(InvalidInput):
        tombstone_for("source", "2024-11-31T23", f"10:00.0-2.0-full-{HASH}.ts")


def test_the_longest_tombstone_is_one() -> None:
    name = f"10:00.0-2.{'0' * 186}-full-{HASH}.ts"
    assert len(tombstone_for("source", HOUR, name)) == 255
