"""The page on other screens and for other hands: axe finds nothing serious, a phone shows all of it, keys reach it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Browser, Page
from tests.fakes.node_process import NodeProcess, wait_for
from tests.fakes.watch_page import IN_A_BROWSER, after, clock, faults, known_clock

pytestmark = IN_A_BROWSER

PHONE = (360, 740)
LAPTOP = (1280, 720)
TOUCHED_PX = 44

Scheme = Literal["dark", "light"]


class OpenPage(Protocol):
    """A page of a size, for fingers or for a mouse."""

    def __call__(self, size: tuple[int, int], *, touch: bool = False, scheme: Scheme = "dark") -> Page: ...


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    with ExitStack() as contexts:

        def opened(size: tuple[int, int], *, touch: bool = False, scheme: Scheme = "dark") -> Page:
            width, height = size
            context = browser.new_context(
                viewport={"width": width, "height": height},
                has_touch=touch,
                is_mobile=touch,
                color_scheme=scheme,
            )
            contexts.callback(context.close)
            return context.new_page()

        yield opened


def with_clips(demo: NodeProcess, page: Page) -> None:
    """A page that rests some seconds ago, with a mark on it."""
    page.goto(demo.url)
    after(page, known_clock(page))
    page.get_by_test_id("toggle").click()
    page.get_by_test_id("back-10").click()
    page.get_by_test_id("mark-in").click()
    page.get_by_test_id("on-1").click()
    page.get_by_test_id("mark-out").click()
    page.get_by_test_id("mark-length").wait_for()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_serious(
    demo: NodeProcess, open_page: OpenPage, size: tuple[int, int], scheme: Scheme
) -> None:
    page = open_page(size, touch=size == PHONE, scheme=scheme)
    with_clips(demo, page)
    assert faults(page) == []
    page.keyboard.press("?")
    page.get_by_test_id("help").wait_for()
    assert faults(page) == []


def test_a_phone_has_room_for_all_of_it(demo: NodeProcess, open_page: OpenPage) -> None:
    page = open_page(PHONE, touch=True)
    with_clips(demo, page)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    small = page.evaluate(
        """least => [...document.querySelectorAll('button, select, input')]
            .filter(each => each.offsetParent !== null && each.type !== 'checkbox')
            .filter(each => each.getBoundingClientRect().height < least)
            .map(each => each.outerHTML)""",
        TOUCHED_PX,
    )
    assert [each for each in small if "mark-1" not in each and "hole" not in each] == []


def test_on_a_phone_tabs_lead_to_the_channels_and_back(demo: NodeProcess, open_page: OpenPage) -> None:
    page = open_page(PHONE, touch=True)
    with_clips(demo, page)
    channel, clip = page.get_by_test_id("channel-demo"), page.get_by_test_id("clip-1")
    assert clip.is_visible() and not channel.is_visible()
    page.get_by_role("tab", name="Channels").tap()
    assert channel.is_visible() and not clip.is_visible()
    page.get_by_role("tab", name="Clips").tap()
    assert clip.is_visible()


def test_taps_mark_and_play_what_is_marked(demo: NodeProcess, open_page: OpenPage) -> None:
    page = open_page(PHONE, touch=True)
    with_clips(demo, page)
    page.get_by_test_id("play-marked").tap()

    def pressed() -> str | None:
        return page.get_by_test_id("play-marked").get_attribute("aria-pressed")

    wait_for(lambda: pressed() == "true", "it to play")
    wait_for(lambda: pressed() == "false", "it to end")
    assert page.get_by_test_id("player").evaluate("video => video.paused")


def test_full_screen_keeps_the_keys_and_the_timeline(demo: NodeProcess, open_page: OpenPage) -> None:
    page = open_page(LAPTOP)
    with_clips(demo, page)
    page.keyboard.press("f")
    wait_for(lambda: page.evaluate("document.fullscreenElement !== null"), "the whole screen")
    assert page.get_by_test_id("timeline").is_visible()
    before = clock(page)
    page.keyboard.press("j")
    wait_for(lambda: clock(page) != before, "another moment")


def test_a_wall_shows_picture_and_clock_alone(demo: NodeProcess, open_page: OpenPage) -> None:
    page = open_page((2560, 1440))
    page.goto(f"{demo.url}/?view=wall")
    after(page, known_clock(page))
    assert page.get_by_test_id("player").is_visible()
    assert not page.get_by_test_id("toggle").is_visible()
    assert not page.get_by_test_id("channel-demo").is_visible()
    page.keyboard.press("v")
    page.get_by_test_id("toggle").wait_for()


def test_one_key_changes_the_notation_of_all_times(demo: NodeProcess, open_page: OpenPage) -> None:
    page = open_page(LAPTOP)
    with_clips(demo, page)
    page.keyboard.press("t")
    assert page.get_by_test_id("zone").input_value() == "local"
    page.get_by_test_id("notation").click()
    assert page.get_by_test_id("zone").input_value() == "utc"
