"""How to ask for a playlist where its server offers more than to give it at once (rfc8216bis 6.2.5): to wait for the next
segment before it answers (blocking reload), and to leave out what is known (delta update).

A server is asked to wait while we are at the live edge of a stream that goes on, and nothing has failed just now. It
need not keep its word: where such an answer brings nothing new, the rhythm of ``polling`` counts until something comes.
After the third in a row it is asked to wait once a minute. So a server that says at once that there is nothing gets one
poll more per segment for three segments, and none that makes up news gets more than five a second.

What is known may be left out if it is no older than half of what the server skips (6.3.7), and worth it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate

from longtake.core.hls.model import MediaPlaylist
from longtake.core.times import SECOND_US

_AFTER_NEWS_S, _WITHOUT_NEWS_S = 0.2, 0.05
"""Before the next question: no segment follows another at once."""
_MOST_IN_VAIN = 3
_TRIED_AGAIN_US = 60 * SECOND_US
_WORTH_SKIPPING = 20
"""Entries. Fewer are parsed as quickly as a delta update is put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """``number``: what the question under way waits for. ``in_vain``: answers in a row that did not bring what was waited
    for, the last at ``vain_us``."""

    number: int | None = None
    in_vain: int = 0
    vain_us: int = 0


def answered(waiting: Waiting, *, brings_news: bool, now_us: int) -> Waiting:
    """After an answer, or a failure, which brings no news."""
    if waiting.number is None:
        return waiting
    if brings_news:
        return Waiting()
    return Waiting(in_vain=waiting.in_vain + 1, vain_us=now_us)


def to_wait_for(waiting: Waiting, playlist: MediaPlaylist, *, brings_news: bool, now_us: int) -> int | None:
    """The number that the next question waits for; None if it does not. ``playlist`` is whole, and at the live edge."""
    control = playlist.server_control
    if control is None or not control.can_block_reload or playlist.ended or not playlist.segments:
        return None
    tried_again = waiting.in_vain < _MOST_IN_VAIN or abs(now_us - waiting.vain_us) >= _TRIED_AGAIN_US
    if waiting.in_vain and not (brings_news and tried_again):
        return None
    return playlist.segments[-1].sequence + 1


def waits_for(waiting: Waiting, number: int | None) -> Waiting:
    """With the next question."""
    return waiting if number == waiting.number else replace(waiting, number=number)


def before_waiting_s(*, brings_news: bool) -> float:
    """The pause before a question that waits."""
    return _AFTER_NEWS_S if brings_news else _WITHOUT_NEWS_S


def may_skip(playlist: MediaPlaylist, next_poll_s: float) -> bool:
    """Whether the next question may be answered with a delta update."""
    control = playlist.server_control
    if control is None or control.can_skip_until_s is None or len(playlist.segments) <= _WORTH_SKIPPING:
        return False
    until_s = control.can_skip_until_s
    if playlist.ended or next_poll_s > until_s / 2:
        return False
    durations_s = (segment.duration_s for segment in reversed(playlist.segments))
    kept = next((n for n, total_s in enumerate(accumulate(durations_s), 1) if total_s >= until_s), None)
    return kept is not None and len(playlist.segments) - kept >= _WORTH_SKIPPING
