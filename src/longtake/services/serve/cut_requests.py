"""Reads what is asked of ``/cut`` from its path and query.

All that can be known of a request without a look at what is recorded is checked first: what makes no sense is 400,
whether or not the node has such a channel, can make such a cut, or has a place free for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from starlette.datastructures import QueryParams
from starlette.requests import Request

from longtake.adapters.web.parameters import check_order, flag, optional_time_us, path_part
from longtake.core.cutting import (
    CutContainer,
    CutKind,
    CutRange,
    CutRequest,
    Transition,
    check_transitions,
    named,
    parse_container,
    parse_form,
    parse_range,
    parse_transition,
)
from longtake.core.errors import InvalidInput, InvalidTime, NotFound
from longtake.core.names import check_part
from longtake.core.times import HOUR_US, format_duration, hour_start_us, parse_utc_time

_MOST_RANGES = 100
_DEFAULT_KIND = "fast"
_GIVEN_ONCE = ("start", "end", "type", "allow_holes")
_UNKNOWN_YET = CutRange(start_us=0, end_us=1)
"""Stands for a range whose ends depend on what is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPath:
    """``/cut/CHANNEL/QUALITY.CONTAINER``."""

    channel: str
    quality: str
    container: CutContainer


@dataclass(frozen=True, slots=True, kw_only=True)
class CutQuery:
    """A cut, but for what was left open: ``ends_us`` is None if nothing was."""

    wanted: CutRequest
    ends_us: tuple[int | None, int | None] | None
    longest: timedelta

    def of(self, path: CutPath, hours: Sequence[str]) -> CutRequest:
        """The cut, of what is recorded in ``hours``. Raises NotFound if that is nothing; InvalidTime."""
        if not hours:
            raise NotFound(f"nothing of {path.channel}/{path.quality} is recorded")
        if self.ends_us is None:
            return self.wanted
        wanted = replace(self.wanted, ranges=(_start_to_end(*self.ends_us, hours),))
        _check_length(wanted.ranges, "start to end", self.longest)
        return wanted


def read_path(request: Request) -> CutPath:
    """Raises InvalidName, InvalidInput, NotFound."""
    channel = path_part(request, "channel")
    quality, dot, extension = path_part(request, "file").rpartition(".")
    if not dot:
        raise NotFound(f"a cut's path ends in its container: /cut/{channel}/QUALITY.mp4 or .ts")
    check_part(quality, "quality")
    return CutPath(channel=channel, quality=quality, container=parse_container(extension))


def read_query(request: Request, path: CutPath, *, longest: timedelta) -> CutQuery:
    """Raises InvalidInput, InvalidTime, which name the parameter."""
    query = request.query_params
    _check_given_once(query)
    start_us, end_us = optional_time_us(request, "start"), optional_time_us(request, "end")
    ranges, what = _ranges(query), "range: all together"
    if not ranges and start_us is not None and end_us is not None:
        check_order(start_us, end_us)
        ranges, what = (CutRange(start_us=start_us, end_us=end_us),), "start to end"
    _check_length(ranges, what, longest)
    kind, container = named(
        "type", partial(parse_form, ending=path.container), query.get("type", _DEFAULT_KIND)
    )
    wanted = CutRequest(
        ranges=ranges or (_UNKNOWN_YET,),
        kind=kind,
        container=container,
        transitions=_transitions(query, ranges or (_UNKNOWN_YET,), kind),
        allow_holes=flag(request, "allow_holes"),
    )
    return CutQuery(wanted=wanted, ends_us=None if ranges else (start_us, end_us), longest=longest)


def _check_given_once(query: QueryParams) -> None:
    for name in _GIVEN_ONCE:
        if len(query.getlist(name)) > 1:
            raise InvalidInput(f"{name}: is given twice; once is enough")


def _ranges(query: QueryParams) -> tuple[CutRange, ...]:
    texts = query.getlist("range")
    if len(texts) > _MOST_RANGES:
        raise InvalidInput(f"range: {len(texts)} are too many; a cut has at most {_MOST_RANGES}")
    parse = partial(parse_range, parse=parse_utc_time)
    return tuple(named(_numbered("range", at, texts), parse, text) for at, text in enumerate(texts))


def _transitions(
    query: QueryParams, ranges: Sequence[CutRange], kind: CutKind
) -> tuple[Transition | None, ...]:
    """Checked for all kinds, and then none for rough cuts: older nodes' pages send them with every kind."""
    texts = query.getlist("transition")
    check_transitions([span.length_us for span in ranges], [None] * len(texts))
    transitions = tuple(
        named(_numbered("transition", at, texts), parse_transition, text) for at, text in enumerate(texts)
    )
    check_transitions([span.length_us for span in ranges], transitions)
    return () if kind is CutKind.ROUGH else transitions


def _numbered(name: str, at: int, texts: Sequence[str]) -> str:
    return f"{name} {at + 1}" if len(texts) > 1 else name


def _check_length(ranges: Sequence[CutRange], what: str, longest: timedelta) -> None:
    length = timedelta(microseconds=sum(span.length_us for span in ranges))
    if length > longest:
        raise InvalidTime(
            f"{what} is {format_duration(length)}, but a cut is at most {format_duration(longest)} long;"
            " ask for less at once"
        )


def _start_to_end(start_us: int | None, end_us: int | None, hours: Sequence[str]) -> CutRange:
    """What is not said is the start of the first recorded hour, and the end of the last."""
    first_us, last_us = hour_start_us(hours[0]), hour_start_us(hours[-1]) + HOUR_US
    if end_us is None and start_us is not None and start_us >= last_us:
        raise InvalidTime("start: is after all that is recorded")
    if start_us is None and end_us is not None and end_us <= first_us:
        raise InvalidTime("end: is before all that is recorded")
    return CutRange(
        start_us=first_us if start_us is None else start_us, end_us=last_us if end_us is None else end_us
    )
