from __future__ import annotations

import asyncio

from longtake.core.errors import StoreUnavailable
from longtake.services.capture.gate import DiskGate


def test_a_gate_opens_when_both_the_disk_and_what_was_met_are_well() -> None:
    told: list[str | None] = []
    gate = DiskGate(lambda: told.append(gate.reason))
    assert is_open(gate)
    gate.failed(StoreUnavailable("cannot store a segment: the disk is full"))
    assert list(told) == ["cannot store a segment: the disk is full"]
    gate.close("the disk is full")
    assert gate.reason == "the disk is full"
    gate.mended()
    assert not is_open(gate)
    gate.failed(StoreUnavailable("the disk fails"))
    gate.disk_is_well()
    assert gate.reason == "the disk fails"
    assert not is_open(gate)
    gate.mended()
    assert is_open(gate)
    assert not gate.reason


async def test_who_waits_goes_on_when_it_opens() -> None:
    gate = DiskGate()
    gate.close("the disk is full")
    gate.failed(StoreUnavailable("the disk fails"))
    waits = asyncio.create_task(gate.wait())
    await asyncio.sleep(0)
    assert not waits.done()
    gate.open()
    await waits


def is_open(gate: DiskGate) -> bool:
    return gate.is_open
