"""Streams that yt-dlp finds on a site: a child process for each look-up, since it blocks and is big.

It is asked on its standard input, so that no address shows in a list of processes. It and all that it starts are killed
when a look-up takes too long or is cancelled.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import signal
import sys
from contextlib import suppress
from urllib.parse import urlsplit

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.interface import Offering
from longtake.adapters.sources.offering import offering_of
from longtake.adapters.sources.ytdlp_child import NOT_INSTALLED
from longtake.adapters.sources.ytdlp_formats import Info, manifest_of, offering_of_formats, read_info
from longtake.core.errors import (
    InvalidInput,
    InvalidPlaylist,
    LongtakeError,
    SourceDown,
    SourceError,
    SourceRefused,
    SourceUnreachable,
)
from longtake.core.hls.model import MasterPlaylist
from longtake.core.hls.parse import parse_playlist
from longtake.core.urls import redacted, scrubbed

_LONGEST_S = 60.0
_LARGEST_ANSWER = 32 << 20
_LARGEST_COMPLAINT = 64 << 10
_COMMAND = ("-P", "-m", "longtake.adapters.sources.ytdlp_child")
_ARGUMENTS = (
    "--ignore-config",
    "--no-cache-dir",
    "--no-playlist",
    "--playlist-items=1",
    "--no-warnings",
    "--no-progress",
    "--color=never",
    "--socket-timeout=10",
    "--dump-single-json",
    "--batch-file=-",
)
_BEFORE_WORDS = re.compile(r"^ERROR:\s*(\[[^\]]*\]\s*(\S+:\s)?)?")
_CHANNEL = re.compile(r"/(?:@[^/]+|c/[^/]+|channel/[^/]+|user/[^/]+)")
"""The path of a channel's page on YouTube, which is a list of its videos."""

# What yt-dlp and the sites say, in the order in which it is looked for.
_UNREACHABLE = re.compile(
    r"timed out|name resolution|name or service|no address|connection (refused|reset|aborted)|urlopen error|SSL"
    r"|HTTP Error (5\d\d|429|408)|network is unreachable|remote end closed|too many requests",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"will begin|premieres? (in|will)|not (currently )?live|is offline|has ended|video unavailable|HTTP Error (404|410)"
    r"|no longer (live|available)|does not exist|not streaming|will start|waiting for",
    re.IGNORECASE,
)


class YtDlpSource:
    """``StreamSource`` at any URL that yt-dlp knows."""

    def __init__(
        self,
        url: str,
        client: HttpClient,
        *,
        kind: str = "yt-dlp",
        max_age_s: float | None = None,
        longest_s: float = _LONGEST_S,
    ) -> None:
        self._url = url
        self._client = client
        self._kind = kind
        self._max_age_s = max_age_s
        self._longest_s = longest_s
        self._shown = redacted(url)

    @property
    def kind(self) -> str:
        """See ``StreamSource``."""
        return self._kind

    async def look_up(self) -> Offering:
        """See ``StreamSource``. Raises YtDlpMissing, a SourceRefused."""
        try:
            async with asyncio.timeout(self._longest_s):
                code, answer, complaint = await _run(live_page(self._url), self._longest_s)
        except TimeoutError as error:
            raise SourceUnreachable(f"yt-dlp found nothing at {self._shown} in time") from error
        if code == NOT_INSTALLED:
            raise YtDlpMissing("yt-dlp is not installed: pip install 'longtake[youtube]'")
        if code != 0 or not answer.strip():
            raise failure(complaint.decode(errors="replace"), self._shown)
        info = read_info(answer)
        if info is None:
            raise SourceDown(f"{self._shown} is not live now")
        return await self._offering(info)

    async def _offering(self, info: Info) -> Offering:
        if not any(one.is_hls for one in info.formats):
            raise SourceRefused(f"yt-dlp finds no HLS at {self._shown}, and only that can be recorded")
        listed = manifest_of(info.formats)
        if listed is not None and listed.manifest_url is not None:
            with suppress(SourceError, InvalidInput):  # the formats have addresses of their own
                answer = await self._client.get_text(listed.manifest_url, headers=listed.headers)
                master = _master(answer.text, answer.url)
                if master is not None:
                    return offering_of(master, lambda _: listed.headers, max_age_s=self._max_age_s)
        return offering_of_formats(info.formats, self._max_age_s)


class YtDlpMissing(SourceRefused):
    """yt-dlp is not installed."""


def live_page(url: str) -> str:
    """For a channel on YouTube the page of what it streams now, which it has under the channel's own."""
    parts = urlsplit(url)
    on_youtube = (parts.hostname or "").removeprefix("www.").removeprefix("m.") == "youtube.com"
    path = parts.path.rstrip("/")
    return parts._replace(path=f"{path}/live").geturl() if on_youtube and _CHANNEL.fullmatch(path) else url


def failure(complaint: str, shown: str) -> LongtakeError:
    """What yt-dlp's complaint (its standard error) means."""
    lines = [line for line in complaint.splitlines() if line.strip()]
    said = next((line for line in reversed(lines) if line.startswith("ERROR:")), lines[-1] if lines else "")
    sentence = re.split(r"(?<=[.!?])\s", _BEFORE_WORDS.sub("", said), maxsplit=1)[0]
    words = scrubbed(sentence).strip(" .")
    told = f" ({words})" if words else ""
    if "Unsupported URL" in said:
        return InvalidInput(f"yt-dlp does not know the site of {shown}")
    if _UNREACHABLE.search(said):
        return SourceUnreachable(f"yt-dlp cannot reach the site of {shown}{told}")
    if _DOWN.search(said):
        return SourceDown(f"{shown} is not live now{told}")
    return SourceRefused(f"the site of {shown} has changed, or refuses{told}; a newer yt-dlp may help")


def _master(text: str, url: str) -> MasterPlaylist | None:
    try:
        playlist = parse_playlist(text, url)
    except InvalidPlaylist:
        return None
    return playlist if isinstance(playlist, MasterPlaylist) else None


async def _run(url: str, longest_s: float) -> tuple[int, bytes, bytes]:
    """Its exit code, standard output and standard error. Whatever is left of its group is killed when this is left."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *_COMMAND,
        str(os.getpid()),
        str(math.ceil(longest_s) + 1),
        *_ARGUMENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018 - pipes
    try:
        process.stdin.write(f"{url}\n".encode())
        process.stdin.close()
        answer, complaint = await asyncio.gather(
            _bounded(process.stdout, _LARGEST_ANSWER), _bounded(process.stderr, _LARGEST_COMPLAINT)
        )
        return await process.wait(), answer, complaint
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _bounded(stream: asyncio.StreamReader, most_bytes: int) -> bytes:
    """All of it, or its end if that is more."""
    kept = bytearray()
    while piece := await stream.read(64 << 10):
        kept += piece
        del kept[: max(0, len(kept) - most_bytes)]
    return bytes(kept)
