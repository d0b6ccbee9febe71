"""yt-dlp as a child process that goes when its parent does, and after its time in any case.

``python -m longtake.adapters.sources.ytdlp_child PARENT_PID SECONDS ARGUMENT…``
"""

from __future__ import annotations

import runpy
import sys

from longtake.kit.processes import die_with_parent, end_within

NOT_INSTALLED = 69
"""The exit code if there is no yt-dlp (EX_UNAVAILABLE of sysexits.h)."""


def main() -> None:
    """Becomes yt-dlp."""
    parent_pid, seconds, *arguments = sys.argv[1:]
    die_with_parent(int(parent_pid))
    end_within(int(seconds))
    sys.argv = ["yt-dlp", *arguments]
    try:
        runpy.run_module("yt_dlp", run_name="__main__", alter_sys=True)
    except ImportError as error:
        if error.name not in (None, "yt_dlp"):
            raise
        sys.exit(NOT_INSTALLED)


if __name__ == "__main__":
    main()
