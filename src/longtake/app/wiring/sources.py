"""The sources of channels, from the settings."""

from __future__ import annotations

from longtake.adapters.http.client import HttpClient
from longtake.adapters.sources.detect import read_address, source_at
from longtake.adapters.sources.interface import StreamSource
from longtake.adapters.sources.twitch import TwitchAccount
from longtake.app.settings import TwitchSettings

_AT_ONCE = 64
_AT_ONCE_FROM_YOUTUBE = 4
"""It refuses who asks for more."""


def source_of(
    url: str, client: HttpClient, *, twitch: TwitchSettings, renew_after_s: float | None = None
) -> StreamSource:
    """A channel's source. ``renew_after_s`` counts for more than what the site's addresses are known to hold.

    Raises InvalidInput for what is no address of a stream.
    """
    token = None if twitch.token is None else twitch.token.get_secret_value()
    account = TwitchAccount(token=token, token_file=twitch.token_file)
    return source_at(url, client, twitch=account, max_age_s=renew_after_s)


def fetches_at_once(url: str) -> int:
    """How many segments of a channel are asked for at the same time, if the settings do not say. Raises InvalidInput."""
    return _AT_ONCE_FROM_YOUTUBE if read_address(url).is_youtube else _AT_ONCE
