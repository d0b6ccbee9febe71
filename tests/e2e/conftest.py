"""One demo for all modules of the page's tests that only read from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.fakes.node_process import NodeProcess, running, wait_for

from longtake.app.wiring.demo import free_port


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    folder = tmp_path_factory.mktemp("demo")
    with running(folder, "demo", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        wait_for(lambda: len(node.segments()) >= 15, "half a minute of recording", patience_s=60)
        yield node
