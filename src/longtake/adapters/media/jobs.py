"""What workers are asked to do. Jobs are made where media libraries are not wanted: what they need is imported at work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from longtake.adapters.media.interface import CutReport, Emit, PictureForm, RepackReport
from longtake.core.cutting import PicturePlan, RoughPlan, SmartPlan

DONE_BYTES = 8
"""Of a number of frames or files done, as jobs that write to a path tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartCutJob:
    """A plan and the folder of its quality. Gives the bytes of the cut; or, with ``path``, writes them to that file,
    its index in front, and gives how many frames are done so far, ``DONE_BYTES`` each time."""

    plan: SmartPlan
    folder: Path
    path: Path | None = None

    def run(self, emit: Emit) -> CutReport:
        """In the worker."""
        from longtake.adapters.media.smart_cut import carry_out

        return carry_out(self.plan, self.folder, self.path, emit, _telling(self.path, emit))


@dataclass(frozen=True, slots=True, kw_only=True)
class RoughCutJob:
    """A plan and the folders of its quality and of its separate sound. Gives what ``SmartCutJob`` does, files done
    instead of frames."""

    plan: RoughPlan
    folder: Path
    sound_folder: Path | None
    path: Path | None = None

    def run(self, emit: Emit) -> RepackReport:
        """In the worker."""
        from longtake.adapters.media.rough_cut import carry_out

        told = _telling(self.path, emit)
        return carry_out(self.plan, self.folder, self.sound_folder, self.path, emit, told)


def _telling(path: Path | None, emit: Emit) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if path is not None:
            emit(done.to_bytes(DONE_BYTES, "big"))

    return tell


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
