"""Where dates jump, and where they only seem to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.fakes.live_playlists import Recording, a_window, dated, offered, undated

from longtake.core.hls.model import Ad, AdSign, MediaPlaylist, MediaSegment


def at(*times: float | None, duration_s: float = 2.0) -> list[MediaSegment]:
    return [offered(number, duration_s, at_s=at_s) for number, at_s in enumerate(times)]


def adverts(entries: Sequence[MediaSegment], *numbers: int) -> list[MediaSegment]:
    ad = Ad(sign=AdSign.DATE_RANGE)
    return [replace(one, ad=ad) if one.sequence in numbers else one for one in entries]


def gaps(entries: Sequence[MediaSegment], *numbers: int) -> list[MediaSegment]:
    return [replace(one, gap=one.sequence in numbers) for one in entries]


FRAMES = [0.0, 2.002, 4.004, 6.006, 8.008, 10.01, 12.012, 14.014]
WHOLE_SECONDS = [0.0, 2.0, 4.0, 6.0, 9.0, 11.0, 13.0, 15.0, 18.0]
UNEVEN = [0.1, 2.5, 4.4, 6.6, 8.2, 10.6, 12.5]

# entries -> the jumps in milliseconds
JUMPS: dict[str, tuple[Sequence[MediaSegment], list[int]]] = {
    "none": (at(0, 2, 4), []),
    "ten milliseconds are none": (at(0.1, 2.11, 4.11), []),
    "more is one": (at(0.1, 2.1, 4.111, 6.111), [11]),
    "back": (at(0.1, 2.1, 3.6), [-500]),
    "two": (at(0.1, 2.1, 5.1, 7.1, 9.1, 10.6), [1000, -500]),
    "durations that are stated a little too short": (at(*FRAMES), []),
    "durations in whole seconds of a stream that has others": (at(*UNEVEN), []),
    "among those, an hour": (at(*UNEVEN, 3614.4), [3_599_900]),
    "dates in whole seconds": (at(*WHOLE_SECONDS), []),
    "among those, three seconds": (at(*WHOLE_SECONDS, 23), [3000]),
    "what has no date does not jump": (at(0.1, None, None, 6.6), [500]),
    "gaps predict": (gaps(at(0.1, None, 4.1, 6.6), 1, 2), [500]),
    "ads without dates predict": (adverts(at(0.1, None, None, 6.1), 1, 2), []),
    "a jump after an ad": (adverts(at(0.1, None, None, 6.6), 1, 2), [500]),
    "ads with other dates, before which content stopped": (adverts(at(0.1, 900, 902, 6.1), 1, 2), []),
    "ads with the dates of the moment, which content lets pass": (
        adverts(at(0.1, 52.1, 54.1, 56.1), 1, 2),
        [],
    ),
    "ads before all": (adverts(at(900, 902, 0.1, 2.1), 0, 1), []),
    "one entry": (at(3.3), []),
}


@pytest.mark.parametrize(("entries", "expected"), JUMPS.values(), ids=JUMPS.keys())
def test_jumps_of_a_playlist(entries: Sequence[MediaSegment], expected: list[int]) -> None:
    state = Recording().poll(a_window(*entries), 3700).state
    assert state.date_jumps == len(expected)
    assert state.date_jump_us == (expected[-1] * 1000 if expected else 0)


def later(first: int, last: int, *, jump_at: int) -> MediaPlaylist:
    return a_window(
        *(offered(n, at_s=2.0 * n + (0.7 if n >= jump_at else 0)) for n in range(first, last + 1))
    )


def test_a_jump_is_counted_once_while_it_is_listed_and_stays_told() -> None:
    recording = Recording()
    counts = [recording.poll(later(n, n + 4, jump_at=8), 2 * n + 10).state.date_jumps for n in range(12)]
    assert counts == [0] * 4 + [1] * 8
    assert recording.state.date_jump_us == 700_000


def test_what_does_not_follow_a_known_entry_is_no_jump() -> None:
    recording = Recording()
    recording.poll(dated(0, 3), 8)
    recording.poll(later(20, 23, jump_at=0), 60)
    assert recording.state.date_jumps == 0


def test_a_source_without_dates_has_no_jumps() -> None:
    recording = Recording()
    recording.poll(undated(0, 3), 8)
    recording.poll(undated(1, 5), 80)
    assert recording.state.date_jumps == 0
