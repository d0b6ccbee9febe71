"""Segments of MPEG-TS of every kind that encoders and FFmpeg's muxer make: all of them whole."""

from __future__ import annotations

from fractions import Fraction

from tests.fakes.coded_media import TICKS, Media, Pictures, Sound

ULTRAFAST = ("preset", "ultrafast")
WRAP = 1 << 33


def h264(*options: tuple[str, str], rate: Fraction = Fraction(25), count: int = 50) -> Pictures:
    """Two seconds, with a key frame in front."""
    return Pictures(rate=rate, count=count, options=(ULTRAFAST, ("g", "50"), *options))


def hevc(parameters: str = "keyint=25") -> Pictures:
    """By x265 on one thread."""
    quiet = f"log-level=none:pools=none:frame-threads=1:{parameters}"
    return Pictures(codec="libx265", options=(ULTRAFAST, ("x265-params", quiet)))


VARIABLE = Pictures(
    options=(ULTRAFAST, ("g", "250")),
    ticks=tuple(at * 3600 + (at % 7) * 400 for at in range(30))
    + tuple(30 * 3600 + at * 7200 for at in range(10)),
)
B_FRAMES = h264(("preset", "veryfast"), ("bf", "3"))

KINDS: dict[str, Media] = {
    "H.264 baseline": Media(pictures=h264(("profile", "baseline"))),
    "H.264 main": Media(pictures=h264(("preset", "veryfast"), ("profile", "main"))),
    "H.264 high with B-frames": Media(pictures=B_FRAMES),
    "H.264 high 10": Media(pictures=Pictures(pixels="yuv420p10le")),
    "H.264 4:4:4": Media(pictures=Pictures(pixels="yuv444p")),
    "odd sides": Media(pictures=Pictures(size=(250, 142))),
    "open GOPs": Media(
        pictures=h264(("preset", "veryfast"), ("bf", "2"), ("x264-params", "open-gop=1:keyint=20"))
    ),
    "interlaced": Media(pictures=h264(("preset", "veryfast"), ("flags", "+ilme+ildct"))),
    "many slices": Media(pictures=h264(("x264-params", "slices=4"))),
    "HEVC": Media(pictures=hevc()),
    "HEVC with open GOPs": Media(pictures=hevc("open-gop=1:keyint=20:bframes=3")),
    "30 a second": Media(pictures=h264(rate=Fraction(30), count=60)),
    "29.97 a second": Media(pictures=h264(rate=Fraction(30000, 1001), count=60)),
    "50 a second": Media(pictures=h264(rate=Fraction(50), count=100)),
    "59.94 a second": Media(pictures=h264(rate=Fraction(60000, 1001), count=120)),
    "2 a second": Media(pictures=h264(rate=Fraction(2), count=4)),
    "a variable rate": Media(pictures=VARIABLE),
    "pictures alone": Media(sound=None),
    "sound alone": Media(pictures=None),
    "MPEG layer II": Media(sound=Sound(codec="mp2")),
    "MP3": Media(sound=Sound(codec="libmp3lame", rate_hz=44_100)),
    "AC-3": Media(sound=Sound(codec="ac3")),
    "E-AC-3": Media(sound=Sound(codec="eac3")),
    "AAC of 44.1 kHz, mono": Media(sound=Sound(rate_hz=44_100, channels="mono")),
    "over a wrap": Media(pictures=B_FRAMES, first_ticks=WRAP - TICKS, options=(("mpegts_copyts", "1"),)),
    "small units of sound": Media(options=(("pes_payload_size", "200"),)),
    "large units of sound": Media(options=(("pes_payload_size", "60000"),)),
    "pictures that say how long they are": Media(options=(("omit_video_pes_length", "0"),)),
    "many clocks and tables": Media(options=(("pcr_period", "5"), ("pat_period", "0.05"))),
    "a padded rate": Media(options=(("muxrate", "2000000"),)),
    "as DVB has it": Media(options=(("mpegts_flags", "system_b"),), sound=Sound(codec="ac3")),
    "LATM": Media(options=(("mpegts_flags", "latm"),)),
}
