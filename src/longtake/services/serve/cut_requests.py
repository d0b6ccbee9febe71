"""Reads what is asked of ``/cut`` from its path and query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request

from longtake.adapters.web.parameters import check_order, flag, optional_time_us, path_part
from longtake.core.cutting import (
    CutContainer,
    CutRange,
    CutRequest,
    parse_container,
    parse_kind,
    parse_range,
    parse_transition,
)
from longtake.core.errors import InvalidInput, InvalidTime, NotFound
from longtake.core.names import check_part
from longtake.core.times import HOUR_US, format_duration, hour_start_us, parse_utc_time

_MOST_RANGES = 100
_DEFAULT_KIND = "fast"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPath:
    """``/cut/CHANNEL/QUALITY.CONTAINER``."""

    channel: str
    quality: str
    container: CutContainer


def read_path(request: Request) -> CutPath:
    """Raises InvalidName, InvalidInput, NotFound."""
    channel = path_part(request, "channel")
    quality, dot, extension = path_part(request, "file").rpartition(".")
    if not dot:
        raise NotFound(f"a cut's path ends in its container: /cut/{channel}/QUALITY.mp4 or .ts")
    check_part(quality, "quality")
    return CutPath(channel=channel, quality=quality, container=parse_container(extension))


def read_cut(request: Request, path: CutPath, hours: Sequence[str], *, longest: timedelta) -> CutRequest:
    """The cut, of what is recorded in ``hours``. Raises InvalidInput, InvalidTime, NotFound."""
    query = request.query_params
    ranges = [parse_range(text, parse_utc_time) for text in query.getlist("range")]
    if len(ranges) > _MOST_RANGES:
        raise InvalidInput(f"a cut has at most {_MOST_RANGES} ranges")
    start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
    kind = parse_kind(query.get("type", _DEFAULT_KIND))
    transitions = tuple(parse_transition(text) for text in query.getlist("transition"))
    allow_holes = flag(request, "allow_holes")
    if not hours:
        raise NotFound(f"nothing of {path.channel}/{path.quality} is recorded")
    wanted = CutRequest(
        ranges=tuple(ranges) or (_start_to_end(start_us, end_us, hours),),
        kind=kind,
        container=path.container,
        transitions=transitions,
        allow_holes=allow_holes,
    )
    if sum(span.end_us - span.start_us for span in wanted.ranges) > longest // timedelta(microseconds=1):
        raise InvalidTime(f"a cut is at most {format_duration(longest)} long; ask for less at once")
    return wanted


def _start_to_end(start_us: int | None, end_us: int | None, hours: Sequence[str]) -> CutRange:
    """What is not said is the start of the first recorded hour, and the end of the last."""
    start_us = hour_start_us(hours[0]) if start_us is None else start_us
    end_us = hour_start_us(hours[-1]) + HOUR_US if end_us is None else end_us
    check_order(start_us, end_us)
    return CutRange(start_us=start_us, end_us=end_us)
