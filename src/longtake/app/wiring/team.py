"""What a node's web process has for the other nodes of its team, and for nobody else."""

from __future__ import annotations

from fastapi import APIRouter

from longtake.adapters.store.node_id import KnownId
from longtake.adapters.store.served import DiskFiles
from longtake.adapters.store.suspicions import DiskSuspicions
from longtake.adapters.web.app import Guard
from longtake.adapters.web.signed import Signatures, SignedOnly
from longtake.app.node_name import node_name
from longtake.app.settings import Settings
from longtake.app.wiring.secrets import node_secret
from longtake.kit.clock import Clock
from longtake.services.serve.nodes import NodeApi
from longtake.services.serve.suspicions import SuspicionsApi

LISTINGS = ("/files", "/extras", "/api/v1/digests")
"""Below these it says what is here, for others to pull. What viewers and players ask for is open to all."""


def team_routers(settings: Settings, signatures: Signatures) -> list[APIRouter]:
    """The routes of the API that peers ask."""
    root = settings.store.dir
    files = DiskFiles(root, extra_folders=())
    return [
        NodeApi(node_name(settings), KnownId(root).get).router(),
        SuspicionsApi(DiskSuspicions(root), files, signatures).router(),
    ]


def team_signatures(settings: Settings, clock: Clock) -> Signatures:
    """With the secret as it is now. Raises InvalidInput if it cannot be had."""
    return Signatures(node_secret(settings), clock)


def team_guard(settings: Settings, signatures: Signatures) -> Guard | None:
    """What keeps nodes without the secret out, if that is wished for."""
    if settings.node.open_to_older:
        return None
    return lambda app: SignedOnly(app, signatures, LISTINGS)
