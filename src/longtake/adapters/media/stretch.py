"""A stretch of pictures coded anew: decoded from the IDR before it, coded as the source is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import av
from av.video.stream import VideoStream

from longtake.adapters.media.decoding import CodedPicture, decoded, open_decoder
from longtake.adapters.media.encoding import SourceCoding, open_encoder
from longtake.adapters.media.outgoing import OutgoingPicture
from longtake.core.cutting import Copy, Reencode
from longtake.core.h264 import ParameterSets, parameter_sets
from longtake.core.mpegts.scan import ScannedSegment
from longtake.core.mpegts.timestamps import CLOCK_HZ, difference


def coding_of(scanned: ScannedSegment, frame_ticks: int) -> SourceCoding:
    """How a segment is coded. Its parameter sets are those of its IDR pictures."""
    sets = ParameterSets()
    for at in scanned.idr.nonzero()[0].tolist():
        sets = sets.and_also(parameter_sets(scanned.video.content(at)))
    size_bits = 8 * scanned.video.size_bytes
    seconds = len(scanned.video) * frame_ticks / CLOCK_HZ
    return SourceCoding(sets=sets, frame_ticks=frame_ticks, bit_rate=round(size_bits / seconds))


def coded_anew(
    piece: Reencode, scans: Sequence[ScannedSegment], frame_ticks: int
) -> Iterator[OutgoingPicture]:
    """The pictures of a piece; ``scans`` are parallel to ``piece.decode``. PTS as the source has them, modulo 2^33.

    Raises NotUnderstood if the source cannot be decoded, or not be coded anew.
    """
    decoder = open_decoder()
    encoder = None
    coding = coding_of(scans[-1], frame_ticks)
    if not coding.sets:
        coding = coding_of(scans[0], frame_ticks)
    length = difference(piece.end_pts, piece.first_pts)
    for frame in decoded(decoder, coded_pictures(piece.decode, scans)):
        place = -1 if frame.pts is None else difference(frame.pts, piece.first_pts)
        if not 0 <= place < length:
            continue
        if encoder is None:
            encoder = open_encoder(coding, frame, decoder.sample_aspect_ratio)
        frame.pict_type = 0  # as the encoder sees fit
        yield from _outgoing(encoder.encode(frame))
    if encoder is not None:
        yield from _outgoing(encoder.encode(None))


def sets_coded_anew(scanned: ScannedSegment, frame_ticks: int) -> ParameterSets:
    """The parameter sets that stretches coded anew around a segment bring along, whatever is in their pictures.

    Raises NotUnderstood as ``coded_anew``.
    """
    entry = int(scanned.idr.argmax())
    only = CodedPicture(pts=0, dts=0, data=scanned.video.content(entry))
    decoder = open_decoder()
    for frame in decoded(decoder, [only]):
        encoder = open_encoder(coding_of(scanned, frame_ticks), frame, decoder.sample_aspect_ratio)
        frame.pict_type = 0
        packets = [*encoder.encode(frame), *encoder.encode(None)]
        return parameter_sets(b"".join(bytes(packet) for packet in packets))
    return ParameterSets()


def coded_pictures(parts: Sequence[Copy], scans: Sequence[ScannedSegment]) -> Iterator[CodedPicture]:
    """What is to be decoded; ``scans`` are parallel to ``parts``."""
    for part, scanned in zip(parts, scans, strict=True):
        video = scanned.video
        for at in range(part.first, len(video) if part.until is None else part.until):
            yield CodedPicture(pts=int(video.pts[at]), dts=int(video.dts[at]), data=video.content(at))


def _outgoing(packets: Iterable[av.Packet[VideoStream]]) -> Iterator[OutgoingPicture]:
    for packet in packets:
        if packet.pts is not None:
            yield OutgoingPicture(pts=packet.pts, dts=packet.pts, data=bytes(packet), idr=packet.is_keyframe)
