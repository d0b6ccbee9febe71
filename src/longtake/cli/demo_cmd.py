"""``longtake demo``: see it work, without a stream of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longtake.app.process import NODE_STOPS_WITHIN_S, run_service
from longtake.app.settings import host_and_port
from longtake.cli.arguments import ListenOption, start_logs
from longtake.cli.run_cmd import announce
from longtake.kit.tasks import Haste


def demo(
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where the demo's recordings go.")
    ] = Path("longtake-demo"),
    listen: ListenOption = None,
) -> None:
    """Run a whole node with a live stream that is made on the spot. The last hour is kept.

    The picture shows the UTC time and the number of each frame; each second begins with a tick and a flash.
    """
    from longtake.app.addresses import check_address
    from longtake.app.wiring.demo import demo_settings, demo_specs, free_port
    from longtake.app.wiring.node import run_node

    stream_port = free_port()
    settings = demo_settings(folder, listen, stream_port)
    start_logs(settings, "demo")
    check_address(*host_and_port(settings.serve.listen))
    haste = Haste()
    work = run_node(settings, demo_specs(settings, stream_port), lambda: announce(settings), haste)
    run_service(work, stops_within_s=NODE_STOPS_WITHIN_S, haste=haste)
