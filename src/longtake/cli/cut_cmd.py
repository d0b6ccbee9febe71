"""``longtake cut``: a range of a recording as a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from longtake.app.config import load_settings
from longtake.app.process import run_command
from longtake.app.wiring.cut import write_cut
from longtake.app.wiring.stores import existing_store_dir
from longtake.cli.arguments import ChannelArgument, QualityOption, StoreOption
from longtake.core.cutting import (
    LONGEST_TRANSITION_S,
    CutContainer,
    CutKind,
    CutRange,
    CutRequest,
    named,
    parse_container,
    parse_form,
    parse_range,
    parse_transition,
)
from longtake.core.errors import InvalidInput
from longtake.core.names import check_part
from longtake.core.times import parse_time, to_us


def cut(
    name: ChannelArgument,
    store: StoreOption,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")],
    start: Annotated[
        str | None, typer.Argument(metavar="[START]", help="ISO 8601 with any offset; none means UTC.")
    ] = None,
    end: Annotated[
        str | None, typer.Argument(metavar="[END]", help="From this moment on nothing is in it.")
    ] = None,
    quality: QualityOption = "source",
    kind: Annotated[
        str, typer.Option("--kind", help="smart or rough (full and archive are to come).")
    ] = "smart",
    ranges: Annotated[
        list[str] | None,
        typer.Option("--range", metavar="A,B", help="A range instead of START END; several in order."),
    ] = None,
    transition: Annotated[
        list[str] | None,
        typer.Option(
            "--transition",
            metavar="T,S",
            help="Between two ranges (to come): its name and its seconds, at most"
            f" {LONGEST_TRANSITION_S}. docs/http-api.md has the names, and so has GET /api/v1/transitions of a node."
            " An empty one is a hard cut.",
        ),
    ] = None,
    allow_holes: Annotated[
        bool, typer.Option("--allow-holes", help="Cut although something is missing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write what was done as JSON.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace FILE if it is there.")] = False,
) -> None:
    """Cut a range of a recording into a file.

    A smart cut is exact to the frame: it begins with the first frame at or after START and ends with the last before END;
    only a few pictures at its edges are coded anew. FILE ends in .mp4 or .ts. A rough cut has whole segments: it begins
    up to a segment early and ends up to one late. It takes all that is recorded: fragmented MP4, separate sound.

    Example: longtake cut mystream 2026-11-24T04:00:00Z 2026-11-24T04:01:30.5Z -o clip.mp4 --store ./store
    """
    kind_wanted, container = _form(kind, output)
    request = CutRequest(
        ranges=_ranges(start, end, ranges or []),
        kind=kind_wanted,
        container=container,
        transitions=tuple(named("--transition", parse_transition, text) for text in transition or []),
        allow_holes=allow_holes,
    )
    check_part(name, "channel")
    check_part(quality, "quality")
    existing_store_dir(store)
    if output.exists() and not overwrite:
        raise InvalidInput(f"{output} is there already; --overwrite replaces it")
    settings = load_settings(None, {"store": {"dir": str(store.absolute())}})
    run_command(write_cut(settings, name, quality, request, output, report))


def _form(kind: str, output: Path) -> tuple[CutKind, CutContainer]:
    """An archive is a folder of Matroska files; all else has the container that the file's ending says."""
    if kind.strip().lower() == CutKind.ARCHIVE and not output.suffix:
        return CutKind.ARCHIVE, CutContainer.MKV
    ending = named("--output", parse_container, output.suffix)
    form = named("--kind", partial(parse_form, ending=ending), kind)
    if form[1] is not ending:
        raise InvalidInput(f"--kind: {kind} makes a .{form[1]}, not a .{ending}; change the ending")
    return form


def _ranges(start: str | None, end: str | None, ranges: list[str]) -> tuple[CutRange, ...]:
    if ranges and start is not None:
        raise InvalidInput("give either START and END, or --range")
    if ranges:
        parse = partial(parse_range, parse=parse_time)
        return tuple(named("--range", parse, text) for text in ranges)
    if start is None or end is None:
        raise InvalidInput("which range? Give START and END, or --range A,B")
    return (
        CutRange(
            start_us=to_us(named("START", parse_time, start)), end_us=to_us(named("END", parse_time, end))
        ),
    )
