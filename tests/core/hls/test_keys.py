from __future__ import annotations

import pytest

from longtake.core.hls.keys import KeysInForce
from longtake.core.hls.model import UNREADABLE_KEY, UNREADABLE_MAP, Key

OURS = Key(method="AES-128", uri="k")
PLAIN = 'METHOD=AES-128,URI="k"'
FOREIGN = 'METHOD=SAMPLE-AES,URI="skd://k",KEYFORMAT="com.example"'
OTHER = 'METHOD=SAMPLE-AES-CTR,URI="data:,k",KEYFORMAT="urn:uuid:1"'

CHOSEN: dict[str, tuple[list[str], Key | None]] = {
    "no key": ([], None),
    "ours, before others": ([PLAIN, FOREIGN, OTHER], OURS),
    "ours, after others": ([FOREIGN, PLAIN], OURS),
    "the last of others": (
        [OTHER, FOREIGN],
        Key(method="SAMPLE-AES", uri="skd://k", key_format="com.example"),
    ),
    "ours of a later pair": ([PLAIN, FOREIGN, 'METHOD=AES-128,URI="l"'], Key(method="AES-128", uri="l")),
    "the end of all": ([PLAIN, FOREIGN, "METHOD=NONE"], None),
    "a method in small letters": (['method=x,METHOD=aes-128,URI="k"'], OURS),
    "what cannot be read at all ends ours": ([PLAIN, 'METHOD=AES-128,URI="'], UNREADABLE_KEY),
    "what cannot be read of another format leaves ours": (
        [PLAIN, 'METHOD=SAMPLE-AES,,",KEYFORMAT="com.example"'],
        OURS,
    ),
    "an IV that is none": ([PLAIN, 'METHOD=AES-128,URI="l",IV=12'], UNREADABLE_KEY),
    "a method that is no name": (['METHOD="\x1b[31m SECRET",URI="k"'], UNREADABLE_KEY),
}


@pytest.mark.parametrize(("values", "chosen"), CHOSEN.values(), ids=CHOSEN.keys())
def test_the_key_that_is_chosen(values: list[str], chosen: Key | None) -> None:
    keys = KeysInForce()
    for value in values:
        keys.read(value, lambda uri: uri)
    assert keys.chosen() == chosen


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, None), (OURS, OURS), (UNREADABLE_KEY, UNREADABLE_KEY), (UNREADABLE_MAP, UNREADABLE_KEY)],
    ids=["none", "ours", "an unreadable key", "a key that an unreadable init section hides"],
)
def test_going_on_from_a_segment(before: Key | None, after: Key | None) -> None:
    keys = KeysInForce()
    keys.go_on_from(before)
    assert keys.chosen() == after
