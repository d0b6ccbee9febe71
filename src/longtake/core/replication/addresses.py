"""Peers and their addresses, as people write them down: on a command line, in a file, in the config."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from longtake.core.errors import InvalidInput, InvalidName
from longtake.core.names import check_part
from longtake.core.urls import redacted

_NEVER = frozenset(" ?#\\")
"""An empty query, too, would swallow the path that is put behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A node to pull from. ``url`` has no slash at its end."""

    name: str
    url: str


def parse_peer_url(text: str) -> str:
    """An http or https URL without query and fragment, and without a slash at its end. Raises InvalidInput."""
    url = text.strip()
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise InvalidInput(f"{redacted(url)!r} is no URL of a node: {error}") from error
    if not is_one or not url.isprintable() or _NEVER.intersection(url):
        raise InvalidInput(f"{redacted(url)!r} is no URL of a node, like https://north.example.org")
    return url.rstrip("/")


def parse_peer(text: str) -> Peer:
    """``URL`` or ``NAME=URL``; without a name it is called by its host, port and path as far as they are stated. Raises InvalidInput."""
    name, equals, url = text.partition("=")
    if not equals or "/" in name:  # an = of the URL's own
        return _unnamed(text)
    return Peer(name=check_part(name.strip(), "peer"), url=parse_peer_url(url))


def _unnamed(text: str) -> Peer:
    url = parse_peer_url(text)
    path = urlsplit(url).path.replace("/", "-")  # of several nodes behind one proxy
    return Peer(name=check_part(host_of(url) + path, "host"), url=url)


def host_of(url: str) -> str:
    """The host of a URL, with its port if that is stated: what a peer without a name is called."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return host if parts.port is None else f"{host}:{parts.port}"


def parse_peer_lines(text: str) -> tuple[list[Peer], list[str]]:
    """``NAME URL`` or ``URL`` on each line, ``#`` begins a comment; the peers, and a word on each line that is wrong."""
    peers, wrong = [], []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            peers.append(_of_words(words))
        except InvalidInput as error:
            wrong.append(f"line {number}: {error}")
    return peers, wrong


def _of_words(words: Sequence[str]) -> Peer:
    match words:
        case [url]:
            return _unnamed(url)
        case [name, url]:
            return Peer(name=check_part(name, "peer"), url=parse_peer_url(url))
    raise InvalidName("a line is NAME URL, or URL")


def merged_peers(groups: Iterable[Iterable[Peer]], *, own_name: str) -> list[Peer]:
    """All of them, sorted by name: of one name the last counts, and of one URL. Without the node itself, whose name this is.

    A peer that two sources call by two names is one peer: it is pulled from once.
    """
    by_name: dict[str, Peer] = {}
    for peer in (peer for group in groups for peer in group):
        by_name.pop(peer.name, None)  # so that it stands where it was told last
        by_name[peer.name] = peer
    by_url = {peer.url: peer for peer in by_name.values() if peer.name.partition(":")[0] != own_name}
    return sorted(by_url.values(), key=lambda peer: peer.name)
