"""URLs in messages: what may be shown of them.

Stream URLs carry tokens, in their query and (Twitch, YouTube) in their path. Logs, metrics, status and error texts
show only this form of them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

_LONGEST_NAME = 40
_NOT_IN_NAMES = frozenset(";=@")


def redacted(url: str) -> str:
    """``https://host/…/name``: host and at most the last part of the path, without query, user or fragment.

    That part only if it looks like a file's name: not if it is long, or has parameters (``;token=…``) or a user in it.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(unreadable URL)"
    *folders, name = parts.path.split("/")
    shown = name if len(name) <= _LONGEST_NAME and not _NOT_IN_NAMES & set(name) else "…"
    return f"{parts.scheme}://{host}{port}/{'…/' if any(folders) else ''}{shown}"
