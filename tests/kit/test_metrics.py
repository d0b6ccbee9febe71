from __future__ import annotations

import json
import re

import pytest
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Summary,
    generate_latest,
)

from longtake.kit.metrics import ExportedMetric, decode_metrics, export_metrics, exposition, gauge


def through_json(registry: CollectorRegistry) -> list[ExportedMetric]:
    """As another process sees them: written into a status file and read again."""
    return decode_metrics(json.loads(json.dumps(export_metrics(registry))))


def text_of(registry: CollectorRegistry) -> str:
    """The exposition, without the moments at which metrics were made."""
    lines = generate_latest(registry).decode().splitlines()
    return "\n".join(line for line in lines if "_created" not in line)


def shown(**services: list[ExportedMetric]) -> str:
    return exposition(services.items()).decode()


def capture_of(channel: str, segments: float) -> list[ExportedMetric]:
    registry = CollectorRegistry()
    counter = Counter("longtake_segments", "Segments kept", ["channel"], registry=registry)
    counter.labels(channel).inc(segments)
    return through_json(registry)


def test_all_kinds_look_the_same_from_another_process() -> None:
    registry = CollectorRegistry()
    counter = Counter("longtake_segments", "Segments kept", ["channel", "type"], registry=registry)
    counter.labels("demo", "full").inc(3)
    counter.labels('odd "name"\n', "suspect").inc()
    Gauge("longtake_free_bytes", "Room", registry=registry).set(1.5e12)
    Gauge("longtake_last", "Never", registry=registry).set(float("nan"))
    Gauge("longtake_limit", "None", registry=registry).set(float("inf"))
    histogram = Histogram("longtake_seconds", "How long", ["route"], buckets=(0.1, 1), registry=registry)
    histogram.labels("/files").observe(0.5)
    Summary("longtake_sizes", "How big", registry=registry).observe(7)
    Info("longtake_build", "What runs", registry=registry).info({"version": "0.1"})
    Gauge("longtake_unset", "Has labels, no sample yet", ["x"], registry=registry)
    text = text_of(registry)
    assert 'longtake_segments_total{channel="demo",type="full"} 3.0' in text
    assert 'longtake_seconds_bucket{le="+Inf",route="/files"} 1.0' in text
    without_service = re.sub(
        r',service="capture"|service="capture",?', "", shown(capture=through_json(registry))
    )
    assert without_service.replace("{}", "").rstrip() == text


def test_the_moments_at_which_metrics_were_made_stay_at_home() -> None:
    registry = CollectorRegistry()
    Counter("longtake_segments", "Segments kept", registry=registry)
    assert [sample["name"] for family in export_metrics(registry) for sample in family["samples"]] == [
        "longtake_segments_total"
    ]


def test_a_family_of_two_processes_is_one_family_and_each_sample_says_whose_it_is() -> None:
    text = shown(capture=capture_of("one", 3), capture2=capture_of("one", 4))
    assert text.count("# TYPE longtake_segments_total counter") == 1
    assert text.count("# HELP longtake_segments_total Segments kept") == 1
    assert 'longtake_segments_total{channel="one",service="capture"} 3.0' in text
    assert 'longtake_segments_total{channel="one",service="capture2"} 4.0' in text


def test_nothing_is_nothing() -> None:
    assert shown() == ""
    assert shown(capture=[]) == ""


def test_a_gauge_is_shown() -> None:
    assert 'longtake_up{service="capture"} 1.0' in shown(capture=[gauge("longtake_up", "Whether", 1)])


def test_a_family_that_is_of_another_kind_elsewhere_is_shown_as_the_first_has_it() -> None:
    other: ExportedMetric = {**capture_of("one", 3)[0], "type": "gauge"}
    text = shown(capture=capture_of("one", 3), older=[other])
    assert text.count("# TYPE") == 1
    assert "older" not in text


SAMPLE = {"name": "x_total", "labels": {"a": "b"}, "value": 1}
FAMILY = {"name": "x", "help": "X", "type": "counter", "samples": [SAMPLE]}
# what stands in a file -> the names of the samples that are understood
FOREIGN: dict[str, tuple[object, list[str]]] = {
    "as we write it": ([FAMILY], ["x_total"]),
    "nothing": (None, []),
    "a word": ("metrics", []),
    "an object": ({"x": 1}, []),
    "a list of words": (["x", 1, None, []], []),
    "one bad family among good ones": ([{}, FAMILY], ["x_total"]),
    "a name that is none": ([{**FAMILY, "name": "x y"}], []),
    "a name that is a list": ([{**FAMILY, "name": []}], []),
    "no samples": ([{"name": "x", "help": "X", "type": "counter"}], []),
    "no help and no type": ([{"name": "x", "samples": [SAMPLE]}], ["x_total"]),
    "a type that is a list": ([{**FAMILY, "type": []}], ["x_total"]),
    "one bad sample among good ones": ([{**FAMILY, "samples": [1, {}, SAMPLE]}], ["x_total"]),
    "a sample of another family": ([{**FAMILY, "samples": [{**SAMPLE, "name": "y"}]}], []),
    "a value that is a word": ([{**FAMILY, "samples": [{**SAMPLE, "value": "1"}]}], []),
    "a value beyond all floats": ([{**FAMILY, "samples": [{**SAMPLE, "value": 10**400}]}], []),
    "a label that is a number": ([{**FAMILY, "samples": [{**SAMPLE, "labels": {"a": 1}}]}], []),
    "a label with a strange name": ([{**FAMILY, "samples": [{**SAMPLE, "labels": {"a b": "c"}}]}], []),
}


@pytest.mark.parametrize(("read", "understood"), FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_not_understood_is_passed_over(read: object, understood: list[str]) -> None:
    metrics = decode_metrics(read)
    assert [sample["name"] for family in metrics for sample in family["samples"]] == understood
    shown(capture=metrics)


def test_a_kind_that_has_no_foreign_form_is_shown_without_one() -> None:
    registry = CollectorRegistry()
    Enum("longtake_state", "What it does", states=["waiting", "recording"], registry=registry).state(
        "recording"
    )
    text = shown(capture=through_json(registry))
    assert "# TYPE longtake_state untyped" in text
    assert 'longtake_state{longtake_state="recording",service="capture"} 1.0' in text
