"""The peers in the view Channels: what replication says of itself moves there without a reload."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from tests.fakes.node_process import wait_for
from tests.fakes.serving import Serving, serving
from tests.fakes.watch_page import IN_A_BROWSER, faults

from longtake.core.times import SECOND_US, format_us

pytestmark = IN_A_BROWSER

PHONE = 360
SILENT_IN_A_WHILE_S = 3600
"""The status is written once, and not every second: its process has a clock that is ahead."""


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A web process alone, on an empty store."""
    store = tmp_path_factory.mktemp("peers") / "store"
    store.mkdir()
    with serving(store) as served:
        yield served


def ago(seconds: float) -> str:
    return format_us(time.time_ns() // 1000 - round(seconds * SECOND_US))


def say(node: Serving, *peers: dict[str, object], silent_s: float = -SILENT_IN_A_WHILE_S) -> None:
    """A status as the replicator leaves it."""
    folder = node.store / ".longtake" / "status"
    folder.mkdir(parents=True, exist_ok=True)
    head = {"service": "replicate", "pid": os.getpid(), "started": ago(100), "updated": ago(silent_s)}
    replication = {"node": "north", "peers_trouble": None, "trouble": None, "peers": peers}
    written = folder / "written"
    written.write_text(json.dumps({**head, "details": {"replication": replication}, "metrics": []}))
    written.rename(folder / "replicate.json")


def peer(name: str, state: str = "idle", **words: object) -> dict[str, object]:
    usual = {"name": name, "url": f"http://{name}:8700", "kind": "longtake 1.0", "last_pass": ago(12)}
    counts = {"pulled": 48211, "bytes": 3 << 30, "hours_to_do": 0, "segments_to_do": 0}
    return usual | counts | {"state": state, "since": ago(4000)} | words


def bar_px(page: Page, name: str) -> float:
    """How much of what was to do is left, in pixels."""
    bar = page.get_by_test_id(f"peer-{name}").locator(".bar > div")
    box = bar.bounding_box() if bar.count() else None
    return box["width"] if box else 0


def test_what_is_to_do_shrinks_until_nothing_is_left(node: Serving, page: Page) -> None:
    say(node, peer("south", "pulling", hours_to_do=40, segments_to_do=900))
    page.goto(f"{node.url}/channels")
    south = page.get_by_test_id("peer-south")
    south.get_by_text("to do: 40 hours differ, 900 segments to pull now").wait_for()
    page.get_by_text(
        "All is well: nothing is set to be recorded, and 1 peer is asked for what is lacking."
    ).wait_for()
    page.evaluate("window.loaded = 'once'")
    whole = bar_px(page, "south")
    say(node, peer("south", "pulling", hours_to_do=10, segments_to_do=1800))
    wait_for(lambda: 0.2 * whole < bar_px(page, "south") < 0.3 * whole, "a quarter of the bar")
    say(node, peer("south"))
    south.get_by_text("to do: nothing").wait_for()
    assert bar_px(page, "south") == 0
    assert "48,211" in south.inner_text()
    assert page.evaluate("window.loaded") == "once"


def test_a_peer_that_is_gone_and_a_process_that_is_silent_say_what_to_do(node: Serving, page: Page) -> None:
    gone = peer("south", "unreachable", message="no answer from http://south:8700")
    say(node, gone, peer("east"))
    page.goto(f"{node.url}/channels")
    page.get_by_test_id("peer-south").get_by_text("unreachable: it does not answer since").wait_for()
    trouble = page.get_by_test_id("trouble").inner_text()
    assert "peer south: it does not answer: no answer from http://south:8700 since" in trouble
    assert "To do: check that node" in trouble
    say(node, gone, peer("east"), silent_s=60)
    page.get_by_test_id("peer-east").get_by_text("to do: not known").wait_for()
    assert page.get_by_test_id("peer-east").get_attribute("data-state") == "unknown"


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_serious_and_a_phone_has_room_for_it(
    node: Serving, page: Page, scheme: str
) -> None:
    long = peer("a-peer-with-a-very-long-name.example.org:8000", "refused", message="x" * 200)
    say(node, long, peer("new", "starting", last_pass=None), peer("south", "pulling", hours_to_do=4))
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    page.goto(f"{node.url}/channels")
    page.get_by_test_id("peer-new").wait_for()
    assert faults(page) == []
    page.set_viewport_size({"width": PHONE, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert faults(page) == []
