"""Segments and hours removed for good. Not synced: what a power cut brings back is whole, and is removed again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from longtake.adapters.store.facts_log import FactsLog
from longtake.adapters.store.layout import PLAYLISTS
from longtake.adapters.store.notes_files import notes_file
from longtake.kit.files import FileOps, empty_folder


class Removal:
    """Blocks on the disk. All methods raise OSError; nothing is an error if it is gone."""

    def __init__(self, ops: FileOps, log: FactsLog) -> None:
        self._ops = ops
        self._log = log

    def segment(self, path: Path, facts: Path) -> None:
        """A segment; its hour too, with the facts in that file, once that is empty."""
        with suppress(FileNotFoundError):
            self._ops.remove(path)
        try:
            self._ops.remove_folder(path.parent)
        except OSError:
            return  # not empty yet, or gone
        self._forget(facts)

    def hour(self, folder: Path, facts: Path) -> None:
        """An hour with all that is in its folder, and the facts in that file. What can be removed is, before it raises."""
        empty_folder(folder, self._ops)
        with suppress(FileNotFoundError):
            self._ops.remove_folder(folder)
        self._forget(facts)

    def _forget(self, facts: Path) -> None:
        """What is known of an hour, and the playlists that were kept of it."""
        self._log.remove(facts)
        notes = notes_file(facts)
        if notes is not None:
            with suppress(OSError):  # whoever reads may have written them, and nothing is wrong with old ones
                self._ops.remove(notes)
        playlists = facts.parent.parent / PLAYLISTS / facts.stem
        empty_folder(playlists, self._ops)
        with suppress(FileNotFoundError):
            self._ops.remove_folder(playlists)
