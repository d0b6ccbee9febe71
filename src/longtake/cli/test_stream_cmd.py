"""``longtake test-stream``: the demo's live stream alone."""

from __future__ import annotations

from typing import Annotated

import typer

from longtake.app.logs import set_up_logs
from longtake.app.process import run_service
from longtake.app.settings import host_and_port
from longtake.cli.arguments import start_logs, supervised_settings


def test_stream(
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where to serve the stream.")
    ] = "127.0.0.1:8090",
) -> None:
    """Serve a generated live HLS stream, for trying out recorders and cuts: http://HOST:PORT/master.m3u8.

    The picture carries its frame number; each second begins with a tick and a flash.
    """
    from longtake.app.wiring.teststream import serve_test_stream
    from longtake.core.errors import InvalidInput

    try:
        host, port = host_and_port(listen)
    except ValueError as error:
        raise InvalidInput(f"--listen: {error}") from error
    settings = supervised_settings()
    if settings is None:
        set_up_logs(service="test-stream")
    else:
        start_logs(settings, "test-stream")
    run_service(serve_test_stream(host, port))
