"""One demo for all modules of the page's tests that only read from it, and a browser for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright
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


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    assert BROWSER is not None, "the browser tests need Chromium; tests/install_browser.sh installs it"
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"), executable_path=BROWSER, headless=True, args=FLAGS
        )
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        context.close()
        assert errors == []
