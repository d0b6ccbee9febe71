"""What a store's index of hours does, as metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from longtake.adapters.store.hour_index import IndexState


class IndexMetrics(Collector):
    """Asks for the state whenever somebody looks. For ``CollectorRegistry.register``."""

    def __init__(self, state: Callable[[], IndexState]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Two counters and a gauge, all of one moment."""
        state = self._state()
        yield CounterMetricFamily(
            "longtake_index_read", "Hours whose folder or facts were read", value=state.read
        )
        yield CounterMetricFamily(
            "longtake_index_kept", "Hours of which what was kept was still right", value=state.kept
        )
        yield GaugeMetricFamily(
            "longtake_index_bytes", "About what is kept of hours takes of memory", value=state.weight_bytes
        )
