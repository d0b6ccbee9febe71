from __future__ import annotations

import errno
import os

import pytest

from longtake.adapters.store.trouble import disk_trouble
from longtake.core.errors import StoreUnavailable


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(errno.ENOSPC, "the disk is full", id="no space"),
        pytest.param(errno.EDQUOT, "the disk quota is used up", id="no quota"),
        pytest.param(errno.EROFS, "the disk is read-only", id="read-only"),
        pytest.param(errno.EACCES, "no permission", id="no permission"),
        pytest.param(errno.EPERM, "no permission", id="not permitted"),
        pytest.param(errno.EIO, "the disk fails", id="input/output error"),
        pytest.param(errno.EMFILE, "too many open files", id="no descriptors"),
        pytest.param(errno.EBUSY, "Device or resource busy", id="one without words of ours"),
    ],
)
def test_an_error_of_the_disk_is_said_in_words(error: int, words: str) -> None:
    with pytest.raises(StoreUnavailable) as trouble, disk_trouble("store a segment"):
        raise OSError(error, os.strerror(error), "/srv/store/x")
    assert str(trouble.value) == f"cannot store a segment: {words} (/srv/store/x)"
    assert trouble.value.told == f"cannot store a segment: {words}", "people elsewhere do not see where"
    assert isinstance(trouble.value.__cause__, OSError)


def test_an_error_without_number_and_file_says_what_it_can() -> None:
    with (
        pytest.raises(StoreUnavailable, match=r"^cannot store a segment: odd$"),
        disk_trouble("store a segment"),
    ):
        raise OSError("odd")


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(ZeroDivisionError), disk_trouble("store a segment"):
        raise ZeroDivisionError
