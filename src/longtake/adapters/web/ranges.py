"""Parts of a file that a request names in bytes (RFC 9110 14): which they are, and how several go in one body. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_BYTE_RANGE = re.compile(r"[ \t]*(?:(\d+)-(\d*)|-(\d+))[ \t]*", re.ASCII)
_UNIT = "bytes="
_BETWEEN = "\r\n"
_MOST_DIGITS = 18
_MOST_RANGES = 100
"""Whoever asks for more gets the whole file (RFC 9110 14.2 lets a server ignore the header)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes ``first`` to before ``end`` of a file; at least one."""

    first: int
    end: int

    @property
    def size_bytes(self) -> int:
        """How many they are."""
        return self.end - self.first

    def of(self, size_bytes: int) -> str:
        """As Content-Range, in a file of that size."""
        return f"bytes {self.first}-{self.end - 1}/{size_bytes}"


def asked_spans(header: str, size_bytes: int) -> Sequence[Span] | None:
    """What a Range header names of a file of that size, in order, and each byte once; empty if none of it is there.

    None for a header that is to be ignored: no sound ranges of bytes, or too many of them.
    """
    if header[: len(_UNIT)].lower() != _UNIT or header.count(",") >= _MOST_RANGES:
        return None
    spans = []
    for text in header[len(_UNIT) :].split(","):
        match = _BYTE_RANGE.fullmatch(text)
        if match is None or any(part and len(part) > _MOST_DIGITS for part in match.groups()):
            return None
        first, last, suffix = match.groups()
        if first and last and int(last) < int(first):
            return None
        begin = int(first) if first else max(0, size_bytes - int(suffix))
        end = min(int(last) + 1, size_bytes) if last else size_bytes
        if begin < end:
            spans.append(Span(first=begin, end=end))
    return _merged(spans)


def _merged(spans: Sequence[Span]) -> Sequence[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.first):
        if merged and span.first <= merged[-1].end:
            merged[-1] = Span(first=merged[-1].first, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsBody:
    """The body for some spans of a file of ``size_bytes``: one as it is, several as multipart (RFC 9110 14.6, 15.3.7).

    ``boundary`` is a text that is in no file.
    """

    spans: Sequence[Span]
    size_bytes: int
    part_type: str
    boundary: str

    @property
    def is_multipart(self) -> bool:
        """Whether the spans are told apart in the body; else they are one, told in the head."""
        return len(self.spans) > 1

    @property
    def media_type(self) -> str:
        """Of the whole body."""
        return f"multipart/byteranges; boundary={self.boundary}" if self.is_multipart else self.part_type

    @property
    def content_range(self) -> str | None:
        """For the head of the answer."""
        return None if self.is_multipart else self.spans[0].of(self.size_bytes)

    def before(self, index: int) -> bytes:
        """What comes before the bytes of that span."""
        if not self.is_multipart:
            return b""
        return (
            f"{_BETWEEN if index else ''}--{self.boundary}\r\nContent-Type: {self.part_type}\r\n"
            f"Content-Range: {self.spans[index].of(self.size_bytes)}\r\n\r\n"
        ).encode("latin-1")

    @property
    def after(self) -> bytes:
        """What comes after the last."""
        return f"\r\n--{self.boundary}--\r\n".encode("latin-1") if self.is_multipart else b""

    @property
    def length_bytes(self) -> int:
        """Of the whole body."""
        heads = sum(len(self.before(index)) for index in range(len(self.spans)))
        return heads + sum(span.size_bytes for span in self.spans) + len(self.after)
