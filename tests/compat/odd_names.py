"""Strategies for names in hour folders: segments nearly right, tombstones, chat, and any text at all."""

from __future__ import annotations

import os

from hypothesis import strategies as st
from tests.fakes.older_node.names import encode_hash

CONTENT = b"x"
"""What has one of the hashes."""


def fits(name: str) -> bool:
    """A folder takes it."""
    return name not in ("", ".", "..") and len(os.fsencode(name)) <= 255


clocks = st.sampled_from(
    ["00:00", "00:00.", "00:00.5", "59:59.999999", "00:00.0000000", "60:00", "5:00", "00-00"]
)
durations = st.sampled_from(["2.0", "2", "0", ".5", "1e-05", "1e3", "nan", "-1", "1_0", "", "٣", "2.0 "])
kinds = st.sampled_from(["full", "suspect", "partial", "temp", "Full", "whole", ""])
hashes = st.sampled_from(
    ["", "AA", encode_hash(b""), encode_hash(CONTENT), encode_hash(CONTENT) + "=", "6f1c-4d0e", "é"]
)
extensions = st.sampled_from(
    [".ts", ".json", ".tombstone", ".TS", ".ts.tombstone", ".temp", ".tmp.ts", "", "."]
)
odd_letters = st.characters(codec="utf-8", exclude_characters="/\0") | st.sampled_from(
    [os.fsdecode(bytes([byte])) for byte in (0x80, 0xC3, 0xFF)]
)
stems = st.builds("{}-{}-{}-{}".format, clocks, durations, kinds, hashes) | st.text(odd_letters, max_size=12)
names = st.builds("{}{}".format, stems, extensions).filter(fits)
folder_names = st.text(odd_letters, min_size=1, max_size=8).filter(fits)
readable = st.builds(
    "{}-{}-{}-{}{}".format,
    st.sampled_from(["00:00", "00:00.", "00:00.000000", "00:02.5", "59:59.999999", "60:00"]),
    st.sampled_from(["2.0", "2", "1.999", "1e3"]),
    st.sampled_from(["full", "suspect", "partial", "temp"]),
    st.just(encode_hash(CONTENT)),
    st.sampled_from([".ts", ".ts", ".ts", ".tombstone"]),
)
"""Names that the older system reads, of the right content; some of them name the same moment."""
