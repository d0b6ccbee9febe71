"""Errors as exit codes, and as text on standard error.

0: all that was asked was done. 1: it was not. 2: the command line or the settings make no sense. 75: somebody else is
doing it already. 78: as 2, but for services under the supervisor, which does not start them again. 130: interrupted.
"""

from __future__ import annotations

import os
import sys

from longtake.app.process import PARENT_VARIABLE
from longtake.core.errors import AlreadyRunning, InvalidInput, LongtakeError

FAILED = 1
USAGE = 2
ALREADY_RUNNING = 75
CONFIG = 78
INTERRUPTED = 130


def exit_code(error: LongtakeError) -> int:
    """The exit code that an error is."""
    if isinstance(error, InvalidInput):
        return CONFIG if os.environ.get(PARENT_VARIABLE) else USAGE
    return ALREADY_RUNNING if isinstance(error, AlreadyRunning) else FAILED


def tell(error: LongtakeError) -> None:
    """``error: …`` on standard error, one line per thing that is wrong."""
    for line in str(error).splitlines():
        sys.stderr.write(f"error: {line}\n")
