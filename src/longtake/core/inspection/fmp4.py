"""What can be said of a segment of fragmented MP4, with its initialisation section in front or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from longtake.core import h264, hevc
from longtake.core.facts import Container
from longtake.core.fmp4.boxes import Boxes, read_boxes
from longtake.core.fmp4.fragments import Run, announced_end, lost_bytes, read_fragment
from longtake.core.fmp4.tracks import Track, read_tracks
from longtake.core.inspection.model import Inspection, hash_of
from longtake.core.inspection.rates import covered, frame_rate, steps_of
from longtake.core.mpegts.timestamps import CLOCK_HZ, WRAP
from longtake.core.nal import PictureFormat

_CODED = (b"mdat", b"moof")
_MOST_NALS = 64
"""Before a picture's first slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timed:
    """A track and its runs."""

    track: Track
    runs: tuple[Run, ...]

    @property
    def begins_s(self) -> Fraction:
        """When its first sample in the order of decoding is shown."""
        return self._seconds(self.runs[0].shown[0]) + self.track.shift_s

    @property
    def span_s(self) -> tuple[Fraction, Fraction]:
        """From when to when it is shown."""
        shown = [time for run in self.runs for time in run.shown]
        begin = self._seconds(min(shown)) + self.track.shift_s
        return begin, begin + self._seconds(sum(run.duration for run in self.runs))

    def ticks(self) -> list[int]:
        """When each sample is shown, in 90 kHz."""
        scale = self.track.timescale
        return [round(time * CLOCK_HZ / scale) for run in self.runs for time in run.shown]

    def _seconds(self, time: int) -> Fraction:
        return Fraction(time, self.track.timescale)


def inspect_fmp4(data: memoryview) -> Inspection:
    """Looks at a segment of fragmented MP4."""
    boxes = read_boxes(data)
    moov = boxes.first(b"moov")
    tracks = read_tracks(data, moov) if moov is not None and moov.end <= len(data) else ()
    runs = _runs(data, boxes, tracks)
    timed = [
        _Timed(track=track, runs=own)
        for track in tracks
        if (own := tuple(run for run in runs if run.track_id == track.track_id))
    ]
    video = next((one for one in timed if one.track.is_video), None)
    main = video or next((one for one in timed if one.track.is_audio), None)
    flaw, breaks_off = _flaw(boxes, runs, len(data), announced_end(data, boxes))
    spans = [one.span_s for one in timed if one.track.is_video or one.track.is_audio]
    stated = _stated_format(video.track) if video is not None else None
    return Inspection(
        container=Container.FMP4,
        codecs=_codecs(tracks),
        parameter_sets=_sets(tracks),
        width=video.track.width if video is not None else None,
        height=video.track.height if video is not None else None,
        frame_rate=frame_rate(steps_of(video.ticks()), stated.frame_rate if stated else None)
        if video
        else None,
        first_pts=_first_pts(main) if main is not None else None,
        starts_with_idr=_starts_with_idr(data, video) if video is not None else None,
        duration_us=_us(main.span_s[1] - main.span_s[0]) if main is not None else None,
        covered_us=_us(covered(spans)) if spans else None,
        init_bytes=min(moov.end, len(data)) if moov is not None else None,
        flaw=flaw,
        breaks_off=breaks_off,
    )


def _first_pts(main: _Timed) -> int | None:
    return round(main.begins_s * CLOCK_HZ) % WRAP if main.runs[0].begins is not None else None


def _runs(data: memoryview, boxes: Boxes, tracks: Sequence[Track]) -> tuple[Run, ...]:
    defaults = {track.track_id: track.defaults for track in tracks}
    begins: dict[int, int] = {}
    return tuple(run for moof in boxes.all(b"moof") for run in read_fragment(data, moof, defaults, begins))


def _flaw(
    boxes: Boxes, runs: tuple[Run, ...], size_bytes: int, announced: int | None
) -> tuple[str | None, bool]:
    """What is wrong, and whether it is that the end is missing."""
    last = boxes.found[-1] if boxes.found else None
    if last is not None and last.end > size_bytes:
        return f"it ends within a box ({last.kind.decode('latin-1')})", True
    if boxes.stray_at is not None:
        short = size_bytes - boxes.stray_at < 8
        return f"at byte {boxes.stray_at} there is no box", short
    kinds = [box.kind for box in boxes.found if box.kind in _CODED]
    if b"moof" not in kinds:
        return (
            "it is MP4 that is not fragmented" if b"mdat" in kinds else "it holds neither pictures nor sound"
        ), False
    if kinds[-1] == b"moof":
        return "it ends before the samples that it announces", True
    if announced is not None and announced > size_bytes:
        return "it ends before what its index announces", True
    if lost_bytes(runs, size_bytes) > 0:
        return "it announces samples that are not there", True
    if not runs:
        return "its fragments make no sense", False
    return None, False


def _codecs(tracks: Sequence[Track]) -> str | None:
    """Pictures first; nothing if one of them is not known."""
    ordered = sorted(
        (one for one in tracks if one.is_video or one.is_audio), key=lambda one: not one.is_video
    )
    words = [one.codecs for one in ordered]
    known = [word for word in words if word is not None]
    return ",".join(known) if known and len(known) == len(words) else None


def _sets(tracks: Sequence[Track]) -> str | None:
    video = [one.configuration for one in tracks if one.is_video and one.configuration]
    audio = [one.configuration for one in tracks if one.is_audio and one.configuration]
    return hash_of(video or audio) if video or audio else None


def _stated_format(track: Track) -> PictureFormat | None:
    """What the SPS in an avcC says (ISO/IEC 14496-15, 5.3.3.1)."""
    raw = track.configuration
    if track.configuration_kind != b"avcC" or len(raw) < 8 or raw[5] & 0x1F == 0:
        return None
    try:
        return h264.picture_format(raw[8 : 8 + int.from_bytes(raw[6:8], "big")])
    except ValueError:
        return None


def _starts_with_idr(data: memoryview, video: _Timed) -> bool:
    """By the first sample's own NAL units, if it is H.264 or HEVC; else by what its flags say."""
    first = video.runs[0]
    raw = video.track.configuration
    sample = data[max(first.data_at, 0) : max(first.data_at, 0) + first.first_bytes]
    if video.track.configuration_kind == b"avcC" and len(raw) > 4:
        for head in _nal_heads(sample, 1 + (raw[4] & 3)):
            if head & 0x1F in h264.SLICES:
                return head & 0x1F == h264.Nal.IDR_SLICE
    if video.track.configuration_kind == b"hvcC" and len(raw) > 21:
        for head in _nal_heads(sample, 1 + (raw[21] & 3)):
            if head >> 1 & 0x3F in hevc.SLICES:
                return head >> 1 & 0x3F in hevc.IDR
    return first.begins_with_sync


def _nal_heads(sample: memoryview, length_bytes: int) -> list[int]:
    """The first byte of each NAL unit, which stand behind their lengths."""
    heads: list[int] = []
    at = 0
    while at + length_bytes < len(sample) and len(heads) < _MOST_NALS:
        heads.append(sample[at + length_bytes])
        at += length_bytes + int.from_bytes(sample[at : at + length_bytes], "big")
    return heads


def _us(seconds: Fraction) -> int:
    return round(seconds * 1_000_000)
