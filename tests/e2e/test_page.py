"""The page in a real Chromium, against a running demo: it plays live, its time runs, it goes back."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, sync_playwright
from tests.fakes.node_process import NodeProcess, running, wait_for

from longtake.adapters.teststream.testcard import frame_time, read_frame_number
from longtake.app.wiring.demo import free_port

BROWSER = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    # Who may install no browser can still run the rest; CI may not leave these out (tests/install_browser.sh).
    pytest.mark.skipif(
        BROWSER is None and os.environ.get("CI") != "true",
        reason="no Chromium on this machine (in CI: an error)",
    ),
]


@pytest.fixture(scope="module")
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


def clock(page: Page) -> datetime | None:
    """The wall time at the playhead, as the page shows it."""
    text = page.get_by_test_id("clock").get_attribute("data-utc")
    return datetime.fromisoformat(text) if text else None


def known_clock(page: Page) -> datetime:
    return wait_for(lambda: clock(page), "a time at the playhead")


def clock_that(page: Page, fits: Callable[[datetime], bool], why: str) -> datetime:
    """The time at the playhead, once it fits."""

    def fitting() -> datetime | None:
        now = clock(page)
        return now if now is not None and fits(now) else None

    return wait_for(fitting, why)


def after(page: Page, moment: datetime) -> datetime:
    """A time at the playhead that is later: it plays."""
    return clock_that(page, lambda now: now > moment, f"a time after {moment}")


def frame_number(page: Page) -> int | None:
    """What the picture itself says; None while there is none."""
    picture = page.get_by_test_id("player").evaluate(
        """video => {
            const [width, height] = [video.videoWidth, video.videoHeight];
            if (width === 0) return null;
            const context = new OffscreenCanvas(width, height).getContext('2d');
            context.drawImage(video, 0, 0);
            const colours = context.getImageData(0, 0, width, height).data;
            let luma = '';
            for (let at = 0; at < colours.length; at += 4) luma += String.fromCharCode(colours[at + 1]);
            return [width, height, btoa(luma)];
        }"""
    )
    if picture is None:
        return None
    width, height, luma = picture
    return read_frame_number(np.frombuffer(base64.b64decode(luma), np.uint8).reshape(height, width))


def now_of(page: Page) -> datetime:
    return datetime.fromisoformat(str(page.evaluate("new Date().toISOString()")))


def test_it_plays_live_and_its_time_runs(demo: NodeProcess, page: Page) -> None:
    page.goto(demo.url)
    first = known_clock(page)
    later = after(page, first + timedelta(seconds=2))
    assert now_of(page) - later < timedelta(seconds=20)
    video = page.get_by_test_id("player")
    assert video.evaluate("video => video.videoWidth") == 1280
    assert video.evaluate("video => video.paused") is False


def test_it_goes_back_20_seconds_and_to_live_again(demo: NodeProcess, page: Page) -> None:
    page.goto(demo.url)
    live = after(page, known_clock(page))
    for _ in range(2):
        page.get_by_test_id("back-10").click()
    back = clock_that(page, lambda now: now < live - timedelta(seconds=15), "20 s ago")
    assert live - back < timedelta(seconds=25)
    after(page, back + timedelta(seconds=1))
    page.get_by_test_id("live").click()
    after(page, live)


def test_the_clock_shows_the_time_of_the_picture(demo: NodeProcess, page: Page) -> None:
    page.goto(demo.url)
    after(page, known_clock(page) + timedelta(seconds=1))
    page.get_by_test_id("toggle").click()
    page.get_by_test_id("player").evaluate(
        "video => new Promise(done => video.paused ? done() : video.onpause = done)"
    )

    def agree() -> bool:
        now, number = clock(page), frame_number(page)
        return (
            now is not None
            and number is not None
            and abs((now - frame_time(number, 30)).total_seconds()) < 1 / 30
        )

    wait_for(agree, "the clock and the picture to agree to the frame")


def test_it_goes_to_a_time_that_is_typed_in_and_stays_there_over_a_reload(
    demo: NodeProcess, page: Page
) -> None:
    page.goto(demo.url)
    known_clock(page)
    name = demo.segments()[2]
    wanted = datetime.fromisoformat(f"{name.parent.name}:{name.name[:5]}+00:00") + timedelta(seconds=0.5)
    page.get_by_test_id("time-field").fill(wanted.isoformat().replace("+00:00", "Z"))
    page.get_by_test_id("go").click()

    def is_there(now: datetime) -> bool:
        return timedelta(seconds=-0.1) <= now - wanted < timedelta(seconds=8)

    clock_that(page, is_there, f"the picture of {wanted}")
    page.reload()
    clock_that(page, is_there, f"the picture of {wanted} after a reload")
