"""The sound of cuts at joints: two frames at most are touched, and no click is heard; elsewhere it is the source's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fakes.smart_cuts import MadeCut, Recording, between, cut, recording_of
from tests.fakes.strict_reading import SoundFrame, source_sound, strictly_read
from tests.fakes.tone_stream import ToneStream

from longtake.core.adts import SAMPLES_PER_FRAME
from longtake.core.cutting import CutContainer
from longtake.core.mpegts.timestamps import CLOCK_HZ

TONES = ToneStream(segments=6, gop=30, segment_frames=60)
QUIETEST_CLICK = 10 ** (-40 / 20)
"""-40 dB of full scale."""
OFF_BY_S = 0.005
"""In MP4 less than this between two frames is no gap: they follow each other."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A stretch of a cut: frames ``first`` to ``last`` of the source."""

    first: int
    last: int


@dataclass(frozen=True)
class Joined:
    """A cut of several parts, and what it is made from."""

    source: ToneStream
    recording: Recording
    cut: MadeCut
    parts: list[Part]
    is_at_hole: bool = False

    @cached_property
    def sound(self) -> list[SoundFrame]:
        return strictly_read(self.cut.content).sound

    @cached_property
    def joints(self) -> list[Fraction]:
        """When a part but the first begins, in seconds of the cut."""
        counts = np.cumsum([part.last - part.first + 1 for part in self.parts])
        return [Fraction(int(count)) / self.source.rate for count in counts[:-1]]

    @property
    def slot(self) -> Fraction:
        return Fraction(SAMPLES_PER_FRAME, self.source.sample_rate)

    def source_time(self, frame: SoundFrame) -> Fraction:
        """Of the part that its middle lies in."""
        place = sum(joint <= frame.at + self.slot / 2 for joint in self.joints)
        into = frame.at - [Fraction(0), *self.joints][place]
        first = self.source.pts(self.parts[place].first) - self.source.first_pts
        return Fraction(first, CLOCK_HZ) + into

    def is_near_joint(self, frame: SoundFrame) -> bool:
        return any(abs(frame.at + self.slot / 2 - joint) < 3 * self.slot for joint in self.joints)

    def tone_error(self, frame: SoundFrame) -> float:
        """By how much a frame is off the tones, whose phase is the same in all of them."""
        return max(
            closest(frame.samples[channel], self.source, channel) for channel in range(self.source.channels)
        )


def closest(samples: NDArray[np.float32], source: ToneStream, channel: int) -> float:
    """The greatest difference from the tone at the phase that fits best."""
    count = len(samples)
    periods = np.arange(count) * ((10, 21)[channel] / SAMPLES_PER_FRAME)
    waves = np.stack([np.sin(2 * np.pi * periods), np.cos(2 * np.pi * periods)], axis=1)
    fitted, *_ = np.linalg.lstsq(waves, samples, rcond=None)
    assert np.hypot(*fitted) == pytest.approx(0.25, abs=0.01)
    return float(np.abs(samples - waves @ fitted).max())


SOUNDS = {
    "mono": replace(TONES, channels=1),
    "stereo": TONES,
    "44.1 kHz": replace(TONES, sample_rate=44_100),
}


@pytest.fixture(scope="module", params=SOUNDS.values(), ids=list(SOUNDS))
def source(request: pytest.FixtureRequest) -> ToneStream:
    found: ToneStream = request.param
    return found


@pytest.fixture(scope="module", params=[CutContainer.TS, CutContainer.MP4])
def container(request: pytest.FixtureRequest) -> CutContainer:
    found: CutContainer = request.param
    return found


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


def with_a_hole(source: ToneStream, folder: Path, container: CutContainer, *places: int) -> Joined:
    recording = recording_of(source, folder)
    made = cut(recording.without(*places), between(source, 10, 340), container=container)
    missing = 60 * places[0], 60 * (places[-1] + 1)
    parts = [Part(first=10, last=missing[0] - 1), Part(first=missing[1], last=340)]
    return Joined(source, recording, made, parts, is_at_hole=True)


def of_ranges(source: ToneStream, folder: Path, container: CutContainer, *ranges: tuple[int, int]) -> Joined:
    recording = recording_of(source, folder)
    made = cut(recording, *(between(source, *each) for each in ranges), container=container)
    return Joined(source, recording, made, [Part(first=first, last=last) for first, last in ranges])


@pytest.fixture(scope="module", params=["one segment", "two segments", "two ranges", "three ranges"])
def joined(
    request: pytest.FixtureRequest, source: ToneStream, container: CutContainer, recordings: Path
) -> Joined:
    match request.param:
        case "one segment":
            return with_a_hole(source, recordings, container, 2)
        case "two segments":
            return with_a_hole(source, recordings, container, 3, 4)
        case "two ranges":
            return of_ranges(source, recordings, container, (10, 101), (150, 340))
        case _:
            return of_ranges(source, recordings, container, (203, 250), (17, 117), (180, 239))


def test_no_click_is_heard_at_a_joint(joined: Joined) -> None:
    errors = [joined.tone_error(frame) for frame in joined.sound[1:]]
    assert max(errors) < QUIETEST_CLICK


def test_sound_frames_follow_each_other_over_a_joint(joined: Joined) -> None:
    """The parts are no whole number of them: less than one is left empty; and at a hole one on either side, too."""
    steps = [right.at - left.end for left, right in zip(joined.sound, joined.sound[1:], strict=False)]
    assert min(steps) > -0.001
    assert max(steps) < joined.slot * (3 if joined.is_at_hole else 1)
    assert sum(step > 0.001 for step in steps) <= len(joined.joints)


def test_only_two_frames_at_a_joint_are_not_the_sources(
    source: ToneStream, container: CutContainer, recordings: Path
) -> None:
    noisy = replace(source, noise=True)
    for joined in (
        with_a_hole(noisy, recordings / "noisy", container, 2),
        of_ranges(noisy, recordings / "noisy", container, (203, 250), (17, 117), (180, 239)),
    ):
        original = source_sound(joined.recording)
        primed = joined.sound if container is CutContainer.MP4 else joined.sound[1:]
        wrong = [
            frame for frame in primed if original.differs(frame, joined.source_time(frame), off_by_s=OFF_BY_S)
        ]
        assert all(joined.is_near_joint(frame) for frame in wrong)
        assert len(wrong) <= 2 * len(joined.joints)


def test_sound_stays_in_time_over_many_joints(
    source: ToneStream, container: CutContainer, recordings: Path
) -> None:
    """Each joint moves it by less than a frame, and the next one does not add to it."""
    noisy = replace(source, noise=True)
    ranges = [(20 * number + 3, 20 * number + 14) for number in range(15)]
    joined = of_ranges(noisy, recordings / "noisy", container, *ranges)
    length = Fraction(sum(last - first + 1 for first, last in ranges)) / source.rate
    assert abs(joined.sound[-1].end - length) <= joined.slot
    original = source_sound(joined.recording)
    for frame in joined.sound[1:]:
        if not joined.is_near_joint(frame):
            assert not original.differs(frame, joined.source_time(frame), off_by_s=OFF_BY_S)
