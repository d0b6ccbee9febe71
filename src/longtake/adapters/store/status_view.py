"""What all processes of a node say, put together: each recorder with its disk and its skew, and who is not heard any more.

The web process and the command line show the same. What a process said that has been silent for some seconds is told
as what was known then: its recorders and peers are ``unknown``, and nothing of them that changes is passed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import Field, FiniteFloat

from longtake.adapters.store.status_words import (
    ConfigInfo,
    DiskInfo,
    FactsInfo,
    PeerInfo,
    RecorderInfo,
    ReplicationInfo,
    RoomInfo,
    ServiceStatus,
    SkewInfo,
    Time,
)
from longtake.core.errors import InvalidTime
from longtake.core.qualities import best_first
from longtake.core.times import SECOND_US, format_us, parse_time, to_us

UNKNOWN = "unknown"
"""The state of a recorder or peer whose process is silent."""
ABSENT = "absent"
"""The state of a quality that is in the settings, and that no process has said anything of."""

_START_S = 10

URGENCY = ("refused", "unreachable", "paused", "stalled", ABSENT, UNKNOWN, "down", "starting", "recording")
"""States, those first that most need a look."""


class RecorderStatus(RecorderInfo):
    """One recorder's word, with what others know of it."""

    state: str = Field(
        description="`starting`, `recording`, `stalled`, `down`, `refused`, `unreachable`, `paused`; "
        "`unknown` if its process is silent, `absent` if it is in the settings and no process records it"
    )
    heard: Time | None = Field(None, description="when its process last said something")
    age_s: FiniteFloat | None = Field(None, description="since the end of the newest segment")
    skew_s: FiniteFloat | None = Field(
        None, description="so much later than this node the others date the same content"
    )
    disk_free_bytes: int | None = None
    disk_hours: FiniteFloat | None = Field(
        None, description="of recording, until its disk's reserve is reached"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeView:
    """All of a node at one moment. ``silent``: the processes that have not spoken for some seconds."""

    now_us: int
    living: tuple[ServiceStatus, ...]
    silent: tuple[ServiceStatus, ...]
    recorders: tuple[RecorderStatus, ...]
    """By channel, the best quality first."""
    disks: tuple[DiskInfo, ...]
    skews: tuple[SkewInfo, ...]
    room: RoomInfo | None
    facts: FactsInfo | None
    config: ConfigInfo | None
    replication: ReplicationInfo | None
    """None if nothing pulls from peers, nor did before it fell silent."""


def node_view(services: Iterable[ServiceStatus], *, now_us: int) -> NodeView:
    """What the services said, as it is to be understood now."""
    services = tuple(services)
    living = tuple(one for one in services if one.is_fresh(now_us=now_us))
    silent = tuple(one for one in services if not one.is_fresh(now_us=now_us))
    skews = tuple(skew for service in living for skew in service.skews)
    found = {
        (recorder.channel, recorder.quality): recorder
        for recorders in (
            _absent(living, "starting" if _begins(living, now_us) else ABSENT),
            _unknown(silent),
            _heard(living, skews),
        )
        for recorder in recorders
    }
    return NodeView(
        now_us=now_us,
        living=living,
        silent=silent,
        recorders=tuple(_aged(found[place], now_us) for place in sorted(found, key=_by_channel)),
        disks=tuple(disk for service in living for disk in service.disks),
        skews=skews,
        room=next((service.room for service in living if service.room is not None), None),
        facts=next((service.facts for service in living if service.facts is not None), None),
        config=next((service.config for service in living if service.config is not None), None),
        replication=_replication(living, silent),
    )


def _replication(living: Iterable[ServiceStatus], silent: Iterable[ServiceStatus]) -> ReplicationInfo | None:
    """The word of one that lives; if there is none, what the last one said that spoke."""
    for service in living:
        if service.replication is not None:
            return service.replication
    said: ReplicationInfo | None = None
    for service in sorted(silent, key=lambda one: one.updated):
        if service.replication is not None:
            peers = [_silent_peer(peer, service) for peer in service.replication.peers]
            said = ReplicationInfo(node=service.replication.node, peers=peers)
    return said


def _silent_peer(peer: PeerInfo, service: ServiceStatus) -> PeerInfo:
    """What it gave until then stays true; what is to do now nobody knows."""
    message = f"{service.name}, which pulls from it, says nothing any more; its last word was: {peer.state}"
    told = {"state": UNKNOWN, "since": service.updated, "message": message}
    return peer.model_copy(update={**told, "hours_to_do": None, "segments_to_do": None})


def _by_channel(place: tuple[str, str]) -> tuple[str, tuple[int, int, str]]:
    return place[0], best_first(place[1])


def _heard(living: Iterable[ServiceStatus], skews: Iterable[SkewInfo]) -> Iterable[RecorderStatus]:
    skew_of = {(skew.channel, skew.quality): skew.skew_s for skew in skews}
    for service in living:
        for recorder in service.recorders:
            disk = _disk_of(recorder, service.disks)
            yield RecorderStatus(
                **dict(recorder),
                heard=service.updated,
                skew_s=skew_of.get((recorder.channel, recorder.quality)),
                disk_free_bytes=disk.free_bytes if disk else None,
                disk_hours=disk.hours if disk else None,
            )


def _disk_of(recorder: RecorderInfo, disks: Sequence[DiskInfo]) -> DiskInfo | None:
    """An older recorder does not say on which disk it is: if there is only one, on that."""
    if recorder.disk is None:
        return disks[0] if len(disks) == 1 else None
    return next((disk for disk in disks if disk.name == recorder.disk), None)


def _unknown(silent: Iterable[ServiceStatus]) -> Iterable[RecorderStatus]:
    for service in sorted(silent, key=lambda one: one.updated):
        for recorder in service.recorders:
            yield RecorderStatus(
                channel=recorder.channel,
                quality=recorder.quality,
                state=UNKNOWN,
                since=service.updated,
                message=f"{service.name}, which records it, says nothing any more; its last word was: {recorder.state}",
                last_segment_end=recorder.last_segment_end,
                source=recorder.source,
                important=recorder.important,
                heard=service.updated,
            )


def _begins(living: Iterable[ServiceStatus], now_us: int) -> bool:
    """A process has just started, or the config was just read: give the recorders the time to speak."""
    begun = [service.started for service in living]
    begun += [service.config.read for service in living if service.config and service.config.read]
    return any((us := moment_us(time)) is not None and now_us - us < _START_S * SECOND_US for time in begun)


def _absent(living: Iterable[ServiceStatus], state: str) -> Iterable[RecorderStatus]:
    for service in living:
        for channel, qualities in service.to_record.items():
            for quality in qualities:
                yield RecorderStatus(channel=channel, quality=quality, state=state, since="")


def _aged(recorder: RecorderStatus, now_us: int) -> RecorderStatus:
    end = recorder.last_segment_end
    age_s = None if end is None else (now_us - to_us(parse_time(end))) / SECOND_US
    return recorder.model_copy(update={"age_s": age_s})


def urgency(state: str) -> int:
    """The smaller, the more it needs a look. A state of another version stands before what is well."""
    return URGENCY.index(state) if state in URGENCY else URGENCY.index("down")


def moment(text: str | None) -> str | None:
    """A time as others wrote it, in our form; None for what is none."""
    us = moment_us(text)
    return None if us is None else format_us(us)


def moment_us(text: str | None) -> int | None:
    """The same, in microseconds."""
    try:
        return to_us(parse_time(text or ""))
    except InvalidTime:
        return None
