"""One look-up for all recorders of a channel, on a clock that the tests step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from tests.fakes.stepped_clock import SteppedClock

from longtake.adapters.sources.interface import Located, LocatedAudio, Offering
from longtake.core.errors import SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.qualities import audio_quality
from longtake.services.capture import lookup
from longtake.services.capture.lookup import ChannelLookup

NEVER_S = float("-inf")


class Site:
    """A source that takes half a second to answer. ``troubles`` come first, one each time."""

    kind = "site"

    def __init__(
        self,
        clock: SteppedClock,
        *,
        troubles: Sequence[SourceError] = (),
        audio: tuple[LocatedAudio, ...] = (),
    ) -> None:
        self._clock = clock
        self._troubles = list(troubles)
        self._audio = audio
        self.asked_at_s: list[float] = []

    async def look_up(self) -> Offering:
        self.asked_at_s.append(self._clock.monotonic_s())
        await self._clock.sleep(0.5)
        if self._troubles:
            raise self._troubles.pop(0)
        return self

    def locate(self, quality: str) -> Located:
        if quality == "nothing":
            raise SourceRefused("the source offers no quality 'nothing'")
        url = f"http://127.0.0.1/{quality}-{len(self.asked_at_s)}.m3u8"
        return Located(url=url, headers={"A": "b"}, codecs="avc1", audio=self._audio, max_age_s=60)


async def outcomes(clock: SteppedClock, asking: ChannelLookup, *qualities: str) -> list[object]:
    """What all of them get who ask at once."""
    tasks = [asyncio.create_task(asking.locate(quality, since_s=NEVER_S)) for quality in qualities]
    await clock.advance(0.5)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_qualities_that_ask_at_once_are_one_question() -> None:
    clock = SteppedClock()
    site = Site(clock)
    found = await outcomes(clock, ChannelLookup(site, clock), "source", "480p", "160p")
    assert len(site.asked_at_s) == 1
    assert [one[0].url.rpartition("/")[2] for one in found] == [  # type: ignore[index]
        "source-1.m3u8",
        "480p-1.m3u8",
        "160p-1.m3u8",
    ]


async def test_a_channel_that_is_down_is_asked_for_once_by_those_who_wait() -> None:
    clock = SteppedClock()
    site = Site(clock, troubles=[SourceDown("not live")])
    found = await outcomes(clock, ChannelLookup(site, clock), "source", "480p", "160p")
    assert len(site.asked_at_s) == 1
    assert [str(one) for one in found] == ["not live"] * 3


async def test_a_failure_is_shared_by_who_has_not_seen_it_and_not_for_long() -> None:
    clock = SteppedClock()
    site = Site(clock, troubles=[SourceDown("not live")])
    asking = ChannelLookup(site, clock)
    await outcomes(clock, asking, "source")
    await clock.advance(15)
    assert [str(one) for one in await outcomes(clock, asking, "480p")] == ["not live"]
    assert len(site.asked_at_s) == 1
    await clock.advance(10)
    (found,) = await outcomes(clock, asking, "480p")
    assert isinstance(found, tuple)
    assert len(site.asked_at_s) == 2


async def test_whoever_has_seen_the_failure_asks_again() -> None:
    clock = SteppedClock()
    site = Site(clock, troubles=[SourceUnreachable("no answer")])
    asking = ChannelLookup(site, clock)
    await outcomes(clock, asking, "source")
    assert asking.asked_s is not None
    again = asyncio.create_task(asking.locate("source", since_s=asking.asked_s))
    await clock.advance(2)
    assert (await again)[1] == 1.0, "a second after the one before"
    assert site.asked_at_s == [0.0, 1.0]


async def test_a_quality_that_is_not_offered_does_not_hide_what_is_offered_later() -> None:
    clock = SteppedClock()
    site = Site(clock)
    asking = ChannelLookup(site, clock)
    (refused,) = await outcomes(clock, asking, "nothing")
    assert isinstance(refused, SourceRefused)
    assert asking.asked_s == 0.0
    again = asyncio.create_task(asking.locate("nothing", since_s=asking.asked_s))
    await clock.advance(2)
    assert isinstance((await asyncio.gather(again, return_exceptions=True))[0], SourceRefused)
    assert len(site.asked_at_s) == 2


async def test_one_who_leaves_leaves_the_others_their_answer() -> None:
    clock = SteppedClock()
    site = Site(clock)
    asking = ChannelLookup(site, clock)
    leaves, stays = (asyncio.create_task(asking.locate("source", since_s=NEVER_S)) for _ in range(2))
    await clock.settle()
    leaves.cancel()
    await clock.advance(3)
    assert (await stays)[0].url.endswith("source-2.m3u8")


async def test_a_source_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookup, "_LONGEST_S", 0.05)
    clock = SteppedClock()
    with pytest.raises(SourceUnreachable, match="gave no answer within"):
        await ChannelLookup(Site(clock), clock).locate("source", since_s=NEVER_S)


GERMAN = LocatedAudio(url="http://127.0.0.1/de.m3u8", name="Deutsch", language="de-AT", default=True)
ENGLISH = LocatedAudio(url="http://127.0.0.1/en.m3u8", name="English", language="en")


@pytest.mark.parametrize(
    ("language", "url"),
    [(None, GERMAN.url), ("en", ENGLISH.url), ("de", GERMAN.url), ("DE-at", GERMAN.url)],
    ids=["unasked: the default", "one that is there", "a tag that says less", "in another case"],
)
async def test_separate_sound_is_a_playlist_of_its_own(language: str | None, url: str) -> None:
    clock = SteppedClock()
    asking = ChannelLookup(Site(clock, audio=(GERMAN, ENGLISH)), clock)
    (found,) = await outcomes(clock, asking, audio_quality("source", language))
    assert isinstance(found, tuple)
    assert found[0] == Located(url=url, headers={"A": "b"}, max_age_s=60)


@pytest.mark.parametrize(
    ("audio", "kind", "words"),
    [
        ((), SourceDown, "the sound comes with the pictures now"),
        ((GERMAN, ENGLISH), SourceRefused, "no sound in the language 'fr'; it has de-AT, en"),
    ],
    ids=["sound that is not separate", "a language that is not there"],
)
async def test_sound_that_is_not_there(
    audio: tuple[LocatedAudio, ...], kind: type[SourceError], words: str
) -> None:
    clock = SteppedClock()
    (found,) = await outcomes(clock, ChannelLookup(Site(clock, audio=audio), clock), "source.audio-fr")
    assert isinstance(found, kind)
    assert words in str(found)
