"""What the recorders of a channel share, and which of them there are to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.stepped_clock import SteppedClock

from longtake.adapters.sources.interface import LocatedAudio, Offering, StreamSource
from longtake.core.errors import InvalidInput
from longtake.services.capture.channel import Channel, ChannelSources

SHOW = Channel(
    name="show", url="https://example.org/x?token=SECRET", account="SECRET", qualities=("source", "480p")
)
ENGLISH = LocatedAudio(url="https://example.org/en", name="English", language="en", default=True)
GERMAN = LocatedAudio(url="https://example.org/de", name="Deutsch", language="de")


class KindOfSource:
    """``Sources`` of one kind; counts how often one is made."""

    kind = "hls"

    def __init__(self, usual: int = 64) -> None:
        self.usual = usual
        self.made = 0

    def source(self, channel: Channel) -> StreamSource:
        """See ``Sources``."""
        if "nowhere" in channel.url:
            raise InvalidInput("no such site")
        self.made += 1
        return self

    def usual_fetches_at_once(self, channel: Channel) -> int:
        """See ``Sources``."""
        return self.usual

    async def look_up(self) -> Offering:
        """See ``StreamSource``."""
        raise NotImplementedError


def sources(channel: Channel = SHOW, kind: KindOfSource | None = None) -> ChannelSources:
    return ChannelSources(channel, kind or KindOfSource(), SteppedClock())


def test_all_recorders_of_a_channel_share_one_look_up_and_its_places() -> None:
    kind = KindOfSource()
    shared = sources(kind=kind)
    assert kind.made == 0
    assert shared.shared() == shared.shared()
    assert kind.made == 1


@pytest.mark.parametrize(
    ("usual", "asked", "places"),
    [(64, None, 64), (4, None, 4), (4, 9, 9), (64, 2, 2)],
    ids=["as usual", "as usual elsewhere", "more when asked for", "fewer when asked for"],
)
def test_so_many_fetches_at_once(usual: int, asked: int | None, places: int) -> None:
    _, slots = sources(replace(SHOW, fetches_at_once=asked), KindOfSource(usual)).shared()
    assert [slots.take_if_free() is not None for _ in range(places + 1)] == [True] * places + [False]


def test_what_makes_no_sense_is_said_each_time() -> None:
    shared = sources(replace(SHOW, url="https://nowhere"))
    for _ in range(2):
        with pytest.raises(InvalidInput, match="no such site"):
            shared.shared()


@pytest.mark.parametrize(
    "other",
    [
        replace(SHOW, url="https://example.org/y"),
        replace(SHOW, account="OTHER"),
        replace(SHOW, renew_after_s=3600.0),
        replace(SHOW, fetches_at_once=4),
    ],
    ids=["another address", "another account", "renewed at another time", "other places"],
)
def test_with_any_of_these_it_is_another_stream(other: Channel) -> None:
    assert not SHOW.has_stream_of(other)
    assert SHOW.has_stream_of(SHOW)


def test_who_else_records_it_and_how_is_no_other_stream() -> None:
    assert SHOW.has_stream_of(replace(SHOW, qualities=("360p",), important=True, playlist_history=3))


def test_sound_that_is_apart_is_recorded_beside_its_quality_and_stays() -> None:
    shared = sources()
    assert list(shared.qualities(SHOW)) == ["source", "480p"]
    assert shared.has_audio("source", (ENGLISH, GERMAN))
    assert not shared.has_audio("source", (ENGLISH, GERMAN))
    assert not shared.has_audio("480p", ())
    assert list(shared.qualities(SHOW)) == ["source", "source.audio", "480p"]
    shared.has_audio("source", ())
    assert list(shared.qualities(replace(SHOW, qualities=("source",)))) == ["source", "source.audio"]


def test_other_languages_are_recorded_once_each_and_not_the_default_again() -> None:
    shared = sources()
    shared.has_audio("source", (ENGLISH, GERMAN))
    asked = replace(SHOW, qualities=("source",), audio_languages=("DE", "en", "de", "fr"))
    assert list(shared.qualities(asked)) == ["source", "source.audio", "source.audio-de", "source.audio-fr"]


def test_tokens_are_not_shown() -> None:
    assert "SECRET" not in repr(SHOW)


def test_which_others_there_are_is_no_matter_of_a_recorder() -> None:
    other = replace(SHOW, qualities=("360p",), audio_languages=("de",))
    assert SHOW.of_each_recorder == other.of_each_recorder
    assert SHOW.of_each_recorder != replace(SHOW, important=True).of_each_recorder


def test_a_language_that_the_default_only_says_more_of_is_not_recorded_twice() -> None:
    austrian = replace(ENGLISH, name="Österreichisch", language="de-AT")
    asked = replace(SHOW, qualities=("source",), audio_languages=("de",))
    alone, beside = sources(), sources()
    alone.has_audio("source", (austrian,))
    beside.has_audio("source", (austrian, GERMAN))
    assert list(alone.qualities(asked)) == ["source", "source.audio"]
    assert list(beside.qualities(asked)) == ["source", "source.audio", "source.audio-de"]
