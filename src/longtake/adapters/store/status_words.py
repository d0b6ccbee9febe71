"""What a service's status says, understood: one decoder for the web process and the command line.

A file may be of an older or newer longtake, or of something else. What is not understood of it is passed over, part by
part; nothing in a file makes a reader fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    field_validator,
)

from longtake.core.errors import InvalidTime
from longtake.core.times import SECOND_US, parse_time, to_us
from longtake.kit.metrics import ExportedMetric, decode_metrics

STALE_S = 5
"""A service writes every second; one that was silent for so long is gone or stuck."""


def _checked_time(text: str) -> str:
    try:
        parse_time(text)
    except InvalidTime as error:
        raise ValueError(str(error)) from error
    return text


Time = Annotated[str, AfterValidator(_checked_time)]


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ErrorInfo(_Words):
    """What went wrong, in words: how often, and when it did last."""

    reason: str
    count: int
    last: Time


class RecorderInfo(_Words):
    """One recorder's word. Numbers are counted since it started."""

    channel: str
    quality: str
    state: str
    since: str
    message: str | None = None
    last_segment_end: Time | None = None
    lag_s: FiniteFloat | None = Field(
        None, description="from the end of the newest segment to it being durable"
    )
    segments: dict[str, int] = Field(default_factory=dict, description="by type, since the process started")
    bytes: int = 0
    retries: int = 0
    missed: int = 0
    last_error: str | None = None
    source: str = Field(
        "", description="how the stream is found: `hls`, `twitch`, `youtube`, `streamlink`, …"
    )
    important: bool = False
    bitrate_bps: FiniteFloat | None = Field(None, description="of what was recorded in the last minute")
    width: int | None = None
    height: int | None = None
    frame_rate: FiniteFloat | None = None
    codecs: str | None = None
    ads: int = Field(0, description="segments of ad breaks, which are not recorded")
    gaps: int = Field(0, description="segments that the source itself says it does not have")
    date_jumps: int = Field(
        0, description="times stated by the source that are not where the one before ends"
    )
    date_jump_s: FiniteFloat | None = Field(None, description="by how much the last of them was later")
    missed_because: dict[str, int] = Field(default_factory=dict, description="how often, by reason")
    errors: list[ErrorInfo] = Field(
        default_factory=list, description="the latest kinds of trouble, the last first"
    )
    located: Time | None = Field(None, description="when the source was last asked where the stream is")
    renew: Time | None = Field(None, description="when it will be asked again, if nothing fails before")
    disk: str | None = Field(None, description="the disk that it is recorded on, as in `disks`")


class RoomInfo(_Words):
    """Room on the disk; ``hours`` is null while the rate is unknown."""

    free_bytes: int
    hours: FiniteFloat | None
    verdict: str


class DiskInfo(_Words):
    """One disk that is recorded on. What is null is not known."""

    name: str = Field(description="where it is mounted")
    trouble: str | None = Field(None, description="why recording on it pauses, other than for want of room")
    slow: bool = False
    free_bytes: int | None = None
    hours: FiniteFloat | None = Field(None, description="of recording, until the reserve is reached")
    verdict: str | None = Field(None, description="`enough`, `low`, or `none`: then recording on it pauses")


class SkewInfo(_Words):
    """How far apart this node and others date the same content of a quality."""

    channel: str
    quality: str
    skew_s: FiniteFloat = Field(description="so much later than this node the others date the same content")
    spread_s: FiniteFloat = Field(description="the furthest that one of the compared segments is from that")
    segments: int = Field(description="how many were compared")
    newest: Time = Field(description="when the newest of them began")


class FactsInfo(_Words):
    """Filling in what is known of files that came from elsewhere, or that an older version looked into."""

    hours: int
    hours_to_do: int
    segments_to_do: int
    looked: int = Field(description="segments that were looked into, since the process started")
    not_understood: int = 0
    damaged: int = Field(0, description="files that were found not to be what their names say")
    damaged_files: list[str] = Field(default_factory=list, description="the first of them, below the store")
    trouble: str | None = Field(None, description="why it does not go on, if it does not")


class ConfigInfo(_Words):
    """The node's config file, which is followed while it runs."""

    file: str
    read: Time | None = Field(None, description="when it was read last; null if it is not there")
    trouble: str | None = Field(
        None, description="why it cannot be used; all goes on as before until it is mended"
    )
    waiting: list[str] = Field(
        default_factory=list, description="keys that were changed and need a restart of the node"
    )


class PeerInfo(_Words):
    """How it goes with one node that this one pulls from. Numbers are counted since the process started."""

    name: str
    url: str = ""
    kind: str | None = Field(
        None, description="`longtake VERSION`, or `older`; null while it has not said what it is"
    )
    state: str = Field(
        description="`idle`, `pulling`, `starting`, `unreachable`, `refused`, `itself`; `unknown` if the process that "
        "pulls is silent"
    )
    since: str
    message: str | None = None
    last_pass: Time | None = Field(
        None, description="when a pass over one of its qualities last came to its end"
    )
    pass_s: FiniteFloat | None = Field(None, description="how long that took")
    pulled: int = Field(0, description="segments")
    bytes: int = Field(0, description="of all files that came from it and were kept")
    second_names: int = Field(0, description="names that it has for content that was here under another one")
    tombstones: int = 0
    chat: int = Field(0, description="chat batches")
    extras: int = Field(0, description="files of the extra folders")
    skipped: dict[str, int] = Field(
        default_factory=dict, description="names that are not pulled, by reason; no failures"
    )
    failed: dict[str, int] = Field(default_factory=dict, description="what could not be had, by reason")
    last_wrong: Time | None = Field(
        None, description="when it last sent other bytes than the name of a file says"
    )
    hours_to_do: int | None = Field(
        None, description="hours that are known to differ; null if that is not known"
    )
    segments_to_do: int | None = Field(None, description="to be pulled, in the hours that are looked at now")


class ReplicationInfo(_Words):
    """Pulling from other nodes what is lacking here."""

    node: str = Field("", description="what this node is called")
    peers_trouble: str | None = Field(
        None, description="why the list of peers cannot be read as it is now; those that are known stay"
    )
    trouble: str | None = Field(None, description="why this node cannot take what peers have")
    peers: list[PeerInfo] = Field(default_factory=list, description="by name")

    @field_validator("peers", mode="before")
    @classmethod
    def _those_that_are_understood(cls, read: object) -> object:
        return _all_understood(PeerInfo, read)


class _Head(_Words):
    service: str
    pid: int
    started: str
    updated: Time


Words = TypeVar("Words", bound=_Words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """One process's word. ``name`` is its file's: ``capture``, and ``capture-2`` for a second one.

    ``details`` is what only that kind of service says, as it stands there.
    """

    name: str
    service: str
    pid: int
    started: str
    updated: str
    details: Mapping[str, object]
    recorders: tuple[RecorderInfo, ...]
    room: RoomInfo | None
    disks: tuple[DiskInfo, ...]
    facts: FactsInfo | None
    skews: tuple[SkewInfo, ...]
    config: ConfigInfo | None
    replication: ReplicationInfo | None
    to_record: Mapping[str, tuple[str, ...]]
    """The qualities that the settings name, by channel."""
    metrics: tuple[ExportedMetric, ...]

    def is_fresh(self, *, now_us: int) -> bool:
        """Whether the service spoke within the last few seconds."""
        return now_us - to_us(parse_time(self.updated)) <= STALE_S * SECOND_US


def decode_status(name: str, read: object) -> ServiceStatus | None:
    """The status in a file's JSON; None for what is none."""
    head = _understood(_Head, read)
    if head is None or not isinstance(read, dict):
        return None
    details = read.get("details")
    details = details if isinstance(details, dict) else {}
    return ServiceStatus(
        name=name,
        service=head.service,
        pid=head.pid,
        started=head.started,
        updated=head.updated,
        details=details,
        recorders=_all_understood(RecorderInfo, details.get("recorders")),
        room=_understood(RoomInfo, details.get("room")),
        disks=_all_understood(DiskInfo, details.get("disks")),
        facts=_understood(FactsInfo, details.get("facts")),
        skews=_all_understood(SkewInfo, details.get("skews")),
        config=_understood(ConfigInfo, details.get("config")),
        replication=_understood(ReplicationInfo, details.get("replication")),
        to_record=_channels(details.get("channels")),
        metrics=tuple(decode_metrics(read.get("metrics"))),
    )


def _channels(read: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(read, dict):
        return {}
    return {
        str(channel): tuple(quality for quality in qualities if isinstance(quality, str))
        for channel, qualities in read.items()
        if isinstance(qualities, list)
    }


def _understood(kind: type[Words], read: object) -> Words | None:
    try:
        return kind.model_validate(read)
    except ValidationError:
        return None


def _all_understood(kind: type[Words], read: object) -> tuple[Words, ...]:
    found = [_understood(kind, one) for one in read] if isinstance(read, list) else []
    return tuple(one for one in found if one is not None)
