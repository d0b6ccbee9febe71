from __future__ import annotations

import json

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

from longtake.kit.metrics import ExportedMetric, ForeignMetrics, export_metrics


def through_json(registry: CollectorRegistry) -> list[ExportedMetric]:
    """As another process sees them: written into a status file and read again."""
    read: list[ExportedMetric] = json.loads(json.dumps(export_metrics(registry)))
    return read


def text_of(registry: CollectorRegistry) -> str:
    """The exposition, without the moments at which metrics were made."""
    lines = generate_latest(registry).decode().splitlines()
    return "\n".join(line for line in lines if "_created" not in line)


def shown(*families: ExportedMetric) -> str:
    registry = CollectorRegistry()
    foreign = ForeignMetrics()
    registry.register(foreign)
    foreign.replace(families)
    return text_of(registry)


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
    assert shown(*through_json(registry)) == text


def test_the_moments_at_which_metrics_were_made_stay_at_home() -> None:
    registry = CollectorRegistry()
    Counter("longtake_segments", "Segments kept", registry=registry)
    assert [sample["name"] for family in export_metrics(registry) for sample in family["samples"]] == [
        "longtake_segments_total"
    ]


def test_a_family_of_two_processes_is_one_family_with_the_samples_of_both() -> None:
    text = shown(*capture_of("one", 3), *capture_of("other", 4))
    assert text.count("# TYPE longtake_segments_total counter") == 1
    assert text.count("# HELP longtake_segments_total Segments kept") == 1
    assert 'longtake_segments_total{channel="one"} 3.0' in text
    assert 'longtake_segments_total{channel="other"} 4.0' in text


def test_what_is_no_longer_said_is_no_longer_shown() -> None:
    registry = CollectorRegistry()
    foreign = ForeignMetrics()
    registry.register(foreign)
    foreign.replace([*capture_of("one", 3), *capture_of("other", 4)])
    foreign.replace(capture_of("other", 5))
    assert 'channel="one"' not in text_of(registry)
    assert 'longtake_segments_total{channel="other"} 5.0' in text_of(registry)
    foreign.replace([])
    assert text_of(registry) == ""


def test_a_kind_that_has_no_foreign_form_is_shown_without_one() -> None:
    registry = CollectorRegistry()
    Enum("longtake_state", "What it does", states=["waiting", "recording"], registry=registry).state(
        "recording"
    )
    text = shown(*through_json(registry))
    assert "# TYPE longtake_state untyped" in text
    assert 'longtake_state{longtake_state="recording"} 1.0' in text


def test_our_own_metrics_stand_beside_those_of_others() -> None:
    registry = CollectorRegistry()
    Gauge("longtake_open", "Ours", registry=registry).set(1)
    foreign = ForeignMetrics()
    registry.register(foreign)
    foreign.replace(capture_of("demo", 2))
    text = text_of(registry)
    assert "longtake_open 1.0" in text
    assert 'longtake_segments_total{channel="demo"} 2.0' in text
