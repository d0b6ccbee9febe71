"""``/api/v1/transitions``: which transitions there are, for editors to choose from."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from longtake.core.cutting import LONGEST_TRANSITION_S, TRANSITIONS


class TransitionInfo(BaseModel):
    """One transition: its name, as ``/cut`` takes it, and what one sees."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str


class TransitionsAnswer(BaseModel):
    """All transitions; like ones stand together."""

    model_config = ConfigDict(frozen=True)

    transitions: list[TransitionInfo]
    longest_s: int = Field(description="how long a transition may be, in seconds")


def transitions_router() -> APIRouter:
    """One route of the API for people, to be included by the app."""
    router = APIRouter(prefix="/api/v1")
    router.add_api_route("/transitions", transitions, methods=["GET"])
    return router


async def transitions() -> TransitionsAnswer:
    """The transitions that there may be between two ranges of a cut. Cuts with them are still to come."""
    return TransitionsAnswer(
        transitions=[
            TransitionInfo(name=name, description=description) for name, description in TRANSITIONS.items()
        ],
        longest_s=LONGEST_TRANSITION_S,
    )
