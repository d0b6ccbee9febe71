"""How much may go wrong before a pass is given up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from longtake.core.errors import SourceError, SourceRefused, SourceUnreachable, StoreUnavailable
from longtake.services.replicate.stumbles import Stumbles


def gone_through(stumbles: Stumbles, errors: Sequence[Exception | None]) -> int:
    """How many hours were begun."""
    for number, error in enumerate(errors, 1):
        try:
            with stumbles.over():
                if error is not None:
                    raise error
        except (SourceError, StoreUnavailable):
            return number
    return len(errors)


def test_what_goes_wrong_with_some_hours_is_told_at_the_end() -> None:
    stumbles = Stumbles()
    first = SourceUnreachable("the first")
    errors = [
        first,
        StoreUnavailable("no folder"),
        None,
        SourceUnreachable("x"),
        SourceUnreachable("y"),
        None,
    ]
    assert gone_through(stumbles, errors) == 6
    with pytest.raises(SourceUnreachable, match="the first"):
        stumbles.tell()


def test_nothing_is_told_if_all_went_well() -> None:
    stumbles = Stumbles()
    assert gone_through(stumbles, [None, None]) == 2
    stumbles.tell()


@pytest.mark.parametrize(
    ("error", "most"),
    [(SourceUnreachable("x"), 3), (StoreUnavailable("x"), 3), (SourceRefused("x"), 20)],
    ids=["no answer", "own disk", "answers that make no sense"],
)
def test_several_in_a_row_end_the_pass(error: Exception, most: int) -> None:
    assert gone_through(Stumbles(), [None, *[error] * 50]) == most + 1


def test_other_errors_are_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), Stumbles().over():
        _ = 1 / 0
