"""A cut into a file: whole under its final name, or not there."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from longtake.adapters.store.trouble import disk_trouble
from longtake.app.settings import Settings
from longtake.app.wiring.stores import opened_store
from longtake.core.cutting import CutRequest, RoughPlan
from longtake.core.times import format_us
from longtake.kit.files import DurableFile, SystemFileOps
from longtake.services.cutting.cutter import Cutter


async def write_cut(
    settings: Settings, channel: str, quality: str, request: CutRequest, output: Path, report: Path | None
) -> None:
    """Cuts, with progress on a terminal. Raises Unsupported, NotFound, Incomplete, Corrupt, StoreUnavailable."""
    with opened_store(settings) as store:
        cutter = Cutter(store)
        plan = await cutter.plan(channel, quality, request)
        file = DurableFile(output.with_name(f".{output.name}.{os.getpid()}.temp"), SystemFileOps())
        try:
            with _progress(len(plan.segments)) as advance:
                async with aclosing(cutter.stream(channel, quality, plan)) as contents:
                    async for content in contents:
                        with disk_trouble(f"write {output}"):
                            await asyncio.to_thread(file.write, [content])
                        advance()
            with disk_trouble(f"write {output}"):
                await asyncio.to_thread(file.commit, output)
        except BaseException:
            file.discard()
            raise
    if report is not None:
        with disk_trouble(f"write {report}"):
            report.write_text(json.dumps(_report(plan, file.size_bytes), indent=2) + "\n")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere; to be advanced ``total`` times."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("cutting", total=total)
        yield lambda: progress.advance(task)


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
