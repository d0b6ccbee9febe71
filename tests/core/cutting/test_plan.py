from __future__ import annotations

from tests.builders import a_run

from longtake.core.cutting import Copy, CutContainer, Reencode, SmartPlan, SmartRun
from longtake.core.mpegts.timestamps import WRAP


def test_a_plan_knows_its_segments_and_about_how_many_frames_it_has() -> None:
    first, second, third = a_run(count=3)
    coded = Reencode(decode=(Copy(segment=first),), first_pts=WRAP - 3000, end_pts=0, frames=1, delay=0)
    run = SmartRun(
        pieces=(coded, Copy(segment=second), Copy(segment=third, until=4)),
        first_us=0,
        last_us=9,
        first_pts=WRAP - 3000,
        last_pts=9 * 3000,
        frame_ticks=3000,
        before=None,
        after=None,
    )
    plan = SmartPlan(container=CutContainer.TS, runs=(run, run))
    assert plan.segments == (first, second, third)
    assert plan.frames == 2 * 11
    assert [piece.whole for piece in run.pieces if isinstance(piece, Copy)] == [True, False]
