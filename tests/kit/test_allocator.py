"""Memory goes back when it is let go of: measured in processes of their own."""

from __future__ import annotations

import platform
import subprocess
import sys
import time

import pytest

from longtake.kit.allocator import give_memory_back

IS_GLIBC = platform.libc_ver()[0] == "glibc"

_LET_GO_OF = """
import sys, time
from longtake.kit.allocator import give_memory_back

def resident_kib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

size = int(sys.argv[1])
if sys.argv[2] == "given back":
    assert give_memory_back(swept_every_s=0.05)
bytearray(20 << 20)  # freeing this raises glibc's threshold
before = resident_kib()
buffers, small = [], []
for _ in range((100 << 20) // size):
    buffers.append(bytearray(b"x") * size)
    small.append(bytearray(600))  # lies behind it, so that a heap cannot shrink
del buffers
print("let go of", flush=True)
while True:
    sys.stdin.readline()
    print(resident_kib() - before, flush=True)
"""


def _kib_held(size_bytes: int, word: str, until_kib: int) -> int:
    """At first, or as soon as it is less than that, for at most a few seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", _LET_GO_OF, str(size_bytes), word],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "let go of\n"
        deadline_s = time.monotonic() + 5
        while True:
            child.stdin.write("\n")
            child.stdin.flush()
            held = int(child.stdout.readline())
            if held < until_kib or time.monotonic() > deadline_s:
                child.kill()
                return held


@pytest.mark.parametrize(
    "size_bytes", [pytest.param(1 << 20, id="bodies"), pytest.param(64 << 10, id="pieces")]
)
def test_what_is_let_go_of_goes_back_to_the_system(size_bytes: int) -> None:
    if not IS_GLIBC:
        assert not give_memory_back()
        return
    assert _kib_held(size_bytes, "given back", 10_000) < 10_000
    assert _kib_held(size_bytes, "kept", 200_000) > 50_000
