"""What the older system's ``/cut`` answers to bad input; of good input, the rough cut alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from multidict import MultiMapping
from tests.fakes.older_node.selection import select

Refuse = Callable[[int, str], Exception]
_KNOWN = ("rough", "fast", "smart", "mpegts", "webm")


def rough_cut(
    folder: Path,
    query: MultiMapping[str],
    whole: Callable[[], tuple[datetime, datetime]],
    parse: Callable[[str], datetime],
    refuse: Refuse,
) -> bytes:
    """The files of all ranges, one after the other; ``whole`` gives the range that is meant without any.

    Raises what ``refuse`` makes of a status and a reason, and ValueError for what is a 500 there. Kinds that need an
    encoder are 501 here, which the older system never says.
    """
    ranges = _ranges(query, whole, parse)
    if any(end <= start for start, end in ranges):
        raise refuse(400, "end must be after start")
    if len(query.getall("transition", [])) >= len(ranges):
        raise refuse(400, "too many transitions")
    allow_holes = query.get("allow_holes", "false").lower()
    if allow_holes not in ("true", "false"):
        raise refuse(400, "allow_holes must be true or false")
    kind = query.get("type", "fast")
    if kind not in _KNOWN:
        raise refuse(400, "unknown type")
    content = [_content(folder, start, end, allow_holes == "true", refuse) for start, end in ranges]
    if kind != "rough":
        raise refuse(501, "this stand-in for an older node has no encoder")
    return b"".join(content)


def _ranges(
    query: MultiMapping[str],
    whole: Callable[[], tuple[datetime, datetime]],
    parse: Callable[[str], datetime],
) -> Sequence[tuple[datetime, datetime]]:
    if "range" in query:
        return [
            (parse(start), parse(end)) for start, end in (text.split(",") for text in query.getall("range"))
        ]
    start, end = query.get("start"), query.get("end")
    if start is not None and end is not None:
        return [(parse(start), parse(end))]
    first, last = whole()
    return [(parse(start) if start is not None else first, parse(end) if end is not None else last)]


def _content(folder: Path, start: datetime, end: datetime, allow_holes: bool, refuse: Refuse) -> bytes:
    segments = select(folder, start, end)
    found = [segment for segment in segments if segment is not None]
    if not found or (len(found) < len(segments) and not allow_holes):
        raise refuse(406, "there are holes in the requested range")
    return b"".join(segment.path.read_bytes() for segment in found)
