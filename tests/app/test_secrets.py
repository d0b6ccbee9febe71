"""The team's secret: from the settings or a file, and refused with words where there is none to be had."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtake.app.config import load_settings
from longtake.app.wiring.secrets import node_secret
from longtake.core.errors import InvalidInput


def secret_of(folder: Path, **node: object) -> bytes | None:
    return node_secret(load_settings(None, {"node": node}, base=folder))


def test_without_one_there_is_none(tmp_path: Path) -> None:
    assert secret_of(tmp_path) is None
    assert secret_of(tmp_path, secret="", secret_file="") is None


def test_it_is_the_same_from_the_settings_and_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("  sixteen letters, grün \n\n")
    expected = "sixteen letters, grün".encode()
    assert secret_of(tmp_path, secret_file="secret") == expected
    assert secret_of(tmp_path, secret="sixteen letters, grün") == expected


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"node\.secret_file: cannot read .*none: No such file"):
        secret_of(tmp_path, secret_file="none")
    (tmp_path / "secret").write_bytes(b"\xff" * 20)
    with pytest.raises(InvalidInput, match="is not UTF-8"):
        secret_of(tmp_path, secret_file="secret")


@pytest.mark.parametrize("content", ["", "\n", "fifteen letters", " fifteen letters\n"])
def test_a_short_one_is_none_and_is_not_shown(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    with pytest.raises(InvalidInput, match="at least 16 characters") as refusal:
        secret_of(tmp_path, secret_file="secret")
    assert "fifteen" not in str(refusal.value)


def test_spaces_alone_are_none(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"node\.secret holds no secret"):
        secret_of(tmp_path, secret=" " * 16)
