"""Where the boxes of ISO BMFF lie (ISO/IEC 14496-12, 4.2). Sizes are never believed further than there are bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_HEAD_BYTES, _LARGE_HEAD_BYTES = 8, 16
_MOST_BOXES = 10_000
"""Of one level: segments have a few."""
_IN_KINDS = bytes(range(0x20, 0x7F)) + b"\xa9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """From ``at`` to ``end`` in the data, the content from ``body`` on. ``end`` may lie behind the data's own end."""

    kind: bytes
    at: int
    body: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """Boxes behind each other. The last one may be longer than there is room; ``stray_at`` is where something begins
    that is no box."""

    found: tuple[Box, ...]
    stray_at: int | None

    def all(self, kind: bytes) -> Iterator[Box]:
        """Those of a kind."""
        return (box for box in self.found if box.kind == kind)

    def first(self, kind: bytes) -> Box | None:
        """Of a kind."""
        return next(self.all(kind), None)


def read_boxes(data: memoryview, begin: int = 0, end: int | None = None) -> Boxes:
    """The boxes between two places."""
    until = len(data) if end is None else min(end, len(data))
    found: list[Box] = []
    at = begin
    while at < until and len(found) < _MOST_BOXES:
        box = _box(data, at, until)
        if box is None:
            return Boxes(found=tuple(found), stray_at=at)
        found.append(box)
        at = box.end
    return Boxes(found=tuple(found), stray_at=None)


def children(data: memoryview, parent: Box, *, skip: int = 0) -> Boxes:
    """The boxes within a box, behind ``skip`` bytes of its own."""
    return read_boxes(data, parent.body + skip, parent.end)


def inner(data: memoryview, parent: Box | None, *path: bytes) -> Box | None:
    """The first box that a path leads to."""
    box = parent
    for kind in path:
        box = children(data, box).first(kind) if box is not None else None
    return box


def content(data: memoryview, box: Box) -> bytes:
    """What is there of it."""
    return bytes(data[box.body : box.end])


def _box(data: memoryview, at: int, until: int) -> Box | None:
    head = bytes(data[at : min(at + _LARGE_HEAD_BYTES, until)])
    if len(head) < _HEAD_BYTES:
        return None
    size, kind, body = int.from_bytes(head[:4], "big"), head[4:8], at + _HEAD_BYTES
    if size == 1:
        size, body = int.from_bytes(head[8:16], "big"), at + _LARGE_HEAD_BYTES
        if len(head) < _LARGE_HEAD_BYTES:
            return None
    elif size == 0:  # to the end
        size = until - at
    if size < body - at or kind.translate(None, _IN_KINDS):
        return None
    return Box(kind=kind, at=at, body=body, end=at + size)
