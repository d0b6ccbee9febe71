"""What of a node needs somebody: what is wrong, since when, and what to do. One sentence each, the worst first.

The words are the same on the page, in ``longtake status`` and in docs/operations.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from longtake.adapters.store.peer_troubles import peer_troubles
from longtake.adapters.store.status_view import (
    ABSENT,
    UNKNOWN,
    NodeView,
    RecorderStatus,
    moment,
    moment_us,
    urgency,
)
from longtake.adapters.store.status_words import (
    ConfigInfo,
    DiskInfo,
    FactsInfo,
    ServiceStatus,
    SkewInfo,
)
from longtake.adapters.store.told_trouble import Trouble, TroubleLevel, told
from longtake.core.times import SECOND_US, format_size

_LONG_START_S = 60
_WORTH_A_WORD_S = 0.1
"""Nodes that date the same content less far apart than this need nobody."""


_STATES: dict[str, tuple[TroubleLevel, str, str]] = {
    "refused": (
        TroubleLevel.LOOK,
        "the site refuses, or has changed",
        "check the address, the quality's name and the account in the settings; a newer streamlink may know the site again",
    ),
    "unreachable": (
        TroubleLevel.LOOK,
        "no answer from the source",
        "check the network and the DNS of this machine, then the site; it is asked again by itself",
    ),
    "paused": (
        TroubleLevel.LOOK,
        "recording is paused",
        "see to the disk; recording goes on by itself when it works and has room",
    ),
    "stalled": (
        TroubleLevel.LOOK,
        "the stream is there, but its segments do not come",
        "try the stream in a browser, and whether the line is fast enough; they are asked for again by themselves",
    ),
    ABSENT: (
        TroubleLevel.LOOK,
        "in the settings, but no process records it",
        "look at the log of `longtake run`, and start it if it does not run",
    ),
    "down": (
        TroubleLevel.WAIT,
        "the stream is down",
        "nothing: recording goes on by itself when it is back",
    ),
}


def troubles(view: NodeView) -> list[Trouble]:
    """Of the whole node, the worst first; empty when all is well."""
    found = [
        *_of_processes(view),
        *(
            one
            for recorder in sorted(view.recorders, key=_worst_first)
            for one in _of_recorder(recorder, view.now_us)
        ),
        *(one for disk in view.disks for one in _of_disk(disk)),
        *peer_troubles(view),
        *_of_config(view.config),
        *_of_facts(view.facts),
        *(_of_skew(skew) for skew in view.skews if abs(skew.skew_s) >= _WORTH_A_WORD_S),
    ]
    return sorted(found, key=lambda one: one.level is not TroubleLevel.LOOK)


def _worst_first(recorder: RecorderStatus) -> int:
    return urgency(recorder.state)


def _of_processes(view: NodeView) -> Iterator[Trouble]:
    advice = "look at its log; `longtake run` starts what has died, so start that if it does not run"
    if view.silent and not view.living:
        newest = max(service.updated for service in view.silent)
        yield told("longtake", f"no process of this node has spoken: {_names(view.silent)}", newest, advice)
        return
    for service in view.silent:
        lost = [
            f"{one.channel}/{one.quality}"
            for one in service.recorders
            if _is_lost(view, one.channel, one.quality)
        ]
        what = f"process {service.pid} says nothing any more: stopped, killed or stuck"
        if lost:
            what = (
                f"{what}; nobody knows whether {', '.join(lost)} {'is' if len(lost) == 1 else 'are'} recorded"
            )
        if peers := _lost_peers(view, service):
            what = f"{what}; nobody knows whether anything is pulled from {', '.join(peers)}"
        yield told(service.name, what, service.updated, advice)


def _names(services: Iterable[ServiceStatus]) -> str:
    return ", ".join(service.name for service in services)


def _is_lost(view: NodeView, channel: str, quality: str) -> bool:
    place = (channel, quality)
    return any((one.channel, one.quality) == place and one.state == UNKNOWN for one in view.recorders)


def _lost_peers(view: NodeView, service: ServiceStatus) -> list[str]:
    if view.replication is None or service.replication is None:
        return []
    return [peer.name for peer in view.replication.peers if peer.state == UNKNOWN]


def _of_recorder(recorder: RecorderStatus, now_us: int) -> Iterator[Trouble]:
    if recorder.state in ("recording", UNKNOWN) or (
        recorder.state == "starting" and _is_new(recorder, now_us)
    ):
        return
    usual = (TroubleLevel.LOOK, f"{recorder.state} and not recording", "look at the log")
    level, what, advice = _STATES.get(recorder.state, usual)
    yield Trouble(
        level=level,
        place=f"{recorder.channel}/{recorder.quality}",
        channel=recorder.channel,
        quality=recorder.quality,
        what=f"{what}: {recorder.message}" if recorder.message else what,
        since=moment(recorder.since),
        advice=advice,
    )


def _is_new(recorder: RecorderStatus, now_us: int) -> bool:
    since_us = moment_us(recorder.since)
    return since_us is None or now_us - since_us < _LONG_START_S * SECOND_US


def _of_disk(disk: DiskInfo) -> Iterator[Trouble]:
    place = f"disk {disk.name}"
    if disk.trouble is not None:
        advice = (
            "docs/operations.md says what to do about each; recording goes on by itself when it works again"
        )
        yield told(place, f"{disk.trouble}: recording on it pauses", None, advice)
    if disk.verdict == "none":
        left = "" if disk.free_bytes is None else f", {format_size(disk.free_bytes)} free"
        yield told(place, f"nearly full{left}: recording on it pauses", None, "make room, or set store.keep")
    elif disk.verdict == "low":
        yield told(
            place,
            f"room for {room_words(disk.hours)} only",
            None,
            "make room, or set store.keep",
            TroubleLevel.WAIT,
        )
    if disk.slow:
        yield told(place, "slow", None, "look for what else uses it", TroubleLevel.WAIT)


def room_words(hours: float | None) -> str:
    """``12 h``, ``11 d``: nobody plans by the minute."""
    if hours is None:
        return "a while"
    return f"{hours / 24:,.0f} d" if hours >= 100 else f"{hours:.1f} h" if hours < 10 else f"{hours:.0f} h"


def _of_config(config: ConfigInfo | None) -> Iterator[Trouble]:
    if config is None:
        return
    if config.trouble is not None:
        what = f"{config.trouble}; all goes on as before"
        yield told("config", what, None, f"mend {config.file}; `longtake config check` says what is wrong")
    if config.waiting:
        what = f"changed, and counts only after a restart: {', '.join(config.waiting)}"
        yield told(
            "config", what, None, "start `longtake run` anew when the moment is good", TroubleLevel.WAIT
        )


def _of_facts(facts: FactsInfo | None) -> Iterator[Trouble]:
    if facts is None:
        return
    if facts.trouble is not None:
        what = f"what is known of files cannot be filled in: {facts.trouble}"
        yield told("custody", what, None, "see to the disk; it goes on by itself", TroubleLevel.WAIT)
    if facts.damaged:
        more = "" if facts.damaged <= len(facts.damaged_files) else ", …"
        what = f"damaged files: {facts.damaged:,}: {', '.join(facts.damaged_files)}{more}"
        advice = "check the disk; they are left as they are, and another node may have them whole"
        yield told("custody", what, None, advice, TroubleLevel.WAIT)


def _of_skew(skew: SkewInfo) -> Trouble:
    direction = "later" if skew.skew_s >= 0 else "earlier"
    return Trouble(
        level=TroubleLevel.WAIT,
        place=f"{skew.channel}/{skew.quality}",
        channel=skew.channel,
        quality=skew.quality,
        what=f"other nodes date the same content {abs(skew.skew_s):.3f} s {direction} than this node"
        f" ({skew.segments} segments)",
        since=None,
        advice="compare the clocks of the nodes",
    )
