"""A new session of a site shows the same content under other names and numbers; most begin with ads."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import quick
from tests.fakes.live_playlists import URL, Recording, a_window, offered

from longtake.core.hls.model import Ad, AdSign, MediaPlaylist, MediaSegment
from longtake.core.live.likeness import name_of

WINDOW = 15
AD = Ad(sign=AdSign.DATE_RANGE)


@dataclass(frozen=True, kw_only=True)
class Session:
    """What one viewer is shown of a stream whose content n is 2 s from second 2n on. It counts from ``first`` on,
    with ``ads`` before the content, which begins with ``joined``. ``ads_at_s``: their dates."""

    name: str
    first: int
    joined: int
    ads: int = 0
    ads_at_s: float | None = None
    date_every: int = 1

    def entries(self, until: int) -> list[MediaSegment]:
        shown = [self._ad(n) for n in range(self.ads)]
        shown += [self._content(n) for n in range(self.joined, until)]
        return [replace(one, sequence=self.first + place) for place, one in enumerate(shown)]

    def playlist(self, until: int) -> MediaPlaylist:
        """While the ads run the content goes on behind them, unseen."""
        return a_window(*self.entries(until)[-WINDOW:])

    def ads_alone(self, count: int) -> MediaPlaylist:
        return a_window(*self.entries(self.joined)[:count])

    def _ad(self, number: int) -> MediaSegment:
        at_s = None if self.ads_at_s is None else self.ads_at_s + 2.0 * number
        return replace(offered(0, at_s=at_s, uri=f"{URL}/ad-{self.name}-{number}.ts"), ad=AD)

    def _content(self, number: int) -> MediaSegment:
        at_s = 2.0 * number if number == self.joined or number % self.date_every == 0 else None
        segment = offered(0, at_s=at_s, uri=f"{URL}/{self.name}{number}.ts")
        return replace(segment, discontinuity=number == self.joined and self.ads > 0)


def content(recording: Recording) -> list[int]:
    """What was fetched, told by its time."""
    return [round(start_s / 2) for _, start_s, _ in recording.times]


def test_a_new_session_that_begins_with_ads_is_taken_over_without_a_seam() -> None:
    """As recorded from Twitch: numbers from 0, three ads with dates of now, then content that was here already."""
    recording = Recording()
    old = Session(name="a", first=5000, joined=100)
    for until in range(116, 121):
        assert recording.poll(old.playlist(until), 2.0 * until).shows_content
    new = Session(name="b", first=0, joined=110, ads=3, ads_at_s=234)
    for count in (1, 2, 3):
        assert not recording.poll(new.ads_alone(count), 240 + count).shows_content
    assert recording.poll(new.playlist(120), 246).shows_content
    for until in range(121, 150):
        recording.poll(new.playlist(until), 2.0 * until)
    assert content(recording) == list(range(101, 149))
    assert recording.state.ads_skipped == 3
    assert recording.state.resets == 0


def test_ads_before_the_first_content_of_all_are_skipped() -> None:
    recording = Recording()
    session = Session(name="a", first=0, joined=100, ads=3, ads_at_s=200)
    recording.poll(session.ads_alone(3), 206)
    for until in range(104, 130):
        recording.poll(session.playlist(until), 2.0 * until)
    assert content(recording) == list(range(100, 129))


def test_what_was_an_ad_in_one_session_and_is_content_in_the_next_is_fetched() -> None:
    recording = Recording()
    first = offered(0, at_s=20.0, uri=f"{URL}/x.ts")
    recording.poll(a_window(first, replace(offered(1, at_s=22.0, uri=f"{URL}/y.ts"), ad=AD)), 24)
    paid = a_window(offered(0, at_s=20.0, uri=f"{URL}/k.ts"), offered(1, at_s=22.0, uri=f"{URL}/l.ts"))
    recording.poll(paid, 25)
    assert content(recording) == [10, 11]


def test_what_was_content_is_not_hidden_by_an_ad_of_its_time_and_number() -> None:
    recording = Recording()
    recording.poll(a_window(*(offered(n, at_s=2.0 * n) for n in range(3))), 6)
    ads = [replace(offered(n, at_s=2.0 * n, uri=f"{URL}/ad{n}.ts"), ad=AD) for n in range(2, 5)]
    seen = recording.poll(a_window(*ads), 7)
    assert seen.state.ads_skipped == 3
    recording.poll(a_window(*(offered(n, at_s=2.0 * n) for n in range(4))), 8)
    assert content(recording) == [0, 1, 2, 3]


def test_a_new_session_whose_numbers_go_on_by_chance_is_known_by_several_times() -> None:
    recording = Recording()
    old, new = Session(name="a", first=5000, joined=100), Session(name="b", first=5020, joined=110)
    recording.poll(old.playlist(120), 240)
    recording.poll(new.playlist(121), 242)
    assert content(recording) == list(range(105, 121))


@settings(quick, max_examples=150)
@given(
    first=st.sampled_from([0, 3, 4_980, 4_995, 5_010, 5_019, 5_021, 5_022, 5_040, 90_000]),
    joined=st.integers(106, 124),
    ads=st.integers(0, 16),
    ads_at_s=st.sampled_from([None, -4.0, -20.0, 0.0, 0.3, 30.0]),
    ahead=st.integers(-3, 3),
    both=st.booleans(),
    every=st.sampled_from([1, 1, 3]),
)
def test_whatever_a_new_session_looks_like_nothing_is_missed_and_nothing_fetched_twice(
    first: int, joined: int, ads: int, ads_at_s: float | None, ahead: int, both: bool, every: int
) -> None:
    """The old one may still be polled while the new one shows ads, and either may be ahead."""
    recording, until = Recording(), 120
    listed: set[int] = set()

    def poll(playlist: MediaPlaylist, shown: int) -> None:
        recording.poll(playlist, 2.0 * shown + 1)
        uris = (segment.uri for segment in playlist.segments if segment.ad is None)
        listed.update(int(uri.removeprefix(URL)[2:].removesuffix(".ts")) for uri in uris)

    old = Session(name="a", first=5000, joined=100, date_every=every)
    at_s = None if ads_at_s is None else 2.0 * until + ads_at_s
    new = Session(name="b", first=first, joined=joined, ads=ads, ads_at_s=at_s, date_every=every)
    for shown in range(116, until + 1):
        poll(old.playlist(shown), shown)
    for count in range(1, ads + 1):
        poll(new.ads_alone(count), until)
        until += 1
        if both:
            poll(old.playlist(until), until)
    new = replace(new, joined=min(until, max(joined, until - WINDOW + 1)))
    for shown in range(max(until + ahead, new.joined + 2), until + 30):
        poll(new.playlist(shown), shown)
    assert sorted(content(recording)) == sorted(listed)
    assert recording.state.ads_skipped == ads or both  # where numbers of both meet, one may count twice


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://cdn.example/a/b/7.ts?token=x", "7.ts"),
        ("https://cdn.example/7.ts#t=1", "7.ts#t=1"),
        ("https://cdn.example/" + "x" * 300 + "7.ts", "x" * 116 + "7.ts"),
        ("https://cdn.example/a/", ""),
    ],
    ids=["a path with a token", "a fragment", "a very long one", "a folder"],
)
def test_names(uri: str, name: str) -> None:
    assert name_of(offered(7, uri=uri)) == name
