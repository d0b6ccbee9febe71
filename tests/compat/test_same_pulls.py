"""Whatever lies in an hour: an older node that pulls it from ours ends with what it would have from its own kind."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compat.odd_names import CONTENT, names, readable
from tests.compat.stores import HOUR, LATER
from tests.fakes.older_node import OlderNode
from tests.fakes.older_node.names import list_hour, parse_segment
from tests.fakes.older_peer import OlderPeer
from tests.fakes.web_node import web_node

from longtake.core.names import is_part

pytestmark = pytest.mark.asyncio(loop_scope="module")
_runs = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def urls(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Path, str, str]]:
    """A folder, and where an older node and ours serve it."""
    folder = tmp_path_factory.mktemp("pulls")
    (folder / "store").mkdir()
    async with OlderNode(folder=folder / "store") as older, web_node(folder) as ours:
        yield folder, older.url, ours.url


async def pulled(folder: Path, url: str, seed: int) -> set[tuple[object, ...]]:
    """What is in the hour after a pass: segments by what they are (of near duplicates either may come), and tombstones."""
    hour = folder / "demo" / "source" / HOUR
    hour.mkdir(parents=True)  # else a tombstone ends the pass
    done = await OlderPeer(folder=folder, url=url, now=LATER, random=Random(seed)).run()
    assert done.error is None
    found: set[tuple[object, ...]] = {(name,) for name in done.tombstones if is_part(Path(name).name)}
    for name in list_hour(hour, tombstones=False):
        with suppress(ValueError):
            segment = parse_segment(hour / name)
            assert segment.path.read_bytes() == CONTENT
            found.add((segment.start, segment.duration, segment.kind, segment.digest))
    return found


@given(files=st.sets(names | readable, max_size=15), seed=st.integers(0, 99))
@settings(max_examples=40, deadline=None)
async def test_it_ends_with_the_same(urls: tuple[Path, str, str], files: set[str], seed: int) -> None:
    folder, older, ours = urls
    hour = folder / "store" / "demo" / "source" / HOUR
    hour.mkdir(parents=True)
    try:
        for name in files:
            (hour / name).write_bytes(CONTENT)
        run = next(_runs)
        from_older = await pulled(folder / f"from-older-{run}", older, seed)
        assert await pulled(folder / f"from-ours-{run}", ours, seed) == from_older
    finally:
        shutil.rmtree(folder / "store" / "demo")
