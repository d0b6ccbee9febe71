"""``longtake custody``: how long recordings are kept."""

from __future__ import annotations

from typing import Annotated

import typer

from longtake.app.process import run_service
from longtake.cli.arguments import OptionalStoreOption, service_settings, start_logs, supervised_settings


def custody(
    store: OptionalStoreOption = None,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="DURATION", help="Remove what is older, like 14d or 1h.")
    ] = None,
) -> None:
    """Remove recordings that are older than they are to be kept, until stopped.

    Example: longtake custody --store ./store --keep 14d
    """
    from longtake.app.wiring.custody import custody as run_custody

    settings = supervised_settings() or service_settings(
        store, {"store": {"keep": keep}} if keep else {}, must_exist=True
    )
    start_logs(settings, "custody")
    run_service(run_custody(settings))
