"""One demo for all modules of the page's tests that only read from it, a browser for each module, a new page for each test.

The browser ends with its module: while playwright drives one, no other event loop can run in this thread.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.fakes.node_process import NodeProcess, running, wait_for
from tests.fakes.watch_page import BROWSER, FLAGS

from longtake.app.wiring.demo import free_port


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, "demo", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        wait_for(lambda: len(node.segments()) >= 15, "half a minute of recording", patience_s=60)
        yield node


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
