"""``longtake tombstone``: take recorded files out of sight, on all nodes, without deleting them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from longtake.adapters.store.interface import SegmentStore
from longtake.app.config import load_settings
from longtake.app.wiring.stores import existing_store_dir, opened_store
from longtake.cli.arguments import ChannelArgument, StoreOption
from longtake.cli.exits import FAILED, tell
from longtake.core.errors import InvalidInput, NotFound
from longtake.core.names import CHAT, CHAT_EXTENSION, check_part, tombstone_of
from longtake.core.tombstones import suppressed_by, tombstone_for

_USUAL = "source"
_SEGMENTS = "segments"


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One that is meant; ``name`` is its own, also where its tombstone was told."""

    channel: str
    quality: str
    hour: str
    name: str

    @property
    def path(self) -> str:
        return f"{self.channel}/{self.quality}/{self.hour}/{self.name}"


def tombstone(
    name: ChannelArgument,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="HOUR/NAME, a path, or a URL from a playlist; of segments or chat batches.",
        ),
    ],
    store: StoreOption,
    quality: Annotated[
        str | None,
        typer.Option("--quality", metavar="Q", help="The quality, if FILE does not say.  [default: source]"),
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Remove the tombstones from this node again.")] = False,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Make tombstones of files too that are not here.")
    ] = False,
) -> None:
    """Take recorded files out of sight: of playlists, cuts and listings, here and on all nodes that replicate.

    Nothing is deleted: beside each file lies an empty one, its tombstone, which other nodes take over.
    It may be done while a node runs.

    Example: longtake tombstone mystream "2026-11-24T04/10:00.000000-2.0-full-….ts" --store ./store
    """
    existing_store_dir(store)
    meant = list(dict.fromkeys(_meant(check_part(name, "channel"), quality, file) for file in files))
    if undo and unseen:
        raise InvalidInput("--undo and --unseen: one of them, please")
    is_done = asyncio.run(_all(str(store.absolute()), meant, _undone if undo else _made(unseen=unseen)))
    if not is_done:
        raise typer.Exit(FAILED)


def _meant(channel: str, quality: str | None, told: str) -> _File:
    """What a person has at hand, understood. Raises InvalidName or InvalidTime for what can be no such file."""
    parts = _parts(told)
    if len(parts) < 2:
        raise InvalidInput(f"{told[:80]!r} is not HOUR/NAME, nor a path or URL that ends so")
    *above, hour, name = parts
    if len(above) >= 2 and above[-2] != channel:
        raise InvalidInput(f"{told[:200]!r} is a file of {above[-2]!r}, not of {channel!r}")
    there = above[-1] if above else None
    if quality is not None and there is not None and there != quality:
        raise InvalidInput(f"{told[:200]!r} is a file of the quality {there!r}, not of {quality!r}")
    named = quality or there or (CHAT if name.endswith(CHAT_EXTENSION) else _USUAL)
    tombstone_for(check_part(named, "quality"), hour, name)
    return _File(channel=channel, quality=named, hour=hour, name=suppressed_by(named, name))


def _parts(told: str) -> list[str]:
    """Of a path, all of it; of a URL, what stands behind ``segments``. No name of a file has a ``%`` or ``?`` in it."""
    is_url = "://" in told
    path = urlsplit(told).path if is_url else told.partition("?")[0]
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if is_url or "%" in "/".join(parts[-2:]):
        parts = [unquote(part) for part in parts]
    if _SEGMENTS in parts[:-4] and parts.index(_SEGMENTS) == len(parts) - 5:
        parts = parts[-4:]
    return parts


_Act = Callable[[SegmentStore, _File], Awaitable[str]]
"""Does it to one file; what it says. Raises NotFound for one that is not here."""


async def _all(store_dir: str, files: Sequence[_File], act: _Act) -> bool:
    """Whether it was done to all; what cannot be done to one stops no other."""
    is_done = True
    with opened_store(load_settings(None, {"store": {"dir": store_dir}})) as store:
        for file in files:
            try:
                typer.echo(await act(store, file))
            except NotFound as error:
                tell(error)
                is_done = False
    return is_done


def _made(*, unseen: bool) -> _Act:
    async def act(store: SegmentStore, file: _File) -> str:
        listing = await store.listing(file.channel, file.quality, file.hour)
        if (
            file.name not in listing.names
            and tombstone_of(file.name) not in listing.tombstones
            and not unseen
        ):
            raise NotFound(f"there is no {file.path} here; --unseen makes its tombstone all the same")
        if await store.suppress(file.channel, file.quality, file.hour, file.name):
            return f"out of sight now: {file.path}"
        return f"out of sight already: {file.path}"

    return act


async def _undone(store: SegmentStore, file: _File) -> str:
    if not await store.reveal(file.channel, file.quality, file.hour, file.name):
        raise NotFound(f"there is no tombstone of {file.path} here")
    return f"tombstone removed: {file.path}; nodes that have it will bring it back: remove it there too"
