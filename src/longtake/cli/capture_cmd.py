"""``longtake capture``: record streams."""

from __future__ import annotations

from typing import Annotated

import typer

from longtake.app.process import CAPTURE_STOPS_WITHIN_S, run_service
from longtake.cli.arguments import (
    OptionalStoreOption,
    channel_overrides,
    followed_settings,
    service_settings,
    start_logs,
    supervised_settings,
)
from longtake.kit.tasks import Haste


def capture(
    streams: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=URL...", help="What to record, and under which name.")
    ] = None,
    store: OptionalStoreOption = None,
    quality: Annotated[
        list[str] | None,
        typer.Option(
            "--quality", metavar="Q", help="A quality to record, several times if wanted.  [default: source]"
        ),
    ] = None,
) -> None:
    """Record live streams into a store, until stopped.

    URL is an HLS playlist (….m3u8) or any page that streamlink knows. NAME!=URL is important: while it is down, it is asked for every five seconds instead of every twenty. A stream that is down is tried again and again. Told to stop (Ctrl-C, SIGTERM), it gives what is
    in flight ten seconds to arrive; told twice, it stops at once and saves what is there.

    Example: longtake capture mystream=https://example.org/live/master.m3u8 --store ./store
    """
    from longtake.app.wiring.capture import capture as run_capture

    settings = supervised_settings() or service_settings(
        store, {"channels": channel_overrides(streams or [], quality)}, must_exist=False
    )
    start_logs(settings, "capture")
    haste = Haste()
    run_service(
        run_capture(settings, haste, followed_settings()), stops_within_s=CAPTURE_STOPS_WITHIN_S, haste=haste
    )
