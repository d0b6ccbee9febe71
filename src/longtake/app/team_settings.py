"""Settings of a node among others: what it is called, whom it pulls from, and where the team meets."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from longtake.adapters.db.place import parse_place
from longtake.app.setting_types import (
    Duration,
    Secret,
    SecretFile,
    SecretSection,
    Section,
    Size,
    check_name,
    raised_as_value_error,
)
from longtake.core.replication.addresses import parse_peer_url
from longtake.core.replication.limits import parse_since

SQLITE = "sqlite:///"
DATABASE_NAME = "longtake.db"
"""The file in a node's folder that is its database, unless the settings name another."""


class NodeSettings(SecretSection):
    """This node among others."""

    told_once = "secret"

    name: str | None = Field(
        None,
        description="What the other nodes call this one. A peer of that name is this node itself, and is not pulled from. "
        "Default: the machine's host name.",
    )
    secret: Secret = Field(
        None,
        min_length=16,
        description="A secret that all nodes of a team share: with it they sign what they ask each other. "
        "Better in a file of its own: secret_file.",
    )
    secret_file: SecretFile = Field(
        None, description="A file that holds the secret; relative to the node's folder."
    )
    open_to_older: bool = Field(
        True,
        description="With a secret, whether nodes without it (older ones cannot have it) may still list what is here. "
        "What viewers and players ask for is open either way.",
    )

    @field_validator("name")
    @classmethod
    def _is_name(cls, name: str | None) -> str | None:
        if name is not None:
            check_name(name, "node")
        return name


class DatabaseSettings(SecretSection):
    """Where nodes and people of a team meet: SQLite on one machine, PostgreSQL on several."""

    told_once = "url"

    url: Secret = Field(
        None,
        description="'sqlite:///FILE' (relative to the node's folder) or 'postgresql://USER:PASSWORD@HOST/NAME'. "
        "Default: longtake.db in the node's folder. With a password, better in a file of its own: url_file.",
    )
    url_file: SecretFile = Field(
        None, description="A file that holds the URL; relative to the node's folder."
    )

    @field_validator("url")
    @classmethod
    def _is_readable(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            raised_as_value_error(parse_place, url.get_secret_value())
        return url


class ReplicateSettings(Section):
    """Filling holes from other nodes."""

    enabled: bool = Field(True, description="Whether this node pulls what it lacks from its peers.")
    peers: dict[str, str] = Field(
        {},
        description='Nodes to pull from, by name: [replicate.peers] with lines like north = "https://north.example.org". '
        "Those in peers_file and in the database come besides; of one name, the database's word counts.",
    )
    peers_file: Path | None = Field(
        None,
        description="A file with one peer a line, 'NAME URL' or 'URL', read again and again; relative to the node's folder.",
    )
    channels: tuple[str, ...] | None = Field(
        None,
        description="The channels to pull. Default: those in [channels], or all that the peers have if there are none.",
    )
    qualities: tuple[str, ...] | None = Field(
        None, description="The qualities to pull, 'chat' for chat. Default: all that the peers have."
    )
    since: str | None = Field(
        None,
        description="Only what is younger: hours ('336'), a duration ('14d') or a time. Default: everything, but for what "
        "store.keep would remove again.",
    )
    recent_cutoff: Duration = Field(
        timedelta(seconds=120),
        description="Segments that began less than this ago are left to this node's own recorder.",
    )
    every: Duration = Field(
        timedelta(seconds=30),
        ge=timedelta(seconds=1),
        description="How often peers are asked whether they have something new. Nodes that cannot say so in one answer "
        "(older ones) are asked every two minutes at most.",
    )
    concurrency: int = Field(
        8, ge=1, le=64, description="Files that are pulled at the same time, from all peers together."
    )
    concurrency_per_peer: int = Field(
        4, ge=1, le=64, description="Files that are pulled at the same time from one peer."
    )
    bandwidth: Size | None = Field(
        None,
        ge=64 << 10,
        description="At most so much a second, from all peers together, like '20MiB'. Default: no limit.",
    )
    largest_segment: Size = Field(
        64 << 20, ge=1 << 20, description="Segments and chat batches that are bigger are refused."
    )
    extra_folders: tuple[str, ...] = Field(
        ("media", "emotes"),
        description="Which of store.extra_folders are pulled, too. Coverage maps are each node's own.",
    )
    largest_extra: Size = Field(256 << 20, description="Files of extra folders that are bigger are refused.")
    niceness: int = Field(
        10,
        ge=0,
        le=19,
        description="How far it stands back (nice(1)), so that the recorder does not feel it.",
    )

    @field_validator("peers")
    @classmethod
    def _are_peers(cls, peers: dict[str, str]) -> dict[str, str]:
        for name in peers:
            check_name(name, "peer")
        return {name: str(raised_as_value_error(parse_peer_url, url)) for name, url in peers.items()}

    @field_validator("channels", "qualities", "extra_folders")
    @classmethod
    def _are_names(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in names or ():
            check_name(name, "name")
        return names

    @field_validator("since")
    @classmethod
    def _is_limit(cls, since: str | None) -> str | None:
        if since is not None:
            raised_as_value_error(parse_since, since)
        return since
