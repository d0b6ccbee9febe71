"""What yt-dlp says of a stream (its info JSON), as renditions."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

from longtake.adapters.sources.interface import LocatedAudio
from longtake.adapters.sources.offering import HlsOffering, Offered, located
from longtake.core.errors import SourceRefused
from longtake.core.hls.model import Variant
from longtake.core.qualities import Offer

_NONE = "none"
# Headers that the HTTP client sets by itself, and right for what it does.
_NOT_OURS = frozenset({"accept-encoding", "connection", "accept", "host", "content-length", "sec-fetch-mode"})


class Format(BaseModel):
    """One of ``formats``. ``vcodec`` and ``acodec`` are ``none`` where there are no pictures, no sound."""

    format_id: str = ""
    format_note: str | None = None
    url: str | None = None
    manifest_url: str | None = None
    protocol: str | None = None
    vcodec: str | None = None
    acodec: str | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    tbr: float | None = None
    language: str | None = None
    language_preference: int | None = None
    http_headers: dict[str, str] = {}

    @property
    def is_hls(self) -> bool:
        """Whether it can be recorded."""
        return self.url is not None and (self.protocol or "").startswith("m3u8")

    @property
    def is_sound(self) -> bool:
        """Whether it has no pictures."""
        return self.vcodec == _NONE

    @property
    def headers(self) -> dict[str, str]:
        """Those to ask with."""
        return {name: value for name, value in self.http_headers.items() if name.lower() not in _NOT_OURS}


class Info(BaseModel):
    """A video, or (``entries``) a list of some. Where nothing says whether it is live, it is taken to be."""

    is_live: bool | None = None
    live_status: str | None = None
    formats: list[Format] = []
    entries: list[Info | None] | None = None

    @property
    def on_air(self) -> bool:
        """Whether it is live now."""
        if self.live_status is not None:
            return self.live_status == "is_live"
        return self.is_live is not False


def read_info(text: bytes) -> Info | None:
    """What is live of what was found; None if nothing is. Raises SourceRefused for what is not understood."""
    try:
        info = Info.model_validate_json(text)
    except ValidationError as error:
        raise SourceRefused("yt-dlp's answer is not understood; another version of it may help") from error
    found = [info] if info.entries is None else [entry for entry in info.entries if entry is not None]
    return next((one for one in found if one.on_air), None)


def manifest_of(formats: Sequence[Format]) -> Format | None:
    """The first that names its master playlist."""
    return next((one for one in formats if one.is_hls and one.manifest_url is not None), None)


def offering_of_formats(formats: Sequence[Format], max_age_s: float | None) -> HlsOffering:
    """The HLS formats as they are. Sound alone goes with every format that has pictures alone."""
    ours = [one for one in formats if one.is_hls]
    sound = sorted((one for one in ours if one.is_sound), key=_preference, reverse=True)
    audio = tuple(_audio(one, default=index == 0) for index, one in enumerate(sound))
    others = {
        one.format_id: (one.protocol or "another way").upper()
        for one in formats
        if not one.is_hls and one.format_id
    }
    return HlsOffering([_offered(one, audio, max_age_s) for one in ours], others)


def _preference(format: Format) -> tuple[int, float]:
    return format.language_preference or 0, format.tbr or 0.0


def _audio(format: Format, *, default: bool) -> LocatedAudio:
    return LocatedAudio(
        url=format.url or "",
        name=format.format_note or format.format_id,
        language=format.language,
        default=default,
    )


def _offered(format: Format, audio: tuple[LocatedAudio, ...], max_age_s: float | None) -> Offered:
    codecs = [codec for codec in (format.vcodec, format.acodec) if codec not in (None, _NONE)]
    names = (f"audio_{format.format_id}", format.format_id) if format.is_sound else (format.format_id,)
    variant = Variant(
        uri=format.url or "",
        bandwidth=round((format.tbr or 0) * 1000),
        codecs=",".join(map(str, codecs)) or None,
        resolution=(format.width, format.height) if format.width and format.height else None,
        frame_rate=format.fps,
    )
    own = audio if format.acodec == _NONE else ()
    where = located(variant, own, format.headers, max_age_s)
    return Offered(offer=Offer(names=tuple(filter(None, names)), variant=variant), located=where)
