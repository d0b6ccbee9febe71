"""What goes wrong with one hour is left for the next pass, and the others are gone on with; several in a row end the pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from longtake.core.errors import SourceError, SourceRefused, StoreUnavailable

_IN_A_ROW = 3
"""So many hours without an answer, or that the own disk does not take, are no fault of the hours."""
_REFUSED_IN_A_ROW = 20
"""An answer that makes no sense comes at once, and costs little."""


class Stumbles:
    """Of one pass."""

    def __init__(self) -> None:
        self._first: SourceError | StoreUnavailable | None = None
        self._in_a_row = 0

    @contextmanager
    def over(self) -> Iterator[None]:
        """Around the work on one hour. Passes on only the last of too many errors in a row."""
        try:
            yield
        except (SourceError, StoreUnavailable) as error:
            self._first = self._first or error
            self._in_a_row += 1
            most = _REFUSED_IN_A_ROW if isinstance(error, SourceRefused) else _IN_A_ROW
            if self._in_a_row >= most:
                raise
        else:
            self._in_a_row = 0

    def tell(self) -> None:
        """At the end of the pass: raises the first of them, if there was any."""
        if self._first is not None:
            raise self._first
