"""The older system's playlists, to the byte: what players of old recordings have always been given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from tests.fakes.older_node.names import OlderSegment

_BANDWIDTHS = {"1080p": 6846146, "720p": 2373000, "480p": 1427999, "360p": 630000, "160p": 230000}
_OTHER_BANDWIDTH = 6846146
_NO_SEGMENTS = timedelta(seconds=6)


def master(channel: str, qualities: Iterable[str], query: str) -> str:
    """The master playlist; ``query`` is that of the request, and goes into every URL.

    It was seen which attributes are there and that names are quoted; that VIDEO is quoted too is what RFC 8216 says.
    """
    lines = ["#EXTM3U"]
    for quality in qualities:
        bandwidth = _BANDWIDTHS.get(quality, _OTHER_BANDWIDTH)
        lines += [
            f'#EXT-X-MEDIA:TYPE=VIDEO,GROUP-ID="{quality}",NAME="{quality}",AUTOSELECT=YES,DEFAULT=YES',
            f'#EXT-X-STREAM-INF:VIDEO="{quality}",NAME="{quality}",BANDWIDTH={bandwidth}',
            f"/playlist/{quote(channel, safe='')}/{quote(quality, safe='')}.m3u8"
            + (f"?{query}" if query else ""),
        ]
    return "\n".join(lines) + "\n"


def media(base: Path, segments: Sequence[OlderSegment | None]) -> str:
    """The media playlist of what ``select`` chose: holes in the middle are discontinuities, ENDLIST if it is whole."""
    found = [segment for segment in segments if segment is not None]
    lengths = Counter(segment.duration for segment in found).most_common(1)
    target = lengths[0][0] if lengths else _NO_SEGMENTS
    lines = ["#EXTM3U", f"#EXT-X-TARGETDURATION:{target.total_seconds():.3f}", ""]
    hole = False
    for index, segment in enumerate(segments):
        if segment is None:
            hole = index > 0
            continue
        if hole:
            lines.append("#EXT-X-DISCONTINUITY")
            hole = False
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{_date(segment.start)}",
            f"#EXTINF:{segment.duration.total_seconds():.3f},live",
            quote("/segments/" + "/".join(segment.path.relative_to(base).parts), safe="/"),
        ]
    if segments and segments[-1] is not None:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _date(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
