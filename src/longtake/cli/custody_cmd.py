"""``longtake custody``: what is known of recordings, and how long they are kept."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from longtake.app.process import run_service
from longtake.cli.arguments import OptionalStoreOption, service_settings, start_logs, supervised_settings

_NICENESS = 10
"""What it does has time: recording and serving come first."""


def custody(
    store: OptionalStoreOption = None,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep", metavar="DURATION", help="Remove what is older, like 14d or 1h.  [default: nothing]"
        ),
    ] = None,
) -> None:
    """Look into files that came from elsewhere, and remove what is older than it is to be kept, until stopped.

    Example: longtake custody --store ./store --keep 14d
    """
    from longtake.app.wiring.custody import custody as run_custody

    settings = supervised_settings() or service_settings(
        store, {"store": {"keep": keep}} if keep else {}, must_exist=True
    )
    start_logs(settings, "custody")
    os.nice(_NICENESS)
    run_service(run_custody(settings))
