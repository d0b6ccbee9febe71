"""The house keeps its order: core modules have their tests, files stay small."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "longtake"
CORE = sorted(path for path in (SOURCE / "core").rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("module", CORE, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_core_module_has_its_test(module: Path) -> None:
    folder = ROOT / "tests" / module.parent.relative_to(SOURCE)
    if module.name == "model.py":  # values alone, which every other test of hls uses
        return
    assert (folder / f"test_{module.name}").exists()


@pytest.mark.parametrize(
    "module", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_no_module_grows_beyond_one_idea(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 500
