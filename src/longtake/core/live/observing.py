"""The state machine of following a live playlist: one table, one function.

================  ============================  =========================================  ========================
seen              and                           fetched, and said                          next poll
================  ============================  =========================================  ========================
playlist          first of all                  all it lists, as ``backlog``               soon, to learn the rhythm
playlist          has new entries               those                                      when the next is due
playlist          the server can wait           ``wait_for`` (``reloading``)               soon: the server waits
                  (blocking reload)
playlist          nothing new                   nothing                                    soon, then ever later
playlist          nothing new for over three    ``frozen``                                 half a target duration,
                  target durations                                                         then ever later: <= 10 s
playlist          the same for over 30 s        ``ask_anew``, every 30 s                   the same
playlist          empty                         as with nothing new                        the same
playlist          ENDLIST                       what is new; ``ended``, ``ask_anew``       1 s, doubling to the
                                                                                           policy's longest
playlist          counts anew (``identity``)    what is new now                            when the next is due
gone, refused     any                           ``ask_anew``                               the same
unreachable, no   first and second in a row     nothing                                    0.3 s, 0.6 s
playlist
unreachable, no   from the third                ``ask_anew``                               doubling to 5 s
playlist
================  ============================  =========================================  ========================

Entries marked GAP are counted and not fetched, until one of the source's edges has them. Ads (``ads``) are counted and
not fetched, unless the policy wants them; but they are new, so that a break is no frozen stream. What cannot be decrypted
(``keys``) is not fetched either, unless it is listed in clear later: ``encrypted_with`` says why.

Each entry is fetched once. The same content is asked for twice only if the source gives no way to know it again: it began to count
anew under names that were known (a restart after which some entries are still listed that we cannot tell from new
ones), or it changed an entry's name, and number or time, at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import failing, polling, reloading
from longtake.core.live.dating import Dates, date
from longtake.core.live.failing import PollFailure
from longtake.core.live.identity import Recognition, add_name, named, recognise, showed_newest
from longtake.core.live.jumps import Dated, date_jumps_us
from longtake.core.live.model import LivePolicy, LiveState, Observation, Sighting
from longtake.core.live.news import News, fetches, filled, news
from longtake.core.live.reloading import Waiting
from longtake.core.times import SECOND_US

REMEMBERED = 2000
"""Entries remembered besides those that are listed: an edge that lags shows old ones again."""
_STALE_TARGETS = 3
_FROZEN_UNTIL_ASKED_ANEW_US = 30 * SECOND_US


def observe(
    state: LiveState,
    seen: MediaPlaylist | PollFailure,
    *,
    now_us: int,
    jitter: float,
    policy: LivePolicy = LivePolicy(),  # noqa: B008 - frozen
) -> Observation:
    """The next state, what to fetch, and when to ask again. ``jitter`` is drawn from [0, 1) by the caller."""
    if isinstance(seen, PollFailure):
        return _failed(state, seen, policy, now_us=now_us, jitter=jitter)
    if not seen.segments or _tells_nothing_new(state, seen):
        return _followed(_unchanged(state, seen, now_us=now_us), seen, policy, now_us=now_us, jitter=jitter)
    recognition = recognise(state, seen, now_us=now_us)
    if recognition.has_news:
        observation = _with_news(state, seen, recognition, policy, now_us=now_us, jitter=jitter)
    else:
        known = _all_known(state, seen, recognition, now_us=now_us)
        observation = _followed(known, seen, policy, now_us=now_us, jitter=jitter)
    return _with_filled(observation, seen, recognition)


def _failed(
    state: LiveState, failure: PollFailure, policy: LivePolicy, *, now_us: int, jitter: float
) -> Observation:
    absences = state.absences + 1
    quiet_us = 0 if state.changed_us is None else now_us - state.changed_us
    asks = failing.asks_anew(failure, absences)
    return Observation(
        state=replace(
            state,
            absences=absences,
            asked_us=now_us if asks else state.asked_us,
            waiting=reloading.answered(state.waiting, brings_news=False, now_us=now_us),
        ),
        next_poll_s=failing.retry_delay_s(
            failure, absences, longest_absent_s=policy.longest_absent_s, jitter=jitter
        ),
        quiet_s=quiet_us / SECOND_US,
        ask_anew=failure.reason if asks else None,
    )


def _tells_nothing_new(state: LiveState, playlist: MediaPlaylist) -> bool:
    """The same entries as last time, the newest of all among them: most polls are this."""
    return (
        playlist.segments == state.listed
        and playlist.ended == state.ended
        and playlist.segments[-1].sequence == state.newest
    )


def _unchanged(state: LiveState, playlist: MediaPlaylist, *, now_us: int) -> LiveState:
    return replace(
        state,
        seen_us=now_us,
        changed_us=now_us if state.changed_us is None else state.changed_us,
        newest_seen_us=now_us if playlist.segments else state.newest_seen_us,
        ended=playlist.ended,
        cadence=polling.after_miss(state.cadence, now_us=now_us) if state.listed else state.cadence,
    )


def _all_known(
    state: LiveState, playlist: MediaPlaylist, recognition: Recognition, *, now_us: int
) -> LiveState:
    counted = _counted(state, recognition)
    shows_newest = playlist.segments[-1].sequence >= counted.newest or showed_newest(state)
    return replace(
        _unchanged(counted, playlist, now_us=now_us),
        listed=playlist.segments,
        newest_seen_us=now_us if shows_newest else state.newest_seen_us,
    )


def _counted(state: LiveState, recognition: Recognition) -> LiveState:
    """The state after what was recognised: known under other numbers, or less is known."""
    known = recognition.sightings
    if known is state.sightings and recognition.strays is state.strays:
        return state
    return replace(
        state,
        sightings=known,
        names=recognition.names,
        strays=recognition.strays,
        unnumbered=state.unnumbered or recognition.unnumbered,
        newest=max(known, default=-1),
        resets=state.resets + recognition.reset,
        anchors={} if recognition.reset else state.anchors,
    )


def _with_news(
    state: LiveState,
    playlist: MediaPlaylist,
    recognition: Recognition,
    policy: LivePolicy,
    *,
    now_us: int,
    jitter: float,
) -> Observation:
    dates = date(state, playlist, recognition, now_us=now_us)
    counted = _counted(state, recognition)
    entries = news(counted, playlist, recognition, dates, policy)
    next_state = _remembering(counted, playlist, entries, dates, now_us=now_us)
    if not dates.regular:
        next_state = _with_jumps(next_state, playlist, dates, since=counted.order)
    followed = _followed(next_state, playlist, policy, now_us=now_us, jitter=jitter)
    return replace(
        followed,
        fetches=fetches(entries, playlist),
        backlog=not state.listed,
        encrypted_with=next((entry.hindrance for entry in entries if entry.hindrance is not None), None),
        remember=dates.undated,
    )


def _remembering(
    counted: LiveState, playlist: MediaPlaylist, entries: Sequence[News], dates: Dates, *, now_us: int
) -> LiveState:
    sightings, names = dict(counted.sightings), dict(counted.names)
    for entry in entries:
        sightings[entry.segment.sequence] = entry.sighting
        if not entry.sighting.repeats:
            add_name(names, entry.sighting)
    if len(sightings) > 2 * REMEMBERED + len(playlist.segments):
        sightings = _pruned(sightings, playlist)
        names = named(sightings)
    elif len(names) > 4 * REMEMBERED + len(playlist.segments):  # of other ways of counting
        names = named(sightings)
    newest = max(counted.newest, max(entry.segment.sequence for entry in entries))
    last = playlist.segments[-1]
    durations_us = [entry.sighting.duration_us for entry in entries]
    learns = polling.after_news if counted.waiting.number is None else polling.after_wait
    return replace(
        counted,
        sightings=sightings,
        names=names,
        newest=newest,
        order=counted.order + len(entries),
        listed=playlist.segments,
        seen_us=now_us,
        changed_us=now_us,
        newest_seen_us=now_us
        if last.sequence >= newest or showed_newest(counted)
        else counted.newest_seen_us,
        ended=playlist.ended,
        undated=dates.undated,
        gaps_announced=counted.gaps_announced
        + sum(entry.segment.gap for entry in entries if not (entry.sighting.repeats or entry.skipped)),
        ads_skipped=counted.ads_skipped
        + sum(entry.skipped for entry in entries if not entry.sighting.repeats),
        cadence=learns(counted.cadence, now_us=now_us, came_us=sum(durations_us), last_us=durations_us[-1]),
    )


def _with_filled(observation: Observation, playlist: MediaPlaylist, seen: Recognition) -> Observation:
    """With what could not be had, and is there after all."""
    entries = filled(playlist, seen)
    if not entries:
        return observation
    state = observation.state
    sightings, names = dict(state.sightings), dict(state.names)
    for entry in entries:
        sightings[entry.segment.sequence] = entry.sighting
        if names.get(entry.sighting.name) is not None:
            names[entry.sighting.name] = entry.sighting
    return replace(
        observation,
        state=replace(state, sightings=sightings, names=names),
        fetches=(*fetches(entries, playlist), *observation.fetches),
    )


def _with_jumps(state: LiveState, playlist: MediaPlaylist, dates: Dates, *, since: int) -> LiveState:
    """``since``: the order from which on entries are new."""
    first, segments = dates.first, playlist.segments
    sightings = (state.sightings[segments[index].sequence] for index in range(first, len(segments)))
    jumps_us = date_jumps_us(
        [
            Dated(
                start_us=placed.start_us,
                duration_us=one.duration_us,
                dating=placed.dating,
                ad=one.ad,
                is_new=one.order > since,
            )
            for placed, one in zip(dates.placed, sightings, strict=True)
        ]
    )
    if not jumps_us:
        return state
    return replace(state, date_jumps=state.date_jumps + len(jumps_us), date_jump_us=jumps_us[-1])


def _pruned(sightings: Mapping[int, Sighting], playlist: MediaPlaylist) -> dict[int, Sighting]:
    """The newest, and what is listed now, which must be known all the same."""
    kept = dict(list(sightings.items())[-REMEMBERED:])
    for segment in playlist.segments:
        kept.setdefault(segment.sequence, sightings[segment.sequence])
    return kept


def _followed(
    state: LiveState, playlist: MediaPlaylist, policy: LivePolicy, *, now_us: int, jitter: float
) -> Observation:
    """What a playlist, as far as it is taken in, says about the stream."""
    quiet_us = 0 if state.changed_us is None else now_us - state.changed_us
    target_us = max(1, playlist.target_duration_s) * SECOND_US
    frozen = quiet_us > _STALE_TARGETS * target_us
    reason = _reason_to_ask(state, ended=playlist.ended, frozen=frozen, quiet_us=quiet_us, now_us=now_us)
    absences = state.absences + 1 if playlist.ended else 0
    waiting, delay_s = _next_question(state, playlist, policy, absences, now_us=now_us, jitter=jitter)
    return Observation(
        state=replace(
            state,
            absences=absences,
            asked_us=state.asked_us if reason is None else now_us,
            waiting=waiting,
        ),
        next_poll_s=delay_s,
        quiet_s=quiet_us / SECOND_US,
        frozen=frozen,
        ended=playlist.ended,
        shows_content=_shows_content(state, playlist),
        ask_anew=reason,
        wait_for=waiting.number,
        may_skip=reloading.may_skip(playlist, delay_s),
    )


def _next_question(
    state: LiveState,
    playlist: MediaPlaylist,
    policy: LivePolicy,
    absences: int,
    *,
    now_us: int,
    jitter: float,
) -> tuple[Waiting, float]:
    """What it waits for, and after how many seconds it is asked."""
    brings_news = state.changed_us == now_us
    waiting = reloading.answered(state.waiting, brings_news=brings_news, now_us=now_us)
    number = None
    if showed_newest(state) and state.absences == 0:
        number = reloading.to_wait_for(waiting, playlist, brings_news=brings_news, now_us=now_us)
    if number is not None:
        delay_s = reloading.before_waiting_s(brings_news=brings_news)
    elif playlist.ended:
        delay_s = failing.absent_delay_s(absences, longest_s=policy.longest_absent_s, jitter=jitter)
    else:
        delay_s = polling.next_poll_s(
            state.cadence,
            now_us=now_us,
            target_duration_s=playlist.target_duration_s,
            quiet_us=0 if state.changed_us is None else now_us - state.changed_us,
            jitter=jitter,
        )
    return reloading.waits_for(waiting, number), delay_s


def _shows_content(state: LiveState, playlist: MediaPlaylist) -> bool:
    """Whether there is an entry that is neither ad nor gap."""
    return any(
        not (segment.gap or state.sightings[segment.sequence].ad) for segment in reversed(playlist.segments)
    )


def _reason_to_ask(state: LiveState, *, ended: bool, frozen: bool, quiet_us: int, now_us: int) -> str | None:
    if ended:
        return "the stream has ended"
    since_us = max(state.changed_us or 0, state.asked_us or 0)
    if frozen and quiet_us > _FROZEN_UNTIL_ASKED_ANEW_US and now_us - since_us > _FROZEN_UNTIL_ASKED_ANEW_US:
        return "the playlist brings nothing new: the stream stands still"
    return None
