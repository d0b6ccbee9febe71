"""URLs in messages: what may be shown of them.

Stream URLs carry tokens, in their query and (Twitch, YouTube) in their path. Logs, metrics, status and error texts
show only this form of them.
"""

from __future__ import annotations

from urllib.parse import urlsplit


def redacted(url: str) -> str:
    """``https://host/…/name``: host and at most the last part of the path, without query, user or fragment."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(unreadable URL)"
    *folders, name = parts.path.split("/")
    shown = name if len(name) <= 40 else "…"
    return f"{parts.scheme}://{host}{port}/{'…/' if any(folders) else ''}{shown}"
