"""``longtake facts`` as a person uses it: real processes on a real store."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from tests.fakes.node_process import longtake
from tests.fakes.recording import Recorded, record
from typer.testing import CliRunner

from longtake.adapters.store.disk import DiskStore
from longtake.cli.main import app
from longtake.core.errors import NotFound
from longtake.core.inspection import INSPECTION_VERSION

HOUR = "2024-11-24T04"


@pytest.fixture
def recorded(tmp_path: Path) -> list[Recorded]:
    async def fill() -> list[Recorded]:
        store = DiskStore(tmp_path)
        recorded = await record(store, count=3)
        store.close()
        return recorded

    return asyncio.run(fill())


def facts_file(folder: Path) -> Path:
    return DiskStore(folder).layout.facts("demo", "source", HOUR)


def test_lost_facts_are_made_again_and_shown(tmp_path: Path, recorded: list[Recorded]) -> None:
    facts_file(tmp_path).unlink()
    before = longtake("facts", "show", "demo", "--store", str(tmp_path))
    assert (before.returncode, "nothing is known" in before.stdout) == (0, True)
    done = longtake("facts", "rebuild", "demo", "--store", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 segments in 1 hour folder, " in done.stdout
    names = [json.loads(line)["name"] for line in facts_file(tmp_path).read_text().splitlines()]
    assert sorted(names) == [one.segment.name for one in recorded]
    at = longtake("facts", "show", "demo", "2024-11-24T05:00:03+01:00", "--store", str(tmp_path), "--json")
    shown = json.loads(at.stdout)
    assert (shown["name"], shown["looked"]) == (recorded[1].segment.name, INSPECTION_VERSION)
    newest = longtake("facts", "show", "demo", "--store", str(tmp_path)).stdout
    assert f"demo/source/{recorded[2].segment.path}" in newest
    assert "width: 320" in newest


def test_a_damaged_file_is_named_and_makes_the_command_fail(tmp_path: Path, recorded: list[Recorded]) -> None:
    path = tmp_path / "demo" / "source" / recorded[1].segment.path
    path.write_bytes(recorded[1].content[:-188])
    done = longtake("facts", "rebuild", "--store", str(tmp_path))
    assert done.returncode == 1
    assert "2 segments in 1 hour folder, " in done.stdout
    assert done.stderr.startswith(f"error: demo/source/{recorded[1].segment.path} is damaged")
    assert "[debug" not in done.stdout
    assert path.exists()


@pytest.mark.parametrize("since", ["1", "36h", "2d", "2024-11-24T05:00:00Z"])
def test_where_nothing_is_recorded_nothing_can_be_made(
    tmp_path: Path, recorded: list[Recorded], since: str
) -> None:
    done = CliRunner().invoke(app, ["facts", "rebuild", "demo", "--store", str(tmp_path), "--since", since])
    assert isinstance(done.exception, NotFound)
    assert str(done.exception) == "nothing of demo is recorded since then"
    assert recorded
