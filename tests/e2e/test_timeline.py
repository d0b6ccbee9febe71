"""The timeline of the page in a real Chromium: it zooms to single frames, pans, shows what is pointed at, and seeks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page
from tests.fakes.node_process import NodeProcess, wait_for
from tests.fakes.watch_page import IN_A_BROWSER, clock_that, frame_number, known_clock

from longtake.adapters.teststream.testcard import frame_time

pytestmark = IN_A_BROWSER


def view(page: Page) -> tuple[datetime, datetime]:
    """What the timeline shows."""
    bar = page.get_by_test_id("bar")
    first, last = (float(bar.get_attribute(name) or 0) / 1000 for name in ("data-from", "data-to"))
    return datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)


def length(page: Page) -> timedelta:
    first, last = view(page)
    return last - first


def point(page: Page, fraction: float) -> tuple[float, float]:
    """Moves the mouse to a place on the track, as fraction of the width."""
    box = page.get_by_test_id("bar").bounding_box()
    assert box is not None
    x, y = box["x"] + fraction * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    return x, y


def paused_back(demo: NodeProcess, page: Page) -> datetime:
    """A page that is paused some seconds ago: the time at its playhead."""
    page.goto(demo.url)
    live = known_clock(page)
    page.get_by_test_id("back-10").click()
    clock_that(page, lambda now: now < live - timedelta(seconds=5), "some seconds ago")
    page.get_by_test_id("toggle").click()
    page.get_by_test_id("player").evaluate(
        "video => new Promise(done => video.paused ? done() : video.onpause = done)"
    )
    return known_clock(page)


def test_it_zooms_to_single_frames_and_a_click_shows_the_one_pointed_at(
    demo: NodeProcess, page: Page
) -> None:
    back = paused_back(demo, page)
    while length(page) > timedelta(seconds=3):
        page.get_by_test_id("zoom-in").click()
    first, last = view(page)
    assert first < back < last
    page.get_by_test_id("timeline-frames").wait_for()

    x, y = point(page, 0.5)
    ready = page.locator("[data-testid=timeline-preview][data-ready=true] img")
    wait_for(lambda: ready.evaluate("img => img.naturalWidth") == 240, "the picture of the frame")
    shown = page.get_by_test_id("timeline-tip").inner_text().split()[0]
    page.mouse.click(x, y)

    clock_that(
        page, lambda now: now.isoformat(timespec="milliseconds")[11:23] == shown, f"the clock at {shown}"
    )

    def is_shown() -> bool:
        number = frame_number(page)
        return (
            number is not None and frame_time(number, 30).isoformat(timespec="milliseconds")[11:23] == shown
        )

    wait_for(is_shown, f"the frame of {shown}")


def nearer(page: Page) -> None:
    """One turn of the wheel."""
    before = length(page)
    page.mouse.wheel(0, -800)
    wait_for(lambda: length(page) < before, "a nearer view")


def test_it_shows_all_that_is_recorded_and_is_dragged_along(demo: NodeProcess, page: Page) -> None:
    back = paused_back(demo, page)
    page.get_by_test_id("zoom-in").click()
    page.get_by_test_id("zoom-fit").click()
    name = demo.segments()[0]
    recorded = datetime.fromisoformat(f"{name.parent.name}:{name.name[:5]}+00:00")
    assert view(page)[0] <= recorded

    point(page, 0.5)
    while length(page) > timedelta(seconds=60):
        nearer(page)
    before, _ = view(page)
    shown = length(page)
    x, y = point(page, 0.3)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=4)
    page.mouse.up()
    wait_for(lambda: view(page)[0] > before, "a later view")
    assert abs(length(page) - shown) < timedelta(milliseconds=1)
    assert abs(known_clock(page) - back) < timedelta(seconds=1) / 30  # the time of its frame may come later


def test_the_playhead_is_dragged_to_another_moment(demo: NodeProcess, page: Page) -> None:
    back = paused_back(demo, page)
    first, last = view(page)
    x, y = point(page, (back - first) / (last - first))
    page.mouse.down()
    page.mouse.move(x - 100, y, steps=5)
    page.mouse.up()
    box = page.get_by_test_id("bar").bounding_box()
    assert box is not None
    wanted = back - 100 / box["width"] * (last - first)
    clock_that(page, lambda now: abs(now - wanted) < timedelta(seconds=1), f"the picture of {wanted}")


def edge(page: Page, name: str) -> float:
    """The time of an edge of the first mark, in frames of the test stream."""
    value = page.get_by_test_id(f"mark-1-{name}").get_attribute("aria-valuenow")
    assert value is not None
    return float(value) * 30 / 1000


def test_an_edge_of_a_mark_is_dragged_and_nudged_to_the_frame(demo: NodeProcess, page: Page) -> None:
    paused_back(demo, page)
    page.keyboard.press("i")
    for _ in range(30):
        page.keyboard.press(".")
    page.keyboard.press("o")
    while length(page) > timedelta(seconds=4):
        page.get_by_test_id("zoom-in").click()
    page.get_by_test_id("timeline-frames").wait_for()
    first, out = edge(page, "in"), edge(page, "out")
    box = page.get_by_test_id("mark-1-out").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 6
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 80, y, steps=4)
    assert page.get_by_test_id("timeline-tip").inner_text().endswith("up to this frame")
    page.mouse.up()

    dragged = edge(page, "out")
    assert first < dragged < out
    assert abs(dragged - round(dragged)) < 0.01
    page.get_by_test_id("mark-1-out").press("ArrowRight")
    wait_for(lambda: abs(edge(page, "out") - dragged - 1) < 0.01, "one frame more")
    page.get_by_test_id("mark-1-out").press("Shift+ArrowRight")
    wait_for(lambda: abs(edge(page, "out") - dragged - 31) < 0.01, "a second more")
    assert edge(page, "in") == first
