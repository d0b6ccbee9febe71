"""Where a cut goes: a file, or a stream."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longtake.adapters.media.interface import Emit
from longtake.core.errors import StoreUnavailable


@contextmanager
def writing() -> Iterator[None]:
    """What goes wrong with the file, whoever writes it, becomes StoreUnavailable. A broken pipe is none of it: whoever
    waits for the cut is gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreUnavailable(f"the cut cannot be written: {error.strerror}") from error


@contextmanager
def into_file(path: Path) -> Iterator[Emit]:
    """Writes to a new file."""
    with path.open("wb") as file:

        def write(data: bytes | memoryview) -> None:
            file.write(data)

        yield write


class Sink:
    """What PyAV writes a stream to."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def write(self, data: bytes) -> int:
        """From front to back."""
        self._emit(bytes(data))
        return len(data)
