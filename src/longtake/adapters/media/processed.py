"""``Media`` by worker processes, over segments that lie in folders."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from longtake.adapters.media.interface import CutReport, PictureForm
from longtake.adapters.media.jobs import FRAMES_BYTES, PictureJob, SmartCutJob
from longtake.adapters.media.workers import MediaWorkers
from longtake.core.cutting import PicturePlan, SmartPlan

FolderOf = Callable[[str, str], Path]
"""(channel, quality) to the folder of its hours."""


class ProcessedMedia:
    """Cuts and pictures have workers of their own: a preview must not wait behind an hour of video."""

    def __init__(self, folder_of: FolderOf, *, cutters: MediaWorkers, painters: MediaWorkers) -> None:
        self._folder_of = folder_of
        self._cutters = cutters
        self._painters = painters

    async def smart_cut(self, channel: str, quality: str, plan: SmartPlan) -> AsyncGenerator[bytes, None]:
        """See ``Media``."""
        job = SmartCutJob(plan=plan, folder=self._folder_of(channel, quality))
        async with self._cutters.run(job) as running, aclosing(running.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk

    async def smart_cut_to(
        self,
        channel: str,
        quality: str,
        plan: SmartPlan,
        path: Path,
        on_frames: Callable[[int], None],
    ) -> CutReport:
        """See ``Media``."""
        job = SmartCutJob(plan=plan, folder=self._folder_of(channel, quality), path=path)
        told = b""
        async with self._cutters.run(job) as running, aclosing(running.chunks()) as chunks:
            async for chunk in chunks:
                told += chunk
                whole = len(told) // FRAMES_BYTES * FRAMES_BYTES  # a chunk may end within a number
                if whole:
                    on_frames(int.from_bytes(told[whole - FRAMES_BYTES : whole], "big"))
                told = told[whole:]
            return running.report

    async def picture(
        self, channel: str, quality: str, plan: PicturePlan, *, form: PictureForm, width: int | None
    ) -> bytes:
        """See ``Media``."""
        folder = self._folder_of(channel, quality)
        return await self._painters.once(PictureJob(plan=plan, folder=folder, form=form, width=width))
