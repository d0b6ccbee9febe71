"""Attribute lists (RFC 8216 4.2), the tags that are made of them, and the values within, both ways.

EXT-X-MAP, -KEY, -MEDIA and -STREAM-INF are each read and written here, side by side. Reading is generous in form
(spaces, a large X, numbers in quotes), never in sense: what cannot be understood is InvalidPlaylist. Writing is strict,
and refuses with ValueError what would break the line. Lines, their order and all other tags are in ``parse`` and
``render``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TypeVar
from urllib.parse import quote

from longtake.core.errors import InvalidPlaylist
from longtake.core.hls.model import ByteRange, InitSection, Key, Rendition, ServerControl, Variant

# Possessive (*+), so that no text can make it try again and again: a playlist comes from anyone.
_ATTRIBUTE = re.compile(
    r'[\s,]*+(?P<name>[^\s=,"]++)\s*+=\s*+(?:"(?P<quoted>[^"]*+)"\s*+|(?P<bare>[^",]*+))(?:,|$)'
)
_NAME = re.compile(r"[A-Z0-9-]+")
_RESOLUTION = re.compile(r"\s*(\d{1,9})[xX](\d{1,9})\s*", re.ASCII)
_BYTE_RANGE = re.compile(r"\s*(\d{1,20})\s*(?:@\s*(\d{1,20})\s*)?", re.ASCII)
_LONGEST_INTEGER = 20  # digits of 2^64-1, the largest decimal-integer (4.2)
_IV = re.compile(r"0[xX][0-9a-fA-F]{1,32}")
_METHOD = re.compile(r"[A-Z0-9-]{1,32}")
_FASTEST_BPS = 10**15
_FASTEST_FPS = 100_000
_LONGEST_S = 1_000_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LINE_BREAKS = ("\n", "\r")

_T = TypeVar("_T")
Resolve = Callable[[str], str]
"""From a URI reference to the absolute URI."""


class Quoted(str):
    """An attribute value that is written in quotes. Equal to the plain string with the same characters."""

    __slots__ = ()


def parse_attributes(text: str) -> dict[str, str]:
    """``A=1,B="x,y"`` by name; values in quotes become ``Quoted`` without them. Of a repeated name the last counts.

    Raises InvalidPlaylist, whose message has only the position, since a value may be a URI with a token.
    """
    attributes: dict[str, str] = {}
    position, end = 0, len(text.rstrip(", \t"))
    while position < end:
        match = _ATTRIBUTE.match(text, position, end)
        if match is None:
            raise InvalidPlaylist(f"the attribute list cannot be read from its character {position + 1} on")
        quoted = match["quoted"]
        attributes[match["name"]] = match["bare"].strip() if quoted is None else Quoted(quoted)
        position = match.end()
    return attributes


def render_attributes(attributes: Iterable[tuple[str, str | None]]) -> str:
    """The attribute list of these pairs in their order, without those whose value is None.

    Raises ValueError for a name or value that an attribute list cannot hold.
    """
    return ",".join(_render_attribute(name, value) for name, value in attributes if value is not None)


def _render_attribute(name: str, value: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} cannot be the name of an attribute")
    quoted = isinstance(value, Quoted)
    forbidden = ('"', *_LINE_BREAKS) if quoted else ('"', ",", " ", "\t", *_LINE_BREAKS)
    if any(character in value for character in forbidden) or not (quoted or value):
        raise ValueError(f"the value of {name} is empty or has a character that it cannot hold")
    return f'{name}="{value}"' if quoted else f"{name}={value}"


def required(attributes: Mapping[str, str], name: str, tag: str) -> str:
    """The value of an attribute that ``tag`` cannot be without. Raises InvalidPlaylist."""
    value = attributes.get(name)
    if value is None:
        raise InvalidPlaylist(f"{tag} has no {name}")
    return value


def parse_map(text: str, resolve: Resolve) -> InitSection:
    """EXT-X-MAP (4.3.2.5). A byte range without offset begins at 0. Raises InvalidPlaylist."""
    attributes = parse_attributes(text)
    byte_range = None
    if "BYTERANGE" in attributes:
        length_bytes, offset_bytes = parse_byte_range(attributes["BYTERANGE"])
        byte_range = ByteRange(length_bytes=length_bytes, offset_bytes=offset_bytes or 0)
    return InitSection(uri=resolve(required(attributes, "URI", "#EXT-X-MAP")), byte_range=byte_range)


def render_map(init: InitSection) -> str:
    """The attribute list of EXT-X-MAP."""
    byte_range = None if init.byte_range is None else Quoted(render_byte_range(init.byte_range))
    return render_attributes([("URI", Quoted(init.uri)), ("BYTERANGE", byte_range)])


def parse_key(text: str, resolve: Resolve) -> Key | None:
    """EXT-X-KEY (4.3.2.4), None for METHOD=NONE. Raises InvalidPlaylist."""
    attributes = parse_attributes(text)
    method = required(attributes, "METHOD", "#EXT-X-KEY").upper()
    uri, iv = attributes.get("URI"), attributes.get("IV")
    if method == "NONE":
        return None
    if _METHOD.fullmatch(method) is None:  # it becomes part of messages and states
        raise InvalidPlaylist("the METHOD in #EXT-X-KEY is no name of a method")
    if iv is not None and _IV.fullmatch(iv) is None:
        raise InvalidPlaylist("the IV in #EXT-X-KEY is not 0x and up to 32 hexadecimal digits")
    key_format = attributes.get("KEYFORMAT", "identity")
    return Key(method=method, uri=None if uri is None else resolve(uri), iv=iv, key_format=key_format)


def render_key(key: Key | None) -> str:
    """The attribute list of EXT-X-KEY, None being the end of encryption."""
    if key is None:
        return "METHOD=NONE"
    key_format = None if key.key_format == "identity" else key.key_format
    return render_attributes(
        [
            ("METHOD", key.method),
            ("URI", _quoted(key.uri)),
            ("IV", key.iv),
            ("KEYFORMAT", _quoted(key_format)),
        ]
    )


def parse_server_control(text: str) -> ServerControl:
    """EXT-X-SERVER-CONTROL (rfc8216bis 4.4.3.8). A CAN-SKIP-UNTIL that is no number is none. Raises InvalidPlaylist."""
    attributes = parse_attributes(text)
    can_skip_until_s = None
    with suppress(InvalidPlaylist):
        can_skip_until_s = parse_decimal(
            attributes.get("CAN-SKIP-UNTIL", ""), "CAN-SKIP-UNTIL", most=_LONGEST_S
        )
    return ServerControl(
        can_block_reload=attributes.get("CAN-BLOCK-RELOAD") == "YES", can_skip_until_s=can_skip_until_s
    )


def parse_rendition(text: str, resolve: Resolve) -> Rendition:
    """EXT-X-MEDIA (4.3.4.1). Raises InvalidPlaylist."""
    attributes = parse_attributes(text)
    uri = attributes.get("URI")
    return Rendition(
        type=required(attributes, "TYPE", "#EXT-X-MEDIA"),
        group_id=required(attributes, "GROUP-ID", "#EXT-X-MEDIA"),
        name=required(attributes, "NAME", "#EXT-X-MEDIA"),
        uri=None if uri is None else resolve(uri),
        language=attributes.get("LANGUAGE"),
        default=attributes.get("DEFAULT") == "YES",
        autoselect=attributes.get("AUTOSELECT") == "YES",
    )


def render_rendition(rendition: Rendition) -> str:
    """The attribute list of EXT-X-MEDIA."""
    return render_attributes(
        [
            ("TYPE", rendition.type),
            ("GROUP-ID", Quoted(rendition.group_id)),
            ("LANGUAGE", _quoted(rendition.language)),
            ("NAME", Quoted(rendition.name)),
            ("DEFAULT", "YES" if rendition.default else None),
            ("AUTOSELECT", "YES" if rendition.autoselect else None),
            ("URI", _quoted(rendition.uri)),
        ]
    )


def parse_variant(text: str, uri: str) -> Variant:
    """EXT-X-STREAM-INF (4.3.4.2) and the absolute URI after it. A missing BANDWIDTH is 0. Raises InvalidPlaylist."""
    attributes = parse_attributes(text)
    return Variant(
        uri=uri,
        bandwidth=_if_readable(_bandwidth, attributes.get("BANDWIDTH")) or 0,
        average_bandwidth=_if_readable(_bandwidth, attributes.get("AVERAGE-BANDWIDTH")),
        codecs=attributes.get("CODECS"),
        resolution=_if_readable(parse_resolution, attributes.get("RESOLUTION")),
        frame_rate=_if_readable(_frame_rate, attributes.get("FRAME-RATE")),
        audio=attributes.get("AUDIO"),
        video=attributes.get("VIDEO"),
        # Twitch, which has no VIDEO renditions any more, names its variants so.
        name=attributes.get("NAME") or attributes.get("IVS-NAME"),
        is_source=attributes.get("IVS-VARIANT-SOURCE", "").casefold() == "source",
    )


def render_variant(variant: Variant) -> str:
    """The attribute list of EXT-X-STREAM-INF, the frame rate with the three decimals that 4.3.4.2 asks for."""
    average, rate = variant.average_bandwidth, variant.frame_rate
    return render_attributes(
        [
            ("BANDWIDTH", str(variant.bandwidth)),
            ("AVERAGE-BANDWIDTH", None if average is None else str(average)),
            ("CODECS", _quoted(variant.codecs)),
            ("RESOLUTION", None if variant.resolution is None else render_resolution(variant.resolution)),
            ("FRAME-RATE", None if rate is None else f"{rate:.3f}"),
            ("AUDIO", _quoted(variant.audio)),
            ("VIDEO", _quoted(variant.video)),
            ("NAME", _quoted(variant.name)),
        ]
    )


def _if_readable(read: Callable[[str], _T], text: str | None) -> _T | None:
    """None also for what cannot be read: of a variant only its URI is indispensable."""
    with suppress(InvalidPlaylist):
        return None if text is None else read(text)
    return None


def _bandwidth(text: str) -> int:
    """Bit/s. An integer by the rules, but some write fractions."""
    return math.ceil(parse_decimal(text, "BANDWIDTH", most=_FASTEST_BPS))


def _frame_rate(text: str) -> float:
    return parse_decimal(text, "FRAME-RATE", most=_FASTEST_FPS)


def _quoted(value: str | None) -> Quoted | None:
    return None if value is None else Quoted(value)


def parse_integer(text: str, what: str) -> int:
    """A decimal-integer, 0 to 20 digits' worth; ``what`` names it in the message. Raises InvalidPlaylist."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_INTEGER):
        raise InvalidPlaylist(f"{what} is {excerpt(text)}, which is no whole number of 0 or more")
    return int(digits)


def parse_decimal(text: str, what: str, *, most: float) -> float:
    """A decimal-floating-point from 0 to ``most``; ``what`` names it in the message. Raises InvalidPlaylist."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= most or "_" in text:  # also refuses nan, inf, and float's own 1_000
        raise InvalidPlaylist(f"{what} is {excerpt(text)}, which is no number from 0 to {most:.0f}")
    return value


def parse_resolution(text: str) -> tuple[int, int]:
    """``1920x1080`` as (width, height). Raises InvalidPlaylist."""
    match = _RESOLUTION.fullmatch(text)
    if match is None:
        raise InvalidPlaylist(f"RESOLUTION is {excerpt(text)}, which is not like 1920x1080")
    return int(match[1]), int(match[2])


def render_resolution(resolution: tuple[int, int]) -> str:
    """(1920, 1080) as ``1920x1080``."""
    width, height = resolution
    return f"{width}x{height}"


def parse_byte_range(text: str) -> tuple[int, int | None]:
    """``length[@offset]`` in bytes (4.3.2.2), the offset None if it is not written. Raises InvalidPlaylist."""
    match = _BYTE_RANGE.fullmatch(text)
    if match is None:
        raise InvalidPlaylist(f"the byte range is {excerpt(text)}, which is not like 1000@0")
    return int(match[1]), None if match[2] is None else int(match[2])


def render_byte_range(byte_range: ByteRange) -> str:
    """``length@offset``, always with the offset."""
    return f"{byte_range.length_bytes}@{byte_range.offset_bytes}"


class UriBase:
    """Resolves the URI references of a playlist that came from ``url`` (RFC 3986 5.2).

    ``url`` is absolute. Not ``urljoin``: that folds ``//`` within a path, which names another resource and breaks signed paths, refuses
    some hosts, and takes five times as long. An absolute URI stays as it is, whatever its scheme.
    """

    def __init__(self, url: str) -> None:
        self._document, mark, query = url.partition("#")[0].partition("?")
        self._query = mark + query
        self._scheme, slashes, rest = self._document.partition("//")
        authority, _, path = rest.partition("/")
        self._origin = self._scheme + slashes + authority
        self._folder = _without_dot_segments("/" + path[: path.rfind("/") + 1])
        self._prefix = self._origin + self._folder

    def resolve(self, reference: str) -> str:
        """The absolute form of a reference. Never fails: what is no URI is left for the one who fetches it.

        Control characters and the like are percent-encoded: the URI may be shown to someone.
        """
        if not reference.isprintable():
            reference = "".join(c if c.isprintable() else quote(c, errors="replace") for c in reference)
        if reference[:1] not in "/?#." and ":" not in reference and "/." not in reference:
            return self._prefix + reference  # nearly all, and there are thousands
        if _SCHEME.match(reference):
            return reference
        if reference.startswith("//"):
            return self._scheme + reference
        if not reference or reference[0] in "?#":
            return self._document + (reference if reference[:1] == "?" else self._query + reference)
        end = len(reference.split("?", 1)[0].split("#", 1)[0])
        path = reference[:end] if reference[0] == "/" else self._folder + reference[:end]
        return self._origin + _without_dot_segments(path) + reference[end:]


def _without_dot_segments(path: str) -> str:
    """RFC 3986 5.2.4, for a path that begins with a slash."""
    if "/." not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del kept[max(len(kept) - 1, 1) :]  # never the empty part before the first slash
        elif part != ".":
            kept.append(part)
    return "/".join(kept) + ("/" if parts[-1] in (".", "..") else "")


def excerpt(text: str) -> str:
    """The beginning of a text that someone else wrote, for a message; never a URI's query, which may be a token."""
    path, query, _ = text.strip().partition("?")
    shown = path[:40]
    return repr(shown + "…" if query or shown != path else shown)
