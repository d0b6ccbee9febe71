"""Rivals by their seconds, random ones, and hours chosen one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import settings
from hypothesis import strategies as st

from longtake.core.choosing import BORDER_US, Rival, choose_hour
from longtake.core.times import HOUR_US

ZERO_US = 480_000 * HOUR_US
"""The start of some hour."""
FULL, SUSPECT, PARTIAL, UNDECODABLE = 3, 2, 1, 0

many = settings(max_examples=300, deadline=None)
very_many = settings(max_examples=5_000, deadline=None)
"""For the soak forms."""


def a_rival(
    start_s: float,
    end_s: float,
    rank: int = FULL,
    *,
    digest: bytes | None = None,
    size: int = 0,
    name: str = "",
    index: int = 0,
) -> Rival:
    """By seconds after ``ZERO_US``. Content is a span's own unless said otherwise."""
    start_us, end_us = ZERO_US + round(start_s * 1e6), ZERO_US + round(end_s * 1e6)
    own = f"{start_us} {end_us} {rank} {size} {name}".encode()
    return Rival(start_us, end_us, rank, size, own if digest is None else digest, name, index)


def numbered(rivals: Iterable[Rival]) -> list[Rival]:
    """With their places as indices."""
    return [rival._replace(index=at) for at, rival in enumerate(rivals)]


def a_source(start_s: float, count: int, step_s: float = 2.0, **more: float) -> list[Rival]:
    """Segments at a regular pace; ``stated_s`` is what their names claim, by default the step."""
    stated_s, rank = more.get("stated_s", step_s), int(more.get("rank", FULL))
    starts_s = (start_s + at * step_s for at in range(count))
    return [a_rival(begin_s, begin_s + stated_s, rank) for begin_s in starts_s]


def in_hour(rivals: Iterable[Rival], start_us: int) -> list[Rival]:
    """Those of one hour folder."""
    return [rival for rival in rivals if start_us <= rival.start_us < start_us + HOUR_US]


def choose(rivals: Sequence[Rival], *, first: int = 0, hours: int = 1) -> list[Rival]:
    """What hours choose, each by itself, put together; the first one begins ``first`` hours after ``ZERO_US``."""
    chosen = []
    for hour in range(first, first + hours):
        start_us = ZERO_US + hour * HOUR_US
        before, own, after = (in_hour(rivals, start_us + by * HOUR_US) for by in (-1, 0, 1))
        indices = choose_hour(
            numbered(own),
            start_us=start_us,
            tail=[rival for rival in before if rival.end_us > start_us - BORDER_US],
            head=[rival for rival in after if rival.start_us < start_us + HOUR_US + BORDER_US],
        )
        chosen += [own[index] for index in indices]
    return chosen


def rivals_at(
    starts_s: st.SearchStrategy[float], lengths_s: Sequence[float], *, most: int, contents: str = "abc"
) -> st.SearchStrategy[list[Rival]]:
    """Random rivals, of which no two have the same start, length, rank and content."""
    digests = st.sampled_from([None, None, None, b"", *(letter.encode() for letter in contents)])
    one = st.builds(
        lambda start_s, length_s, rank, digest, size: a_rival(
            start_s, start_s + length_s, rank, digest=digest, size=size, name=f"{size}{rank}"
        ),
        starts_s,
        st.sampled_from(list(lengths_s)),
        st.sampled_from([FULL, FULL, SUSPECT, PARTIAL, UNDECODABLE]),
        digests,
        st.integers(0, 2),
    )
    unique = st.lists(one, max_size=most, unique_by=lambda rival: rival[:5])
    return unique.map(numbered)
