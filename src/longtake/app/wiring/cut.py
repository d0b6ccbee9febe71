"""A cut into a file: whole under its final name, or not there."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path

from longtake.adapters.media.interface import CutReport, RepackReport
from longtake.adapters.store.trouble import disk_trouble
from longtake.app.settings import Settings
from longtake.app.wiring.media import opened_media
from longtake.app.wiring.stores import opened_store
from longtake.core.cutting import CutRequest, RoughPlan, SmartPlan
from longtake.core.timeline import Gap
from longtake.core.times import SECOND_US, format_us
from longtake.kit.files import DurableFile, SystemFileOps
from longtake.services.cutting.cutter import Cutter
from longtake.services.cutting.insides import Insides


async def write_cut(
    settings: Settings, channel: str, quality: str, request: CutRequest, output: Path, report: Path | None
) -> None:
    """Cuts, with progress on a terminal. Raises Unsupported, NotFound, Incomplete, Corrupt, StoreUnavailable."""
    temp = output.with_name(f".{output.name}.{os.getpid()}.temp")
    with opened_store(settings) as store:
        async with opened_media(settings, store, warm=0) as media:
            cutter = Cutter(store, media, Insides(store))
            plan = await cutter.plan(channel, quality, request)
            file = DurableFile(temp, SystemFileOps())
            done: CutReport | RepackReport | None = None
            try:
                with disk_trouble(f"write {output}"):
                    file.write(())
                if isinstance(plan, SmartPlan):
                    done = await _write_smart(cutter, channel, quality, plan, temp)
                elif plan.repacked:
                    done = await _repack(cutter, channel, quality, plan, temp)
                else:
                    await _write_rough(cutter, channel, quality, plan, file)
                with disk_trouble(f"write {output}"):
                    await asyncio.to_thread(file.commit, output)
            except BaseException:
                file.discard()
                raise
    if report is not None:
        with disk_trouble(f"write {report}"):
            report.write_text(json.dumps(_report(plan, done, output), indent=2) + "\n")


async def _write_smart(cutter: Cutter, channel: str, quality: str, plan: SmartPlan, temp: Path) -> CutReport:
    """The worker writes; what it did is synced by the file's commit, which is the same file."""
    with _progress(plan.frames) as progress:
        return await cutter.smart_cut_to(channel, quality, plan, temp, progress)


async def _repack(cutter: Cutter, channel: str, quality: str, plan: RoughPlan, temp: Path) -> RepackReport:
    """As ``_write_smart``."""
    with _progress(len(plan.segments)) as progress:
        return await cutter.rough_cut_to(channel, quality, plan, temp, progress)


async def _write_rough(
    cutter: Cutter, channel: str, quality: str, plan: RoughPlan, file: DurableFile
) -> None:
    with _progress(len(plan.segments)) as progress:
        done = 0
        async with aclosing(cutter.stream(channel, quality, plan)) as contents:
            async for content in contents:
                with disk_trouble("write the cut"):
                    await asyncio.to_thread(file.write, [content])
                done += 1
                progress(done)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing elsewhere; hears how many of ``total`` are done."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("cutting", total=total)
        yield lambda done: progress.update(task, completed=done)


def _report(
    plan: RoughPlan | SmartPlan, done: CutReport | RepackReport | None, output: Path
) -> dict[str, object]:
    return {
        **(
            _rough_report(plan, done if isinstance(done, RepackReport) else None)
            if isinstance(plan, RoughPlan)
            else _smart_report(plan, done if isinstance(done, CutReport) else None)
        ),
        "size_bytes": output.stat().st_size,
        "segments": [segment.path for segment in plan.segments],
        "holes": _holes(plan.gaps),
    }


def _holes(gaps: Sequence[Gap]) -> list[dict[str, str]]:
    return [
        {"start": format_us(gap.start_us), "end": format_us(gap.end_us), "reason": gap.reason.value}
        for gap in gaps
    ]


def _rough_report(plan: RoughPlan, done: RepackReport | None) -> dict[str, object]:
    """``sound`` and ``holes_of_sound`` are about sound that is recorded separately."""
    report: dict[str, object] = {
        "kind": "rough",
        "start": format_us(plan.segments[0].start_us),
        "end": format_us(plan.segments[-1].end_us),
    }
    if plan.sound_quality is not None:
        report |= {
            "sound": [f"{plan.sound_quality}/{segment.path}" for segment in plan.sound],
            "holes_of_sound": _holes(plan.sound_gaps),
        }
    if done is not None:
        report |= {"duration_s": done.duration_us / SECOND_US, "silence_s": done.silent_us / SECOND_US}
    return report


def _smart_report(plan: SmartPlan, done: CutReport | None) -> dict[str, object]:
    """``first_frame`` and ``last_frame`` are the times of the frames that the cut begins and ends with."""
    report: dict[str, object] = {
        "kind": "smart",
        "first_frame": format_us(plan.runs[0].first_us),
        "last_frame": format_us(plan.runs[-1].last_us),
    }
    if done is not None:
        report |= {
            "frames": done.frames,
            "frames_coded_anew": done.frames_coded_anew,
            "joints": done.joints,
            "duration_s": done.duration_us / SECOND_US,
        }
    return report
