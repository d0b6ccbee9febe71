"""``longtake status``: what the node's processes say of themselves."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from longtake.adapters.store.status_files import read_status
from longtake.adapters.store.status_troubles import troubles
from longtake.adapters.store.status_view import NodeView, node_view
from longtake.adapters.store.status_words import ServiceStatus
from longtake.app.wiring.stores import existing_store_dir
from longtake.cli.arguments import StoreOption
from longtake.cli.exits import FAILED
from longtake.core.errors import InvalidInput, NotFound
from longtake.core.times import format_us

if TYPE_CHECKING:
    from rich.console import Group

_EVERY_S = 1


def status(
    store: StoreOption,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every second, until Ctrl-C.")] = False,
) -> None:
    """Show what is recorded now, by which processes, how much room is left, and what needs somebody."""
    folder = existing_store_dir(store)
    if watch:
        if as_json:
            raise InvalidInput("--watch is for people, --json for programs: ask for one of them")
        _watch(folder)
        return
    view = _look(folder)
    if as_json:
        typer.echo(json.dumps(_as_json(view), indent=2))
    elif not (view.living or view.silent):
        raise NotFound(_nobody(folder))
    else:
        _print(view)
    if not view.living:
        raise typer.Exit(FAILED)


def _nobody(folder: Path) -> str:
    return f"no longtake process works on {folder}; `longtake run` starts a node"


def _look(folder: Path) -> NodeView:
    return node_view(read_status(folder), now_us=time.time_ns() // 1000)


def _as_json(view: NodeView) -> dict[str, object]:
    return {
        "now": format_us(view.now_us, digits=3),
        "services": [
            *(_service(one, alive=True) for one in view.living),
            *(_service(one, alive=False) for one in view.silent),
        ],
        "recorders": [one.model_dump(mode="json") for one in view.recorders],
        "troubles": [one.model_dump(mode="json") for one in troubles(view)],
        "room": None if view.room is None else view.room.model_dump(mode="json"),
        "disks": [one.model_dump(mode="json") for one in view.disks],
        "skews": [one.model_dump(mode="json") for one in view.skews],
        "facts": None if view.facts is None else view.facts.model_dump(mode="json"),
        "config": None if view.config is None else view.config.model_dump(mode="json"),
        "replication": None if view.replication is None else view.replication.model_dump(mode="json"),
    }


def _service(service: ServiceStatus, *, alive: bool) -> dict[str, object]:
    return {
        "name": service.name,
        "service": service.service,
        "pid": service.pid,
        "started": service.started,
        "updated": service.updated,
        "alive": alive,
        "details": dict(service.details),
        "metrics": list(service.metrics),
    }


def _print(view: NodeView) -> None:
    from rich.console import Console

    from longtake.cli.status_table import status_parts

    console = Console(highlight=False)
    for part in status_parts(view, width=console.width, unicode=_has_shapes(console.encoding)):
        console.print(part, soft_wrap=isinstance(part, str))


def _has_shapes(encoding: str) -> bool:
    return encoding.lower().replace("-", "").startswith("utf")


def _watch(folder: Path) -> None:
    """Until Ctrl-C, which is no failure. What was shown last stays on the terminal."""
    from rich.console import Console
    from rich.live import Live

    console = Console(highlight=False)

    def shown() -> Group:
        from rich.console import Group
        from rich.text import Text

        from longtake.cli.status_table import status_parts

        view = _look(folder)
        if not (view.living or view.silent):
            return Group(Text(f"{format_us(view.now_us, digits=0)}  {_nobody(folder)}"))
        return Group(*status_parts(view, width=console.width, unicode=_has_shapes(console.encoding)))

    with suppress(KeyboardInterrupt), Live(shown(), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(
                _EVERY_S
            )  # each process says its state in a file once a second; a new one wakes nobody
            live.update(shown(), refresh=True)
