"""What a node is called."""

from __future__ import annotations

import socket

from longtake.app.settings import Settings


def node_name(settings: Settings) -> str:
    """By its peers: as the settings say, or as its machine."""
    return settings.node.name or socket.gethostname()
