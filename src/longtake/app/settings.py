"""The settings of a node: one TOML file, the environment, and the command line, as frozen values.

What is set later in that list wins. Unknown keys are errors, in the file and in the environment. Each field says its
unit, its default and why; ``longtake config schema`` and docs/configuration.md are made from that.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import Field, field_validator, model_validator

from longtake.app.setting_types import Duration, Secret, SecretFile, SecretSection, Section, Size, check_name
from longtake.app.team_settings import DatabaseSettings, NodeSettings, ReplicateSettings
from longtake.core.names import CHAT
from longtake.core.qualities import SOURCE


def host_and_port(listen: str) -> tuple[str, int]:
    """``HOST:PORT``, ``[::1]:PORT``. Raises ValueError."""
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise ValueError(f"{listen!r} is not HOST:PORT")
    return host, int(port)


class StoreSettings(Section):
    """Where recordings lie, and how much room they may take."""

    dir: Path = Field(
        Path("store"),
        description="The folder of the recordings; relative to the node's folder. "
        "It must be on a local file system that allows ':' in names.",
    )
    keep: Duration | None = Field(
        None,
        ge=timedelta(minutes=10),
        description="How long recordings are kept, like '14d', counted from the newest of their quality: what is no "
        "longer recorded stays. Default: for ever, since nothing is deleted unasked.",
    )
    reserve: Size = Field(
        1 << 30,
        description="Recording stops when the disk has less room than this, and goes on when it has more. "
        "Bytes, or like '2GiB'. A full disk would harm more than the recording.",
    )
    warn_hours: float | None = Field(
        24,
        description="Warn when the disk has room for fewer hours of recording than this; a night and a day to react.",
        ge=0,
    )
    extra_folders: tuple[str, ...] = Field(
        ("media", "emotes", "coverage-maps"),
        description="Folders beside the channels that are served under /segments as they are.",
    )

    @field_validator("extra_folders")
    @classmethod
    def _are_names(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        for folder in folders:
            check_name(folder, "folder")
        return folders


class ServeSettings(Section):
    """The web process."""

    enabled: bool = Field(True, description="Whether this node serves at all.")
    listen: str = Field(
        "127.0.0.1:8700",
        description="HOST:PORT to listen on. The default is this machine only: nobody needs to sign in yet, "
        "so open it to a network that you trust, or put a proxy before it.",
    )
    cuts_at_once: int = Field(
        4, ge=1, le=100, description="Cuts that may run at the same time; further ones get 503 and try again."
    )
    longest_cut: Duration = Field(
        timedelta(hours=12),
        description="The longest cut by its ranges together; longer ones are refused. A slip in a year would "
        "otherwise keep the disk busy for days.",
    )
    cut_niceness: int = Field(
        10,
        ge=0,
        le=19,
        description="How far the work on cuts stands back (nice(1)), so that the recorder and other requests do not feel it.",
    )
    stalled_after: Duration = Field(
        timedelta(seconds=60),
        ge=timedelta(seconds=1),
        description="A cut whose client takes nothing for so long is broken off: others wait for its place.",
    )
    pictures_at_once: int = Field(
        4,
        ge=1,
        le=100,
        description="Single frames that may be made at the same time; some more wait a moment.",
    )
    playlists_at_once: int = Field(
        4,
        ge=1,
        le=100,
        description="Long playlists that may be made and sent at the same time; some more wait a moment.",
    )
    memory: Size = Field(
        128 << 20,
        ge=8 << 20,
        description="How much is kept in memory of what was listed, and of playlists as text. A week of two-second "
        "segments takes about 40 MiB, and nearly as much again where somebody plays all of it while it grows; what does not "
        "fit is read again when it is asked for.",
    )
    recent_cutoff: Duration = Field(
        timedelta(seconds=120),
        description="A range whose end is older than this is taken for finished: late segments have come by then.",
    )

    @field_validator("listen")
    @classmethod
    def _is_address(cls, listen: str) -> str:
        host_and_port(listen)
        return listen


class CaptureSettings(Section):
    """The recorder."""

    enabled: bool = Field(True, description="Whether this node records the channels itself.")


SOURCE_PREFIXES = ("hls:", "streamlink:", "yt-dlp:")
"""What may stand before a stream's address, to say how it is found."""


class Ads(StrEnum):
    """What to do with ad breaks."""

    SKIP = "skip"
    RECORD = "record"


class TwitchSettings(SecretSection):
    """Twitch, for every channel that is there."""

    told_once = "token"

    token: Secret = Field(
        None,
        description="The OAuth token of an account (the cookie 'auth-token'); without ads if it has a subscription or Turbo. "
        "Better in a file of its own: token_file.",
    )
    token_file: SecretFile = Field(
        None, description="A file that holds the token; relative to the node's folder."
    )


class ChannelSettings(Section):
    """One stream; the table's name is the channel's name."""

    url: str = Field(
        description="Where the stream is: an HLS playlist (….m3u8), or a page that streamlink knows. "
        "'hls:URL', 'streamlink:URL' or 'yt-dlp:URL' say which, should it be guessed wrong.",
    )
    qualities: tuple[str, ...] = Field(
        (SOURCE,),
        description="The qualities to record, by the source's names or by height ('720p60', '480p'); "
        "'source' is the best there is.",
        min_length=1,
    )

    important: bool = Field(
        False, description="While it is down, ask every 5 seconds instead of every 20 whether it is back."
    )
    ads: Ads = Field(
        Ads.SKIP,
        description="'skip': what the playlist marks as an ad break is counted and not recorded; 'record': it is. "
        "For a stream whose breaks show what you want to keep.",
    )
    audio_languages: tuple[str, ...] = Field(
        (),
        description="Of a stream whose sound comes apart from its pictures, the languages to record besides the one that "
        "it marks as the default, like 'de'.",
    )
    renew_after: Duration | None = Field(
        None,
        ge=timedelta(minutes=1),
        description="Ask the source for a new address of the stream after so long, before the old one runs out. "
        "Default: 20h for Twitch, 5h for YouTube, else only when the old one fails.",
    )
    fetches_at_once: int | None = Field(
        None,
        ge=1,
        le=256,
        description="Segments that are asked for at the same time, all qualities together. "
        "Default: 64, and 4 for YouTube, which refuses who asks for more.",
    )
    playlist_history: int = Field(
        0,
        ge=0,
        le=100,
        description="For debugging: with each segment keep the playlist that first showed it, and so many before that. "
        "0 keeps none.",
    )

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        prefix = next((prefix for prefix in SOURCE_PREFIXES if url.startswith(prefix)), "")
        if not url.removeprefix(prefix).startswith(("http://", "https://")):
            raise ValueError("a stream's address begins with http:// or https://")
        return url

    @field_validator("qualities")
    @classmethod
    def _can_be_recorded(cls, qualities: tuple[str, ...]) -> tuple[str, ...]:
        for quality in qualities:
            check_name(quality, "quality")
            if quality == CHAT:
                raise ValueError(f"{CHAT!r} is no quality of a stream")
        if len(set(qualities)) != len(qualities):
            raise ValueError("a quality is named twice")
        return qualities


class LogSettings(Section):
    """Logs go to standard error."""

    level: str = Field(
        "info", pattern="^(debug|info|warning|error)$", description="debug, info, warning or error."
    )
    json_lines: bool = Field(
        False, description="One JSON object a line, for machines; otherwise words for people."
    )


class Settings(Section):
    """Everything that can be set."""

    store: StoreSettings = StoreSettings()
    serve: ServeSettings = ServeSettings()
    capture: CaptureSettings = CaptureSettings()
    channels: dict[str, ChannelSettings] = Field(
        {}, description="The streams to record, one table each: [channels.NAME]."
    )
    twitch: TwitchSettings = TwitchSettings()
    node: NodeSettings = NodeSettings()
    replicate: ReplicateSettings = ReplicateSettings()
    database: DatabaseSettings = DatabaseSettings()
    log: LogSettings = LogSettings()

    @field_validator("channels")
    @classmethod
    def _are_names(cls, channels: dict[str, ChannelSettings]) -> dict[str, ChannelSettings]:
        for channel in channels:
            check_name(channel, "channel")
        return channels

    @model_validator(mode="after")
    def _channels_have_folders_of_their_own(self) -> Self:
        for channel in self.channels:
            if channel in self.store.extra_folders:
                raise ValueError(f"channels.{channel}: that name is taken by one of store.extra_folders")
        return self
