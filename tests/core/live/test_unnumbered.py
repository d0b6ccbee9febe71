"""Sources whose numbers and names are all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.fakes.live_playlists import Recording, a_window, offered

from longtake.core.hls.model import MediaPlaylist

# how the address of entry n, listed in poll p, looks
ADDRESSES: dict[str, Callable[[int, int], str]] = {
    "the number is in the query": lambda n, p: f"https://cdn.example/seg.ts?n={n}",
    "the number is in the folder": lambda n, p: f"https://cdn.example/{n}/seg.ts",
    "the folder, and a token of the moment in the query": lambda n, p: (
        f"https://cdn.example/{n}/seg.ts?t={p}"
    ),
    "the folder, and another host each time": lambda n, p: f"https://cdn{p % 3}.example/{n}/seg.ts",
}


def window(
    first: int, last: int, poll: int, address: Callable[[int, int], str], at_s: float | None
) -> MediaPlaylist:
    """Entries ``first`` to ``last``, counted from 0."""
    return a_window(
        *(
            offered(place, at_s=None if at_s is None else at_s + 2.0 * n, uri=address(n, poll))
            for place, n in enumerate(range(first, last + 1))
        )
    )


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
@pytest.mark.parametrize("at_s", [None, 0.0], ids=["without dates", "with dates"])
def test_each_is_fetched_once(address: Callable[[int, int], str], at_s: float | None) -> None:
    recording, fetched = Recording(), []
    # It grows, slides, stands, slides by several, slides past us, goes on.
    windows = [(0, 1), (0, 3), (1, 4), (1, 4), (3, 6), (20, 23), (21, 24), (22, 25)]
    for poll, (first, last) in enumerate(windows):
        seen = recording.poll(window(first, last, poll, address, at_s), 2.0 * last + 2.5)
        fetched += [first + fetch.sequence for fetch in seen.fetches]
    assert fetched == [*range(7), *range(20, 26)]
    if at_s is not None:
        assert [(start_s, first) for _, start_s, first in recording.times] == [
            (2.0 * n, recording.times[0][2]) for n in fetched
        ]


def test_tokens_of_the_moment_are_no_identity() -> None:
    """As of a playlist that grows from 0 on, rightly numbered."""
    recording = Recording()
    for poll in range(6):
        recording.poll(
            window(0, poll + 2, poll, lambda n, p: f"https://cdn.example/{p}{n}/seg.ts", None), 2 * poll
        )
    assert recording.numbers == list(range(8))


def test_addresses_that_come_round_again_in_a_numbered_playlist_are_new() -> None:
    recording = Recording()
    for first in range(0, 40, 3):
        entries = (offered(n, uri=f"https://cdn.example/seg.ts?n={n % 5}") for n in range(first, first + 4))
        recording.poll(a_window(*entries), 2 * first)
    assert recording.numbers == list(range(43))
