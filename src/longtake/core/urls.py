"""URLs in messages: what may be shown of them.

Stream URLs carry tokens, in their query and (Twitch, YouTube) in their path. Logs, metrics, status and error texts
show only this form of them.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_LONGEST_NAME = 24
_NOT_IN_NAMES = frozenset(";=@")
_KEY = re.compile(r"(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{12,}", re.ASCII)
"""Letters and digits mixed, at such length: more likely a stream key than a name."""


def redacted(url: str) -> str:
    """``https://host/…/name``: host and at most the last part of the path, without query, user or fragment.

    That part only if it looks like a name: not if it is long or like a key, or has parameters (``;token=…``) or a user.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(unreadable URL)"
    *folders, name = parts.path.split("/")
    shown = name if _is_name(name) else "…"
    return f"{parts.scheme}://{host}{port}/{'…/' if any(folders) else ''}{shown}"


def _is_name(text: str) -> bool:
    return len(text) <= _LONGEST_NAME and not _NOT_IN_NAMES & set(text) and _KEY.search(text) is None
