"""One thing of a node that is not as it should be, as it is told to people."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from longtake.adapters.store.status_words import Time


class TroubleLevel(StrEnum):
    """How much of a hurry it is."""

    LOOK = "look"
    """Something is broken, and a person may have to do something."""
    WAIT = "wait"
    """Good to know; it passes by itself, or has time."""


class Trouble(BaseModel):
    """What is wrong, since when, and what to do."""

    model_config = ConfigDict(frozen=True)

    level: TroubleLevel
    place: str = Field(description="`CHANNEL/QUALITY`, `disk NAME`, `peer NAME`, `replication`, or a process")
    channel: str | None = None
    quality: str | None = None
    what: str = Field(description="what happened, in words")
    since: Time | None = None
    advice: str = Field(description="what to do")


def told(
    place: str, what: str, since: str | None, advice: str, level: TroubleLevel = TroubleLevel.LOOK
) -> Trouble:
    """A trouble that is not of one quality."""
    return Trouble(level=level, place=place, what=what, since=since, advice=advice)
