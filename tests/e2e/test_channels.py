"""The view Channels in a real Chromium, against a running node: what it says moves with what happens, without a reload."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page
from tests.fakes.node_process import COMMAND, NodeProcess, running, wait_for
from tests.fakes.watch_page import IN_A_BROWSER, faults

from longtake.app.wiring.demo import free_port

pytestmark = IN_A_BROWSER

PHONE = {"width": 360, "height": 740}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """``longtake test-stream``, which a test may stop for good."""

    process: subprocess.Popen[bytes]
    listen: str

    def stop(self) -> None:
        """From now on connections to it are refused."""
        self.process.kill()
        self.process.wait(timeout=10)


@pytest.fixture(scope="module")
def stream() -> Iterator[Origin]:
    listen = f"127.0.0.1:{free_port()}"
    command = [*COMMAND, "test-stream", "--listen", listen]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    origin = Origin(process=process, listen=listen)
    yield origin
    origin.stop()


@pytest.fixture(scope="module")
def node(stream: Origin, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    url = f"http://{stream.listen}/master.m3u8?token=SECRET"
    folder = tmp_path_factory.mktemp("channels")
    with running(folder, "run", "--stream", f"mine={url}", listen=f"127.0.0.1:{free_port()}") as node:
        node.until_line("longtake is ready")
        yield node


def state(page: Page) -> str:
    return str(page.get_by_test_id("recorder-mine-source").get_attribute("data-state"))


def test_it_shows_what_is_recorded_and_an_origin_that_stops_without_a_reload(
    node: NodeProcess, stream: Origin, page: Page
) -> None:
    page.goto(f"{node.url}/channels")
    wait_for(lambda: state(page) == "recording", "the stream to be recorded")
    recorder = page.get_by_test_id("recorder-mine-source")
    wait_for(lambda: "recording since " in recorder.inner_text(), "words for it")
    wait_for(lambda: recorder.locator(".recorded").count() >= 1, "the last hour in blue")
    page.get_by_text("All is well: 1 stream is recorded.").wait_for()
    page.evaluate("window.loaded = 'once'")
    stream.stop()
    wait_for(lambda: state(page) in ("unreachable", "stalled", "down"), "the page to say that it is gone")
    page.get_by_test_id("trouble").wait_for()
    assert "To do: " in page.get_by_test_id("trouble").inner_text()
    assert page.evaluate("window.loaded") == "once"
    assert "SECRET" not in page.content()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_serious_and_a_phone_has_room_for_it(
    node: NodeProcess, page: Page, scheme: str
) -> None:
    page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
    page.goto(f"{node.url}/channels")
    page.get_by_test_id("recorder-mine-source").wait_for()
    assert faults(page) == []
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.keyboard.press("?")
    page.get_by_test_id("help").wait_for()
    assert faults(page) == []
    assert "Slower" not in page.get_by_test_id("help").inner_text()


def test_links_and_a_key_lead_to_the_picture_and_back(node: NodeProcess, page: Page) -> None:
    page.goto(f"{node.url}/channels")
    page.get_by_role("link", name="mine", exact=True).click()
    page.wait_for_url("**/?channel=mine*")
    page.get_by_test_id("view-channels").click()
    page.wait_for_url("**/channels")
    page.get_by_test_id("recorder-mine-source").wait_for()
    page.keyboard.press("u")
    page.wait_for_url("**/?channel=mine*")
    page.keyboard.press("u")
    page.wait_for_url("**/channels")
