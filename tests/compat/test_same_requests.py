"""The same request to an older node and to ours, over the same folder: the same answer, but for what is meant to differ.

What is meant to differ, wherever it occurs:

=========================================  ====================================  ==================================
asked for                                  an older node                         ours
=========================================  ====================================  ==================================
any JSON                                   text/html                             application/json
an error                                   a web page                            plain text below /files and /extras,
                                                                                 else problem+json
a segment                                  text/vnd.trolltech.linguist           video/mp2t
/files                                     everything that lies there            channels with a quality in them
/files/CH, /files/CH/Q                     everything that lies there            qualities, hours
an hour                                    all names that end in .ts or .json    without those nobody could ask for
a name with a dot in front                 403                                   400
a name that can be no name                 [] or 404                             400
any file below the folder                  served                                segments, chat, extra folders
/extras                                    all files below any folder            of extra folders, without hidden
                                                                                 ones and files in flight
a time that cannot be read                 500                                   400
a range that ends before it starts         an empty playlist                     400
an implicit range beyond 12 h              400                                   the last 60 s, or 12 h from the end
a player's playlist                        from the earliest hour                standard HLS, a window
CORS                                       methods GET, POST, HEAD               those of a route
=========================================  ====================================  ==================================
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.compat.stores import HOUR, NEXT_HOUR, lying_about, put, stray_hours, two_hours
from tests.fakes.answer import Answer
from tests.fakes.older_node import OlderNode
from tests.fakes.web_node import WebNode, web_node

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """An older node and ours over one folder."""

    older: OlderNode
    ours: WebNode
    folder: Path

    async def get(self, path: str, *, method: str = "GET", **headers: str) -> tuple[Answer, Answer]:
        """The older node's answer, and ours."""
        there = WebNode(self.older.url, self.ours.store, self.ours.session)
        return (
            await there.get(path, method=method, headers=headers),
            await self.ours.get(path, method=method, headers=headers),
        )

    async def listed(self, path: str) -> tuple[set[str], set[str]]:
        older, ours = await self.get(path)
        assert (older.status, ours.status) == (200, 200)
        assert ours.headers["Content-Type"] == "application/json"
        assert older.headers["Content-Type"] == "text/html; charset=utf-8"
        names = json.loads(ours.body)
        assert len(names) == len(set(names))
        return set(json.loads(older.body)), set(names)


@asynccontextmanager
async def both_in(folder: Path) -> AsyncIterator[Both]:
    store = folder / "store"
    store.mkdir()
    async with OlderNode(folder=store) as older, web_node(folder) as ours:
        yield Both(older=older, ours=ours, folder=store)


@pytest_asyncio.fixture(loop_scope="module")
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """Over an empty folder."""
    async with both_in(tmp_path) as both:
        yield both


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """Over a folder with a bit of everything, in which no test changes anything."""
    async with both_in(tmp_path_factory.mktemp("full")) as both:
        two_hours(both.folder)
        lying_about(both.folder)
        stray_hours(both.folder)
        yield both


LISTINGS = [
    f"/files/demo/{quality}/{hour}{query}"
    for quality in ("source", "480p", "chat", "nothing")
    for hour in (HOUR, NEXT_HOUR, "2024-11-08T00", "2024-11-07T00")
    for query in ("", "?tombstones=true", "?tombstones=FALSE", "?tombstones=True")
]


@pytest.mark.parametrize("path", LISTINGS)
async def test_the_names_of_an_hour_are_the_same(full: Both, path: str) -> None:
    older, ours = await full.listed(path)
    assert ours == older


@pytest.mark.parametrize(
    "path", ["/files/nobody", "/files/nobody/source", "/files/demo/nobody", f"/files/nobody/source/{HOUR}"]
)
async def test_what_is_unknown_has_nothing_in_it(full: Both, path: str) -> None:
    assert await full.listed(path) == (set(), set())


FOLDERS = {
    "/files": ({"demo", "media", "empty", "lost+found", "roles.csv"}, {"demo"}),
    "/files/demo": ({"source", "480p", "chat", "nothing", "readme.txt"}, {"source", "480p", "chat"}),
    "/files/demo/source": (
        {HOUR, NEXT_HOUR, "2024-11-08T00", "not-an-hour", "readme.txt"},
        {HOUR, NEXT_HOUR, "2024-11-08T00"},
    ),
    "/files/demo/source/not-an-hour": ({"x.ts"}, set()),
    "/files/demo/480p": ({HOUR, NEXT_HOUR}, {HOUR, NEXT_HOUR}),
    "/files/demo/chat": ({HOUR, NEXT_HOUR}, {HOUR, NEXT_HOUR}),
}


EXTRAS: dict[str, tuple[set[str], set[str]]] = {
    "/extras/media": ({"FjEF/LUVm.png", "FjEF/.1234.temp"}, {"FjEF/LUVm.png"}),
    "/extras/media/FjEF": ({"LUVm.png", ".1234.temp"}, {"LUVm.png"}),
    "/extras/media/nothing": (set(), set()),
    "/extras/emotes": (set(), set()),
    "/extras/nothing": (set(), set()),
    "/extras/lost+found": ({"x"}, set()),
    "/extras/roles.csv": (set(), set()),
    "/extras/empty": (set(), set()),
}


@pytest.mark.parametrize("path", EXTRAS)
async def test_of_extra_folders_ours_lists_what_will_stay(full: Both, path: str) -> None:
    assert await full.listed(path) == EXTRAS[path]


async def test_no_recording_is_listed_as_extra_files(full: Both) -> None:
    older, ours = await full.listed("/extras/demo/480p")
    assert len(older) > 4
    assert ours == set()


@pytest.mark.parametrize("path", FOLDERS)
async def test_of_folders_ours_lists_those_that_are_what_they_seem(full: Both, path: str) -> None:
    assert await full.listed(path) == FOLDERS[path]


async def test_every_file_of_a_listing_is_the_same_file(full: Both) -> None:
    asked = 0
    for quality in ("source", "480p", "chat"):
        for hour in (HOUR, NEXT_HOUR):
            for name in (await full.listed(f"/files/demo/{quality}/{hour}"))[1]:
                path = f"/segments/demo/{quality}/{hour}/{quote(name)}"
                older, ours = await full.get(path)
                assert (older.status, older.body) == (ours.status, ours.body) == (200, ours.body)
                asked += 1
    assert asked == 11 + 3 + 7 + 2


async def test_what_a_tombstone_suppresses_is_still_there_for_who_asks(full: Both) -> None:
    (dead,) = (full.folder / "demo/source" / HOUR).glob("57:00.*.ts")
    older, ours = await full.get(f"/segments/demo/source/{HOUR}/{quote(dead.name)}")
    assert (older.status, older.body) == (ours.status, ours.body) == (200, dead.read_bytes())


RANGES = [
    "bytes=0-0",
    "bytes=2-5",
    "bytes=3-",
    "bytes=-4",
    "bytes=-400",
    "bytes=5-5000",
    "bytes=10-",
    "bytes=99-100",
]


@pytest.mark.parametrize("asked", RANGES)
async def test_parts_of_a_file_are_the_same_parts(both: Both, asked: str) -> None:
    name = put(both.folder, "59:50", content=b"0123456789")
    older, ours = await both.get(f"/segments/demo/source/{HOUR}/{quote(name)}", Range=asked)
    assert older.status == ours.status
    assert older.headers.get("Content-Range") == ours.headers.get("Content-Range")
    assert older.status == 416 or older.body == ours.body


async def test_types(both: Both) -> None:
    name = put(both.folder, "59:50")
    older, ours = await both.get(f"/segments/demo/source/{HOUR}/{name}")
    assert older.headers["Content-Type"] == "text/vnd.trolltech.linguist; charset=utf-8"
    assert ours.headers["Content-Type"] == "video/mp2t"


@pytest.mark.parametrize("path", ["/files", f"/files/demo/source/{HOUR}", "/playlist/demo.m3u8"])
async def test_heads_have_no_body_and_any_origin_may_ask(full: Both, path: str) -> None:
    for answer in await full.get(path, method="HEAD", Origin="https://pages.example"):
        assert (answer.status, answer.body) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


SAME_STATUSES = {
    "/segments/demo/source/none.ts": 404,
    f"/segments/demo/source/{HOUR}/none.ts": 404,
    f"/segments/demo/source/{HOUR}": 404,
    "/segments/nobody": 404,
    f"/files/demo/source/{HOUR}?tombstones=yes": 400,
    f"/files/demo/source/{HOUR}?tombstones=": 400,
    f"/files/demo/source/{HOUR}/more/parts": 404,
    "/playlist/nobody.m3u8": 404,
    "/playlist/nobody/source.m3u8": 404,
    "/playlist/demo/nobody.m3u8": 404,
    "/cut/demo/nobody.ts?type=rough": 404,
    "/cut/demo/480p.ts?type=rough&start=2024-11-09T23:00:00&end=2024-11-09T23:59:52": 406,
    "/cut/demo/480p.ts?type=rough&start=2024-11-09T23:59:52&end=2024-11-09T23:59:52": 400,
    "/cut/demo/480p.ts?type=rough&start=2024-11-09T23:59:52&end=2024-11-09T23:59:56&allow_holes=perhaps": 400,
    "/cut/demo/480p.ts?type=mp5&start=2024-11-09T23:59:52&end=2024-11-09T23:59:56": 400,
    "/cut/demo/480p.ts?type=rough&start=2024-11-09T23:59:52&end=2024-11-09T23:59:56&transition=fade,1": 400,
    "/media/chat.json/x": 404,
}


@pytest.mark.parametrize("path", SAME_STATUSES)
async def test_the_same_is_refused_in_the_same_way(full: Both, path: str) -> None:
    older, ours = await full.get(path)
    assert (older.status, ours.status) == (SAME_STATUSES[path], SAME_STATUSES[path])


OTHER_STATUSES = {
    "/files/.longtake": (403, 400),
    "/files/demo/.hidden": (403, 400),
    "/segments/.longtake/node-id": (403, 400),
    "/segments/demo/source/.longtake/facts/x.ts": (200, 400),
    "/segments/roles.csv": (200, 404),
    "/segments/demo/readme.txt": (200, 404),
    "/segments/media/FjEF/.1234.temp": (200, 400),
    "/files/" + "n" * 256: (500, 400),
    "/playlist/demo/480p.m3u8?start=then": (500, 400),
    "/playlist/demo.m3u8?end=then": (500, 400),
    "/cut/demo/480p.ts?type=rough&range=2024-11-09T23:59:52": (500, 400),
    "/playlist/demo/480p.m3u8?start=2024-11-09T12:00:00&end=2024-11-09T11:00:00": (200, 400),
    "/playlist/demo/480p.m3u8?start=2024-11-01T00:00:00": (400, 200),
    "/playlist/demo/source.m3u8?start=2024-11-09T23:59:52": (500, 200),
    "/extras/.longtake": (403, 400),
    "/extras/media/.hidden": (200, 400),
}


@pytest.mark.parametrize("path", OTHER_STATUSES)
async def test_where_the_answers_are_meant_to_differ(full: Both, path: str) -> None:
    older, ours = await full.get(path)
    assert (older.status, ours.status) == OTHER_STATUSES[path]


async def test_errors_are_pages_there_and_here_they_say_what_is_wrong(full: Both) -> None:
    older, ours = await full.get("/playlist/demo/480p.m3u8?start=then")
    assert older.headers["Content-Type"] == "text/html; charset=utf-8"
    assert ours.headers["Content-Type"] == "application/problem+json"
    older, ours = await full.get(f"/files/demo/source/{HOUR}?tombstones=yes")
    assert older.headers["Content-Type"] == "text/html; charset=utf-8"
    assert ours.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_a_rough_cut_is_the_same_bytes(both: Both) -> None:
    two_hours(both.folder)
    cut = "/cut/demo/480p.ts?type=rough&start=2024-11-09T23:59:51&end=2024-11-09T23:59:57"
    older, ours = await both.get(cut)
    assert (older.status, ours.status) == (200, 200)
    assert older.body == ours.body
