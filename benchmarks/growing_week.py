"""A store of many hours up to now, of which every two seconds a segment more is there, as a recorder leaves it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from benchmarks.week import SEGMENT_S, lay_out, put_in

from longtake.adapters.store.layout import Layout
from longtake.core.times import HOUR_US, SECOND_US, hour_name

_SEGMENT_US = SEGMENT_S * SECOND_US


class GrowingWeek:
    """``hours`` of one channel, the last of them as far as it is over, are laid out at once."""

    def __init__(self, store: Path, channel: str, quality: str, *, hours: int) -> None:
        self._store = store
        self._channel = channel
        self._quality = quality
        this_hour_us = _now_us() // HOUR_US * HOUR_US
        self.start_us = this_hour_us - (hours - 1) * HOUR_US
        self._next_us = this_hour_us
        lay_out(store, [channel], quality, start_us=self.start_us, hours=hours - 1)
        self._catch_up()

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Each segment comes when it is over, until the block ends; those that came before are there when it begins."""
        self._catch_up()
        over = Event()
        thread = Thread(target=self._keep_arriving, args=(over,), name="arriving")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep_arriving(self, over: Event) -> None:
        while not over.wait(max(0, self._next_us + _SEGMENT_US - _now_us()) / SECOND_US):
            self._catch_up()

    def _catch_up(self) -> None:
        while self._next_us + _SEGMENT_US <= _now_us():
            folder = Layout(self._store).hour(self._channel, self._quality, hour_name(self._next_us))
            folder.mkdir(exist_ok=True)
            put_in(self._store, self._channel, self._quality, self._next_us)
            self._next_us += _SEGMENT_US


def _now_us() -> int:
    return time.time_ns() // 1000
