"""The renditions that streamlink's streams are, with all names: the site's, and streamlink's.

What a master playlist says of them is read by our own parser from the text that streamlink read: it keeps names (Twitch's
``1080p60 (source)``) and separate sound that streamlink leaves out. Imported with streamlink.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from streamlink.stream.ffmpegmux import MuxedStream
from streamlink.stream.hls import M3U8, HLSStream
from streamlink.stream.stream import Stream

from longtake.adapters.sources.interface import LocatedAudio
from longtake.adapters.sources.offering import HlsOffering, Offered, located, separate_audio
from longtake.adapters.sources.watched_session import Watch
from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.model import MasterPlaylist, Variant
from longtake.core.hls.parse import parse_playlist
from longtake.core.qualities import Offer, offers

# Headers that the HTTP client sets by itself, and right for what it does.
_NOT_OURS = frozenset({"accept-encoding", "connection", "accept", "host", "content-length"})


def hls_offering(
    streams: Mapping[str, Stream], watch: Watch, max_age_s: float | None
) -> tuple[HlsOffering, list[str]]:
    """What of the streams can be recorded, and the ways in which the others are sent; only those if nothing is HLS."""
    named: dict[int, tuple[list[str], Stream]] = {}
    for name, stream in streams.items():  # "best" and the like are second names
        named.setdefault(id(stream), ([], stream))[0].append(name)
    masters = _Masters(watch)
    offered: list[Offered] = []
    others: dict[str, str] = {}
    for names, stream in named.values():
        parts = _hls_parts(stream)
        if parts:
            offered.append(_offered(parts, names, masters, max_age_s))
        else:
            others |= dict.fromkeys(names, stream.shortname().upper())
    return HlsOffering(offered, others), [] if offered else sorted(set(others.values()))


def _hls_parts(stream: Stream) -> list[HLSStream]:
    """The video, and then its sound if that is separate; nothing if it is not HLS."""
    parts = list(stream.substreams) if isinstance(stream, MuxedStream) else [stream]
    return parts if all(isinstance(part, HLSStream) for part in parts) else []


def _offered(parts: list[HLSStream], names: list[str], masters: _Masters, max_age_s: float | None) -> Offered:
    video = parts[0]
    found, audio = masters.find(video)
    if not audio:
        audio = tuple(
            LocatedAudio(url=part.url, name="audio", default=index == 0)
            for index, part in enumerate(parts[1:])
        )
    variant = replace(found.variant, uri=video.url)
    offer = Offer(names=tuple(dict.fromkeys((*found.names, *names))), variant=variant)
    return Offered(offer=offer, located=located(variant, audio, _headers(video), max_age_s))


class _Masters:
    """What the master playlists say of their variants."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._read: dict[int, MasterPlaylist | None] = {}

    def find(self, stream: HLSStream) -> tuple[Offer, tuple[LocatedAudio, ...]]:
        """A stream's variant by its place in the list, since URLs may be written in several ways."""
        of_all = stream.multivariant
        listed = [one for one in of_all.playlists if not one.is_iframe] if of_all else []
        place = next((at for at, one in enumerate(listed) if one.uri == stream.args["url"]), None)
        if of_all is None or place is None:
            return Offer(names=(), variant=Variant(uri=stream.url, bandwidth=0)), ()
        master = self._master(of_all)
        if master is not None and len(master.variants) == len(listed):
            offer = offers(master)[place]
            return offer, separate_audio(master.renditions, offer.variant)
        info = listed[place].stream_info
        variant = Variant(
            uri=stream.url,
            bandwidth=info.bandwidth,
            codecs=",".join(filter(None, info.codecs)) or None,
            resolution=tuple(info.resolution) if info.resolution else None,
            frame_rate=info.framerate,
        )
        return Offer(names=(), variant=variant), ()

    def _master(self, multivariant: M3U8) -> MasterPlaylist | None:
        if id(multivariant) not in self._read:
            self._read[id(multivariant)] = self._parsed(multivariant.uri)
        return self._read[id(multivariant)]

    def _parsed(self, url: str | None) -> MasterPlaylist | None:
        answer = next((one for one in reversed(self._watch.answers) if one.url == url), None)
        if answer is None:
            return None
        try:
            playlist = parse_playlist(answer.content.decode("utf-8", errors="replace"), answer.url)
        except InvalidPlaylist:
            return None  # streamlink, which is more generous, has read it
        return playlist if isinstance(playlist, MasterPlaylist) else None


def _headers(stream: HLSStream) -> dict[str, str]:
    arguments = {key: value for key, value in stream.args.items() if key != "url"}
    request = stream.session.http.prepare_new_request(url=stream.url, **arguments)
    return {key: value for key, value in request.headers.items() if key.lower() not in _NOT_OURS}
