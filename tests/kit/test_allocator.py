"""Memory of big buffers goes back when it is let go of: measured in processes of their own."""

from __future__ import annotations

import platform
import subprocess
import sys

from longtake.kit.allocator import give_big_buffers_back

_HELD_AFTER_USE = """
import sys
from longtake.kit.allocator import give_big_buffers_back

def resident_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

if "held" in sys.argv:
    assert give_big_buffers_back()
bytearray(20 << 20)  # freeing this raises glibc's threshold
before = resident_kib()
buffers, small = [], []
for _ in range(100):
    buffers.append(bytearray(b"x") * (1 << 20))
    small.append(bytearray(600))  # lies behind it, so that a heap cannot shrink
del buffers
print(resident_kib() - before)
"""


def _kib_held(*words: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _HELD_AFTER_USE, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return int(done.stdout)


def test_what_is_let_go_of_goes_back_to_the_system() -> None:
    if not platform.libc_ver()[0]:
        assert not give_big_buffers_back()
        return
    assert _kib_held("held") < 5_000
    assert _kib_held() > 50_000
