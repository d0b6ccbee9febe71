"""Child processes that never outlive their parent, and that stop in bounded time."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_OF_THIS_PROCESS, _BEST_EFFORT_LAST = 1, (2 << 13) | 7
"""ioprio_set(2): the numbers of the call, of IOPRIO_WHO_PROCESS, and of the last of the usual priorities."""


def die_with_parent(parent_pid: int) -> None:
    """Asks for a SIGTERM when the process ``parent_pid`` is gone.

    Linux does it by itself (prctl(2), PR_SET_PDEATHSIG); elsewhere a thread looks once a second. Raises SystemExit
    if the parent is gone already.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        threading.Thread(target=_watch, args=(parent_pid,), name="parent-watch", daemon=True).start()
    if os.getppid() != parent_pid:
        raise SystemExit("the process that started this one is gone")


def _watch(parent_pid: int) -> None:
    """Polls, because nothing but Linux can tell a process of its parent's end."""
    while os.getppid() == parent_pid:
        time.sleep(1)  # between two looks: nothing outside of Linux tells a process of its parent's end
    os.kill(os.getpid(), signal.SIGTERM)


def end_within(seconds: int) -> None:
    """The kernel ends this process after so many seconds, whatever it is doing by then (alarm(2), default action)."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(seconds)


def stand_back(niceness: int) -> None:
    """Lets others go first: at the processor (nice(1)), and at disks whose scheduler knows priorities (Linux).

    For a process that has no threads yet: those that are there keep what they have.
    """
    os.nice(niceness)
    call = _IOPRIO_SET.get(os.uname().machine) if sys.platform == "linux" else None
    if niceness and call is not None:
        ctypes.CDLL(None, use_errno=True).syscall(call, _OF_THIS_PROCESS, 0, _BEST_EFFORT_LAST)
