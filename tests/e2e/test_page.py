"""The page in a real Chromium, against a running demo: it plays live, its time runs, it goes back."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import Page
from tests.fakes.node_process import NodeProcess, wait_for
from tests.fakes.watch_page import IN_A_BROWSER, after, clock, clock_that, frame_number, known_clock, now_of

from longtake.adapters.teststream.testcard import frame_time

pytestmark = IN_A_BROWSER


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
