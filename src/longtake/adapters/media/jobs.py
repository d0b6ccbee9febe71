"""What workers are asked to do. Jobs are made where media libraries are not wanted: what they need is imported at work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from longtake.adapters.media.interface import CutReport, Emit, PictureForm
from longtake.core.cutting import PicturePlan, SmartPlan

FRAMES_BYTES = 8
"""Of a number of frames done, as ``SmartCutJob`` tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCutJob:
    """A plan and the folder of its quality. Gives the bytes of the cut; or, with ``path``, writes them to that file,
    its index in front, and gives how many frames are done so far, ``FRAMES_BYTES`` each time."""

    plan: SmartPlan
    folder: Path
    path: Path | None = None

    def run(self, emit: Emit) -> CutReport:
        """In the worker."""
        from longtake.adapters.media.smart_cut import carry_out

        def tell(frames: int) -> None:
            if self.path is not None:
                emit(frames.to_bytes(FRAMES_BYTES, "big"))

        return carry_out(self.plan, self.folder, self.path, emit, tell)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureJob:
    """A plan and the folder of its quality; the picture is the report."""

    plan: PicturePlan
    folder: Path
    form: PictureForm
    width: int | None

    def run(self, emit: Emit) -> bytes:
        """In the worker."""
        from longtake.adapters.media.picture import painted

        return painted(self.plan, self.folder, self.form, self.width)
