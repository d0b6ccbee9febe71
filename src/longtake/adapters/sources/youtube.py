"""YouTube: by streamlink, which is quick, and by yt-dlp, which follows YouTube's changes sooner."""

from __future__ import annotations

from longtake.adapters.sources.interface import Offering, StreamSource
from longtake.adapters.sources.with_ytdlp import YtDlpMissing
from longtake.core.errors import SourceRefused

MAX_AGE_S = 5 * 3600.0
"""An address of a playlist holds for six hours."""


class YouTubeSource:
    """``StreamSource`` that asks a second one where the first is refused."""

    def __init__(self, first: StreamSource, second: StreamSource) -> None:
        self._first = first
        self._second = second

    @property
    def kind(self) -> str:
        """See ``StreamSource``."""
        return "youtube"

    async def look_up(self) -> Offering:
        """See ``StreamSource``. If both are refused, it is told why the second was, which is the more careful."""
        try:
            return await self._first.look_up()
        except SourceRefused as refused:
            try:
                return await self._second.look_up()
            except YtDlpMissing:
                raise SourceRefused(
                    f"{refused}; or yt-dlp, which is not installed: pip install 'longtake[youtube]'"
                ) from refused
