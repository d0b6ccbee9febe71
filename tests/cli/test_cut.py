"""``longtake cut`` on a recording: whole under its name, or not there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.fakes.recording import Recorded, record
from typer.testing import CliRunner

from longtake.adapters.store.disk import DiskStore
from longtake.cli.main import app
from longtake.core.errors import Corrupt, Incomplete, LongtakeError, Unsupported

FIRST, SECOND, END = "2024-11-24T04:00:00Z", "2024-11-24T04:00:02Z", "2024-11-24T04:00:04Z"


@pytest.fixture
def recorded(tmp_path: Path) -> list[Recorded]:
    async def made() -> list[Recorded]:
        store = DiskStore(tmp_path / "store")
        try:
            return await record(store, count=4, leave_out={2})
        finally:
            store.close()

    return asyncio.run(made())


def cut(folder: Path, *words: str) -> BaseException | None:
    place: Sequence[str] = ("--store", str(folder / "store"), "-o", str(folder / "clip.ts"))
    return CliRunner().invoke(app, ["cut", "demo", *words, "--kind", "rough", *place]).exception


def test_a_range_becomes_a_file_and_a_report(tmp_path: Path, recorded: list[Recorded]) -> None:
    report = tmp_path / "report.json"
    assert cut(tmp_path, FIRST, END, "--report", str(report)) is None
    assert (tmp_path / "clip.ts").read_bytes() == recorded[0].content + recorded[1].content
    said = json.loads(report.read_text())
    assert said["size_bytes"] == (tmp_path / "clip.ts").stat().st_size
    assert said["segments"] == [one.segment.path for one in recorded[:2]]


def test_several_ranges_with_any_offset(tmp_path: Path, recorded: list[Recorded]) -> None:
    first, second = f"{SECOND},{END}", "2024-11-24T05:00:00+01:00,2024-11-24T05:00:02+01:00"
    assert cut(tmp_path, "--range", first, "--range", second) is None
    assert (tmp_path / "clip.ts").read_bytes() == recorded[1].content + recorded[0].content


def test_holes_are_cut_over_only_when_allowed(tmp_path: Path, recorded: list[Recorded]) -> None:
    words = (FIRST, "2024-11-24T04:00:08Z")
    assert isinstance(cut(tmp_path, *words), Incomplete)
    assert cut(tmp_path, *words, "--allow-holes") is None
    assert (tmp_path / "clip.ts").read_bytes() == b"".join(one.content for one in recorded)


def spoil(folder: Path, recorded: list[Recorded]) -> None:
    (folder / "store" / "demo" / "source" / recorded[1].segment.path).write_bytes(b"x")


def call_it_mp4(folder: Path, recorded: list[Recorded]) -> None:
    (facts,) = folder.glob("store/demo/source/.longtake/facts/*")
    facts.write_text(facts.read_text().replace('"mpegts"', '"fmp4"'))


@pytest.mark.parametrize(
    ("prepare", "kind"),
    [(spoil, Corrupt), (call_it_mp4, Unsupported)],
    ids=["a damaged file", "fragmented MP4"],
)
def test_a_cut_that_fails_leaves_nothing(
    tmp_path: Path, recorded: list[Recorded], prepare: object, kind: type[LongtakeError]
) -> None:
    assert callable(prepare)
    prepare(tmp_path, recorded)
    assert isinstance(cut(tmp_path, FIRST, END), kind)
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
