"""A container into which packets go as they are; what it needs to know ahead it takes from the first file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream

from longtake.adapters.media.cut_file import Sink
from longtake.adapters.media.interface import Emit
from longtake.adapters.media.mp4_output import FILED, STREAMED
from longtake.adapters.media.packets import Coding, Track
from longtake.core.cutting import CutContainer
from longtake.core.errors import MediaFailed, Unsupported
from longtake.core.mpegts.timestamps import CLOCK_HZ

_FORMATS = {CutContainer.TS: "mpegts", CutContainer.MP4: "mp4"}
_TS_LEAD_S = Fraction(1)
"""In MPEG-TS no time is below zero, though pictures are decoded before the first one shows."""
_EXACT = {"avoid_negative_ts": "disabled", "movie_timescale": str(CLOCK_HZ)}
"""Edit lists say when sound begins: not to the millisecond alone."""
_AVCC = 1
"""What is in front of pictures that do not bring their parameter sets along (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1)."""


class RepackedOutput:
    """Written to ``emit`` from front to back, or to ``path`` with its index in front."""

    def __init__(self, container: CutContainer, emit: Emit, path: Path | None) -> None:
        self._kind = container
        options = {}
        if container is CutContainer.MP4:
            options = (STREAMED if path is None else FILED) | _EXACT
        self._container = av.open(
            Sink(emit) if path is None else str(path), "w", format=_FORMATS[container], options=options
        )
        self._lead_s = _TS_LEAD_S if container is CutContainer.TS else Fraction(0)
        self._first: dict[str, Coding] = {}
        self._streams: dict[str, Any] = {}
        self._last_dts: dict[str, int] = {}
        self._has_begun = False

    def takes(self, kind: str, track: Track) -> None:
        """Says what the packets of a kind are; also for each further file, which must fit. Raises Unsupported."""
        first = self._first.get(kind)
        if first is None:
            if self._has_begun:
                raise Unsupported(
                    "sound begins only within the cut, which one file cannot hold: cut the parts by themselves"
                )
            self._add(kind, track)
        elif not _fits(first, track.coding):
            raise Unsupported(
                f"the coding of the {kind} changes within the cut, which one file cannot hold: cut the parts by themselves"
            )

    def _add(self, kind: str, track: Track) -> None:
        self._first[kind] = track.coding
        try:
            stream = self._container.add_stream_from_template(track.stream)
        except (FFmpegError, ValueError) as error:
            raise self._does_not_hold(kind) from error
        if track.coding.setup:
            stream.codec_context.extradata = track.coding.setup
        stream.time_base = self._base(kind)
        self._streams[kind] = stream

    def _does_not_hold(self, kind: str) -> Unsupported:
        return Unsupported(
            f"{kind} of the kind {self._first[kind].codec} cannot be put into .{self._kind}: try another ending"
        )

    def put(
        self, kind: str, packet: Packet[Stream], pts_s: Fraction, dts_s: Fraction, duration_s: Fraction
    ) -> None:
        """One more packet, in the order of decoding. Raises Unsupported, MediaFailed."""
        stream, base = self._streams[kind], self._base(kind)
        dts = max(round((dts_s + self._lead_s) / base), self._last_dts.get(kind, -(1 << 62)) + 1)
        packet.stream, packet.time_base = stream, base
        packet.pts, packet.dts = max(round((pts_s + self._lead_s) / base), dts), dts
        packet.duration = round(duration_s / base)
        self._last_dts[kind] = dts
        try:
            self._container.mux(packet)
        except (FFmpegError, ValueError) as error:
            if isinstance(error, BrokenPipeError):
                raise
            if not self._has_begun:
                raise self._does_not_hold(kind) from error
            raise MediaFailed(f"a packet could not be written: {error}") from error
        self._has_begun = True

    def _base(self, kind: str) -> Fraction:
        """The unit of times. Packets may have any: the container turns it into its own."""
        return Fraction(1, self._first[kind].rate_hz or CLOCK_HZ)

    def finish(self) -> None:
        """Writes what is left, and the index."""
        self._container.close()


def _fits(first: Coding, other: Coding) -> bool:
    """Whether a decoder of the first can go on with the other: pictures may bring their parameter sets along."""
    if first.size is None or any(one.setup[:1] == bytes((_AVCC,)) for one in (first, other)):
        return first == other
    return (first.codec, first.size) == (other.codec, other.size)
