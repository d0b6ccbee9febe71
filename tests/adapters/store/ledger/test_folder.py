"""Files of a ledger on a disk: whole or as before, and nothing odd is taken for one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.adapters.store.ledger.test_quality_ledger import ALL, filled, opened, told

from longtake.adapters.store.ledger.folder import DiskLedgerFolder
from longtake.core.errors import InvalidInput


@pytest.fixture
def folder(tmp_path: Path) -> DiskLedgerFolder:
    return DiskLedgerFolder(tmp_path / "ledger")


def test_a_file_is_replaced_whole_and_goes_on_where_it_is_told(
    folder: DiskLedgerFolder, tmp_path: Path
) -> None:
    assert (folder.names(), folder.size_bytes("a"), folder.stamp()) == ([], 0, None)
    folder.put("a", b"one\n", durable=True)
    folder.append("a", 4, b"two\n")
    folder.append("a", 4, b"three\n")
    assert (folder.read("a"), folder.size_bytes("a"), folder.names()) == (b"one\nthree\n", 10, ["a"])
    folder.put("a", b"other", durable=False)
    assert folder.read("a") == b"other"
    folder.sync("a")
    folder.sync("gone")
    folder.remove("a")
    folder.remove("a")
    assert list((tmp_path / "ledger").iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "pipe", "huge"])
def test_what_is_no_file_of_a_ledger_is_passed_over(
    folder: DiskLedgerFolder, tmp_path: Path, kind: str
) -> None:
    filled(folder)
    odd = tmp_path / "ledger" / "2024-11-09T07.999"
    if kind == "folder":
        odd.mkdir()
    elif kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.touch()
        os.truncate(odd, 1 << 30)
    with pytest.raises(InvalidInput):
        folder.read(odd.name)
    assert told(opened(folder).hours_back()) == ALL
