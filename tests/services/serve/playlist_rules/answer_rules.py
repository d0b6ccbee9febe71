"""Rules for the HTTP answer that a playlist comes in: RFC 8216 4 and 6.2.1, RFC 9110 8 and 13."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.services.serve.playlist_rules.snapshot import Snapshot

_TYPES = ("application/vnd.apple.mpegurl", "audio/mpegurl")
_STRONG = re.compile(r'"[\x21\x23-\x7e]+"', re.ASCII)


def rule_it_says_that_it_is_a_playlist(playlist: Snapshot) -> list[str]:
    """4: the path ends in ``.m3u8``, or the Content-Type is one of two: ours are both. UTF-8 without a word (4.1)."""
    kind = playlist.headers.get("content-type", "")
    found = [] if kind.partition(";")[0].strip() in _TYPES else [f"Content-Type {kind!r}"]
    found += [f"Content-Type {kind!r}"] * ("charset" in kind and "utf-8" not in kind.lower())
    return found + ["the path does not end in .m3u8"] * (not urlsplit(playlist.path).path.endswith(".m3u8"))


def rule_its_length_is_told(playlist: Snapshot) -> list[str]:
    """6.2.1: changes "MUST be made atomically from the point of view of the clients": half a body is never taken for a whole."""
    length = playlist.headers.get("content-length")
    return (
        []
        if length is None or int(length) == len(playlist.body)
        else [f"{len(playlist.body)} bytes of {length}"]
    )


def rule_a_strong_etag(playlist: Snapshot) -> list[str]:
    """RFC 9110 8.8.3: another body has another tag; what is asked for again and again is 304 in between."""
    tag = playlist.headers.get("etag", "")
    return [] if _STRONG.fullmatch(tag) else [f"ETag {tag!r}"]


def rule_it_is_asked_for_again(playlist: Snapshot) -> list[str]:
    """6.2.1: what may change is not kept without asking (RFC 9111 5.2.2.4)."""
    kept = playlist.headers.get("cache-control", "")
    return [] if "no-cache" in kept or "no-store" in kept else [f"Cache-Control {kept!r}"]


def rule_gzip_varies(playlist: Snapshot) -> list[str]:
    """RFC 9110 12.5.5: "SHOULD use gzip" (6.2.1) depends on the request, which caches must know."""
    varies = playlist.headers.get("vary", "").lower()
    return [] if "accept-encoding" in varies else [f"Vary {varies!r}"]
