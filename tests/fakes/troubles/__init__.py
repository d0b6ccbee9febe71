"""The table of named troubles: what an origin does, what must be on disk afterwards, what status said meanwhile."""

from tests.fakes.troubles import (  # noqa: F401 - each adds its rows
    of_ads,
    of_answers,
    of_forms,
    of_numbers,
    of_playlists,
    of_segments,
    of_sources,
)
from tests.fakes.troubles.rows import ROWS, Expected, Row

__all__ = ["ROWS", "Expected", "Row"]
