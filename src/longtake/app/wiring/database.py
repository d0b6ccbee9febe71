"""The database of a node: which it is, and all that is asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from longtake.adapters.db.place import parse_place
from longtake.app.settings import Settings
from longtake.app.team_settings import DATABASE_NAME, SQLITE
from longtake.core.errors import DatabaseUnavailable, InvalidInput
from longtake.kit.threads import in_daemon_thread

if TYPE_CHECKING:
    from longtake.adapters.db.nodes import Added, NodeRow


def database_url(settings: Settings) -> str:
    """Its URL, in which a file of SQLite has its whole path. Raises InvalidInput if the file of the URL cannot be read."""
    folder = settings.store.dir.parent.absolute()
    url = _told(settings)
    if url is None:
        return f"{SQLITE}{folder / DATABASE_NAME}"
    if url.startswith(SQLITE):
        return f"{SQLITE}{folder / url.removeprefix(SQLITE)}"
    return url


def _told(settings: Settings) -> str | None:
    told = settings.database
    if told.url is not None:
        return told.url.get_secret_value()
    return None if told.url_file is None else _read(told.url_file)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError as error:
        raise InvalidInput(
            f"the file of the database's URL {file} cannot be read: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the file of the database's URL {file} is not UTF-8") from error


async def nodes_of(settings: Settings) -> list[NodeRow]:
    """The nodes of the team: none if no database is named, and nobody made the node's own file.

    Raises DatabaseUnavailable, InvalidInput.
    """
    url = await in_daemon_thread(lambda: _url_if_there(settings), "look for the database")
    if url is None:
        return []
    from longtake.adapters.db.nodes import list_nodes

    return await list_nodes(url)


async def has_database(settings: Settings) -> bool:
    """Whether there is one to ask. Raises DatabaseUnavailable, InvalidInput."""
    return (await in_daemon_thread(lambda: _url_if_there(settings), "look for the database")) is not None


def _url_if_there(settings: Settings) -> str | None:
    """SQLAlchemy takes a quarter of a second to import: most nodes have no file for it. Blocks on disks."""
    url = database_url(settings)
    place = parse_place(url)
    try:
        is_there = not place.is_new_file
    except OSError:
        return url  # it is told what is wrong there once it is opened
    if is_there:
        return url
    if _told(settings) is not None and (place.file is None or place.file.name != DATABASE_NAME):
        raise DatabaseUnavailable(
            f"there is no database {place.shown}: `longtake nodes add` or `longtake db upgrade` makes it"
        )
    return None


async def add(settings: Settings, node: NodeRow) -> tuple[Added, bool]:
    """Adds or replaces a node; also whether the database, a new file of SQLite, was set up for that.

    Raises DatabaseUnavailable, Unsupported, InvalidInput.
    """
    from longtake.adapters.db.nodes import add_node, is_new_file
    from longtake.adapters.db.upgrade import upgrade

    url = database_url(settings)
    is_new = is_new_file(url)
    if is_new:
        await upgrade(url)
    return await add_node(url, node), is_new


async def remove(settings: Settings, name: str) -> bool:
    """Whether there was such a node. Raises DatabaseUnavailable, Unsupported, InvalidInput."""
    from longtake.adapters.db.nodes import is_new_file, remove_node

    url = database_url(settings)
    return not is_new_file(url) and await remove_node(url, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """``shown``: which database it is, without password. ``before``: its revision, None if it was not set up.

    ``newest``: the newest that this longtake knows. ``is_newer``: whether only a newer longtake knows ``before``.
    """

    shown: str
    before: str | None
    newest: str
    is_newer: bool


async def upgraded(settings: Settings) -> Revisions:
    """Upgrades it, to ``newest``. Raises DatabaseUnavailable, Unsupported, InvalidInput."""
    from longtake.adapters.db.upgrade import upgrade

    url = database_url(settings)
    before, newest = await upgrade(url)
    return Revisions(shown=parse_place(url).shown, before=before, newest=newest, is_newer=False)


async def revisions(settings: Settings) -> Revisions:
    """What it has, and what it should have. Raises DatabaseUnavailable, InvalidInput."""
    from longtake.adapters.db import upgrade
    from longtake.adapters.db.revisions import is_newer

    url = database_url(settings)
    has, newest = await upgrade.revisions(url)
    return Revisions(shown=parse_place(url).shown, before=has, newest=newest, is_newer=is_newer(has))
