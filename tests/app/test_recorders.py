"""Channels from the settings, as the recorder has them."""

from __future__ import annotations

from typing import Any

from longtake.app.settings import Settings
from longtake.app.wiring.recorders import channels_of
from longtake.services.capture.channel import Channel

TWITCH = "https://www.twitch.tv/somebody"
PLAYLIST = "https://example.org/live/x.m3u8"


def channels(*, token: str = "SECRET", **more: Any) -> list[Channel]:
    return channels_of(
        Settings.model_validate(
            {
                "channels": {"one": {"url": TWITCH}, "two": {"url": PLAYLIST} | more},
                "twitch": {"token": token},
            }
        )
    )


def test_an_important_channel_is_known_as_such() -> None:
    assert not channels()[1].important
    assert channels(important=True)[1].important


def test_ads_are_skipped_unless_they_are_wanted() -> None:
    assert channels()[1].policy.skip_ads
    assert not channels(ads="record")[1].policy.skip_ads


def test_what_else_is_set_for_a_channel_gets_there() -> None:
    channel = channels(
        qualities=["480p"], audio_languages=["de"], renew_after="90m", fetches_at_once=3, playlist_history=2
    )[1]
    assert channel == Channel(
        name="two",
        url=PLAYLIST,
        qualities=("480p",),
        audio_languages=("de",),
        renew_after_s=5400,
        fetches_at_once=3,
        playlist_history=2,
    )


def test_another_account_is_another_session_on_its_site_and_nothing_elsewhere() -> None:
    before, after = channels(), channels(token="OTHER")
    assert not before[0].has_stream_of(after[0])
    assert before[1] == after[1]


def test_no_token_is_shown() -> None:
    assert "SECRET" not in repr(channels())
