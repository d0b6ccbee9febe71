"""Prometheus metrics that travel: a process exports its own as plain data, the web process shows those of all.

Each service keeps its metrics in a registry of its own and writes them into its status file; ``ForeignMetrics`` turns
what was read there back into metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_TYPES = frozenset({"counter", "gauge", "histogram", "summary", "info", "unknown"})


class ExportedSample(TypedDict):
    """One line of the exposition: the whole sample name, its labels and value."""

    name: str
    labels: dict[str, str]
    value: float


class ExportedMetric(TypedDict):
    """One metric family."""

    name: str
    help: str
    type: str
    samples: list[ExportedSample]
    unit: NotRequired[str]


def export_metrics(registry: CollectorRegistry) -> list[ExportedMetric]:
    """All metrics of a registry as values that JSON can hold."""
    return [
        ExportedMetric(
            name=metric.name,
            help=metric.documentation,
            type=metric.type,
            samples=[
                ExportedSample(name=sample.name, labels=dict(sample.labels), value=sample.value)
                for sample in metric.samples
                if not sample.name.endswith("_created")
            ],
        )
        for metric in registry.collect()
    ]


class ForeignMetrics(Collector):
    """Metrics of other processes. ``replace`` is called before each exposition."""

    def __init__(self) -> None:
        self._families: dict[str, Metric] = {}

    def replace(self, exported: Iterable[ExportedMetric]) -> None:
        """Takes over what processes exported; the same family from several processes becomes one."""
        families: dict[str, Metric] = {}
        for family in exported:
            kind = family["type"] if family["type"] in _TYPES else "unknown"
            metric = families.setdefault(family["name"], Metric(family["name"], family["help"], kind))
            for sample in family["samples"]:
                metric.add_sample(sample["name"], sample["labels"], sample["value"])
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """See ``Collector``."""
        yield from self._families.values()
