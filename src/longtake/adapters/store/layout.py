"""Where things lie in a store: the folders shared with older nodes, and ours, whose names begin with a dot."""

from __future__ import annotations

from pathlib import Path

from longtake.core.errors import InvalidTime
from longtake.core.names import CHAT, check_part
from longtake.core.times import hour_start_us

OURS = ".longtake"

FACTS, NOTES = "facts", "notes"
"""The folder of the facts, and beside it that of what is kept of those of past hours."""
PLAYLISTS = "playlists"
"""The folder of raw playlists, beside that of the facts."""


class Layout:
    """Paths below one store. Every name is checked on its way into a path (InvalidName, InvalidTime)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def node(self) -> Path:
        """What belongs to the node as a whole."""
        return self.root / OURS

    @property
    def status(self) -> Path:
        """One JSON file per running service."""
        return self.node / "status"

    @property
    def suspicions(self) -> Path:
        """One file per file that a peer got wrong bytes of."""
        return self.node / "suspicions"

    def channel(self, channel: str) -> Path:
        """A channel's folder."""
        return self.root / check_part(channel, "channel")

    def quality(self, channel: str, quality: str) -> Path:
        """A quality's folder."""
        return self.channel(channel) / check_part(quality, "quality")

    def hour(self, channel: str, quality: str, hour: str) -> Path:
        """An hour folder."""
        hour_start_us(hour)
        return self.quality(channel, quality) / hour

    def ours(self, channel: str, quality: str) -> Path:
        """Temps, facts, locks and the ledger of a quality, on the same file system as its hours."""
        return self.quality(channel, quality) / OURS

    def temp(self, channel: str, quality: str, purpose: str) -> Path:
        """Files in flight of one purpose."""
        return self.ours(channel, quality) / "temp" / purpose

    def memory(self, channel: str, quality: str, purpose: str) -> Path:
        """What the writers of one purpose tell those that come after them."""
        return self.ours(channel, quality) / f"{purpose}.memory"

    def facts_folder(self, channel: str, quality: str) -> Path:
        """The facts of a quality."""
        return self.ours(channel, quality) / FACTS

    def facts(self, channel: str, quality: str, hour: str) -> Path:
        """The facts of one hour."""
        hour_start_us(hour)
        return self.facts_folder(channel, quality) / f"{hour}.jsonl"

    def playlists(self, channel: str, quality: str, hour: str) -> Path:
        """The raw playlists that are kept of one hour, if any."""
        hour_start_us(hour)
        return self.ours(channel, quality) / PLAYLISTS / hour

    def ledgers(self, channel: str) -> Path:
        """What viewers were shown of a channel: its qualities are numbered together, so they lie together, a folder each."""
        return self.channel(channel) / OURS / "ledger"


def is_hour(name: str) -> bool:
    """Whether a folder's name is that of an hour of segments or chat."""
    try:
        hour_start_us(name)
    except InvalidTime:
        return False
    return True


def is_quality(folder: Path) -> bool:
    """Whether a folder holds a quality: hours, or what longtake puts beside them, or chat."""
    return (
        (folder / OURS).is_dir()
        or folder.name == CHAT
        or any(is_hour(child.name) for child in folder.iterdir())
    )
