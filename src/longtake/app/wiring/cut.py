"""A cut into a file: whole under its final name, or not there."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

from longtake.adapters.store.trouble import disk_trouble
from longtake.app.settings import Settings
from longtake.app.wiring.stores import opened_store
from longtake.core.cutting import CutRequest, RoughPlan, plan_rough
from longtake.core.errors import NotFound
from longtake.core.times import format_us
from longtake.kit.files import DurableFile, SystemFileOps


async def write_cut(
    settings: Settings, channel: str, quality: str, request: CutRequest, output: Path, report: Path | None
) -> None:
    """Cuts, with progress on a terminal. Raises NotFound, Incomplete, Corrupt, StoreUnavailable."""
    from rich.console import Console
    from rich.progress import track

    with opened_store(settings) as store:
        if not await store.hours(channel, quality):
            raise NotFound(f"nothing of {channel}/{quality} is recorded")
        timelines = [
            await store.timeline(channel, quality, start_us=span.start_us, end_us=span.end_us)
            for span in request.ranges
        ]
        plan = plan_rough(request, timelines)
        file = DurableFile(output.with_name(f".{output.name}.{os.getpid()}.temp"), SystemFileOps())
        console = Console(stderr=True)
        try:
            for segment in track(plan.segments, "cutting", console=console, disable=not console.is_terminal):
                content = await store.read(channel, quality, segment)
                with disk_trouble(f"write {output}"):
                    await asyncio.to_thread(file.write, [content])
            with disk_trouble(f"write {output}"):
                await asyncio.to_thread(file.commit, output)
        except BaseException:
            file.discard()
            raise
    if report is not None:
        with disk_trouble(f"write {report}"):
            report.write_text(json.dumps(_report(plan, file.size_bytes), indent=2) + "\n")


def _report(plan: RoughPlan, size_bytes: int) -> dict[str, object]:
    return {
        "kind": "rough",
        "start": format_us(plan.segments[0].start_us),
        "end": format_us(plan.segments[-1].end_us),
        "size_bytes": size_bytes,
        "segments": [segment.path for segment in plan.segments],
        "holes": [
            {"start": format_us(gap.start_us), "end": format_us(gap.end_us), "reason": gap.reason.value}
            for gap in plan.gaps
        ],
    }
