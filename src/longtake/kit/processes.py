"""Child processes that never outlive their parent, and that stop in bounded time."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1


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
