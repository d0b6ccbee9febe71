"""The index of hours, as a scrape shows it."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry
from tests.builders import a_segment
from tests.fakes.web_node import web_node

from longtake.adapters.store.hour_index import IndexState
from longtake.adapters.store.index_metrics import IndexMetrics
from longtake.kit.metrics import export_metrics

HOUR = "2024-11-09T04"


def test_a_scrape_has_the_state_of_that_moment() -> None:
    states = iter([IndexState(read=3, kept=5, weight_bytes=700), IndexState(read=4, kept=9, weight_bytes=0)])
    registry = CollectorRegistry(auto_describe=False)
    registry.register(IndexMetrics(lambda: next(states)))
    for expected in (
        {"read_total": 3, "kept_total": 5, "bytes": 700},
        {"read_total": 4, "kept_total": 9, "bytes": 0},
    ):
        samples = [sample for metric in export_metrics(registry) for sample in metric["samples"]]
        assert {one["name"].removeprefix("longtake_index_"): one["value"] for one in samples} == expected


async def test_a_node_shows_them(tmp_path: Path) -> None:
    async with web_node(tmp_path) as node:
        folder = node.store.layout.hour("demo", "source", HOUR)
        folder.mkdir(parents=True)
        (folder / a_segment().name).touch()
        os.utime(folder, ns=(10**18, 10**18))  # long ago, so that what is read of it is trusted
        for _ in range(3):
            assert (await node.get(f"/files/demo/source/{HOUR}")).status == 200
        text = (await node.get("/metrics")).text
        state = node.store.index_state()
        assert (state.read, state.kept) == (1, 2)
        for line in (
            'read_total{service="serve"} 1.0',
            'kept_total{service="serve"} 2.0',
            f'bytes{{service="serve"}} {float(state.weight_bytes)}',
        ):
            assert f"longtake_index_{line}" in text
