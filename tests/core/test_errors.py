"""The tree of errors is drawn truly, since people read the drawing and not the classes."""

from __future__ import annotations

import inspect
import re

import pytest

from longtake.core import errors

CLASSES = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if member.__module__ == errors.__name__
]


def drawn_tree() -> dict[str, str]:
    """Each drawn class by name, with the name of the one that it hangs on."""
    parents: dict[str, str] = {}
    path = ["Exception"]
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"    ((?:[│ ]   )*)([├└]── )?([A-Z]\w+)\b", line)
        if match is None:
            continue
        depth = len(match[1]) // 4 + (2 if match[2] else 1)
        path[depth:] = [match[3]]
        parents[match[3]] = path[depth - 1]
    return parents


def test_the_drawing_has_every_class_in_its_place() -> None:
    real = {member.__name__: member.__base__.__name__ for member in CLASSES if member.__base__}
    assert drawn_tree() == real
    assert len(real) >= 17


def test_there_is_one_root() -> None:
    assert all(issubclass(member, errors.LongtakeError) for member in CLASSES)


@pytest.mark.parametrize("member", CLASSES, ids=lambda member: member.__name__)
def test_each_says_when_it_is_raised(member: type[errors.LongtakeError]) -> None:
    assert member.__doc__
    assert member.__doc__.split("\n")[0].endswith(".")


SPLIT_BY_WHAT_THE_CALLER_DOES = {
    "a source that is down is asked again": (errors.SourceDown, errors.Retryable),
    "a source that cannot be reached is asked again": (errors.SourceUnreachable, errors.SourceError),
    "a failing disk is tried again": (errors.StoreUnavailable, errors.Retryable),
    "a lock that is held ends the process": (errors.AlreadyRunning, errors.Fatal),
    "a bad name is the user's to change": (errors.InvalidName, errors.InvalidInput),
    "a bad time is the user's to change": (errors.InvalidTime, errors.InvalidInput),
}


@pytest.mark.parametrize(
    ("member", "kind"), SPLIT_BY_WHAT_THE_CALLER_DOES.values(), ids=SPLIT_BY_WHAT_THE_CALLER_DOES.keys()
)
def test_the_split(member: type[Exception], kind: type[Exception]) -> None:
    assert issubclass(member, kind)
    assert not (issubclass(member, errors.Retryable) and issubclass(member, errors.Fatal))
