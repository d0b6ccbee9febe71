"""What services may ask of media work. ``processed`` is the real one: worker processes over files on disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from longtake.core.cutting import PicturePlan, RoughPlan, SmartPlan

Emit = Callable[[bytes | memoryview], None]
"""Where the bytes of something that is made go, one after the other."""


class PictureForm(StrEnum):
    """The format of a picture file."""

    PNG = "png"
    JPEG = "jpeg"


@dataclass(frozen=True, slots=True, kw_only=True)
class CutReport:
    """What a cut holds: ``frames`` in all, how many of them coded anew, ``joints`` besides its beginning."""

    frames: int
    frames_coded_anew: int
    joints: int
    duration_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RepackReport:
    """How long a rough cut is that was packed anew, and how much of its sound is silence that was put in."""

    duration_us: int
    silent_us: int


class Media(Protocol):
    """Raises, in all of them: NotFound, Corrupt, NotUnderstood, Unsupported, StoreUnavailable, MediaFailed, Busy."""

    def smart_cut(self, channel: str, quality: str, plan: SmartPlan) -> AsyncGenerator[bytes, None]:
        """The bytes of a cut as they are made. If it raises, what came so far is no whole cut. Closing it ends the work."""
        ...

    async def smart_cut_to(
        self,
        channel: str,
        quality: str,
        plan: SmartPlan,
        path: Path,
        on_frames: Callable[[int], None],
    ) -> CutReport:
        """Writes a cut to a new file, not synced; ``on_frames`` hears how many frames are done."""
        ...

    def rough_cut(self, channel: str, quality: str, plan: RoughPlan) -> AsyncGenerator[bytes, None]:
        """The bytes of a rough cut that is packed anew, like ``smart_cut``."""
        ...

    async def rough_cut_to(
        self,
        channel: str,
        quality: str,
        plan: RoughPlan,
        path: Path,
        on_files: Callable[[int], None],
    ) -> RepackReport:
        """Writes it to a new file, not synced; ``on_files`` hears how many of the plan's files are done."""
        ...

    async def picture(
        self, channel: str, quality: str, plan: PicturePlan, *, form: PictureForm, width: int | None
    ) -> bytes:
        """A frame as a file, as wide as asked, or as it is."""
        ...
