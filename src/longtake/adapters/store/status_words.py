"""What a service's status says, understood: one decoder for the web process and the command line.

A file may be of an older or newer longtake, or of something else. What is not understood of it is passed over, part by
part; nothing in a file makes a reader fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

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


class RecorderInfo(_Words):
    """One recorder's word."""

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


class RoomInfo(_Words):
    """Room on the disk; ``hours`` is null while the rate is unknown."""

    free_bytes: int
    hours: FiniteFloat | None
    verdict: str


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
    told = details.get("recorders")
    recorders = [_understood(RecorderInfo, one) for one in told] if isinstance(told, list) else []
    return ServiceStatus(
        name=name,
        service=head.service,
        pid=head.pid,
        started=head.started,
        updated=head.updated,
        details=details,
        recorders=tuple(recorder for recorder in recorders if recorder is not None),
        room=_understood(RoomInfo, details.get("room")),
        metrics=tuple(decode_metrics(read.get("metrics"))),
    )


def _understood(kind: type[Words], read: object) -> Words | None:
    try:
        return kind.model_validate(read)
    except ValidationError:
        return None
