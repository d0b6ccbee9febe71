"""``/api/v1/node``: who this node is, so that no node pulls from itself under another name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from longtake import __version__

ReadId = Callable[[], Awaitable[str | None]]
"""The node's id, or None while its disk lets it have none."""


class NodeAnswer(BaseModel):
    """A node among others."""

    model_config = ConfigDict(frozen=True)

    id: str | None = Field(
        description="32 hex digits that stay with its store; null while the disk lets it keep none"
    )
    name: str = Field(description="what its peers call it: node.name, or the machine's name")
    version: str


class NodeApi:
    """One route, open to all also where a secret is set: it tells nothing that is to be kept."""

    def __init__(self, name: str, read_id: ReadId) -> None:
        self._name = name
        self._read_id = read_id

    def router(self) -> APIRouter:
        """To be included by the app."""
        router = APIRouter(prefix="/api/v1")
        router.add_api_route("/node", self.node, methods=["GET"])
        return router

    async def node(self) -> NodeAnswer:
        """Who this node is: the id of its store, its name and the version that it runs."""
        return NodeAnswer(id=await self._read_id(), name=self._name, version=__version__)
