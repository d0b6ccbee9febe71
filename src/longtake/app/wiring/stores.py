"""The store of a node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longtake.adapters.store.disk import MEMORY_BYTES, DiskStore
from longtake.adapters.store.facts_log import KEPT_FACTS
from longtake.adapters.store.layout import OURS
from longtake.app.settings import Settings
from longtake.core.errors import NotFound


@contextmanager
def opened_store(
    settings: Settings, *, memory_bytes: int = MEMORY_BYTES, kept_facts: int = KEPT_FACTS
) -> Iterator[DiskStore]:
    """The store; its threads end with the block. ``memory_bytes`` and ``kept_facts``: see ``DiskStore``."""
    store = DiskStore(
        settings.store.dir,
        not_channels=settings.store.extra_folders,
        memory_bytes=memory_bytes,
        kept_facts=kept_facts,
    )
    try:
        yield store
    finally:
        store.close()


def existing_store_dir(folder: Path) -> Path:
    """The folder, if it is a store. Raises NotFound: a mistyped path must not look like an empty store."""
    if not folder.is_dir():
        raise NotFound(f"there is no store at {folder}")
    within = folder / "store"
    if (within / OURS).is_dir():  # no channel has it: theirs lie in their qualities
        raise NotFound(f"{folder} is the folder of a node; its store is {within}")
    return folder
