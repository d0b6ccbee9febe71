"""What a cut is: the request as asked, checked, and the plan that others carry out.

- ``request``: ranges, kind, container, transitions.
- ``rough``: whole files, one after the other.
- ``smart``: exact to the frame; only the edges are coded anew.
- ``search``, ``run_planner``: what that needs; ``plan``: the plans themselves.
- ``picture``: a single frame, by the same rule.
- ``gaps``: holes, refused or accepted.

``full`` and ``archive`` are known by name, so that a request is understood and refused honestly until they come.
"""

from longtake.core.cutting.gaps import accepted_gaps, describe_gaps
from longtake.core.cutting.picture import plan_picture
from longtake.core.cutting.plan import Copy, PicturePlan, Reencode, SmartPlan, SmartRun
from longtake.core.cutting.request import (
    CutContainer,
    CutKind,
    CutRange,
    CutRequest,
    Transition,
    check_supported,
    parse_container,
    parse_kind,
    parse_range,
    parse_transition,
)
from longtake.core.cutting.rough import RoughPlan, check_joinable, plan_rough
from longtake.core.cutting.search import KnownSegments, Unread
from longtake.core.cutting.smart import plan_smart

__all__ = [
    "Copy",
    "CutContainer",
    "CutKind",
    "CutRange",
    "CutRequest",
    "KnownSegments",
    "PicturePlan",
    "Reencode",
    "RoughPlan",
    "SmartPlan",
    "SmartRun",
    "Transition",
    "Unread",
    "accepted_gaps",
    "check_joinable",
    "check_supported",
    "describe_gaps",
    "parse_container",
    "parse_kind",
    "parse_range",
    "parse_transition",
    "plan_picture",
    "plan_rough",
    "plan_smart",
]
