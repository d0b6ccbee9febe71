"""Clips in a real Chromium: marked to the frame, played, kept, linked to, and downloaded as exactly what was marked."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Page
from tests.fakes.node_process import NodeProcess, wait_for
from tests.fakes.watch_page import IN_A_BROWSER, clock, clock_that, frame_number, known_clock

from longtake.adapters.teststream.sound import tick_onsets
from longtake.adapters.teststream.testcard import frame_time, read_frame_number

pytestmark = IN_A_BROWSER

FPS = 30


def shown(page: Page) -> int:
    """The frame on the screen, once the clock says the same."""

    def agreed() -> int | None:
        number, now = frame_number(page), clock(page)
        near = (
            number is not None
            and now is not None
            and abs(now - frame_time(number, FPS)) < timedelta(milliseconds=1)
        )
        return number if near else None

    return wait_for(agreed, "the clock and the picture to agree to the frame")


def value(page: Page, testid: str) -> str:
    return page.get_by_test_id(testid).input_value()


def time_words(number: int) -> str:
    """The time of a frame as the page writes it."""
    return frame_time(number, FPS).isoformat(timespec="microseconds")[11:23]


def paused_back(demo: NodeProcess, page: Page) -> int:
    """A page paused some 20 s ago, between two keyframes: the frame that it shows."""
    page.goto(demo.url)
    live = known_clock(page)
    for key in ("k", "j", "j"):
        page.keyboard.press(key)
    clock_that(page, lambda now: now < live - timedelta(seconds=15), "20 s ago")
    number = shown(page)
    while number % (2 * FPS) in (0, 1, 2 * FPS - 1):
        page.keyboard.press(".")
        number = another(page, number)
    return number


def another(page: Page, number: int) -> int:
    """The frame on the screen, once it is not this one any more."""
    wait_for(lambda: frame_number(page) != number, "the next frame")
    return shown(page)


def go_on(page: Page, number: int, seconds: int, frames: int) -> int:
    """Seconds and frames on, by keys: the frame shown then."""
    wanted = number + seconds * FPS + frames
    for _ in range(seconds):
        page.keyboard.press("ArrowRight")
    wait_for(lambda: shown(page) == number + seconds * FPS, "the picture some seconds on")
    for _ in range(frames):
        page.keyboard.press(".")
    wait_for(lambda: shown(page) == wanted, f"frame {wanted}")
    return wanted


def marked(demo: NodeProcess, page: Page, seconds: int = 3, frames: int = 7) -> tuple[int, int]:
    """A part marked by keys: its first and last frame."""
    first = paused_back(demo, page)
    page.keyboard.press("i")
    last = go_on(page, first, seconds, frames)
    page.keyboard.press("o")
    page.get_by_test_id("download-mp4").wait_for()
    assert value(page, "clip-in") == time_words(first)
    assert value(page, "clip-out") == time_words(last + 1)
    return first, last


def luma(frame: av.VideoFrame) -> NDArray[np.uint8]:
    return frame.to_ndarray(format="gray").astype(np.uint8)


def numbers_in(path: Path) -> list[int | None]:
    with av.open(str(path)) as file:
        return [read_frame_number(luma(frame)) for frame in file.decode(video=0)]


def ticks_in(path: Path) -> list[float]:
    """When the test stream's ticks begin, in seconds from the first picture."""
    with av.open(str(path)) as file:
        begin = next(file.decode(video=0)).time
    with av.open(str(path)) as file:
        sound = list(file.decode(audio=0))
    sound_begin = sound[0].time
    assert begin is not None
    assert sound_begin is not None
    onsets = tick_onsets(np.concatenate([frame.to_ndarray() for frame in sound], axis=1))
    return [onset / sound[0].sample_rate + sound_begin - begin for onset in onsets]


@pytest.mark.parametrize("container", ["mp4", "ts"])
def test_what_is_downloaded_is_exactly_what_was_marked(
    demo: NodeProcess, page: Page, tmp_path: Path, container: str
) -> None:
    first, last = marked(demo, page)
    page.get_by_test_id("out-later").click()
    last += 1
    assert f"{last - first + 1} frames" in page.get_by_test_id("mark-length").inner_text()
    page.get_by_test_id("clip-name").fill("the run")
    with page.expect_download() as download:
        page.get_by_test_id(f"download-{container}").click()
    path = tmp_path / download.value.suggested_filename
    assert path.name == f"the run.{container}"
    download.value.save_as(path)
    wait_for(lambda: "Saved" in page.get_by_test_id("download-progress").inner_text(), "the page to say so")
    assert numbers_in(path) == list(range(first, last + 1))
    seconds = [(FPS - first % FPS) % FPS / FPS + second for second in range(3)]
    assert ticks_in(path) == pytest.approx(seconds, abs=0.01)


def test_the_downloaded_mp4_plays_to_its_end_in_the_browser(
    demo: NodeProcess, page: Page, tmp_path: Path
) -> None:
    first, last = marked(demo, page, seconds=1)
    with page.expect_download() as download:
        page.get_by_test_id("download-mp4").click()
    path = tmp_path / "clip.mp4"
    download.value.save_as(path)
    page.goto(path.as_uri())
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; video.playbackRate = 2; void video.play(); }")
    wait_for(lambda: video.evaluate("video => video.ended"), "the end of the clip")
    assert video.evaluate("video => video.error") is None
    length = (last - first + 1) / FPS
    assert math.isclose(video.evaluate("video => video.duration"), length, abs_tol=0.06)


def test_the_marked_part_is_played_to_its_last_frame(demo: NodeProcess, page: Page) -> None:
    _, last = marked(demo, page, seconds=1)
    page.get_by_test_id("go-in").click()
    page.get_by_test_id("play-marked").click()
    wait_for(lambda: page.get_by_test_id("play-marked").get_attribute("aria-pressed") == "true", "it to play")
    wait_for(lambda: page.get_by_test_id("play-marked").get_attribute("aria-pressed") == "false", "it to end")
    assert shown(page) == last
    assert page.get_by_test_id("player").evaluate("video => video.paused")


def test_a_loop_goes_round_its_edge_until_it_is_ended(demo: NodeProcess, page: Page) -> None:
    first, _ = marked(demo, page)
    edge = frame_time(first, FPS)
    page.get_by_test_id("loop-in").click()
    for _ in range(2):
        clock_that(page, lambda now: edge < now < edge + timedelta(seconds=1.6), "a picture after the edge")
        clock_that(page, lambda now: edge - timedelta(seconds=1.6) < now < edge, "a picture before it, again")
    page.keyboard.press("Escape")
    clock_that(page, lambda now: now > edge + timedelta(seconds=2), "a picture well after the edge")


def zoom(page: Page) -> list[int]:
    """What the timeline shows, in Unix ms."""
    bar = page.get_by_test_id("bar")
    return [round(float(bar.get_attribute(name) or 0)) for name in ("data-from", "data-to")]


def test_a_reload_leads_to_the_same_place_zoom_and_marks_which_are_undone(
    demo: NodeProcess, page: Page
) -> None:
    first, last = marked(demo, page)
    for _ in range(3):
        page.keyboard.press("+")
    seen = zoom(page)
    before = value(page, "clip-in"), value(page, "clip-out"), clock(page)

    def kept() -> bool:
        """The address follows a moment later, and holds the zoom before this one until then."""
        told = page.evaluate(
            "(() => { const q = new URLSearchParams(location.search);"
            " return q.get('out') && [Date.parse(q.get('from')), Date.parse(q.get('to'))] })()"
        )
        return bool(told) and told == pytest.approx(seen, abs=2)

    wait_for(kept, "the address to hold mark and zoom")
    page.reload()
    wait_for(lambda: shown(page) == last, "the same picture")
    assert zoom(page) == pytest.approx(seen, abs=2)  # the address holds milliseconds
    assert (value(page, "clip-in"), value(page, "clip-out"), clock(page)) == before
    assert page.get_by_test_id("player").evaluate("video => video.paused")
    page.get_by_test_id("in-later").click()
    assert shown(page) == first + 1
    page.get_by_test_id("undo").click()
    assert value(page, "clip-in") == before[0]


def test_a_link_shows_the_marked_part_to_whoever_opens_it(demo: NodeProcess, page: Page) -> None:
    first, last = marked(demo, page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_test_id("copy-link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_test_id("copy-command").click()
    command = page.evaluate("navigator.clipboard.readText()")
    page.evaluate("localStorage.clear()")
    page.goto(link)
    page.get_by_test_id("clip-1").wait_for()
    page.get_by_test_id("toggle").click()
    page.get_by_test_id("go-out").click()
    wait_for(lambda: shown(page) == last, "the last marked frame")
    page.get_by_test_id("go-in").click()
    wait_for(lambda: shown(page) == first, "the first marked frame")
    start = frame_time(first, FPS).isoformat(timespec="milliseconds")[:23]
    assert command.startswith(f"longtake cut demo {start}")


def test_a_typed_edge_is_that_of_a_frame(demo: NodeProcess, page: Page) -> None:
    first, _ = marked(demo, page)
    text = (frame_time(first + 10, FPS) - timedelta(milliseconds=9)).isoformat(timespec="milliseconds")[11:23]
    page.get_by_test_id("clip-in").fill(text)
    page.get_by_test_id("clip-in").press("Enter")
    page.get_by_test_id("go-in").click()
    wait_for(lambda: shown(page) == first + 10, "the frame after the typed time")


def test_a_frame_is_saved_as_the_picture_that_is_shown(demo: NodeProcess, page: Page, tmp_path: Path) -> None:
    number = paused_back(demo, page)
    with page.expect_download() as download:
        page.get_by_test_id("save-frame").click()
    path = tmp_path / "frame.png"
    download.value.save_as(path)
    assert numbers_in(path) == [number]
    date, time = download.value.suggested_filename.removeprefix("demo ").removesuffix(".png").split("T")
    assert datetime.fromisoformat(f"{date}T{time.replace('-', ':')}") == clock(page)


def test_another_quality_keeps_the_moment(demo: NodeProcess, page: Page) -> None:
    number = paused_back(demo, page)
    page.get_by_test_id("quality").select_option("360p")
    video = page.get_by_test_id("player")
    wait_for(lambda: video.evaluate("video => video.videoWidth") == 640, "the other quality")
    assert shown(page) == number
    assert video.evaluate("video => video.paused")
