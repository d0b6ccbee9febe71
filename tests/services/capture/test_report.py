"""What a recorder says of itself: all of it is understood by who reads it, and none of it is a secret."""

from __future__ import annotations

from dataclasses import replace

from prometheus_client import CollectorRegistry, generate_latest
from tests.fakes.recording import START, at_us
from tests.fakes.stepped_clock import SteppedClock

from longtake.adapters.sources.interface import Located
from longtake.adapters.store.status_words import RecorderInfo
from longtake.core.facts import SegmentFacts
from longtake.core.hls.model import MediaPlaylist
from longtake.core.live import FailureKind, LiveState, Observation, PollFailure
from longtake.core.segments import Segment, SegmentType, named_segment
from longtake.core.times import SECOND_US, parse_time, to_us
from longtake.services.capture.report import CaptureMetrics, Missed, RecorderReport, RecorderState


class Desk:
    """An account, and what is read of it."""

    def __init__(self) -> None:
        self.clock = SteppedClock()
        self.clock.pass_by(at_us(START) / SECOND_US)
        self.registry = CollectorRegistry()
        self.metrics = CaptureMetrics(self.registry)
        self.report = RecorderReport("demo", "source", self.clock, self.metrics)

    @property
    def status(self) -> RecorderInfo:
        return RecorderInfo.model_validate(self.report.as_status())

    @property
    def exposed(self) -> list[str]:
        """Samples, without the times at which counters began."""
        lines = generate_latest(self.registry).decode().splitlines()
        return [line for line in lines if not line.startswith("#") and "_created" not in line]


def segment(number: int) -> Segment:
    return named_segment(
        start_us=at_us(START) + number * 2 * SECOND_US,
        duration_s=2.0,
        type=SegmentType.FULL,
        digest=bytes(32),
    )


def test_all_that_is_to_be_said_is_said_in_the_words_of_the_reader() -> None:
    said = Desk().report.as_status()
    assert set(RecorderInfo.model_fields) == set(said)


def test_what_is_recorded_and_where_to() -> None:
    desk = Desk()
    desk.report.describe(source="unknown", important=True, disk="/data")
    desk.report.describe(source="twitch")
    assert (desk.status.source, desk.status.important, desk.status.disk) == ("twitch", True, "/data")


def test_the_bitrate_is_that_of_the_last_minute_of_media() -> None:
    desk = Desk()
    for number in range(40):
        desk.report.kept(segment(number), 1_000_000 if number < 10 else 500_000)
    assert desk.status.bitrate_bps == 2_000_000
    desk.clock.pass_by(61)
    assert desk.status.bitrate_bps is None, "nothing was recorded in the last minute"


def test_the_picture_is_that_of_the_newest_media() -> None:
    desk = Desk()
    facts = SegmentFacts(
        name="x", size_bytes=1, width=1920, height=1080, frame_rate=60.0, codecs="avc1.64002a,mp4a.40.2"
    )
    desk.report.kept(segment(0), 10, facts=facts)
    desk.report.kept(segment(1), 10, facts=replace(facts, width=None), is_media=False)
    status = desk.status
    assert (status.width, status.height, status.frame_rate) == (1920, 1080, 60.0)
    assert status.codecs == "avc1.64002a,mp4a.40.2"


def test_what_a_playlist_shows_is_counted_once() -> None:
    desk = Desk()
    playlist = MediaPlaylist(target_duration_s=2)
    before = LiveState()
    after = replace(before, order=3, ads_skipped=2, gaps_announced=1, date_jumps=1, date_jump_us=-1_500_000)
    desk.report.polled(before, Observation(state=after, next_poll_s=1), playlist)
    desk.report.polled(after, Observation(state=after, next_poll_s=1), playlist)
    desk.report.polled(after, Observation(state=before, next_poll_s=1), playlist)
    status = desk.status
    assert (status.ads, status.gaps, status.date_jumps, status.date_jump_s) == (2, 1, 1, -1.5)
    assert 'longtake_capture_ads_total{channel="demo",quality="source"} 2.0' in desk.exposed
    polls = [line for line in desk.exposed if line.startswith("longtake_capture_polls")]
    assert sorted(line.partition("outcome=")[2] for line in polls) == [
        '"news",quality="source"} 1.0',
        '"nothing",quality="source"} 2.0',
    ]


def test_kinds_of_trouble_are_told_apart_by_more_than_numbers() -> None:
    desk = Desk()
    for number in range(20):
        desk.report.retried(f"http://host/…/{number}.ts fails (HTTP 503)", Missed.UNREACHABLE)
        desk.clock.pass_by(1)
    desk.report.missed("http://host/…/7.ts is not there (HTTP 404)", Missed.GONE)
    gone, failing = desk.status.errors
    assert (gone.count, gone.reason) == (1, "http://host/…/7.ts is not there (HTTP 404)")
    assert (failing.count, failing.reason) == (20, "http://host/…/19.ts fails (HTTP 503)")
    assert to_us(parse_time(failing.last)) == at_us(START) + 19 * SECOND_US
    assert desk.status.missed_because == {"gone": 1}
    assert desk.report.last_failure is Missed.GONE


def test_no_more_kinds_are_kept_than_a_person_reads() -> None:
    desk = Desk()
    for letter in "abcdefghijkl":
        desk.report.doubted(f"trouble of kind {letter}")
    assert [error.reason[-1] for error in desk.status.errors] == list("lkjihgfe")


def test_words_of_others_are_one_line_of_bounded_length() -> None:
    desk = Desk()
    desk.report.enter(RecorderState.REFUSED, "no\x1b[31m\nplaylist" + "x" * 1000)
    desk.report.retried("evil\x07\r\nwords")
    assert desk.status.message is not None
    assert desk.status.message.isprintable()
    assert len(desk.status.message) <= 300
    assert desk.status.last_error == "evil   words"
    assert desk.status.errors[0].reason.isprintable()


def test_a_look_up_that_failed_is_one_trouble_though_the_poll_failed_with_it() -> None:
    desk = Desk()
    failure = PollFailure(kind=FailureKind.UNREACHABLE, reason="the site gave no answer")
    desk.report.looked_up(failure)
    desk.report.polled(
        LiveState(), Observation(state=LiveState(), next_poll_s=1, ask_anew=failure.reason), failure
    )
    (error,) = desk.status.errors
    assert error.count == 1


def test_a_stream_that_is_not_live_is_no_trouble() -> None:
    desk = Desk()
    desk.report.looked_up(PollFailure(kind=FailureKind.GONE, reason="not live"))
    assert desk.status.errors == []


def test_when_the_source_was_asked_and_will_be_again() -> None:
    desk = Desk()
    desk.report.looked_up(Located(url="http://127.0.0.1/x?token=SECRET", headers={"Cookie": "SECRET"}))
    desk.report.renew_s = desk.clock.monotonic_s() + 3600
    status = desk.status
    assert status.located is not None
    assert status.renew is not None
    assert status.located < status.renew
    assert "SECRET" not in str(desk.report.as_status())


def test_one_state_at_a_time() -> None:
    desk = Desk()
    desk.report.enter(RecorderState.RECORDING)
    desk.report.enter(RecorderState.DOWN, "not live")
    states = [line for line in desk.exposed if line.startswith("longtake_capture_state{")]
    assert len(states) == len(RecorderState)
    assert [line for line in states if line.endswith(" 1.0")] == [
        'longtake_capture_state{channel="demo",quality="source",state="down"} 1.0'
    ]


def test_a_recorder_that_there_is_no_more_leaves_no_metrics() -> None:
    desk = Desk()
    other = RecorderReport("other", "source", desk.clock, desk.metrics)
    for report in (desk.report, other):
        report.kept(segment(0), 10)
        report.missed("gone", Missed.GONE)
        report.looked_up(PollFailure(kind=FailureKind.GONE, reason="not live"))
    desk.metrics.forget("demo", "source")
    assert not any('"demo"' in line for line in desk.exposed)
    assert any('"other"' in line for line in desk.exposed)
    desk.metrics.forget("demo", "source")
