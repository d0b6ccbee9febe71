"""The peers in ``longtake status``: what each gave, and what is still to be pulled from it."""

from __future__ import annotations

from longtake.adapters.store.status_view import UNKNOWN, moment_us
from longtake.adapters.store.status_words import PeerInfo
from longtake.cli.figures import span_words
from longtake.cli.status_columns import Column, Look
from longtake.core.times import SECOND_US, format_size

_WORST = ("itself", "refused", "unreachable", UNKNOWN, "starting", "pulling", "idle")
_GOOD = frozenset({"idle", "pulling"})


def worst_first(peers: list[PeerInfo]) -> list[PeerInfo]:
    """Those that most need a look before the others; else by name."""
    return sorted(peers, key=lambda peer: (_urgency(peer.state), peer.name))


def _urgency(state: str) -> int:
    return _WORST.index(state) if state in _WORST else 0


def _colour(peer: PeerInfo) -> str:
    if peer.state in _GOOD:
        return "green"
    return "yellow" if peer.state == "starting" else "red"


def _ago(text: str | None, now_us: int) -> str | None:
    us = moment_us(text)
    return None if us is None else span_words((now_us - us) / SECOND_US)


def _last_pass(peer: PeerInfo, now_us: int) -> str:
    ago = _ago(peer.last_pass, now_us)
    return "none" if ago is None else f"{ago} ago"


def _to_do(peer: PeerInfo, now_us: int) -> str:
    """``38 h, 1,240 now``: hours that are known to differ, and segments to be pulled in those at work."""
    hours, segments = peer.hours_to_do, peer.segments_to_do
    if hours is None or segments is None:
        return "unknown"
    if hours or segments:
        return f"{hours:,} h, {segments:,} now"
    return "nothing" if peer.state in _GOOD else "unknown"


def _count(number: int) -> str:
    return f"{number:,}" if number else ""


PEERS: Look[PeerInfo] = Look(
    colour=_colour,
    columns=(
        Column(header="peer", cell=lambda one, _: one.name, worth=99, is_number=False),
        Column(header="state", cell=lambda one, _: one.state, worth=99, is_number=False),
        Column(header="for", cell=lambda one, now_us: _ago(one.since, now_us) or "", worth=70),
        Column(header="kind", cell=lambda one, _: one.kind or "", worth=20, rare=True, is_number=False),
        Column(header="last pass", cell=_last_pass, worth=90),
        Column(header="pulled", cell=lambda one, _: f"{one.pulled:,}", worth=60),
        Column(header="bytes", cell=lambda one, _: format_size(one.bytes), worth=50),
        Column(header="to do", cell=_to_do, worth=95),
        Column(header="failed", cell=lambda one, _: _count(sum(one.failed.values())), worth=40, rare=True),
        Column(
            header="message",
            cell=lambda one, _: one.message or "",
            worth=30,
            rare=True,
            is_number=False,
            least=16,
        ),
    ),
)
