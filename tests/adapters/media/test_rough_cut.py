"""Rough cuts that are packed anew: of every form that a recorder leaves, into both containers."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.builders import build_timeline
from tests.fakes.coded_media import Media, Pictures, media
from tests.fakes.recorded_forms import FORMS, Forms, Recorded, laid_into, recorded_forms
from tests.fakes.smart_cuts import START_US, recording_of
from tests.fakes.strict_reading import source_sound, strictly_read
from tests.fakes.tone_stream import ToneStream, just_before_wrap, stored

from longtake.adapters.media.interface import RepackReport
from longtake.adapters.media.jobs import RoughCutJob
from longtake.core.cutting import (
    CutContainer,
    CutKind,
    CutRange,
    CutRequest,
    RoughPlan,
    RoughRun,
    SeparateSound,
    extent,
    plan_rough,
)
from longtake.core.errors import Corrupt, Unsupported
from longtake.core.listing import read_listing
from longtake.core.timeline import Timeline
from longtake.core.times import SECOND_US

STREAM = ToneStream(noise=True, b_frames=2, first_pts=just_before_wrap(5))
CONTAINERS = [CutContainer.TS, CutContainer.MP4]


def timeline(recorded: list[Recorded], span: CutRange) -> Timeline:
    hours: dict[str, list[str]] = {}
    for one in recorded:
        hours.setdefault(one.segment.hour, []).append(one.segment.name)
    listings = [read_listing(hour, names) for hour, names in hours.items()]
    return build_timeline(listings, start_us=span.start_us, end_us=span.end_us)


def planned(
    recorded: dict[str, list[Recorded]], container: CutContainer, *ranges: tuple[float, float]
) -> RoughPlan:
    """Ranges in seconds after frame 0."""
    spans = [
        CutRange(start_us=START_US + round(start * SECOND_US), end_us=START_US + round(end * SECOND_US))
        for start, end in ranges
    ]
    request = CutRequest(ranges=tuple(spans), kind=CutKind.ROUGH, container=container, allow_holes=True)
    timelines = [timeline(recorded["source"], span) for span in spans]
    sound = None
    if "source.audio" in recorded:
        heard = [
            timeline(recorded["source.audio"], extent(one, span))
            for one, span in zip(timelines, spans, strict=True)
        ]
        sound = SeparateSound(quality="source.audio", timelines=tuple(heard))
    return plan_rough(request, timelines, sound=sound, joins=False)


def cut(
    folder: Path, recorded: dict[str, list[Recorded]], plan: RoughPlan, path: Path | None = None
) -> tuple[bytes, RepackReport]:
    laid_into(folder, recorded)
    pieces: list[bytes] = []
    sound = folder / "source.audio" if "source.audio" in recorded else None
    job = RoughCutJob(plan=plan, folder=folder / "source", sound_folder=sound, path=path)
    report = job.run(lambda data: pieces.append(bytes(data)))
    return (b"".join(pieces) if path is None else path.read_bytes()), report


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("forms", FORMS.values(), ids=FORMS.keys())
def test_a_cut_has_all_pictures_and_the_sound_that_is_heard_with_them(
    tmp_path: Path, forms: Forms, container: CutContainer
) -> None:
    recorded = recorded_forms(STREAM, forms, START_US)
    content, report = cut(tmp_path / "demo", recorded, planned(recorded, container, (2.5, 7.5)))
    read = strictly_read(content)
    assert read.numbers == list(range(60, 240))
    assert read.pts == [3000 * at for at in range(180)]
    source = source_sound(recording_of(STREAM, tmp_path / "source"))
    within_s = 0.05 if forms.sound == "bare adts" else 0.0
    late = [frame for frame in read.sound[2:-1] if source.differs(frame, frame.at + 2, off_by_s=within_s)]
    assert late == []
    assert 0 <= read.sound[0].at < Fraction(1, 20)
    assert Fraction(595, 100) < read.sound[-1].end < Fraction(603, 100)
    assert (report.duration_us, report.silent_us) == (6_000_000, 0)


SEPARATE = FORMS["TS and packed AAC"]


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_hole_in_the_sound_is_silent_and_what_follows_is_in_its_place(
    tmp_path: Path, container: CutContainer
) -> None:
    recorded = recorded_forms(STREAM, SEPARATE, START_US)
    del recorded["source.audio"][1]
    plan = planned(recorded, container, (0, 8))
    assert [gap.end_us - gap.start_us for gap in plan.sound_gaps] == [pytest.approx(2_000_000, abs=50_000)]
    content, report = cut(tmp_path / "demo", recorded, plan)
    read = strictly_read(content)
    source = source_sound(recording_of(STREAM, tmp_path / "source"))
    assert read.numbers == list(range(240))
    assert report.silent_us == pytest.approx(2_000_000, abs=50_000)
    silent = [frame for frame in read.sound if Fraction(21, 10) < frame.at and frame.end < Fraction(39, 10)]
    assert len(silent) > 80
    assert all(abs(frame.samples).max() < 1e-3 for frame in silent)
    heard = [frame for frame in read.sound if frame.at > Fraction(41, 10)]
    assert [frame for frame in heard[:-1] if source.differs(frame, frame.at)] == []


def test_the_sound_of_a_range_without_any_is_silent_too(tmp_path: Path) -> None:
    recorded = recorded_forms(STREAM, SEPARATE, START_US)
    del recorded["source.audio"][2:]
    content, report = cut(tmp_path / "demo", recorded, planned(recorded, CutContainer.MP4, (4, 8), (0, 2)))
    read = strictly_read(content)
    assert read.numbers == [*range(120, 240), *range(60)]
    assert report.silent_us == pytest.approx(4_000_000, abs=50_000)
    assert max(abs(frame.samples).max() for frame in read.sound if frame.end < 4) < 1e-3
    source = source_sound(recording_of(STREAM, tmp_path / "source"))
    heard = [frame for frame in read.sound if frame.at > Fraction(41, 10)]
    assert len(heard) > 80
    assert [frame for frame in heard[:-1] if source.differs(frame, frame.at - 4, off_by_s=0.012)] == []


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("forms", [FORMS["fMP4"], SEPARATE], ids=["fMP4", "TS and packed AAC"])
def test_over_a_hole_of_the_pictures_the_cut_runs_on(
    tmp_path: Path, forms: Forms, container: CutContainer
) -> None:
    recorded = recorded_forms(STREAM, forms, START_US)
    del recorded["source"][1]
    content, report = cut(tmp_path / "demo", recorded, planned(recorded, container, (0, 6)))
    read = strictly_read(content)
    assert read.numbers == [*range(60), *range(120, 180)]
    assert read.pts == [3000 * at for at in range(120)]
    source = source_sound(recording_of(STREAM, tmp_path / "source"))
    heard = [frame for frame in read.sound if frame.at > Fraction(21, 10)]
    assert len(heard) > 80
    assert [frame for frame in heard[:-1] if source.differs(frame, frame.at + 2, off_by_s=0.012)] == []
    assert report.duration_us == 4_000_000


def test_into_a_file_it_tells_how_much_is_done(tmp_path: Path) -> None:
    recorded = recorded_forms(STREAM, SEPARATE, START_US)
    path = tmp_path / "cut.mp4"
    content, _ = cut(tmp_path / "demo", recorded, planned(recorded, CutContainer.MP4, (0, 8)), path)
    assert strictly_read(content).numbers == list(range(240))
    assert content.index(b"moov") < content.index(b"mdat")


def test_sound_alone_is_cut_like_any_quality(tmp_path: Path) -> None:
    recorded = {"source": recorded_forms(STREAM, SEPARATE, START_US)["source.audio"]}
    content, report = cut(tmp_path / "demo", recorded, planned(recorded, CutContainer.MP4, (2.5, 7.5)))
    with av.open(io.BytesIO(content), "r") as container:
        assert not container.streams.video
        samples = sum(frame.samples for frame in container.decode(audio=0))
    assert samples == pytest.approx(6 * 48_000, abs=2048)
    assert report.duration_us == pytest.approx(6_000_000, abs=25_000)


@pytest.mark.parametrize("quality", ["source", "source.audio"])
def test_a_damaged_file_ends_it(tmp_path: Path, quality: str) -> None:
    recorded = recorded_forms(STREAM, SEPARATE, START_US)
    plan = planned(recorded, CutContainer.TS, (0, 8))
    broken = recorded[quality][1]
    recorded[quality][1] = replace(broken, content=broken.content[:-1] + b"?")
    with pytest.raises(Corrupt, match=re.escape(broken.segment.path)):
        cut(tmp_path / "demo", recorded, plan)


@pytest.mark.parametrize("container", CONTAINERS)
def test_another_coding_within_the_cut_is_refused(tmp_path: Path, container: CutContainer) -> None:
    recorded = recorded_forms(STREAM, FORMS["fMP4"], START_US)
    other = recorded_forms(replace(STREAM, size=(192, 108)), FORMS["fMP4"], START_US)
    recorded["source"][2:] = other["source"][2:]
    with pytest.raises(Unsupported, match="the coding of the pictures changes"):
        cut(tmp_path / "demo", recorded, planned(recorded, container, (0, 8)))


def test_what_a_container_cannot_hold_is_refused(tmp_path: Path) -> None:
    odd = media(Media(pictures=Pictures(codec="wmv2", options=()), sound=None, format="asf"))
    for content, words in ((odd, "wmv2 cannot be put into .mp4"), (odd[:40], "cannot be taken apart")):
        segment = stored(content, tmp_path / "source", start_us=START_US, duration_s=2.0)
        plan = RoughPlan(
            container=CutContainer.MP4, runs=(RoughRun(segments=(segment,)),), gaps=(), repacked=True
        )
        job = RoughCutJob(plan=plan, folder=tmp_path / "source", sound_folder=None)
        with pytest.raises(Unsupported, match=words):
            job.run(lambda data: None)
