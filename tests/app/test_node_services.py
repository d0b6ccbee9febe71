"""Which processes a node has."""

from __future__ import annotations

from pathlib import Path

from longtake.app.config import load_settings
from longtake.app.wiring.node import service_specs

NOT_RECORDING: dict[str, object] = {"capture": {"enabled": False}}


def test_a_node_without_channels_waits_for_some(tmp_path: Path) -> None:
    settings = load_settings(None, base=tmp_path)
    assert [spec.name for spec in service_specs(settings)] == ["capture", "serve", "replicate", "custody"]


def test_custody_is_part_of_every_node_since_facts_are_to_be_filled_in(tmp_path: Path) -> None:
    forever = load_settings(None, NOT_RECORDING, base=tmp_path)
    for_a_while = load_settings(None, NOT_RECORDING | {"store": {"keep": "1h"}}, base=tmp_path)
    for settings in (forever, for_a_while):
        assert [spec.name for spec in service_specs(settings)] == ["serve", "replicate", "custody"]


def test_a_node_that_is_not_to_pull_has_no_replicator(tmp_path: Path) -> None:
    settings = load_settings(None, NOT_RECORDING | {"replicate": {"enabled": False}}, base=tmp_path)
    assert [spec.name for spec in service_specs(settings)] == ["serve", "custody"]
