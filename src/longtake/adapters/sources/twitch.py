"""Twitch, by streamlink's plugin: its account, and how long its addresses hold.

What asks Twitch unofficially breaks when Twitch changes; streamlink's maintainers see to that, not we.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from longtake.adapters.sources.with_streamlink import SessionOpener, SiteAccount, StreamlinkSource
from longtake.core.errors import SourceRefused

MAX_AGE_S = 20 * 3600.0
"""A playlist's address is refused after a day."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,400}", re.ASCII)
_LARGEST_FILE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class TwitchAccount:
    """The OAuth token of an account, as such or in a file, or neither."""

    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None

    def read(self) -> SiteAccount:
        """For one look-up; the file is read anew, so that a changed token counts at once.

        Raises SourceRefused, which never shows what is in the file.
        """
        token = self.token if self.token_file is None else _contents(self.token_file)
        if token is None:
            hint = "the token of an account may help (twitch.token_file)"
            return SiteAccount(options={}, hint=hint)
        word = re.sub(r"^oauth[: ]\s*", "", token.strip(), flags=re.IGNORECASE)
        if not _TOKEN.fullmatch(word):
            where = "twitch.token" if self.token_file is None else f"the file {self.token_file.name!r}"
            raise SourceRefused(f"{where} holds no Twitch token: it should be one word, and nothing else")
        return SiteAccount(
            options={"api-header": [("Authorization", f"OAuth {word}")]},
            secrets=(word,),
            hint="the account's token may have run out (twitch.token_file)",
        )


def twitch_source(
    url: str,
    account: TwitchAccount,
    *,
    max_age_s: float | None = None,
    open_session: SessionOpener | None = None,
) -> StreamlinkSource:
    """A channel's page."""
    return StreamlinkSource(
        url,
        kind="twitch",
        max_age_s=MAX_AGE_S if max_age_s is None else max_age_s,
        account=account.read,
        open_session=open_session,
    )


def _contents(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST_FILE).decode("utf-8", errors="replace").removeprefix("\ufeff")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise SourceRefused(f"the Twitch token's file {file.name!r} cannot be read: {reason}") from error
