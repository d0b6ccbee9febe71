"""File names as the older system reads them: more generously than longtake, and with its holes.

A name is split on its first three dashes; the duration is any text that ``float`` takes, so ``inf`` is an
OverflowError that nobody there expects, and ``1e-05`` holds a dash and is no name at all.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_KINDS = ("full", "suspect", "partial", "temp")
_LISTED = (".ts", ".json")
_TOMBSTONE = ".tombstone"


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderSegment:
    """What a name says. ``digest`` is empty for temp."""

    path: Path
    start: datetime
    duration: timedelta
    kind: str
    digest: bytes

    @property
    def end(self) -> datetime:
        """Start plus duration."""
        return self.start + self.duration


def parse_hour(name: str) -> datetime:
    """The start of an hour folder: fixed columns, whatever stands between them. Raises ValueError."""
    return datetime(int(name[0:4]), int(name[5:7]), int(name[8:10]), int(name[11:13]), tzinfo=UTC)


def parse_segment(path: Path) -> OlderSegment:
    """What ``.../HOUR/NAME`` says. Raises ValueError, which is handled, and OverflowError, which is not."""
    stem, dot, extension = path.name.rpartition(".")
    if dot + extension != ".ts":
        raise ValueError("not a video")
    time, duration, kind, digest = stem.split("-", 3)
    if kind not in _KINDS:
        raise ValueError(f"unknown type {kind!r}")
    return OlderSegment(
        path=path,
        start=parse_hour(path.parent.name) + _parse_time(time),
        duration=timedelta(seconds=float(duration)),
        kind=kind,
        digest=b"" if kind == "temp" else decode_hash(digest),
    )


def _parse_time(text: str) -> timedelta:
    if text[2:3] != ":" or text[5:6] not in ("", "."):
        raise ValueError(f"no time {text!r}")
    fraction = text[6:]
    if len(fraction) > 6:
        raise ValueError("too fine a time")
    return timedelta(minutes=int(text[0:2]), seconds=int(text[3:5]), microseconds=int(fraction.ljust(6, "0")))


def decode_hash(text: str) -> bytes:
    """Any number of bytes: what is not of the alphabet is dropped. Raises ValueError."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode_hash(content: bytes) -> str:
    """The hash text of some content."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def list_folder(folder: Path) -> list[str]:
    """The names in a folder that are not hidden, whatever they are; none if there is no such folder.

    What a file in the place of a folder does was never seen; here it is an empty folder.
    """
    try:
        return [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    except (FileNotFoundError, NotADirectoryError):
        return []


def list_hour(folder: Path, *, tombstones: bool) -> list[str]:
    """Videos and chat batches that no tombstone suppresses, temps included; then, if wanted, the tombstones."""
    names = list_folder(folder)
    dead = [name for name in names if name.endswith(_TOMBSTONE)]
    suppressed = {name.rpartition(".")[0] for name in dead}
    shown = [name for name in names if name.endswith(_LISTED) and name.rpartition(".")[0] not in suppressed]
    return shown + dead if tombstones else shown


def list_extras(folder: Path) -> list[str]:
    """All files below a folder, hidden ones and temps too; links to folders are not followed."""
    return [
        os.path.relpath(os.path.join(root, name), folder)  # noqa: PTH118 - texts of a walk
        for root, _, names in os.walk(folder)
        for name in names
    ]
