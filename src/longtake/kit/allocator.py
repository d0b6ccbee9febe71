"""Memory of big buffers goes back to the system when it is let go of.

glibc serves blocks above a threshold with pages of their own, and raises that threshold by itself up to 32 MiB whenever
such a block is freed: from then on they come from the heap, which hardly ever shrinks. A process through which many
bodies of a megabyte pass ends up holding several times what it uses (measured with 100 streams: 414 MiB, against 98 MiB
with the threshold held).
"""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD = -3
_THRESHOLD_BYTES = 32 << 10
"""Below the pieces in which bodies come (64 KiB), which else make holes in the heap. glibc begins with 128 KiB; setting it
stops it from rising (mallopt(3))."""


def give_big_buffers_back() -> bool:
    """Call once at the start of a process; whether this system's allocator knows how (musl and macOS need no telling)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _THRESHOLD_BYTES))
