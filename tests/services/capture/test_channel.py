"""What the recorders of a channel share, and which of them there are to be."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.fakes.stepped_clock import SteppedClock

from longtake.adapters.sources.interface import LocatedAudio, Offering, StreamSource
from longtake.core.errors import InvalidInput
from longtake.services.capture.channel import Channel, ChannelSources

SHOW = Channel(
    name="show", url="https://example.org/x?token=SECRET", token="SECRET", qualities=("source", "480p")
)
ENGLISH = LocatedAudio(url="https://example.org/en", name="English", language="en", default=True)
GERMAN = LocatedAudio(url="https://example.org/de", name="Deutsch", language="de")


class SourceOf:
    """A kind of source; counts how often one is made."""

    def __init__(self, kind: str = "hls") -> None:
        self.kind = kind
        self.made = 0

    def __call__(self, channel: Channel) -> StreamSource:
        self.made += 1
        return self

    async def look_up(self) -> Offering:
        raise NotImplementedError


def sources(channel: Channel = SHOW, source_of: SourceOf | None = None) -> ChannelSources:
    return ChannelSources(channel, source_of or SourceOf(), SteppedClock())


def test_all_recorders_of_a_channel_share_one_look_up_and_its_places() -> None:
    source_of = SourceOf()
    shared = sources(source_of=source_of)
    assert source_of.made == 0
    assert shared.shared() == shared.shared()
    assert source_of.made == 1


@pytest.mark.parametrize(
    ("kind", "asked", "places"),
    [("hls", None, 64), ("youtube", None, 4), ("youtube", 9, 9), ("hls", 2, 2)],
    ids=["sixty-four", "four of YouTube", "as many as asked for, also of YouTube", "as few as asked for"],
)
async def test_so_many_fetches_at_once(kind: str, asked: int | None, places: int) -> None:
    _, slots = sources(replace(SHOW, fetches_at_once=asked), SourceOf(kind)).shared()
    held = [slots.slot(0) for _ in range(places)]
    for slot in held:
        await slot.__aenter__()
    assert slots.waiting == 0
    assert slots._free == 0
    for slot in held:
        await slot.__aexit__(None, None, None)


def test_what_makes_no_sense_is_said_each_time() -> None:
    def refuse(channel: Channel) -> StreamSource:
        raise InvalidInput("no such site")

    shared = ChannelSources(SHOW, refuse, SteppedClock())
    for _ in range(2):
        with pytest.raises(InvalidInput, match="no such site"):
            shared.shared()


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
