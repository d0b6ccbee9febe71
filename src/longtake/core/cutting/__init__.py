"""What a cut is: the request as asked, checked, and the plan that others carry out.

- ``request``: ranges, kind, container; ``transitions`` between ranges.
- ``rough``: whole files, one after the other; ``cut_clock``: where their times lie in the cut, if they are packed anew.
- ``smart``: exact to the frame; only the edges are coded anew.
- ``search``, ``run_planner``: what that needs; ``plan``: the plans themselves.
- ``picture``: a single frame, by the same rule.
- ``gaps``: holes, refused or accepted.

``full`` and ``archive`` are known by name, so that a request is understood and refused honestly until they come.
"""

from longtake.core.cutting.cut_clock import CutClock
from longtake.core.cutting.gaps import accepted_gaps, describe_gaps, list_gaps
from longtake.core.cutting.picture import plan_picture
from longtake.core.cutting.plan import Copy, PicturePlan, Reencode, SmartPlan, SmartRun
from longtake.core.cutting.request import (
    CutContainer,
    CutKind,
    CutRange,
    CutRequest,
    check_supported,
    named,
    parse_container,
    parse_form,
    parse_range,
)
from longtake.core.cutting.rough import (
    RoughPlan,
    RoughRun,
    SeparateSound,
    extent,
    has_own_sound,
    joins,
    plan_rough,
)
from longtake.core.cutting.search import KnownSegments, Unread, contiguous
from longtake.core.cutting.smart import plan_smart
from longtake.core.cutting.transitions import (
    LONGEST_TRANSITION_S,
    TRANSITIONS,
    Transition,
    check_transitions,
    parse_transition,
)

__all__ = [
    "LONGEST_TRANSITION_S",
    "TRANSITIONS",
    "Copy",
    "CutClock",
    "CutContainer",
    "CutKind",
    "CutRange",
    "CutRequest",
    "KnownSegments",
    "PicturePlan",
    "Reencode",
    "RoughPlan",
    "RoughRun",
    "SeparateSound",
    "SmartPlan",
    "SmartRun",
    "Transition",
    "Unread",
    "accepted_gaps",
    "check_supported",
    "check_transitions",
    "contiguous",
    "describe_gaps",
    "extent",
    "has_own_sound",
    "joins",
    "list_gaps",
    "named",
    "parse_container",
    "parse_form",
    "parse_range",
    "parse_transition",
    "plan_picture",
    "plan_rough",
    "plan_smart",
]
