"""Notes of hours that are over, on disk: a start then need not read a week of facts again, which are 25 times as long.

``.longtake/notes/HOUR`` beside ``.longtake/facts/HOUR.jsonl``. They are made of the facts, and count for nothing unless
they are whole and made of exactly the file that is there. So whoever writes facts need not know of them, they are not
synced, and several may write the same at once: what comes of that is whole, or not used and made again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from longtake.adapters.store.layout import FACTS, NOTES
from longtake.core.hour_notes import HourNotes
from longtake.core.notes_bytes import FactsStamp, decode_notes, encode_notes

_SETTLED_NS = 3600 * 1_000_000_000
"""Facts that are younger may well grow again."""
_RACY_NS = 2_000_000_000
"""A second change within the clock's tick after another does not show in a file's times."""
NEVER_NS = 1 << 63
_WORTH_BYTES = 32 << 10
"""Smaller facts are read as fast."""


def notes_file(facts: Path) -> Path | None:
    """Where the notes of a facts file are kept; nowhere, if that lies elsewhere than in a quality."""
    folder = facts.parent
    return folder.with_name(NOTES) / facts.stem if folder.name == FACTS else None


def settled_ns(facts: FactsStamp) -> int:
    """From when on notes of a facts file are worth keeping, if it stays as it is."""
    if facts.size_bytes < _WORTH_BYTES:
        return NEVER_NS
    return max(facts.modified_ns + _SETTLED_NS, facts.changed_ns + _RACY_NS)


def read_notes_file(facts: Path, stamp: FactsStamp) -> HourNotes | None:
    """What was kept of the facts file with this stamp; None if that is not so, whatever the reason."""
    file = notes_file(facts)
    if file is None:
        return None
    try:
        return decode_notes(file.read_bytes(), stamp)
    except OSError:
        return None


def keep_notes(facts: Path, stamp: FactsStamp, notes: HourNotes) -> bool:
    """Keeps the notes of the facts file with this stamp. False if the disk takes nothing now."""
    file = notes_file(facts)
    if file is None:
        return True
    temp = file.with_name(f".{file.name}.temp")
    try:
        file.parent.mkdir(exist_ok=True)
        temp.write_bytes(encode_notes(notes, stamp))
        temp.replace(file)
    except OSError:
        with suppress(OSError):
            temp.unlink()
        return False
    return True
