"""The JSON of ``/api/v1``, as OpenAPI describes it. Times are ISO 8601 in UTC with ``Z``."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from longtake.adapters.store.status_view import RecorderStatus
from longtake.adapters.store.status_words import (
    ConfigInfo,
    DiskInfo,
    FactsInfo,
    ReplicationInfo,
    RoomInfo,
    SkewInfo,
)
from longtake.adapters.store.told_trouble import Trouble


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class QualityState(StrEnum):
    """What happens to a quality now."""

    RECORDING = "recording"
    WAITING = "waiting"
    ERROR = "error"
    STOPPED = "stopped"


class QualityInfo(_Model):
    """One quality of a channel. ``first`` and ``last`` are null while nothing is recorded."""

    name: str
    first: str | None = Field(description="start of the earliest recorded segment")
    last: str | None = Field(description="end of the newest recorded segment")
    state: QualityState
    message: str | None = Field(description="why, in words, if it does not record")
    audio: list[str] = Field(
        description="the qualities that hold its sound, where that is recorded separately"
    )


class ChannelInfo(_Model):
    """One channel."""

    name: str
    qualities: list[QualityInfo]


class ChannelsAnswer(_Model):
    """All channels. ``now`` is the node's clock."""

    now: str
    channels: list[ChannelInfo]


class SpanInfo(_Model):
    """A stretch that is recorded."""

    start: str
    end: str


class HoleInfo(_Model):
    """A stretch that is not, or not surely; ``reason`` in words."""

    start: str
    end: str
    reason: str


class CoverageAnswer(_Model):
    """What of a range is recorded. Spans and holes together are the whole range, in order."""

    start: str
    end: str
    spans: list[SpanInfo]
    holes: list[HoleInfo]


class HourDigestInfo(_Model):
    """The names of one hour that count: segments, chat batches and tombstones, but no files in flight and no odd names."""

    hour: str
    count: int
    hash: str = Field(
        description="SHA-256 over each name in UTF-8 followed by a newline, sorted, in the base64 of file names"
    )


class DigestsAnswer(_Model):
    """What two nodes compare to see which of their hours differ. Hours without a name are left out."""

    hours: list[HourDigestInfo]


class SegmentFramesInfo(_Model):
    """The frames of one recorded segment, by the node's rule for their times."""

    path: str = Field(description="what /segments/CHANNEL/QUALITY/ serves")
    start: str | None = Field(
        description="time of the first frame in the order of display; null if the segment cannot be understood"
    )
    frame_us: float = Field(description="the usual distance of two frames, in microseconds")
    offsets_us: list[int] = Field(
        description="the frames in the order of display, from `start`, in microseconds"
    )


class FramesAnswer(_Model):
    """The times of all frames of the segments that a range touches, in order."""

    segments: list[SegmentFramesInfo]


class ServiceInfo(_Model):
    """One process of the node. ``alive`` is false if it has been silent for some seconds."""

    name: str
    pid: int
    started: str
    updated: str
    alive: bool


class StatusAnswer(_Model):
    """The whole node."""

    now: str
    version: str
    services: list[ServiceInfo]
    recorders: list[RecorderStatus] = Field(
        description="by channel, the best quality first; also those that are not heard any more, and what is in the "
        "settings and not recorded"
    )
    troubles: list[Trouble] = Field(
        description="what needs somebody, the worst first; empty when all is well"
    )
    room: RoomInfo | None = Field(description="on the disk that is full first")
    disks: list[DiskInfo] = Field(description="all that are recorded on")
    skews: list[SkewInfo] = Field(
        description="of the qualities in which other nodes' files hold the same content under other times"
    )
    facts: FactsInfo | None
    config: ConfigInfo | None = Field(description="null if the node follows no config file")
    replication: ReplicationInfo | None = Field(description="null if the node pulls from no others")
