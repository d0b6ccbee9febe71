"""What a look-up found, when it is HLS: the renditions by name, with where each is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from longtake.adapters.sources.interface import Located, LocatedAudio
from longtake.core.errors import SourceRefused
from longtake.core.hls.model import MasterPlaylist, Rendition, Variant
from longtake.core.qualities import Offer, choose, offers


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A rendition, and where it is."""

    offer: Offer
    located: Located


class HlsOffering:
    """``Offering`` of renditions. ``others``: names of what is sent in another way than HLS, and in which."""

    def __init__(self, offered: Sequence[Offered], others: Mapping[str, str] | None = None) -> None:
        self._offered = tuple(offered)
        self._others = dict(others or {})

    def locate(self, quality: str) -> Located:
        """See ``Offering``."""
        if quality in self._others:
            way = self._others[quality]
            raise SourceRefused(f"the quality {quality!r} is sent as {way}; only HLS can be recorded")
        chosen = choose([one.offer for one in self._offered], quality)
        return next(one.located for one in self._offered if one.offer.variant is chosen)


def offering_of(
    master: MasterPlaylist,
    headers_for: Callable[[str], Mapping[str, str]],
    *,
    max_age_s: float | None = None,
) -> HlsOffering:
    """All variants of a master playlist. ``headers_for``: what to ask with, by URL."""
    return HlsOffering(
        [
            Offered(
                offer=offer,
                located=located(
                    offer.variant,
                    separate_audio(master.renditions, offer.variant),
                    headers_for(offer.variant.uri),
                    max_age_s,
                ),
            )
            for offer in offers(master)
        ]
    )


def located(
    variant: Variant, audio: tuple[LocatedAudio, ...], headers: Mapping[str, str], max_age_s: float | None
) -> Located:
    """Where a variant is."""
    width, height = variant.resolution or (None, None)
    return Located(
        url=variant.uri,
        headers=headers,
        codecs=variant.codecs,
        width=width,
        height=height,
        frame_rate=variant.frame_rate,
        audio=audio,
        max_age_s=max_age_s,
    )


def separate_audio(renditions: Sequence[Rendition], variant: Variant) -> tuple[LocatedAudio, ...]:
    """The renditions of the variant's group that have playlists of their own, the one to take unasked first.

    That is the default, else one that may be chosen by itself, else the first (rfc8216bis 4.4.6.1). A rendition without
    a URI is what the variant has in it (RFC 8216 4.3.4.2.1): is it the one to take, then the sound is not separate.
    """
    group = sorted(
        (
            media
            for media in renditions
            if media.type == "AUDIO" and variant.audio is not None and media.group_id == variant.audio
        ),
        key=lambda media: (not media.default, not media.autoselect),
    )
    if not group or _is_inside(group[0], variant):
        return ()
    separate = {
        media.uri: LocatedAudio(
            url=media.uri, name=media.name, language=media.language, default=media.default
        )
        for media in reversed(group)  # of one playlist under several names, the first counts
        if media.uri is not None and not _is_inside(media, variant)
    }
    return tuple(reversed(separate.values()))


def _is_inside(media: Rendition, variant: Variant) -> bool:
    return media.uri is None or media.uri == variant.uri
