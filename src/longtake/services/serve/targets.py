"""The target durations that playlists were given, so that none of them falls."""

from __future__ import annotations


class Targets:
    """TARGETDURATION must not change (RFC 8216 6.2.1); while this process lives, that of a quality at least never falls."""

    def __init__(self) -> None:
        self._greatest_s: dict[tuple[str, str], int] = {}

    def least_s(self, channel: str, quality: str) -> int:
        """What a playlist of that quality has at least."""
        return self._greatest_s.get((channel, quality), 0)

    def raise_to(self, target_s: int, channel: str, quality: str) -> None:
        """A playlist of that quality has it."""
        self._greatest_s[channel, quality] = max(target_s, self.least_s(channel, quality))
