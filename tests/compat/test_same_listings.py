"""Whatever lies in a folder: an older node and ours list the same names, but for those that nobody could ask for."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compat.odd_names import folder_names, names
from tests.compat.stores import HOUR
from tests.fakes.answer import Answer
from tests.fakes.older_node import OlderNode
from tests.fakes.web_node import WebNode, web_node

from longtake.core.names import is_part

pytestmark = pytest.mark.asyncio(loop_scope="module")
_few = settings(max_examples=60, deadline=None)
_channels = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """An older node and ours over one folder."""

    older: WebNode
    ours: WebNode
    folder: Path

    async def listed(self, path: str) -> tuple[set[str], set[str]]:
        """What the older node lists, and what ours does."""
        return _names(await self.older.get(path)), _names(await self.ours.get(path))


def _names(answer: Answer) -> set[str]:
    assert answer.status == 200, answer.text
    names = json.loads(answer.body)
    assert len(names) == len(set(names))
    return set(names)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder = tmp_path_factory.mktemp("listings")
    (folder / "store").mkdir()
    async with OlderNode(folder=folder / "store") as older, web_node(folder) as ours:
        yield Both(older=WebNode(older.url, ours.store, ours.session), ours=ours, folder=folder / "store")


@given(files=st.sets(names, max_size=12), folders=st.sets(names, max_size=2))
@_few
async def test_hours(both: Both, files: set[str], folders: set[str]) -> None:
    channel = f"channel-{next(_channels)}"
    hour = both.folder / channel / "source" / HOUR
    hour.mkdir(parents=True)
    for name in files:
        (hour / name).write_text(name, "utf-8", "surrogateescape")
    for name in folders - files:
        (hour / name).mkdir()
    path = f"/files/{channel}/source/{HOUR}"
    for query in ("", "?tombstones=true"):
        older, ours = await both.listed(path + query)
        assert ours == {name for name in older if is_part(name)}
    for name in ours & files:
        if name.endswith(".tombstone"):
            continue
        answer = await both.ours.get(
            f"/segments/{channel}/source/{HOUR}/{quote_from_bytes(os.fsencode(name))}"
        )
        assert (answer.status, answer.body) == (200, os.fsencode(name))


@given(files=st.sets(st.tuples(folder_names, names), max_size=8), depth=st.integers(0, 2))
@_few
async def test_extra_files(both: Both, files: set[tuple[str, str]], depth: int) -> None:
    """Each that ours lists is served, under that name."""
    folder = both.folder / "media"
    paths = {f"{'deep/' * depth}{within}/{name}" for within, name in files}
    try:
        for path in paths:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(path, "utf-8", "surrogateescape")
        older, ours = await both.listed("/extras/media")
        assert older == paths
        assert ours == {path for path in older if will_stay(path)}
        for path in ours:
            answer = await both.ours.get(f"/segments/media/{quote_from_bytes(os.fsencode(path))}")
            assert (answer.status, answer.body) == (200, os.fsencode(path))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def will_stay(path: str) -> bool:
    """Neither hidden, nor in flight, nor of a name that no URL can have."""
    return all(is_part(part) for part in path.split("/")) and not path.endswith(".temp")


@given(name=folder_names)
@_few
async def test_channels(both: Both, name: str) -> None:
    folder = both.folder / name
    (folder / "source" / HOUR).mkdir(parents=True, exist_ok=True)
    try:
        older, ours = await both.listed("/files")
        assert (name in older) == (not name.startswith("."))
        assert (name in ours) == is_part(name)
    finally:
        shutil.rmtree(folder)


@given(name=folder_names)
@_few
async def test_qualities(both: Both, name: str) -> None:
    channel = f"channel-{next(_channels)}"
    (both.folder / channel / name / HOUR).mkdir(parents=True)
    older, ours = await both.listed(f"/files/{channel}")
    assert older == (set() if name.startswith(".") else {name})
    assert ours == {name for name in older if is_part(name)}
