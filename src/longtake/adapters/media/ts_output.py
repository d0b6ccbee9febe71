"""A cut as MPEG-TS: whole segments go through as they are, but for their times."""

from __future__ import annotations

from longtake.adapters.media.interface import Emit
from longtake.adapters.media.outgoing import OutgoingPicture, OutgoingSound, Source
from longtake.core.adts import SAMPLES_PER_FRAME
from longtake.core.mpegts.counters import ContinuityCounters
from longtake.core.mpegts.retime import pcr_lead, retimed
from longtake.core.mpegts.scan import ScannedSegment
from longtake.core.mpegts.tables import PAT_PID, Program, table_rows
from longtake.core.mpegts.timestamps import CLOCK_HZ
from longtake.core.mpegts.writer import (
    AUDIO_ID,
    VIDEO_ID,
    OutgoingUnit,
    table_packets,
    unit_packets,
)

_FRAMES_PER_UNIT = 4
"""Sound frames in one PES packet: a header each would cost a tenth."""
_TABLES_EVERY = CLOCK_HZ // 2


class TsOutput:
    """Timestamps begin at zero, or a little above where sound could still come that begins before the pictures."""

    hides_priming = False
    lists_sets = False

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._counters = ContinuityCounters()
        self._lead: int | None = None
        self._program: Program | None = None
        self._video_pid, self._audio_pid, self._pcr_pid = 0, 0, 0
        self._tables: list[bytes] = []
        self._tables_due = 0
        self._clock_shift = 0
        self._pending: list[OutgoingSound] = []

    def begin_run(self, source: Source) -> None:
        """Tables come first: those of the first run, so that players see the same streams go on."""
        self._write_sound()
        segment = source.segment
        if self._program is None or (segment.audio is not None and not self._audio_pid):
            self._adopt(segment)
        self._emit(table_packets(self._tables, self._counters))
        self._tables_due = -(1 << 62)
        self._clock_shift = pcr_lead(segment)
        if self._lead is None:
            before = 0
            if source.sound is not None:
                rate_hz = source.sound.format.rate_hz
                before = -(-SAMPLES_PER_FRAME * CLOCK_HZ // rate_hz)
            self._lead = max(source.delay, before)

    def _adopt(self, segment: ScannedSegment) -> None:
        self._program, self._pcr_pid = segment.program, segment.program.pcr_pid
        self._video_pid = segment.video.pid
        self._audio_pid = 0 if segment.audio is None else segment.audio.pid
        self._tables = table_rows(segment.packets, segment.program)

    def picture(self, picture: OutgoingPicture) -> None:
        """Its own PES packet, with the clock."""
        self._write_sound()
        lead = self._lead or 0
        if picture.idr or picture.dts >= self._tables_due:
            self._emit(table_packets(self._tables, self._counters))
            self._tables_due = picture.dts + _TABLES_EVERY
        self._write(
            OutgoingUnit(
                pid=self._video_pid,
                stream_id=VIDEO_ID,
                pts=picture.pts + lead,
                dts=picture.dts + lead,
                content=picture.data,
                entry=picture.idr,
                pcr=picture.dts + lead if self._pcr_pid == self._video_pid else None,
            )
        )

    def sound(self, sound: OutgoingSound) -> None:
        """Some of them share a PES packet."""
        self._pending.append(sound)
        if len(self._pending) == _FRAMES_PER_UNIT:
            self._write_sound()

    def takes_whole(self, segment: ScannedSegment) -> bool:
        """If its PIDs are those of the run."""
        return segment.program == self._program

    def whole_segment(self, segment: ScannedSegment, shift: int) -> None:
        """Only its tables, pictures and sound: what else it holds has no place at the edges either."""
        self._write_sound()
        lead = self._lead or 0
        pids = {PAT_PID, segment.program.pmt_pid, self._pcr_pid, self._video_pid, self._audio_pid}
        rows = retimed(
            segment,
            video_ticks=shift + lead,
            clock_ticks=shift + lead + self._clock_shift,
            pids=frozenset(pids),
        )
        self._counters.run_on(rows)
        self._emit(rows.reshape(-1).data)

    def finish(self) -> None:
        """MPEG-TS has no end."""
        self._write_sound()

    def _write_sound(self) -> None:
        """As long as a frame follows the one before it; a player may count on the first time only."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        until = next(
            (at for at in range(1, len(pending)) if not _follows(pending[at - 1], pending[at])), len(pending)
        )
        pts = pending[0].pts + (self._lead or 0)
        content = b"".join(sound.frame.data for sound in pending[:until])
        self._write(OutgoingUnit(pid=self._audio_pid, stream_id=AUDIO_ID, pts=pts, dts=pts, content=content))
        self._pending = pending[until:]
        self._write_sound()

    def _write(self, unit: OutgoingUnit) -> None:
        self._emit(unit_packets(unit, self._counters))


def _follows(left: OutgoingSound, right: OutgoingSound) -> bool:
    due = left.pts + SAMPLES_PER_FRAME * CLOCK_HZ // left.frame.format.rate_hz
    return abs(right.pts - due) <= 2
