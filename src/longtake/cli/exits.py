"""Errors as exit codes, and as text on standard error.

0: all that was asked was done. 1: it was not. 2: the command line or the settings make no sense. 75: somebody else is
doing it already. 78: trying again will not help; services under the supervisor end so for what is 2 otherwise, and are
not started again. 130: interrupted.
"""

from __future__ import annotations

import os
import sys

from longtake.app.process import PARENT_VARIABLE
from longtake.core.errors import AlreadyRunning, Fatal, InvalidInput, LongtakeError

FAILED = 1
USAGE = 2
ALREADY_RUNNING = 75
CONFIG = 78
INTERRUPTED = 130


def exit_code(error: LongtakeError) -> int:
    """The exit code that an error is."""
    if isinstance(error, AlreadyRunning):
        return ALREADY_RUNNING
    if isinstance(error, InvalidInput):
        return CONFIG if os.environ.get(PARENT_VARIABLE) else USAGE
    return CONFIG if isinstance(error, Fatal) else FAILED


def tell(error: LongtakeError) -> None:
    """``error: …`` on standard error, one line per thing that is wrong."""
    for line in str(error).splitlines():
        sys.stderr.write(f"error: {line}\n")
