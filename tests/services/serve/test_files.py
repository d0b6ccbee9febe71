"""Stored files over real HTTP: whole, in part, and not at all when the client has them; and when the disk does not play."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry
from tests.fakes.answer import Answer
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.store.interface import ServedFile
from longtake.adapters.store.served import DiskFiles
from longtake.core.errors import StoreUnavailable
from longtake.core.names import hash_text
from longtake.services.serve.files import StoredFiles

HOUR = "2024-11-24T04"
FOLDER = f"demo/source/{HOUR}"
MIB = 1 << 20
BIG = bytes(range(256)) * (14 << 10)
"""3.5 MiB: more than is read at once."""


def name_of(minute: int, digest: bytes = bytes(32), kind: str = "full") -> str:
    return f"{minute:02}:00.000000-2.0-{kind}-{hash_text(digest)}.ts"


SEGMENT = f"{FOLDER}/{name_of(0)}"
LONG = f"{FOLDER}/{name_of(1)}"
FILES = {
    SEGMENT: b"\x47" + bytes(range(199)),
    LONG: BIG,
    f"{FOLDER}/{name_of(2)}": b"\0\0\0\x18styp" + bytes(200),
    f"{FOLDER}/{name_of(3)}": b"\0\0\0\x18moof" + bytes(200),
    f"{FOLDER}/{name_of(4)}": b"",
    f"{FOLDER}/{name_of(5, kind='temp')}": b"\x47abc",
    f"{FOLDER}/notes.ts": b"ID3 aac",
    f"demo/chat/{HOUR}/x.json": b"[]",
    "media/picture.png": b"PNG",
    "media/page.html": b"<script>",
    "media/thing": b"?",
    f"media/{name_of(6)}": b"not a segment",
}


class Touchy(DiskFiles):
    """Has something done to a file between looking for it and sending or reading it."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, extra_folders=["media"])
        self.reads: list[Sequence[tuple[int, int]]] = []
        self.gone_after_look: Path | None = None
        self.cut_after_read: Path | None = None
        self.failing = False

    async def servable(self, path: str) -> ServedFile | None:
        found = await super().servable(path)
        if self.gone_after_look is not None:
            self.gone_after_look.unlink()
        return found

    async def read(self, file: ServedFile, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        self.reads.append(spans)
        if self.failing:
            raise StoreUnavailable("cannot read a file: the disk fails")
        contents = await super().read(file, spans)
        if self.cut_after_read is not None:
            os.truncate(self.cut_after_read, 10)
        return contents


class Node:
    def __init__(self, root: Path, files: Touchy, web: WebRoutes) -> None:
        self.root = root
        self.files = files
        self.web = web


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[Node]:
    for path, content in FILES.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        os.utime(file, (1_700_000_000, 1_700_000_000.75))
    files = Touchy(root)
    async with web_routes(CollectorRegistry(), StoredFiles(files).routes()) as web:
        yield Node(root, files, web)


@pytest_asyncio.fixture
async def node(tmp_path: Path) -> AsyncIterator[Node]:
    async with serving(tmp_path) as node:
        yield node


TYPES = {
    "a segment": (SEGMENT, "video/mp2t"),
    "a segment of fragmented MP4 with its init": (f"{FOLDER}/{name_of(2)}", "video/mp4"),
    "a segment of fragmented MP4 alone": (f"{FOLDER}/{name_of(3)}", "video/mp4"),
    "an empty segment": (f"{FOLDER}/{name_of(4)}", "video/mp2t"),
    "a segment of something else": (f"{FOLDER}/notes.ts", "video/mp2t"),
    "chat": (f"demo/chat/{HOUR}/x.json", "application/json"),
    "a picture": ("media/picture.png", "image/png"),
    "what has no ending": ("media/thing", "application/octet-stream"),
}


@pytest.mark.parametrize(("path", "media_type"), TYPES.values(), ids=TYPES.keys())
async def test_a_file_is_told_as_what_it_is(node: Node, path: str, media_type: str) -> None:
    for _ in range(2):  # the second time it is known
        answer = await node.web.get(f"/segments/{path}")
        assert (answer.status, answer.body) == (200, FILES[path])
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Last-Modified"] == formatdate(1_700_000_000, usegmt=True)


async def test_only_whole_segments_are_for_ever(node: Node) -> None:
    segment = await node.web.get(f"/segments/{SEGMENT}")
    assert segment.headers["ETag"] == f'"{hash_text(bytes(32))}"'
    assert segment.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for path in FILES:
        if "-full-" not in path or path.startswith("media"):
            other = await node.web.get(f"/segments/{path}")
            assert other.headers["Cache-Control"] == "no-cache"
            assert hash_text(bytes(32)) not in other.headers["ETag"]


async def test_what_strangers_sent_is_no_page_of_ours(node: Node) -> None:
    answer = await node.web.get("/segments/media/page.html")
    assert answer.headers["Content-Security-Policy"] == "sandbox"


async def test_a_file_that_changes_gets_another_tag(node: Node) -> None:
    before = (await node.web.get("/segments/media/thing")).headers["ETag"]
    (node.root / "media" / "thing").write_bytes(b"!")
    after = await node.web.get("/segments/media/thing")
    assert (after.body, after.headers["ETag"] == before) == (b"!", False)


async def test_a_file_under_the_same_name_is_looked_into_anew(node: Node) -> None:
    assert (await node.web.get(f"/segments/{SEGMENT}")).headers["Content-Type"] == "video/mp2t"
    other = node.root / "new.ts"
    other.write_bytes(b"\0\0\0\x18ftyp")
    other.replace(node.root / SEGMENT)
    assert (await node.web.get(f"/segments/{SEGMENT}")).headers["Content-Type"] == "video/mp4"


async def test_no_byte_of_a_whole_file_goes_through_python(node: Node) -> None:
    assert (await node.web.get(f"/segments/{LONG}")).body == BIG
    assert node.files.reads == []


def parts_of(answer: Answer) -> list[tuple[str, bytes]]:
    """(Content-Range, content) of each part of a multipart answer (RFC 2046 5.1)."""
    boundary = answer.headers["Content-Type"].partition("boundary=")[2].encode()
    _, *parts, end = (b"\r\n" + answer.body).split(b"\r\n--" + boundary)
    assert end.strip() == b"--"
    found = []
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n")
        (content_range,) = (
            line.partition(b":")[2].strip().decode()
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-range:")
        )
        found.append((content_range, content))
    return found


class TestParts:
    async def test_a_part_up_to_a_mebibyte_is_read_in_one_go(self, node: Node) -> None:
        answer = await node.web.get(f"/segments/{LONG}", Range=f"bytes=5-{MIB + 4}")
        assert (answer.status, answer.body) == (206, BIG[5 : MIB + 5])
        assert answer.headers["Content-Range"] == f"bytes 5-{MIB + 4}/{len(BIG)}"
        assert answer.headers["Content-Length"] == str(MIB)
        assert node.files.reads == [[(5, MIB)]]

    async def test_a_longer_part_is_read_piece_by_piece(self, node: Node) -> None:
        answer = await node.web.get(f"/segments/{LONG}", Range="bytes=1-")
        assert (answer.status, answer.body) == (206, BIG[1:])
        assert answer.headers["Content-Length"] == str(len(BIG) - 1)
        assert answer.headers["Content-Type"] == "video/mp2t"
        assert [size for reads in node.files.reads for _, size in reads] == [MIB, MIB, MIB, MIB // 2 - 1]

    @pytest.mark.parametrize(
        ("asked", "reads"),
        [("bytes=0-9,100-199,-1", 1), (f"bytes=0-{MIB},{2 * MIB}-{3 * MIB}", 4)],
        ids=["which fit in one piece", "which do not"],
    )
    async def test_several_parts_come_in_one_answer(self, node: Node, asked: str, reads: int) -> None:
        answer = await node.web.get(f"/segments/{LONG}", Range=asked)
        assert answer.status == 206
        ranges = [content_range for content_range, _ in parts_of(answer)]
        for content_range, content in parts_of(answer):
            first, _, last = content_range.split(" ")[1].split("/")[0].partition("-")
            assert content == BIG[int(first) : int(last) + 1]
        assert len(ranges) == asked.count(",") + 1
        assert len(node.files.reads) == reads

    async def test_the_time_of_a_file_is_a_validator_too(self, node: Node) -> None:
        date = (await node.web.get(f"/segments/{SEGMENT}")).headers["Last-Modified"]
        same = await node.web.get(f"/segments/{SEGMENT}", Range="bytes=0-1", If_Range=date)
        assert (same.status, len(same.body)) == (206, 2)
        for other in (formatdate(5, usegmt=True), f'W/"{hash_text(bytes(32))}"', "x"):
            whole = await node.web.get(f"/segments/{SEGMENT}", Range="bytes=0-1", If_Range=other)
            assert (whole.status, whole.body) == (200, FILES[SEGMENT])

    async def test_head_knows_no_parts(self, node: Node) -> None:
        for asked in ("bytes=0-1", "bytes=99999999-"):
            head = await node.web.get(f"/segments/{SEGMENT}", method="HEAD", Range=asked)
            assert (head.status, head.headers["Content-Length"]) == (200, str(len(FILES[SEGMENT])))


class TestTimes:
    """If-Modified-Since, RFC 9110 13.1.3."""

    async def test_who_has_it_since_gets_304(self, node: Node) -> None:
        for since_s in (1_700_000_000, 1_800_000_000):
            answer = await node.web.get(
                f"/segments/{SEGMENT}", If_Modified_Since=formatdate(since_s, usegmt=True)
            )
            assert (answer.status, answer.body) == (304, b"")
            assert answer.headers["ETag"] == f'"{hash_text(bytes(32))}"'
            assert "immutable" in answer.headers["Cache-Control"]

    @pytest.mark.parametrize("since", [formatdate(1_699_999_999, usegmt=True), "yesterday", "", "99"])
    async def test_who_has_an_older_one_or_says_nonsense_gets_the_file(self, node: Node, since: str) -> None:
        answer = await node.web.get(f"/segments/{SEGMENT}", If_Modified_Since=since)
        assert (answer.status, answer.body) == (200, FILES[SEGMENT])

    async def test_a_tag_counts_before_a_time(self, node: Node) -> None:
        date = formatdate(1_800_000_000, usegmt=True)
        answer = await node.web.get(f"/segments/{SEGMENT}", If_None_Match='"other"', If_Modified_Since=date)
        assert answer.status == 200

    async def test_head_is_told_the_same(self, node: Node) -> None:
        answer = await node.web.get(f"/segments/{SEGMENT}", method="HEAD", If_None_Match="*")
        assert answer.status == 304


class TestTrouble:
    @pytest.mark.parametrize("asked", ["bytes=0-9", "bytes=0-", "bytes=0-9,20-29"])
    async def test_a_part_of_a_file_that_vanishes_is_not_there(self, node: Node, asked: str) -> None:
        node.files.gone_after_look = node.root / LONG
        answer = await node.web.get(f"/segments/{LONG}", Range=asked)
        assert answer.status == 404
        assert str(node.root) not in answer.text

    async def test_a_whole_file_that_vanishes_is_not_there(self, node: Node) -> None:
        node.files.gone_after_look = node.root / LONG
        answer = await node.web.get(f"/segments/{LONG}")
        assert answer.status == 404
        assert str(node.root) not in answer.text

    async def test_a_file_that_shrinks_while_it_is_sent_is_broken_off(self, node: Node) -> None:
        node.files.cut_after_read = node.root / LONG
        with pytest.raises(aiohttp.ClientPayloadError):
            await node.web.get(f"/segments/{LONG}", Range="bytes=0-")

    async def test_a_disk_that_fails_is_told_by_503(self, node: Node) -> None:
        node.files.failing = True
        answer = await node.web.get(f"/segments/{LONG}", Range="bytes=0-9")
        assert (answer.status, "Retry-After" in answer.headers) == (503, True)
        assert (await node.web.get(f"/segments/{LONG}", Range="bytes=0-")).status == 503

    async def test_readers_that_take_nothing_hold_up_nobody(self, node: Node) -> None:
        slow = [node.web.ask_without_reading(f"/segments/{LONG}") for _ in range(100)]
        try:
            async with asyncio.timeout(10):
                for _ in range(20):
                    assert (await node.web.get(f"/segments/{SEGMENT}")).body == FILES[SEGMENT]
                    part = await node.web.get(f"/segments/{LONG}", Range="bytes=0-9")
                    assert part.body == BIG[:10]
        finally:
            for client in slow:
                client.close()
