"""The JSON of ``/api/v1``, as OpenAPI describes it. Times are ISO 8601 in UTC with ``Z``."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


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


class RecorderInfo(_Model):
    """One recorder's word."""

    channel: str
    quality: str
    state: str
    since: str
    message: str | None = None
    last_segment_end: str | None = None
    lag_s: float | None = Field(None, description="from the end of the newest segment to it being durable")
    segments: dict[str, int] = Field(default_factory=dict, description="by type, since the process started")
    bytes: int = 0
    retries: int = 0
    missed: int = 0
    last_error: str | None = None


class RoomInfo(_Model):
    """Room on the disk; ``hours`` is null while the rate is unknown."""

    free_bytes: int
    hours: float | None
    verdict: str


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
    recorders: list[RecorderInfo]
    room: RoomInfo | None


class HealthAnswer(_Model):
    """The web process answers."""

    status: str = "ok"


class ProblemAnswer(_Model):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
