"""The ledgers of a channel in memory: the real rules over a folder that is a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class MemoryLedgerFolder:
    """``LedgerFolder`` in memory. While ``trouble`` is set, nothing can be written; several ledgers may share one."""

    files: dict[str, bytes] = field(default_factory=dict)
    trouble: OSError | None = None

    def stamp(self) -> object:
        """See ``LedgerFolder``."""
        return tuple(sorted(self.files))

    def names(self) -> list[str]:
        """See ``LedgerFolder``."""
        return list(self.files)

    def read(self, name: str) -> bytes:
        """See ``LedgerFolder``."""
        if name not in self.files:
            raise FileNotFoundError(name)
        return self.files[name]

    def size_bytes(self, name: str) -> int:
        """See ``LedgerFolder``."""
        return len(self.files.get(name, b""))

    def append(self, name: str, at: int, data: bytes) -> None:
        """See ``LedgerFolder``."""
        self._check()
        self.files[name] = self.files[name][:at] + data

    def put(self, name: str, data: bytes, *, durable: bool) -> None:
        """See ``LedgerFolder``."""
        self._check()
        self.files[name] = data

    def sync(self, name: str) -> None:
        """See ``LedgerFolder``."""

    def remove(self, name: str) -> None:
        """See ``LedgerFolder``."""
        self._check()
        self.files.pop(name, None)

    def _check(self) -> None:
        if self.trouble is not None:
            raise self.trouble
