"""Asks a channel's source where its playlists are: once for all recorders of the channel.

===================================  ====================================================================
a look-up                            what is done
===================================  ====================================================================
was begun since it became unusable   its answer is shared; a failure too, for a while, so that several qualities of a
                                     channel that is down ask the site once
is under way                         whoever needs one waits for it
was begun less than a second ago     the next waits until that is over
takes longer than a minute           it is ended, as unreachable: sites are asked in several steps, and one may hang
===================================  ====================================================================
"""

from __future__ import annotations

import asyncio

from longtake.adapters.sources.interface import Located, LocatedAudio, Offering, StreamSource
from longtake.core.errors import InvalidInput, SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.qualities import audio_of
from longtake.kit.clock import Clock

_APART_S = 1.0
_LONGEST_S = 60.0
_FAILURE_SHARED_S = 20.0
"""As long as the longest pause between two questions while a stream is down."""


class ChannelLookup:
    """What the source said last, and one look-up at a time. Not thread-safe: it lives in the event loop."""

    def __init__(self, source: StreamSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Offering | None = None
        self._failure: SourceError | InvalidInput | None = None
        self.asked_s: float | None = None
        """When the last look-up was begun, whatever came of it. Monotonic seconds."""

    @property
    def kind(self) -> str:
        """Of the source."""
        return self._source.kind

    async def locate(self, quality: str, *, since_s: float) -> tuple[Located, float]:
        """Where a quality is, by a look-up begun after ``since_s``; and when that was begun. Monotonic seconds.

        Separate sound has a quality of its own (``core.qualities.audio_quality``). Raises SourceError, InvalidInput.
        """
        async with self._lock:
            offering, asked_s = self._shared(since_s) or await self._ask()
        sound = audio_of(quality)
        if sound is None:
            return offering.locate(quality), asked_s
        return _sound(offering.locate(sound[0]), sound[1]), asked_s

    def _shared(self, since_s: float) -> tuple[Offering, float] | None:
        """The last answer, if it is new enough. Raises the last failure, if that is."""
        if self.asked_s is None or self.asked_s <= since_s:
            return None
        if self._failure is not None and self._clock.monotonic_s() - self.asked_s <= _FAILURE_SHARED_S:
            raise self._failure.with_traceback(None)
        return None if self._found is None else (self._found, self.asked_s)

    async def _ask(self) -> tuple[Offering, float]:
        if self.asked_s is not None and (early_s := self.asked_s + _APART_S - self._clock.monotonic_s()) > 0:
            await self._clock.sleep(early_s)
        self._found = self._failure = None
        self.asked_s = asked_s = self._clock.monotonic_s()
        try:
            async with asyncio.timeout(_LONGEST_S):
                self._found = found = await self._source.look_up()
        except TimeoutError as error:
            self._failure = SourceUnreachable(f"the source gave no answer within {_LONGEST_S:.0f} s")
            raise self._failure from error
        except (SourceError, InvalidInput) as error:
            self._failure = error
            raise
        return found, asked_s


def _sound(located: Located, language: str | None) -> Located:
    """The playlist of a quality's separate sound. Raises SourceDown if there is none, SourceRefused for the language."""
    if not located.audio:
        raise SourceDown("the sound comes with the pictures now")
    chosen = located.audio[0] if language is None else _in_language(located.audio, language)
    if chosen is None:
        there = ", ".join(
            sorted({audio.language or f"none stated ({audio.name})" for audio in located.audio})
        )
        raise SourceRefused(f"the source has no sound in the language {language!r}; it has {there}")
    return Located(url=chosen.url, headers=located.headers, max_age_s=located.max_age_s)


def _in_language(audio: tuple[LocatedAudio, ...], language: str) -> LocatedAudio | None:
    """The one of just that language tag, else of one that only says more (``de`` is ``de-AT`` too, RFC 4647 3.3.1)."""
    tags = [(one, (one.language or "").casefold()) for one in audio]
    exact = (one for one, tag in tags if tag == language)
    return next(exact, next((one for one, tag in tags if tag.startswith(f"{language}-")), None))
