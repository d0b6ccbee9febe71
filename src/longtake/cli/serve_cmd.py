"""``longtake serve``: the web process."""

from __future__ import annotations

from longtake.app.process import run_service
from longtake.cli.arguments import (
    ListenOption,
    OptionalStoreOption,
    service_settings,
    start_logs,
    supervised_settings,
)


def serve(store: OptionalStoreOption = None, listen: ListenOption = None) -> None:
    """Serve a store: pages, playlists, files and cuts over HTTP, until stopped.

    Example: longtake serve --store ./store --listen 127.0.0.1:8700
    """
    from longtake.app.wiring.serve import serve as run_serve

    settings = supervised_settings() or service_settings(
        store, {"serve": {"listen": listen}} if listen else {}, must_exist=True
    )
    start_logs(settings, "serve")
    run_service(run_serve(settings))
