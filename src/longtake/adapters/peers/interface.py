"""What replication may ask of another node. ``node_api`` asks a real one over HTTP.

All calls raise SourceError: SourceDown if the thing asked for is not there, SourceRefused if the peer refuses or answers
what makes no sense, SourceUnreachable if it does not answer well. Names that a peer lists are texts and nothing more: whoever uses
them checks them first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from longtake.core.digests import HourDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerNode:
    """Who a node of ours says that it is. ``id`` is None if its disk does not let it keep one."""

    id: str | None
    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerDigests:
    """The digests of a quality's hours, as the peer sent them, and the tag of that answer."""

    hours: tuple[HourDigest, ...]
    tag: str | None


Take = Callable[[bytes], Awaitable[None]]
"""Is given a file's bytes, piece by piece, as they come. What it raises ends the file."""


class PeerApi(Protocol):
    """One peer."""

    async def node(self) -> PeerNode | None:
        """Who it is; None for a node that does not say so, an older one."""
        ...

    async def channels(self) -> list[str]:
        """Names, unchecked."""
        ...

    async def qualities(self, channel: str) -> list[str]:
        """Names, unchecked."""
        ...

    async def hours(self, channel: str, quality: str) -> list[str]:
        """Names, unchecked."""
        ...

    async def names(self, channel: str, quality: str, hour: str) -> list[str]:
        """The files of an hour and its tombstones, unchecked."""
        ...

    async def digests(self, channel: str, quality: str, tag: str | None) -> PeerDigests | None:
        """Of all hours; None if they are those that ``tag`` came with. SourceDown from nodes that have none."""
        ...

    async def extras(self, folder: str) -> list[str]:
        """Paths of files in an extra folder, unchecked."""
        ...

    async def pull(self, parts: Sequence[str], take: Take) -> None:
        """The file behind these parts of a path below ``/segments``, given to ``take``, whose errors it passes on."""
        ...

    async def suspect(self, channel: str, quality: str, hour: str, name: str) -> None:
        """Tells it that what it sent under that name is not what the name says."""
        ...
