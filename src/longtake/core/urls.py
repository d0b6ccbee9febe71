"""URLs in messages: what may be shown of them.

Stream URLs carry tokens, in their query and (Twitch, YouTube) in their path. Logs, metrics, status and error texts
show only this form of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_LONGEST_NAME = 24
_NOT_IN_NAMES = frozenset(";=@")
_KEY = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{12,}", re.ASCII)
"""Letters and digits mixed, at such length: more likely a stream key than a name."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"<>]+|[^\s'\"<>()\[\]{},|]+")
"""A URL may hold brackets, braces and commas; other words end there."""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*")
_HIDDEN = "…"


def redacted(url: str) -> str:
    """``https://host/…/name``: host and at most the last part of the path, without query, user or fragment.

    That part only if it looks like a name: not if it is long or like a key, or has parameters (``;token=…``) or a user.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        host = f"[{host}]" if ":" in host else host
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(unreadable URL)"
    if not host.isprintable():
        return "(unreadable URL)"
    *folders, name = parts.path.split("/")
    shown = name if _is_name(name) else _HIDDEN
    return f"{parts.scheme}://{host}{port}/{'…/' if any(folders) else ''}{shown}"


def scrubbed(text: str, *, secrets: Iterable[str] = (), longest: int = 200) -> str:
    """What others wrote (a library, a server), fit to be shown: one line of at most ``longest`` characters.

    URLs are redacted, ``secrets`` and what looks like a key, a query or a path are left out, and so are control
    characters.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    plain = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(_WORD.sub(lambda word: _shown(word[0]), plain).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}{_HIDDEN}"


def _shown(word: str) -> str:
    bare = word.rstrip(".,:;!?)]}|")
    end = word[len(bare) :]
    if url := _URL.search(bare):
        return f"{_shown(bare[: url.start()])}{redacted(url[0])}{end}"
    is_path = bare.count("/") > 1 or bare[:1] == "/"
    return f"{_HIDDEN}{end}" if is_path or "?" in bare or not _is_name(bare) else word


def _is_name(text: str) -> bool:
    return (
        len(text) <= _LONGEST_NAME
        and text.isprintable()
        and not _NOT_IN_NAMES & set(text)
        and _KEY.search(text) is None
    )
