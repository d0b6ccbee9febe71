"""The browser that the page's tests are driven in, and what they read off the page."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page
from tests.fakes.node_process import wait_for

from longtake.adapters.teststream.testcard import read_frame_number

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

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

IN_A_BROWSER = [
    pytest.mark.browser,
    # Who may install no browser can still run the rest; CI may not leave these out (tests/install_browser.sh).
    pytest.mark.skipif(
        BROWSER is None and os.environ.get("CI") != "true",
        reason="no Chromium on this machine (in CI: an error)",
    ),
]


def clock(page: Page) -> datetime | None:
    """The wall time at the playhead, as the page shows it."""
    text = page.get_by_test_id("clock").get_attribute("data-utc")
    return datetime.fromisoformat(text) if text else None


def known_clock(page: Page) -> datetime:
    """The same, once there is one."""
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
    """What the browser's clock says."""
    return datetime.fromisoformat(str(page.evaluate("new Date().toISOString()")))


def faults(page: Page) -> list[str]:
    """What axe finds serious or critical, with the elements."""
    page.evaluate(AXE.read_text())
    found, passed = page.evaluate(
        "axe.run(document).then(({ violations, passes }) => [violations, passes.length])"
    )
    assert passed > 10, "axe has looked at nothing"
    return [
        f"{fault['id']}: {[node['html'] for node in fault['nodes']]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
