"""Prometheus metrics that travel: a process exports its own as plain data, the web process shows those of all.

Each service keeps its metrics in a registry of its own and writes them into its status file. ``decode_metrics`` reads
what is there, ``exposition`` shows the metrics of all services as one text: each sample with the ``service`` that said
it, so that two processes never claim the same series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypedDict

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_TYPES = frozenset({"counter", "gauge", "histogram", "summary", "info", "unknown"})
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)


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


ServiceMetrics = tuple[str, Iterable[ExportedMetric]]
"""(service, its metrics)."""


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


def gauge(name: str, help: str, value: float) -> ExportedMetric:
    """A family of one sample without labels."""
    return ExportedMetric(
        name=name, help=help, type="gauge", samples=[ExportedSample(name=name, labels={}, value=value)]
    )


def decode_metrics(read: object) -> list[ExportedMetric]:
    """What ``export_metrics`` made, after its way through JSON. What is none (of another version) is passed over."""
    families = read if isinstance(read, list) else []
    return [metric for family in families if (metric := _decoded_family(family)) is not None]


def _decoded_family(read: object) -> ExportedMetric | None:
    if not isinstance(read, dict):
        return None
    name, documentation, kind, samples = (read.get(key) for key in ("name", "help", "type", "samples"))
    if not (isinstance(name, str) and _NAME.fullmatch(name) and isinstance(samples, list)):
        return None
    return ExportedMetric(
        name=name,
        help=documentation if isinstance(documentation, str) else "",
        type=kind if isinstance(kind, str) and kind in _TYPES else "unknown",
        samples=[sample for one in samples if (sample := _decoded_sample(one, name)) is not None],
    )


def _decoded_sample(read: object, family: str) -> ExportedSample | None:
    if not isinstance(read, dict):
        return None
    name, labels, value = (read.get(key) for key in ("name", "labels", "value"))
    if not (isinstance(name, str) and _NAME.fullmatch(name) and name.startswith(family)):
        return None
    if not isinstance(value, int | float) or not isinstance(labels, dict):
        return None
    if not all(isinstance(text, str) and _LABEL.fullmatch(label) for label, text in labels.items()):
        return None
    try:
        return ExportedSample(name=name, labels=labels, value=float(value))
    except OverflowError:
        return None


def exposition(services: Iterable[ServiceMetrics]) -> bytes:
    """The Prometheus text of all. The same family from several services becomes one."""
    families: dict[str, Metric] = {}
    for service, exported in services:
        for family in exported:
            kind = family["type"] if family["type"] in _TYPES else "unknown"
            metric = families.setdefault(family["name"], Metric(family["name"], family["help"], kind))
            if metric.type != kind:  # services of two versions; one series cannot be both
                continue
            for sample in family["samples"]:
                metric.add_sample(sample["name"], {**sample["labels"], "service": service}, sample["value"])
    registry = CollectorRegistry()
    registry.register(_Families(families.values()))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families
