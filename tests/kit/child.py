"""Processes that tests start and kill: ``python child.py WHAT …``; they say on stdout what is done."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from longtake.kit.locks import FileLock, LockHeld
from longtake.kit.processes import die_with_parent, end_within


def say(text: str) -> None:
    """One line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def parent(platform: str) -> None:
    """Starts a child, which has the same stdout, and waits."""
    subprocess.Popen([sys.executable, __file__, "child", str(os.getpid()), platform])
    sys.stdin.readline()


def child(parent_pid: int, platform: str) -> None:
    """Ties itself to its parent, says so, and stays."""
    sys.platform = platform
    signal.alarm(60)  # should the test fail, nothing stays
    die_with_parent(parent_pid)
    say("tied")
    while True:
        signal.pause()


def stubborn(seconds: int) -> None:
    """Ignores what it can, but has asked the kernel for an end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    end_within(seconds)
    say("stubborn")
    while True:
        pass


def lock(path: Path) -> None:
    """Takes a lock and stays."""
    FileLock(path).acquire()
    say("locked")
    sys.stdin.readline()


def lock_on_a_full_disk(path: Path) -> None:
    """Takes a lock whose file cannot be written to, and gives it back."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    first, second = FileLock(path), FileLock(path)
    first.acquire()
    try:
        second.acquire()
    except LockHeld as held:
        say(f"held by {held.holder}")
    first.release()
    second.acquire()
    say("free again")


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "parent":
        parent(rest[0])
    elif what == "child":
        child(int(rest[0]), rest[1])
    elif what == "stubborn":
        stubborn(int(rest[0]))
    elif what == "lock":
        lock(Path(rest[0]))
    elif what == "lock-on-a-full-disk":
        lock_on_a_full_disk(Path(rest[0]))
