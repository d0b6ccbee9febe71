from __future__ import annotations

import hashlib

from tests.builders import a_segment

from longtake.core.digests import digest_hour
from longtake.core.listing import read_listing
from longtake.core.names import tombstone_of

HOUR = "2024-11-09T04"
FIRST, SECOND = a_segment("04:00:00").name, a_segment("04:00:02").name


def test_the_hash_is_over_the_sorted_names_each_with_a_newline() -> None:
    digest = digest_hour(read_listing(HOUR, [SECOND, FIRST]))
    assert (digest.hour, digest.count) == (HOUR, 2)
    assert digest.digest == hashlib.sha256(f"{FIRST}\n{SECOND}\n".encode()).digest()


def test_what_is_in_flight_or_odd_does_not_count() -> None:
    plain = digest_hour(read_listing(HOUR, [FIRST]))
    odd = digest_hour(read_listing(HOUR, [FIRST, "00:04-2.0-temp-x.ts", "stray.ts", ".hidden", "a.mkv"]))
    assert (odd.count, odd.digest) == (plain.count, plain.digest)


def test_a_tombstone_counts_in_the_place_of_what_it_suppresses() -> None:
    digest = digest_hour(read_listing(HOUR, [FIRST, tombstone_of(FIRST)]))
    assert digest.count == 1
    assert digest.digest == hashlib.sha256(f"{tombstone_of(FIRST)}\n".encode()).digest()


def test_no_name_is_the_hash_of_nothing() -> None:
    assert digest_hour(read_listing(HOUR, [])).digest == hashlib.sha256(b"").digest()
