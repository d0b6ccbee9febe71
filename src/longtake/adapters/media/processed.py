"""``Media`` by worker processes, over segments that lie in folders."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from longtake.adapters.media.interface import CutReport, PictureForm, RepackReport
from longtake.adapters.media.jobs import DONE_BYTES, PictureJob, RoughCutJob, SmartCutJob
from longtake.adapters.media.workers import Job, MediaWorkers, Report
from longtake.core.cutting import PicturePlan, RoughPlan, SmartPlan

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
        return await self._told(job, on_frames)

    async def rough_cut(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        """See ``Media``."""
        job = self._rough_job(channel, quality, plan, None)
        async with self._cutters.run(job) as running, aclosing(running.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk

    async def rough_cut_to(
        self,
        channel: str,
        quality: str,
        plan: RoughPlan,
        path: Path,
        on_files: Callable[[int], None],
    ) -> RepackReport:
        """See ``Media``."""
        return await self._told(self._rough_job(channel, quality, plan, path), on_files)

    def _rough_job(self, channel: str, quality: str, plan: RoughPlan, path: Path | None) -> RoughCutJob:
        sound = None if plan.sound_quality is None else self._folder_of(channel, plan.sound_quality)
        return RoughCutJob(plan=plan, folder=self._folder_of(channel, quality), sound_folder=sound, path=path)

    async def _told(self, job: Job[Report], on_done: Callable[[int], None]) -> Report:
        """What a job reports that tells how much is done."""
        told = b""
        async with self._cutters.run(job) as running, aclosing(running.chunks()) as chunks:
            async for chunk in chunks:
                told += chunk
                whole = len(told) // DONE_BYTES * DONE_BYTES  # a chunk may end within a number
                if whole:
                    on_done(int.from_bytes(told[whole - DONE_BYTES : whole], "big"))
                told = told[whole:]
            return running.report

    async def picture(
        self, channel: str, quality: str, plan: PicturePlan, *, form: PictureForm, width: int | None
    ) -> bytes:
        """See ``Media``."""
        folder = self._folder_of(channel, quality)
        return await self._painters.once(PictureJob(plan=plan, folder=folder, form=form, width=width))
