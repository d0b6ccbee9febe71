"""The master playlist of the test stream, with the bandwidths that its segments really have."""

from __future__ import annotations

from collections.abc import Sequence

from longtake.adapters.teststream.encoder import TestRendition, segment_codecs
from longtake.core.hls.model import MasterPlaylist, Rendition, Variant
from longtake.services.teststream.window import SEGMENT_S, PublishedSegment, SegmentWindow

_ROUND_TO = 1000


def master_playlist(
    renditions: Sequence[TestRendition], window: SegmentWindow, newest: PublishedSegment, fps: int
) -> MasterPlaylist:
    """One variant per rendition, in their order.

    A quality can be chosen by name: of the variant (NAME, as hls.js reads it) or of its VIDEO group (as Twitch has it
    and streamlink reads it).
    """
    return MasterPlaylist(
        independent_segments=True,
        renditions=tuple(
            Rendition(type="VIDEO", group_id=item.name, name=item.name, default=True, autoselect=True)
            for item in renditions
        ),
        variants=tuple(_variant(item, window, newest, fps) for item in renditions),
    )


def _variant(item: TestRendition, window: SegmentWindow, newest: PublishedSegment, fps: int) -> Variant:
    sizes = window.sizes_bytes(item.name)
    return Variant(
        uri=f"{item.name}.m3u8",
        name=item.name,
        video=item.name,
        bandwidth=_bit_rate(max(sizes)),
        average_bandwidth=_bit_rate(sum(sizes) / len(sizes)),
        codecs=segment_codecs(newest.bodies[item.name]),
        resolution=(item.width, item.height),
        frame_rate=float(fps),
    )


def _bit_rate(segment_bytes: float) -> int:
    """Bits per second, rounded up: BANDWIDTH must not be below the peak (RFC 8216, 4.3.4.2)."""
    return -(-int(segment_bytes * 8 / SEGMENT_S) // _ROUND_TO) * _ROUND_TO
