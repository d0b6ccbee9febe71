from __future__ import annotations

from pathlib import Path

from longtake.adapters.store.known_paths import path_below


def test_a_path_is_the_same_object_each_time() -> None:
    path = path_below(Path("/store/ch/source"), "2024-11-24T04")
    assert path == Path("/store/ch/source/2024-11-24T04")
    assert path_below(Path("/store") / "ch" / "source", "2024-11-24T04") is path


def test_another_folder_or_name_is_another_path() -> None:
    paths = {
        path_below(Path(folder), name)
        for folder in ("/store/ch/source", "/store/ch/audio")
        for name in ("2024-11-24T04", "2024-11-24T05")
    }
    assert len(paths) == 4
