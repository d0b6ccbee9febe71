"""The page when something goes wrong: it says what, offers what can be done, and goes on by itself when it can."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.fakes.node_process import NodeProcess, running, wait_for
from tests.fakes.watch_page import IN_A_BROWSER, after, clock, clock_that, known_clock, now_of

from longtake.app.wiring.demo import free_port

pytestmark = IN_A_BROWSER

SEGMENT = timedelta(seconds=2)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("troubled")
    with running(folder, "demo", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        yield node


@pytest.fixture
def node(demo: NodeProcess) -> NodeProcess:
    """A demo of which a test may stop what comes back by itself; the next test goes on with what is recorded."""
    wait_for(lambda: len(demo.segments()) >= 3, "some recording", patience_s=60)
    wait_for(lambda: time.time() - demo.segments()[-1].stat().st_mtime < 4, "a live stream")
    return demo


def recorded(node: NodeProcess, count: int) -> list[Path]:
    """So many segments at least."""
    wait_for(lambda: len(node.segments()) >= count, f"{count} segments", patience_s=60)
    return node.segments()


def message(page: Page) -> str:
    shown = page.get_by_test_id("picture-message")
    return shown.inner_text() if shown.count() else ""


def test_a_server_that_is_gone_and_back_is_a_thin_line(node: NodeProcess, page: Page) -> None:
    page.goto(node.url)
    live = after(page, known_clock(page))
    page.keyboard.press("i")
    serve = node.children()["serve"]
    os.kill(serve, signal.SIGSTOP)
    page.get_by_test_id("connection").wait_for()
    os.kill(serve, signal.SIGKILL)
    page.get_by_test_id("connection").wait_for(state="detached")
    after(page, live + timedelta(seconds=5))
    assert page.get_by_test_id("clip-1").is_visible()


def test_a_stream_that_is_down_says_since_when_and_comes_back(node: NodeProcess, page: Page) -> None:
    recorded(node, 7)  # so that the hole that it leaves is behind the one that another test makes
    page.goto(node.url)
    live = after(page, known_clock(page))
    wait_for(lambda: message(page) == "", "a stream that is not late")
    stream = node.children()["test-stream"]
    os.kill(stream, signal.SIGSTOP)
    try:
        wait_for(lambda: " ago" in message(page), "the page to say since when")
        stood = clock(page)
    finally:
        os.kill(stream, signal.SIGCONT)
    assert stood is not None
    assert stood >= live
    after(page, stood + timedelta(seconds=2))
    wait_for(lambda: message(page) == "", "no complaint any more")


def test_a_picture_that_stands_still_is_opened_anew_where_it_was(node: NodeProcess, page: Page) -> None:
    recorded(node, 12)
    page.goto(node.url)
    live = known_clock(page)
    page.route("**/segments/**", lambda _: None)  # never answered
    page.get_by_test_id("back-10").click()
    page.goto(f"{node.url}/?at={(live - timedelta(seconds=14)).isoformat().replace('+00:00', 'Z')}")
    stood = known_clock(page)
    wait_for(lambda: "has not moved for" in message(page), "the page to say that it is stuck")
    page.unroute("**/segments/**")
    clock_that(
        page, lambda now: stood < now < stood + timedelta(seconds=20), "the picture to go on from there"
    )


def test_where_nothing_is_recorded_both_sides_are_offered(node: NodeProcess, page: Page) -> None:
    names = recorded(node, 12)[3:6]
    for path in [each for name in names for each in name.parents[2].glob(f"*/*/{name.name[:12]}*")]:
        path.unlink()
    first = datetime.fromisoformat(f"{names[0].parent.name}:{names[0].name[:12]}+00:00")
    end = first + len(names) * SEGMENT
    page.goto(f"{node.url}/?at={(first + SEGMENT).isoformat().replace('+00:00', 'Z')}")
    clock_that(page, lambda now: now >= end, "the next that is recorded")
    wait_for(
        lambda: f"the hole is from {first:%H:%M:%S} to {end:%H:%M:%S}" in message(page), "the hole, in words"
    )
    page.get_by_test_id("offer").click()
    clock_that(page, lambda now: first - SEGMENT < now < first, "the last before the hole")


def test_before_all_that_is_recorded_the_first_is_offered(node: NodeProcess, page: Page) -> None:
    long_ago = now_of(page) - timedelta(days=3)
    page.goto(f"{node.url}/?at={long_ago.isoformat().replace('+00:00', 'Z')}")
    page.get_by_test_id("offer").click()
    name = node.segments()[0]
    first = datetime.fromisoformat(f"{name.parent.name}:{name.name[:12]}+00:00")
    clock_that(page, lambda now: first <= now < first + 5 * SEGMENT, "the first that is recorded")
