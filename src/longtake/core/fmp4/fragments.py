"""When the samples of movie fragments are shown, and where they lie (ISO/IEC 14496-12, 8.8)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from longtake.core.fmp4.boxes import Box, Boxes, children, content
from longtake.core.fmp4.tracks import Defaults

_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS = 0x1, 0x2, 0x8, 0x10, 0x20
"""What tfhd says (8.8.7)."""
_DATA_OFFSET, _FIRST_FLAGS = 0x1, 0x4
_SAMPLE_DURATION, _SAMPLE_SIZE, _SAMPLE_FLAGS, _SAMPLE_SHIFT = 0x100, 0x200, 0x400, 0x800
"""What trun says (8.8.8): of itself, and of each sample."""
_NOT_SYNC = 0x10000
_MOST_SAMPLES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Samples of one track behind each other, in the order of decoding; times in the track's own scale."""

    track_id: int
    begins: int | None
    """When the first is decoded; None if nothing says so."""
    durations: tuple[int, ...]
    shifts: tuple[int, ...]
    """How much later than it is decoded each is shown; the first alone where all are alike."""
    duration: int
    """Of all together."""
    samples: int
    size_bytes: int
    data_at: int
    """Where the first lies in the segment."""
    first_bytes: int
    """How long that is."""
    begins_with_sync: bool

    @property
    def shown(self) -> tuple[int, ...]:
        """When each is shown; counted from 0 where nothing says when the run begins."""
        times, now = [], self.begins or 0
        for at, duration in enumerate(self.durations):
            times.append(now + self.shifts[min(at, len(self.shifts) - 1)])
            now += duration
        return tuple(times)


def read_fragment(
    data: memoryview, moof: Box, defaults: dict[int, Defaults], begins: dict[int, int]
) -> tuple[Run, ...]:
    """The runs of a fragment.

    ``begins`` says when each track goes on where the fragment does not; it is brought up to date. Runs that make no
    sense are left out: ValueError is never raised.
    """
    runs: list[Run] = []
    next_at = moof.at
    for traf in children(data, moof).all(b"traf"):
        boxes = children(data, traf)
        header = boxes.first(b"tfhd")
        if header is None:
            continue
        track = _track(content(data, header), moof.at, defaults)
        time = boxes.first(b"tfdt")
        if time is not None:
            begins[track.track_id] = _decode_time(content(data, time))
        for box in boxes.all(b"trun"):
            run = _run(content(data, box), track, begins.get(track.track_id), next_at)
            if run is not None:
                if run.begins is not None:
                    begins[track.track_id] = run.begins + run.duration
                next_at = run.data_at + run.size_bytes
                runs.append(run)
    return tuple(runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    track_id: int
    base: int
    defaults: Defaults


def _track(tfhd: bytes, moof_at: int, defaults: dict[int, Defaults]) -> _Header:
    flags, track_id = int.from_bytes(tfhd[1:4], "big"), int.from_bytes(tfhd[4:8], "big")
    own = defaults.get(track_id, Defaults())
    fields, at = iter(_fields(tfhd, flags)), moof_at
    if flags & _BASE:
        at = next(fields)
    if flags & _DESCRIPTION:
        next(fields)
    if flags & _DURATION:
        own = replace(own, duration=next(fields))
    if flags & _SIZE:
        own = replace(own, size=next(fields))
    if flags & _FLAGS:
        own = replace(own, flags=next(fields))
    return _Header(track_id=track_id, base=at, defaults=own)


def _fields(tfhd: bytes, flags: int) -> Iterator[int]:
    at = 8
    for flag, size in ((_BASE, 8), (_DESCRIPTION, 4), (_DURATION, 4), (_SIZE, 4), (_FLAGS, 4)):
        if flags & flag:
            yield int.from_bytes(tfhd[at : at + size], "big")
            at += size


def _decode_time(tfdt: bytes) -> int:
    return int.from_bytes(tfdt[4:12] if tfdt[:1] == b"\x01" else tfdt[4:8], "big")


def _run(trun: bytes, track: _Header, begins: int | None, next_at: int) -> Run | None:
    flags, samples = int.from_bytes(trun[1:4], "big"), int.from_bytes(trun[4:8], "big")
    at, data_at, first_flags = 8, next_at, None
    if flags & _DATA_OFFSET:
        data_at, at = track.base + int.from_bytes(trun[at : at + 4], "big", signed=True), at + 4
    if flags & _FIRST_FLAGS:
        first_flags, at = int.from_bytes(trun[at : at + 4], "big"), at + 4
    columns = _columns(trun, at, flags, samples)
    if columns is None or samples == 0:
        return None
    durations, sizes, sample_flags, shifts = columns
    own = track.defaults
    if first_flags is None:
        first_flags = sample_flags[0] if sample_flags else own.flags
    return Run(
        track_id=track.track_id,
        begins=begins,
        durations=tuple(durations or [own.duration] * samples),
        shifts=tuple(shifts or [0]),
        duration=sum(durations) if durations else own.duration * samples,
        samples=samples,
        size_bytes=sum(sizes) if sizes else own.size * samples,
        data_at=data_at,
        first_bytes=sizes[0] if sizes else own.size,
        begins_with_sync=not first_flags & _NOT_SYNC,
    )


def _columns(trun: bytes, at: int, flags: int, samples: int) -> tuple[list[int], ...] | None:
    """Durations, sizes, flags and shifts of all samples, empty where they are not told; None if they are not there."""
    told = [flag for flag in (_SAMPLE_DURATION, _SAMPLE_SIZE, _SAMPLE_FLAGS, _SAMPLE_SHIFT) if flags & flag]
    if samples > (len(trun) - at) // (4 * len(told)) if told else samples > _MOST_SAMPLES:
        return None
    # Shifts are signed in version 1; in version 0 too, what is that large is a negative one of a careless muxer.
    row = struct.Struct(">" + "".join("i" if flag == _SAMPLE_SHIFT else "I" for flag in told))
    rows = list(row.iter_unpack(trun[at : at + row.size * samples])) if told else []
    by_flag = dict(zip(told, zip(*rows, strict=True), strict=True)) if rows else {}
    return tuple(
        list(by_flag.get(flag, ())) for flag in (_SAMPLE_DURATION, _SAMPLE_SIZE, _SAMPLE_FLAGS, _SAMPLE_SHIFT)
    )


def lost_bytes(runs: Iterable[Run], size_bytes: int) -> int:
    """How many bytes of samples lie behind the end of a segment."""
    return max((run.data_at + run.size_bytes - size_bytes for run in runs), default=0)


def announced_end(data: memoryview, boxes: Boxes) -> int | None:
    """Where the content ends that the segment's own index (8.16.3) announces; None if it has none.

    An index is the segment's own behind a styp box. One without may be of a file of which this is a part.
    """
    is_own = False
    for box in boxes.found:
        is_own = is_own or box.kind == b"styp"
        if box.kind == b"sidx" and is_own:
            return _index_end(content(data, box), box.end)
    return None


def _index_end(sidx: bytes, end: int) -> int | None:
    at = 28 if sidx[:1] == b"\x01" else 20
    offset = int.from_bytes(sidx[at - 8 : at] if at == 28 else sidx[at - 4 : at], "big")
    count = int.from_bytes(sidx[at + 2 : at + 4], "big")
    references = [sidx[one : one + 4] for one in range(at + 4, at + 4 + 12 * count, 12)]
    if not references or len(sidx) < at + 4 + 12 * count:
        return None
    return end + offset + sum(int.from_bytes(one, "big") & 0x7FFFFFFF for one in references)
