"""The demo: a generated live stream, and a node that records it and keeps the last hour."""

from __future__ import annotations

import socket
from pathlib import Path

from longtake.app.config import load_settings
from longtake.app.settings import Settings
from longtake.app.supervisor import ChildSpec
from longtake.app.wiring.node import command, service_specs

CHANNEL = "demo"


def demo_settings(folder: Path, listen: str | None, stream_port: int) -> Settings:
    """The node's settings. Environment variables hold as they do for `run`."""
    overrides = {
        "replicate": {"enabled": False},
        "store": {"dir": str(folder.resolve() / "store"), "keep": "1h", "warn_hours": 0},
        "channels": {
            CHANNEL: {
                "url": f"http://127.0.0.1:{stream_port}/master.m3u8",
                "qualities": ("source", "360p"),
                "important": True,  # its stream begins some seconds after the node, and must not be looked for in vain till then
            }
        },
    }
    if listen is not None:
        overrides["serve"] = {"listen": listen}
    return load_settings(None, overrides, base=folder)


def demo_specs(settings: Settings, stream_port: int) -> list[ChildSpec]:
    """The node's services, and the stream's origin."""
    services = service_specs(settings)
    origin = ChildSpec(
        name="test-stream",
        command=command("test-stream", "--listen", f"127.0.0.1:{stream_port}"),
        environment=services[0].environment,
    )
    return [origin, *services]


def free_port() -> int:
    """A port of this machine that nobody uses at the moment; the stream keeps it while the demo runs."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    assert isinstance(port, int)  # noqa: S101
    return port
