"""One demo for all modules of the page's tests that only read from it, a browser for each module, a new page for each test.

The browser ends with its module: while playwright drives one, no other event loop can run in this thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.fakes.node_process import NodeProcess, running, wait_for
from tests.fakes.watch_page import BROWSER, FLAGS

from longtake.app.wiring.demo import free_port

HERE = Path(__file__).parent
WATCHES_THE_DEMO = {"test_access.py", "test_clips.py", "test_page.py", "test_timeline.py"}


def _turn(item: pytest.Item) -> int:
    """Other folders, then the modules with nodes of their own, then those that watch the demo."""
    if HERE not in item.path.parents:
        return 0
    return 2 if item.path.name in WATCHES_THE_DEMO else 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The demo records while others are tested, and no longer than it is watched: its stream takes a third of a core."""
    items.sort(key=_turn)


@pytest.fixture(scope="session", autouse=True)
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NodeProcess | None]:
    """The demo, from the first test of this folder on; None if nothing will watch it."""
    if all(_turn(item) < 2 for item in request.session.items):
        yield None
        return
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, "demo", listen=f"127.0.0.1:{free_port()}") as node:
        yield node


@pytest.fixture(scope="session")
def demo(started: NodeProcess | None) -> NodeProcess:
    assert started is not None, "a module that watches it is named in WATCHES_THE_DEMO"
    started.until_line("longtake is ready")
    wait_for(lambda: len(started.segments()) >= 15, "half a minute of recording", patience_s=60)
    return started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert BROWSER is not None, "the browser tests need Chromium; tests/install_browser.sh installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """In a context of its own: nothing that another test left, and no error when it is over."""
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []
