"""What people see of replication is in docs/operations.md, in the same words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from longtake.adapters.store.status_troubles import troubles
from longtake.adapters.store.status_view import UNKNOWN, node_view
from longtake.adapters.store.status_words import decode_status
from longtake.core.replication.plan import Skip
from longtake.services.replicate.report import Failure, PeerState, Reason, ReplicateMetrics

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
NOW_US = 1_800_000_000_000_000
BEGAN = "2027-01-01T00:00:00Z"


def section() -> str:
    return OPERATIONS.read_text().partition("## Several nodes")[2].partition("\n## ")[0]


@pytest.mark.parametrize("state", [*PeerState, UNKNOWN])
def test_every_state_of_a_peer_is_described(state: str) -> None:
    assert re.search(rf"^\| [●○▲] `{state}` \|", section(), re.MULTILINE)


@pytest.mark.parametrize("reason", [*Skip, *Reason, *Failure])
def test_every_reason_is_described(reason: str) -> None:
    assert f"`{reason}`" in section()


def test_every_metric_is_described_and_no_other() -> None:
    registry = CollectorRegistry()
    ReplicateMetrics(registry)
    exported = {metric.name + ("_total" if metric.type == "counter" else "") for metric in registry.collect()}
    assert set(re.findall(r"^\| `(longtake_\w+)\{", section(), re.MULTILINE)) == exported


def test_every_trouble_is_described_in_its_own_words() -> None:
    peers = [
        {"name": state, "state": state, "since": BEGAN, "failed": {Failure.WRONG_BYTES: 1}}
        for state in ("unreachable", "refused", "itself")
    ]
    told = {"trouble": "the disk is full", "peers_trouble": "the database does not answer", "peers": peers}
    head = {"service": "replicate", "pid": 1, "started": BEGAN, "updated": "2099-01-01T00:00:00Z"}
    status = decode_status("replicate", {**head, "details": {"replication": told}})
    assert status is not None
    found = troubles(node_view([status], now_us=NOW_US))
    assert len(found) == 8
    for trouble in found:
        words = re.split(r"[:,]", trouble.what)[0]
        assert words in section(), words
        advice = re.split(r"[,;:]", trouble.advice)[0]
        assert advice in section(), advice
