"""``longtake``: all commands."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from longtake import __version__
from longtake.cli import (
    capture_cmd,
    config_cmd,
    custody_cmd,
    cut_cmd,
    db_cmd,
    demo_cmd,
    facts_cmd,
    holes_cmd,
    ls_cmd,
    nodes_cmd,
    replicate_cmd,
    run_cmd,
    serve_cmd,
    status_cmd,
    test_stream_cmd,
    tombstone_cmd,
)
from longtake.cli.exits import INTERRUPTED, exit_code, tell
from longtake.core.errors import LongtakeError

app = typer.Typer(
    name="longtake",
    help="Record live streams without losing a second; watch and cut any moment of them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demo_cmd.demo)
app.command("run")(run_cmd.run)
app.command("capture")(capture_cmd.capture)
app.command("serve")(serve_cmd.serve)
app.command("custody")(custody_cmd.custody)
app.command("replicate")(replicate_cmd.replicate)
app.command("cut")(cut_cmd.cut)
app.command("ls")(ls_cmd.ls)
app.command("holes")(holes_cmd.holes)
app.command("status")(status_cmd.status)
app.command("tombstone")(tombstone_cmd.tombstone)
app.command("test-stream")(test_stream_cmd.test_stream)
app.add_typer(nodes_cmd.app, name="nodes")
app.add_typer(db_cmd.app, name="db")
app.add_typer(facts_cmd.app, name="facts")
app.add_typer(config_cmd.app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"longtake {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Record live streams without losing a second; watch and cut any moment of them."""


def main() -> None:
    """The entry point: never a traceback for what a user did."""
    try:
        app()
    except LongtakeError as error:
        tell(error)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has enough (head, less).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
