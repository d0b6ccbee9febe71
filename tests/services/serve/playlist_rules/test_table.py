"""The table has every rule that there is, with its section; and rules for every tag that we write or tell of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.services.serve.playlist_rules.form_rules import EITHER_TAGS, MASTER_TAGS, MEDIA_TAGS
from tests.services.serve.playlist_rules.snapshot import SEGMENT_TAGS
from tests.services.serve.playlist_rules.table import ABOUT, KINDS, MODULES, NOT_FOR_US, words_of

ROOT = Path(__file__).parents[4]
TABLED = [rule for rules in KINDS.values() for rule in rules]
_TAG = re.compile(r"EXT(?:M3U|INF|-X-[A-Z-]*[A-Z])")
READ_ONLY = {"EXT-X-KEY"}
"""Rendered for tests of what we read; ``rule_nothing_is_encrypted`` says that it is never served."""


def test_every_rule_is_in_the_table_once() -> None:
    there = {value for module in MODULES for name, value in vars(module).items() if name.startswith("rule_")}
    assert there == set(TABLED)
    assert len(TABLED) == len(set(TABLED))


@pytest.mark.parametrize("rule", TABLED, ids=lambda rule: rule.__name__)
def test_every_rule_names_its_section_and_says_what_it_is(rule: object) -> None:
    section, words = words_of(rule)  # type: ignore[arg-type] # each kind takes something else
    assert section
    assert len(words) > len(section) + 20


@pytest.mark.parametrize("tag", sorted({*MEDIA_TAGS, *MASTER_TAGS, *EITHER_TAGS, *SEGMENT_TAGS} - READ_ONLY))
def test_every_tag_that_we_write_has_its_rules(tag: str) -> None:
    assert set(ABOUT[tag]) <= set(TABLED)


@pytest.mark.parametrize(
    "text",
    ["docs/http-api.md", "src/longtake/core/hls/render.py", "src/longtake/core/playlist_text.py"],
)
def test_every_tag_that_documents_and_renderers_tell_of_has_its_rules(text: str) -> None:
    told = set(_TAG.findall((ROOT / text).read_text())) - READ_ONLY
    assert told <= set(ABOUT)


def test_what_has_no_rule_has_a_reason() -> None:
    assert all(section and len(why) > 10 for section, why in NOT_FOR_US.items())
