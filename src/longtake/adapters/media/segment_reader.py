"""Reads recorded segments for media work: checked against their hash, taken apart, a little ahead of their use."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from longtake.core.errors import Corrupt, NotFound, NotUnderstood, StoreUnavailable
from longtake.core.mpegts.scan import ScannedSegment, scan_segment
from longtake.core.segments import Segment

_AHEAD = 3
_KEPT = 6
"""Segments in memory at once: those ahead, and those that a cut may come back to at an edge."""


class SegmentReader:
    """The segments of one quality, which lie in ``folder``. To be entered: a thread reads ahead meanwhile."""

    def __init__(self, folder: Path, order: Sequence[Segment]) -> None:
        self._folder = folder
        self._order = list(order)
        self._place = {segment.path: at for at, segment in enumerate(self._order)}
        self._read: OrderedDict[str, Future[ScannedSegment]] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "read ahead")

    def __enter__(self) -> Self:
        """Nothing is read yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Waits for what is being read."""
        self._thread.shutdown(cancel_futures=True)

    def scan(self, segment: Segment) -> ScannedSegment:
        """One segment, and the next ones are begun with.

        Raises NotFound, Corrupt, NotUnderstood, StoreUnavailable.
        """
        at = self._place.get(segment.path)
        future = self._begin(segment)
        if at is not None:
            for following in self._order[at + 1 : at + 1 + _AHEAD]:
                self._begin(following)
        while len(self._read) > _KEPT:
            self._read.popitem(last=False)
        return future.result()

    def _begin(self, segment: Segment) -> Future[ScannedSegment]:
        future = self._read.pop(segment.path, None)
        if future is None:
            future = self._thread.submit(read_scanned, self._folder, segment)
        self._read[segment.path] = future
        return future


def read_checked(folder: Path, segment: Segment) -> bytes:
    """A segment's file, which is what its name promises. Raises NotFound, Corrupt, StoreUnavailable."""
    try:
        content = (folder / segment.path).read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"segment {segment.path} is not there any more") from error
    except OSError as error:
        raise StoreUnavailable(f"segment {segment.path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).digest() != segment.digest:
        raise Corrupt(f"segment {segment.path} on disk is not what its name promises")
    return content


def read_scanned(folder: Path, segment: Segment) -> ScannedSegment:
    """A segment's file, checked and taken apart. Raises NotFound, Corrupt, NotUnderstood, StoreUnavailable."""
    content = read_checked(folder, segment)
    try:
        return scan_segment(content)
    except NotUnderstood as error:
        raise NotUnderstood(f"segment {segment.path}: {error}") from error
