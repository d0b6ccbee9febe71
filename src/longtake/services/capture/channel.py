"""One channel as it is to be recorded, and what its recorders have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from longtake.adapters.sources.interface import LocatedAudio, StreamSource
from longtake.core.live import LivePolicy
from longtake.core.qualities import SOURCE, audio_quality
from longtake.kit.clock import Clock
from longtake.kit.slots import PrioritySlots
from longtake.services.capture.lookup import ChannelLookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One stream and how to record it. ``url`` may hold tokens.

    ``account`` is whatever the source is to know of an account with the site: another one means another session.
    ``fetches_at_once`` is None for what is usual with such a source. ``audio_languages`` are those of separate sound that are wanted besides the default one.
    """

    name: str
    url: str = field(repr=False)
    account: object | None = field(default=None, repr=False)
    qualities: tuple[str, ...] = (SOURCE,)
    important: bool = False
    policy: LivePolicy = field(default_factory=LivePolicy)
    audio_languages: tuple[str, ...] = ()
    renew_after_s: float | None = None
    fetches_at_once: int | None = None
    playlist_history: int = 0

    def has_stream_of(self, other: Channel) -> bool:
        """Whether what all recorders of a channel share is the same for both."""
        return self._stream == other._stream

    @property
    def _stream(self) -> tuple[object, ...]:
        return self.url, self.account, self.renew_after_s, self.fetches_at_once

    @property
    def of_each_recorder(self) -> Channel:
        """What each of its recorders depends on: not which others there are."""
        return replace(self, qualities=(), audio_languages=())


class Sources(Protocol):
    """Makes sources. Both raise InvalidInput for what is no address of a stream."""

    def source(self, channel: Channel) -> StreamSource:
        """A channel's source."""
        ...

    def usual_fetches_at_once(self, channel: Channel) -> int:
        """How many segments of such a channel may be asked for at the same time, if its settings do not say."""
        ...


class ChannelSources:
    """What the recorders of one stream share: one look-up at a time, and so many fetches.

    Also which of its qualities have their sound apart. That is recorded from when it was seen first, whatever the
    source says later. Not thread-safe: it lives in the event loop.
    """

    def __init__(self, channel: Channel, sources: Sources, clock: Clock) -> None:
        self._channel = channel
        self._sources = sources
        self._clock = clock
        self._shared: tuple[ChannelLookup, PrioritySlots] | None = None
        self._audio: dict[str, Sequence[LocatedAudio]] = {}

    def shared(self) -> tuple[ChannelLookup, PrioritySlots]:
        """Made when first asked for. Raises InvalidInput."""
        if self._shared is None:
            lookup = ChannelLookup(self._sources.source(self._channel), self._clock)
            at_once = self._channel.fetches_at_once or self._sources.usual_fetches_at_once(self._channel)
            self._shared = lookup, PrioritySlots(at_once)
        return self._shared

    def has_audio(self, quality: str, renditions: Sequence[LocatedAudio]) -> bool:
        """A quality's sound is apart: in these renditions, the default first. True if that is news."""
        if not renditions or quality in self._audio:
            return False
        self._audio[quality] = renditions
        return True

    def qualities(self, channel: Channel) -> Iterator[str]:
        """All that is to be recorded of a channel with this stream: as asked for, and their separate sound."""
        for quality in channel.qualities:
            yield quality
            if renditions := self._audio.get(quality):
                yield audio_quality(quality)
                for language in _besides(renditions, channel.audio_languages):
                    yield audio_quality(quality, language)


def _besides(renditions: Sequence[LocatedAudio], languages: Sequence[str]) -> Iterator[str]:
    """The languages, each once, but for what the default rendition is recorded as already."""
    default, *others = ((one.language or "").casefold() for one in renditions)
    for language in dict.fromkeys(language.casefold() for language in languages):
        only_says_more = default.startswith(f"{language}-") and language not in others
        if language != default and not only_says_more:
            yield language
