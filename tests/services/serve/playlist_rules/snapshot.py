"""A playlist as a client got it, read by a small reader of its own: the rules are not checked with what is being checked.

The reader takes what is wrong as it is, as far as it can, so that every rule can say what is against it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

Resource = Callable[[str], bytes | None]
"""(path on the server) to the content there, None if there is nothing."""

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"\r\n]*"|[^",\s]+)(?:,|$)')
SEGMENT_TAGS = (
    "EXTINF",
    "EXT-X-BYTERANGE",
    "EXT-X-DISCONTINUITY",
    "EXT-X-KEY",
    "EXT-X-MAP",
    "EXT-X-PROGRAM-DATE-TIME",
    "EXT-X-GAP",
)
"""Those that we may write (RFC 8216 4.3.2, rfc8216bis 4.4.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A line that begins with ``#EXT``: its name, and what stands behind the colon."""

    name: str
    value: str

    @property
    def attributes(self) -> dict[str, str]:
        """The attribute list; quotes stay, since they belong to the type. What is no attribute is left out."""
        return dict(self.attribute_list())

    def attribute_list(self) -> list[tuple[str, str]]:
        """In order, also what is there twice."""
        return [(match[1], match[2]) for match in _ATTRIBUTE.finditer(self.value)]

    def is_attribute_list(self) -> bool:
        """Whether it is nothing but that."""
        left = _ATTRIBUTE.sub("", self.value)
        return bool(self.value) and not left and not self.value.endswith(",")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A URI line with the tags that apply to it. The numbers are those that a client counts.

    ``tags`` stand directly before it; ``map`` is the EXT-X-MAP in force. In a delta update ``number`` counts from the tags that
    are left: ``after_delta`` puts it right.
    """

    uri: str
    tags: tuple[Tag, ...]
    sequence: int
    number: int
    map: Tag | None

    def values(self, name: str) -> list[str]:
        """Of all tags of that name before it."""
        return [tag.value for tag in self.tags if tag.name == name]

    def value(self, name: str) -> str | None:
        """Of the first such tag."""
        return next(iter(self.values(name)), None)

    @property
    def breaks(self) -> int:
        """How many EXT-X-DISCONTINUITY stand before it."""
        return len(self.values("EXT-X-DISCONTINUITY"))

    @property
    def gap(self) -> bool:
        """Whether it has EXT-X-GAP."""
        return bool(self.values("EXT-X-GAP"))

    @property
    def duration_s(self) -> Decimal:
        """EXTINF; 0 for what is none."""
        return decimal((self.value("EXTINF") or "").partition(",")[0]) or Decimal(0)

    @property
    def date(self) -> datetime | None:
        """EXT-X-PROGRAM-DATE-TIME, if it can be read and has a zone."""
        text = self.value("EXT-X-PROGRAM-DATE-TIME")
        try:
            date = None if text is None else datetime.fromisoformat(text)
        except ValueError:
            return None
        return date if date is not None and date.tzinfo is not None else None

    @property
    def start_s(self) -> Decimal | None:
        """The same, exactly, in seconds since 1970."""
        return None if self.date is None else _seconds(self.date)

    def face(self) -> tuple[object, ...]:
        """What a client knows of it and must not find changed, but for its numbers. A gap has nothing that a MAP could apply to."""
        return (
            self.uri,
            self.values("EXTINF"),
            self.values("EXT-X-PROGRAM-DATE-TIME"),
            self.values("EXT-X-BYTERANGE"),
            self.gap,
            None if self.gap else self.map,
        )


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """An answer to a request for ``path`` (with its query). ``resource`` gets what URIs lead to; without it that is not asked."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    resource: Resource | None = None
    entries_known: tuple[Entry, ...] | None = None
    """In place of those of the text: see ``after_delta``."""

    @cached_property
    def text(self) -> str:
        """The body; bytes that are no UTF-8 are replaced."""
        return self.body.decode(errors="replace")

    @cached_property
    def lines(self) -> list[str]:
        """Without line ends and blank ones."""
        return [line for line in self.text.replace("\r\n", "\n").split("\n") if line]

    @cached_property
    def tags(self) -> list[Tag]:
        """All, in order."""
        return [_tag(line) for line in self.lines if line.startswith("#EXT")]

    @cached_property
    def _values(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for tag in self.tags:
            found.setdefault(tag.name, []).append(tag.value)
        return found

    def values(self, name: str) -> list[str]:
        """Of all tags of that name."""
        return self._values.get(name, [])

    def has(self, name: str) -> bool:
        """Whether there is such a tag."""
        return bool(self.values(name))

    def number(self, name: str, default: int = 0) -> int:
        """The number in the first tag of that name; the default if there is none, or it is no number."""
        value = next(iter(self.values(name)), "")
        return int(value) if value.isascii() and value.isdigit() else default

    @property
    def ended(self) -> bool:
        """EXT-X-ENDLIST."""
        return self.has("EXT-X-ENDLIST")

    @property
    def is_master(self) -> bool:
        """By what only one has."""
        return self.has("EXT-X-STREAM-INF") or self.has("EXT-X-MEDIA")

    @property
    def version(self) -> int:
        """EXT-X-VERSION, 1 without."""
        return self.number("EXT-X-VERSION", 1)

    @property
    def target_s(self) -> int:
        """EXT-X-TARGETDURATION."""
        return self.number("EXT-X-TARGETDURATION")

    @property
    def skipped(self) -> int:
        """SKIPPED-SEGMENTS; 0 without EXT-X-SKIP."""
        for value in self.values("EXT-X-SKIP"):
            count = Tag(name="EXT-X-SKIP", value=value).attributes.get("SKIPPED-SEGMENTS", "")
            return int(count) if count.isdigit() else 0
        return 0

    @property
    def can_skip_until_s(self) -> Decimal | None:
        """CAN-SKIP-UNTIL; None if the server cannot."""
        for value in self.values("EXT-X-SERVER-CONTROL"):
            return decimal(Tag(name="", value=value).attributes.get("CAN-SKIP-UNTIL", ""))
        return None

    @property
    def query(self) -> dict[str, list[str]]:
        """Of the request."""
        return parse_qs(urlsplit(self.path).query)

    @property
    def lists_gaps(self) -> bool:
        """Whether holes were asked for as entries."""
        return self.query.get("holes") == ["gap"] and not self.is_master

    def target_of(self, uri: str) -> str:
        """The path on the server that a URI in it leads to, decoded."""
        return unquote(urlsplit(urljoin(f"http://node{self.path}", uri)).path)

    def content(self, uri: str) -> bytes | None:
        """What a URI in it leads to."""
        return None if self.resource is None else self.resource(self.target_of(uri))

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """In order."""
        return tuple(self._read()) if self.entries_known is None else self.entries_known

    def _read(self) -> Iterator[Entry]:
        sequence = self.number("EXT-X-MEDIA-SEQUENCE") + self.skipped
        number = self.number("EXT-X-DISCONTINUITY-SEQUENCE")
        init: Tag | None = None
        tags: list[Tag] = []
        for line in self.lines:
            if line.startswith("#"):
                tag = _tag(line)
                if tag.name in SEGMENT_TAGS:
                    tags.append(tag)
                number += tag.name == "EXT-X-DISCONTINUITY"
                init = tag if tag.name == "EXT-X-MAP" else init
                continue
            yield Entry(uri=line, tags=tuple(tags), sequence=sequence, number=number, map=init)
            sequence += 1
            tags = []

    @property
    def next_sequence(self) -> int:
        """What the entry after the last one will have."""
        return (
            self.entries[-1].sequence + 1
            if self.entries
            else self.number("EXT-X-MEDIA-SEQUENCE") + self.skipped
        )

    def with_text(self, text: str) -> Snapshot:
        """The same request with another answer."""
        return replace(self, body=text.encode())


def after_delta(older: Snapshot, delta: Snapshot) -> tuple[Entry, ...]:
    """What a client has that knows ``older`` and gets ``delta`` (rfc8216bis 6.3.7). Raises KeyError for what it does not know."""
    known = {entry.sequence: entry for entry in older.entries}
    first = delta.number("EXT-X-MEDIA-SEQUENCE")
    kept = [known[sequence] for sequence in range(first, first + delta.skipped)]
    number = delta.number("EXT-X-DISCONTINUITY-SEQUENCE")
    off = kept[-1].number - number if kept else 0
    init = kept[-1].map if kept else None
    return (
        *kept,
        *(
            replace(entry, number=entry.number + off, map=entry.map if entry.map is not None else init)
            for entry in delta.entries
        ),
    )


JOIN_S = Decimal("0.01")
"""What is not longer than this is no hole."""


def hole_s(before: Entry, after: Entry) -> Decimal:
    """What is missing between two, by their dates; below 0 where they overlap, 0 where a date is missing."""
    if before.start_s is None or after.start_s is None:
        return Decimal(0)
    return after.start_s - before.start_s - before.duration_s


def decimal(text: str) -> Decimal | None:
    """A decimal-floating-point (4.2): digits, perhaps a point; None for anything else."""
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _tag(line: str) -> Tag:
    name, _, value = line[1:].partition(":")
    return Tag(name=name, value=value)


def _seconds(moment: datetime) -> Decimal:
    whole = int(moment.replace(microsecond=0).timestamp())
    return Decimal(whole) + Decimal(moment.microsecond) / 1_000_000
