from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import quick, us

from longtake.core.chat_names import ChatBatch, parse_chat_name
from longtake.core.errors import InvalidName, InvalidTime
from longtake.core.names import hash_text, is_part, parse_hash, tombstone_of

HOUR = "2024-11-09T04"
HASH = "4elFt9hWV03wAPLdeoPeJTjT1pVagkgXypXW7SJrFMQ"

# name -> start
NAMES = {
    "the first batch of an hour": (f"00:00-{HASH}.json", "04:00:00"),
    "a batch in its midst": (f"13:00-{HASH}.json", "04:13:00"),
    "the last second of an hour": (f"59:59-{HASH}.json", "04:59:59"),
}


@pytest.mark.parametrize(("name", "start"), NAMES.values(), ids=NAMES.keys())
def test_a_batch_is_read_from_its_name(name: str, start: str) -> None:
    batch = parse_chat_name(HOUR, name)
    assert batch == ChatBatch(hour=HOUR, name=name, start_us=us(start), digest=parse_hash(HASH))
    assert batch.path == f"{HOUR}/{name}"


def test_dashes_of_the_hash_belong_to_it() -> None:
    name = "13:00--pcZimXLgb1NKda81WBokdEAaPgYKKBrnDWwkGMt1VA.json"
    assert hash_text(parse_chat_name(HOUR, name).digest) == name[6:-5]


ODD = {
    "an empty name": "",
    "the extension alone": ".json",
    "no dash": f"13:00{HASH}.json",
    "no time": f"-{HASH}.json",
    "no hash": "13:00-.json",
    "no extension": f"13:00-{HASH}",
    "another extension": f"13:00-{HASH}.ts",
    "a tombstone": f"13:00-{HASH}.tombstone",
    "a capital extension": f"13:00-{HASH}.JSON",
    "an older node's temporary file": f"13:00-{HASH}.json.3f2504e0.temp",
    "the extension twice": f"13:00-{HASH}.json.json",
    "minutes beyond the hour": f"60:00-{HASH}.json",
    "seconds beyond the minute": f"13:60-{HASH}.json",
    "one digit": f"3:00-{HASH}.json",
    "a fraction": f"13:00.5-{HASH}.json",
    "digits of another script": f"١٣:00-{HASH}.json",
    "a short hash": f"13:00-{HASH[1:]}.json",
    "a long hash": f"13:00-{HASH}A.json",
    "a hash with unused bits set": f"13:00-{HASH[:-1]}R.json",
    "a hash with padding": f"13:00-{HASH}=.json",
    "a way out of the folder": f"13:00-../{HASH[3:]}.json",
    "a hidden name": f".13:00-{HASH}.json",
    "a newline at the end": f"13:00-{HASH}.json\n",
    "a newline in the time": f"13:00\n-{HASH}.json",
    "a segment": f"13:00.000000-2.0-full-{HASH}.ts",
}


@pytest.mark.parametrize("name", ODD.values(), ids=ODD.keys())
def test_what_is_no_name_of_a_batch_is_refused(name: str) -> None:
    with pytest.raises(InvalidName):
        parse_chat_name(HOUR, name)


@pytest.mark.parametrize("hour", ["", "..", "2024-11-09T24", "2024-11-09"])
def test_no_hour_has_a_batch(hour: str) -> None:
    with pytest.raises(InvalidTime):
        parse_chat_name(hour, f"13:00-{HASH}.json")


clocks = st.tuples(st.integers(0, 59), st.integers(0, 59))


@quick
@given(clocks, st.binary(min_size=32, max_size=32))
def test_each_second_and_each_hash_has_its_name(clock: tuple[int, int], digest: bytes) -> None:
    name = f"{clock[0]:02}:{clock[1]:02}-{hash_text(digest)}.json"
    batch = parse_chat_name(HOUR, name)
    assert batch.digest == digest
    assert batch.start_us == us("04:00:00") + (clock[0] * 60 + clock[1]) * 1_000_000


HOSTILE = st.lists(
    st.sampled_from(["13", ":", "00", "-", HASH, ".json", "/", "..", "\0", "\n", "\u0661", "."])
)


@quick
@given(st.one_of(st.text(), HOSTILE.map("".join)))
def test_any_text_is_refused_or_is_one_file_name(name: str) -> None:
    try:
        batch = parse_chat_name(HOUR, name)
    except InvalidName:
        return
    assert batch.name == name == f"{name[:5]}-{hash_text(batch.digest)}.json"
    assert is_part(name)
    assert is_part(tombstone_of(name))
