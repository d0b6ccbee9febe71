"""The forms in which segments may come: fMP4, parts of one file, encrypted, sound apart."""

from __future__ import annotations

from typing import Literal

from aiohttp import web
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad
from tests.fakes.hls_origin.answers import cut_short, failing
from tests.fakes.hls_origin.scripted import TOKEN, Line
from tests.fakes.other_forms import alone, fragmented
from tests.fakes.recording import START, at_us, media
from tests.fakes.troubles.of_segments import refused
from tests.fakes.troubles.rows import Expected, row, says
from tests.fakes.troubles.stage import Stage

from longtake.services.capture.report import RecorderState

KEY, OTHER_KEY = bytes(range(16)), bytes(range(16, 32))
IV = bytes.fromhex("000102030405060708090a0b0c0d0e0f")


def _plain(number: int) -> bytes:
    return media(at_us(START), 30)[number]


def _locked(content: bytes, key: bytes, iv: bytes) -> bytes:
    return AES.new(key, AES.MODE_CBC, iv).encrypt(pad(content, 16))


def _numbered(number: int) -> bytes:
    return number.to_bytes(16)


def _key_tag(name: str = "key.bin", iv: bytes | None = None) -> str:
    stated = f",IV=0x{iv.hex()}" if iv is not None else ""
    return f'#EXT-X-KEY:METHOD=AES-128,URI="{name}?{TOKEN}"{stated}'


# fMP4


def _map(name: str = "init.mp4", byte_range: str = "") -> str:
    stated = f',BYTERANGE="{byte_range}"' if byte_range else ""
    return f'#EXT-X-MAP:URI="{name}?{TOKEN}"{stated}'


def _fragments(stage: Stage, count: int = 3) -> bytes:
    init, segments = fragmented(count)
    stage.origin.live.lead = (_map(),)
    stage.origin.files["init.mp4"] = init
    for number, segment in enumerate(segments):
        stage.origin.add(init + segment, uri=f"{number}.m4s?{TOKEN}", served=segment)
    return init


@row("segments are fMP4, with an init section")
async def is_fmp4(stage: Stage) -> Expected:
    _fragments(stage)
    stage.record()
    await stage.stored(0, 1, 2)
    assert stage.origin.requests["init.mp4"] == 1
    return Expected(fetched_once=True)


@row("the init section fails, and then breaks off")
async def has_no_init_at_first(stage: Stage) -> Expected:
    stage.origin.answer("init.mp4", failing, cut_short)
    _fragments(stage)
    stage.record()
    await stage.stored(0, 1, 2)
    return Expected(counts={"missed": 0})


@row("init section and segments are parts of one file")
async def is_one_file(stage: Stage) -> Expected:
    init, segments = fragmented(3)
    whole = init + b"".join(segments)
    stage.origin.files["all.mp4"] = whole
    stage.origin.live.lead = (_map("all.mp4", f"{len(init)}@0"),)
    at = len(init)
    for segment in segments:
        stage.origin.add(init + segment, f"#EXT-X-BYTERANGE:{len(segment)}@{at}", uri=f"all.mp4?{TOKEN}")
        at += len(segment)
    stage.record()
    await stage.stored(0, 1, 2)
    return Expected()


@row("parts of one file, of which only the first says where it begins")
async def continues_in_one_file(stage: Stage) -> Expected:
    parts = [_plain(number) for number in range(3)]
    stage.origin.files["all.ts"] = b"".join(parts)
    for number, part in enumerate(parts):
        stage.origin.add(part, f"#EXT-X-BYTERANGE:{len(part)}{'' if number else '@0'}", uri=f"all.ts?{TOKEN}")
    stage.record()
    await stage.stored(0, 1, 2)
    return Expected()


@row("a server that answers the whole file for a part of it")
async def ignores_ranges(stage: Stage) -> Expected:
    async def all_of_it(request: web.Request, content: bytes) -> web.StreamResponse:
        return web.Response(body=content)

    stage.origin.always["all.ts"] = all_of_it
    return await continues_in_one_file(stage)


@row("the init section changes at a discontinuity")
async def changes_its_init(stage: Stage) -> Expected:
    _fragments(stage)
    init, segments = fragmented(2, "pictures")
    stage.origin.files["other.mp4"] = init
    stage.origin.add(
        init + segments[1],
        "#EXT-X-DISCONTINUITY",
        _map("other.mp4"),
        uri=f"3.m4s?{TOKEN}",
        served=segments[1],
    )
    stage.record()
    await stage.stored(0, 1, 2, 3)
    return Expected(fetched_once=True)


# AES-128


@row("segments are encrypted, with the number as initialisation vector")
async def is_encrypted(stage: Stage) -> Expected:
    stage.origin.files["key.bin"] = KEY
    stage.origin.live.lead = (_key_tag(),)
    stage.origin.live.counts_from = 1000
    for number in range(3):
        stage.origin.add(_plain(number), served=_locked(_plain(number), KEY, _numbered(1000 + number)))
    stage.record()
    await stage.stored(0, 1, 2)
    assert stage.origin.requests["key.bin"] == 1
    return Expected(fetched_once=True)


@row("segments are encrypted, with a stated initialisation vector")
async def is_encrypted_with_iv(stage: Stage) -> Expected:
    stage.origin.files["key.bin"] = KEY
    stage.origin.live.lead = (_key_tag(iv=IV),)
    for number in range(3):
        stage.origin.add(_plain(number), served=_locked(_plain(number), KEY, IV))
    stage.record()
    await stage.stored(0, 1, 2)
    return Expected(fetched_once=True)


@row("keys change, and encryption ends")
async def changes_its_key(stage: Stage) -> Expected:
    stage.origin.files |= {"key.bin": KEY, "other.bin": OTHER_KEY}
    stage.origin.add(_plain(0), _key_tag(), served=_locked(_plain(0), KEY, _numbered(0)))
    stage.origin.add(_plain(1), _key_tag("other.bin"), served=_locked(_plain(1), OTHER_KEY, _numbered(1)))
    stage.origin.add(_plain(2), "#EXT-X-KEY:METHOD=NONE")
    stage.record()
    await stage.stored(0, 1, 2)
    return Expected(fetched_once=True)


@row("the key fails at first")
async def has_no_key_at_first(stage: Stage) -> Expected:
    stage.origin.answer("key.bin", failing, failing)
    return await is_encrypted_late(stage)


async def is_encrypted_late(stage: Stage) -> Expected:
    """As above, but whatever the key's address was asked."""
    stage.origin.files["key.bin"] = KEY
    stage.origin.live.lead = (_key_tag(iv=IV),)
    for number in range(2):
        stage.origin.add(_plain(number), served=_locked(_plain(number), KEY, IV))
    stage.record()
    await stage.stored(0, 1)
    return Expected(counts={"missed": 0})


@row("the key is refused")
async def has_a_refused_key(stage: Stage) -> Expected:
    stage.origin.files["key.bin"] = KEY
    stage.origin.always["key.bin"] = refused
    stage.origin.live.lead = (_key_tag(),)
    stage.origin.add(_plain(0), served=_locked(_plain(0), KEY, _numbered(0)))
    stage.record()
    await stage.until(lambda: stage.status("missed") == 1, "one is missed")
    return Expected(full=(), words=("key",), says=frozenset())


@row("an encrypted segment breaks off")
async def breaks_off_encrypted(stage: Stage) -> Expected:
    stage.origin.answer("1.ts", cut_short)
    return await is_encrypted_late(stage)


@row("an encrypted init section, encrypted fMP4")
async def is_encrypted_fmp4(stage: Stage) -> Expected:
    init, segments = fragmented(3)
    stage.origin.files |= {"key.bin": KEY, "init.mp4": _locked(init, KEY, IV)}
    stage.origin.live.lead = (_key_tag(iv=IV), _map())
    for number, segment in enumerate(segments):
        stage.origin.add(init + segment, uri=f"{number}.m4s?{TOKEN}", served=_locked(segment, KEY, IV))
    stage.record()
    await stage.stored(0, 1, 2)
    return Expected(fetched_once=True)


@row("segments are encrypted by samples, which nobody can undo from outside")
async def is_encrypted_by_samples(stage: Stage) -> Expected:
    stage.origin.live.lead = (
        f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://key?{TOKEN}",KEYFORMAT="com.apple.streamingkeydelivery"',
    )
    stage.origin.add(_plain(0))
    stage.record()
    await stage.said(RecorderState.REFUSED, "SAMPLE-AES")
    assert not stage.origin.requests["0.ts"]
    return Expected(full=(), says=frozenset({RecorderState.REFUSED}))


# Sound apart


def _with_sound(stage: Stage, form: Literal["mpegts", "adts"] = "mpegts") -> None:
    stage.origin.master = (
        "#EXTM3U\n"
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",LANGUAGE="en",DEFAULT=YES,URI="sound.m3u8?{TOKEN}"\n'
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Deutsch",LANGUAGE="de",URI="ton.m3u8?{TOKEN}"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=256x144,CODECS="avc1.42c00c,mp4a.40.2",AUDIO="a"\n'
        f"live.m3u8?{TOKEN}\n"
    )
    stage.origin.lines |= {"sound": Line(name="sound"), "ton": Line(name="ton")}
    for number in range(3):
        stage.origin.add(alone(number, "pictures"))
        stage.origin.add(alone(number, "sound", form), line="sound")
        stage.origin.add(alone(number + 10, "sound", form), line="ton")


@row("sound comes apart from the pictures")
async def has_sound_apart(stage: Stage) -> Expected:
    _with_sound(stage)
    stage.record()
    stage.start("source.audio")
    await stage.stored(0, 1, 2)
    await stage.stored(0, 1, 2, quality="source.audio", line="sound")
    return Expected(of={"source.audio": "sound"}, fetched_once=True)


@row("sound comes apart, packed, in two languages")
async def has_two_languages(stage: Stage) -> Expected:
    _with_sound(stage, "adts")
    stage.record()
    stage.start("source.audio")
    stage.start("source.audio-de")
    await stage.stored(0, 1, 2)
    await stage.stored(0, 1, 2, quality="source.audio", line="sound")
    await stage.stored(0, 1, 2, quality="source.audio-de", line="ton")
    return Expected(of={"source.audio": "sound", "source.audio-de": "ton"}, fetched_once=True)


@row("a language is asked for that is not there")
async def lacks_a_language(stage: Stage) -> Expected:
    _with_sound(stage)
    stage.record(quality="source.audio-fr")
    await stage.said(RecorderState.REFUSED, "de")
    return Expected(full=(), says=frozenset({RecorderState.REFUSED}))


@row("sound comes apart, and nobody records it: that is said")
async def is_silent(stage: Stage) -> Expected:
    _with_sound(stage)
    stage.record()
    await stage.stored(0, 1, 2)
    await stage.said(RecorderState.RECORDING, "sound")
    return Expected(says=says())
