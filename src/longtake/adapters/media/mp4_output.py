"""A cut as MP4: in fragments, which play while they arrive; or into a file, with its index in front."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from longtake.adapters.media.cut_file import Sink
from longtake.adapters.media.decoding import TICK
from longtake.adapters.media.interface import Emit
from longtake.adapters.media.outgoing import OutgoingPicture, OutgoingSound, Source
from longtake.core.adts import SAMPLES_PER_FRAME, AdtsFormat, AdtsFrame
from longtake.core.errors import Unsupported
from longtake.core.h264 import without_parameter_sets
from longtake.core.mpegts.scan import ScannedSegment
from longtake.core.mpegts.timestamps import CLOCK_HZ

STREAMED = {"movflags": "frag_keyframe+delay_moov+default_base_moof", "frag_duration": "500000"}
"""Half a second per fragment: a player begins at once. The index of a fragmented file is spread over it."""
FILED = {"movflags": "faststart"}
_STEADY_S = Fraction(5, 1000)
"""Sound frames follow each other without a gap as long as their stated times are no further off than this."""


class Mp4Output:
    """Written to ``emit`` in fragments, or to ``path``."""

    hides_priming = True
    lists_sets = True

    def __init__(self, emit: Emit, path: Path | None = None) -> None:
        # What plays a little before zero is cut by edit lists, not moved.
        options = (STREAMED if path is None else FILED) | {"avoid_negative_ts": "disabled"}
        self._container = av.open(
            Sink(emit) if path is None else str(path), "w", format="mp4", options=options
        )
        self._video: Any = None
        self._audio: Any = None
        self._size: tuple[int, int] | None = None
        self._sound_format: AdtsFormat | None = None
        self._has_begun = False
        """Tracks cannot be added any more."""
        self._frame_ticks = 0
        self._next_sample: int | None = None

    def begin_run(self, source: Source) -> None:
        """The header is made from the first run; further ones must fit it."""
        self._frame_ticks = source.frame_ticks
        picture = source.segment.video.content(int(source.segment.idr.argmax()))
        entry = source.sets.annex_b() + without_parameter_sets(picture)
        with av.open(io.BytesIO(entry), format="h264") as template:
            stream = template.streams.video[0]
            size = (stream.width, stream.height)
            if self._size is None:
                self._video = self._container.add_stream_from_template(stream)
                self._video.time_base = TICK
                self._size = size
            elif size != self._size:
                raise Unsupported(
                    f"the picture's size changes within the cut, from {self._size[0]}x{self._size[1]} to"
                    f" {size[0]}x{size[1]}, which MP4 cannot hold: ask for .ts"
                )
        self._begin_sound(source.sound)
        self._has_begun = True

    def _begin_sound(self, frame: AdtsFrame | None) -> None:
        if frame is not None and not self._has_begun:
            self._add_sound(frame)
        elif frame is not None:
            self._check_sound(frame)

    def _check_sound(self, frame: AdtsFrame) -> None:
        if self._sound_format is None:
            raise Unsupported(
                "the sound begins only late in the cut, which MP4 cannot hold: ask for .ts, or begin where there is sound"
            )
        if frame.format != self._sound_format:
            raise Unsupported(
                "the coding of the sound changes within the cut, which MP4 cannot hold: ask for .ts"
            )

    def _add_sound(self, frame: AdtsFrame) -> None:
        with av.open(io.BytesIO(frame.data * 3), format="aac") as template:
            self._audio = self._container.add_stream_from_template(template.streams.audio[0])
        self._audio.time_base = Fraction(1, frame.format.rate_hz)
        self._sound_format = frame.format

    def picture(self, picture: OutgoingPicture) -> None:
        """Into the track."""
        packet = av.Packet(picture.data)
        packet.stream, packet.time_base = self._video, TICK
        packet.pts, packet.dts, packet.duration = picture.pts, picture.dts, self._frame_ticks
        packet.is_keyframe = picture.idr
        self._container.mux(packet)

    def sound(self, sound: OutgoingSound) -> None:
        """Without its header, at its sample."""
        self._check_sound(sound.frame)
        packet = av.Packet(sound.frame.raw)
        packet.stream, packet.time_base = self._audio, self._audio.time_base
        packet.pts = packet.dts = self._sample(sound)
        packet.duration = SAMPLES_PER_FRAME
        packet.is_keyframe = True
        self._container.mux(packet)

    def _sample(self, sound: OutgoingSound) -> int:
        """Times in 90 kHz are rounded, and what jitters a little would make gaps: frames follow each other."""
        rate_hz = sound.frame.format.rate_hz
        stated = round(Fraction(sound.pts * rate_hz, CLOCK_HZ))
        due = self._next_sample
        sample = due if due is not None and abs(stated - due) <= _STEADY_S * rate_hz else stated
        if due is not None:
            sample = max(sample, due)
        self._next_sample = sample + SAMPLES_PER_FRAME
        return sample

    def takes_whole(self, segment: ScannedSegment) -> bool:
        """Never: MP4 has no packets that could go through."""
        return False

    def whole_segment(self, segment: ScannedSegment, shift: int) -> None:
        """Not for MP4."""
        raise NotImplementedError

    def finish(self) -> None:
        """Writes the index."""
        self._container.close()
