"""The files of extra folders over real HTTP: what is listed, what is not, and how often a folder is walked."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from prometheus_client import CollectorRegistry
from tests.compat.stores import put, put_file
from tests.fakes.answer import Answer
from tests.fakes.web_node import WebNode, web_node
from tests.fakes.web_routes import WebRoutes, web_routes

from longtake.adapters.store import extra_files
from longtake.adapters.store.extra_files import DiskExtraFiles
from longtake.core.errors import StoreUnavailable
from longtake.services.serve.extras import Extras

PROBLEM = {"Accept": "application/problem+json"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


def listed(answer: Answer) -> list[str]:
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json"), answer.text
    names = json.loads(answer.body)
    assert isinstance(names, list)
    return names


async def test_all_that_will_stay_is_listed_and_can_be_had(node: WebNode, store: Path) -> None:
    files = ["a.png", "b/c.png", "b/d/e f%.json", "höhe/日本", f"{'n' * 255}", "<script>.html"]
    for file in files:
        put_file(store, f"media/{file}", file.encode())
    assert listed(await node.get("/extras/media")) == sorted(files)
    assert listed(await node.get("/extras/media/b")) == ["c.png", "d/e f%.json"]
    assert listed(await node.get(f"/extras/media/{quote('höhe')}")) == ["日本"]
    for file in files:
        answer = await node.get(f"/segments/media/{quote(file)}")
        assert (answer.status, answer.body) == (200, file.encode())


async def test_what_is_hidden_in_flight_or_no_file_is_not(node: WebNode, store: Path) -> None:
    put_file(store, "media/seen.png")
    put_file(store, "private/secret.txt")
    for name in (".x.png", ".x/y.png", "a.png.1234.temp", "z.temp", ".longtake-temp/1.temp", "line\nbreak"):
        put_file(store, f"media/{name}")
    put_file(store, "media/" + os.fsdecode(b"\xff.png"))
    (store / "media/empty").mkdir()
    (store / "media/link.png").symlink_to(store / "private/secret.txt")
    (store / "media/linked").symlink_to(store / "private")
    (store / "media/lost").symlink_to(store / "nowhere")
    (store / "emotes").symlink_to(store / "private")
    os.mkfifo(store / "media/pipe")
    assert listed(await node.get("/extras/media")) == ["seen.png"]
    for path in ("emotes", "media/linked", "media/empty", "media/seen.png", "media/link.png"):
        assert listed(await node.get(f"/extras/{path}")) == []


@pytest.mark.parametrize("path", ["private", "demo", "demo/source", "nothing", "media", "MEDIA", "roles.csv"])
async def test_what_is_no_extra_folder_or_not_there_has_none(node: WebNode, store: Path, path: str) -> None:
    put(store, "59:50")
    put_file(store, "private/x")
    put_file(store, "roles.csv")
    assert listed(await node.get(f"/extras/{path}")) == []


async def test_the_settings_say_which_folders_are_extra(tmp_path: Path) -> None:
    put_file(tmp_path / "store", "papers/x")
    put_file(tmp_path / "store", "media/x")
    async with web_node(tmp_path, store={"extra_folders": ["papers"]}) as node:
        assert listed(await node.get("/extras/papers")) == ["x"]
        assert listed(await node.get("/extras/media")) == []


BAD = {
    "hidden": "/extras/.longtake",
    "hidden within": "/extras/media/.x",
    "above": "/extras/media/../demo",
    "above, encoded": "/extras/%2e%2e/demo",
    "an empty part": "/extras/media//x",
    "nothing": "/extras/",
    "an encoded slash": "/extras/media%2fx",
    "a NUL": "/extras/media/%00",
    "a line break": "/extras/media/x%0a",
    "no UTF-8": "/extras/media/%ff",
    "too long": "/extras/" + "n" * 256,
}


@pytest.mark.parametrize("path", BAD.values(), ids=BAD.keys())
async def test_bad_names_are_refused_in_plain_text(node: WebNode, path: str) -> None:
    answer = await node.get(path)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(answer.body)
    assert json.loads((await node.get(path, headers=PROBLEM)).body)["status"] == 400


async def test_heads_other_methods_and_other_origins(node: WebNode, store: Path) -> None:
    put_file(store, "media/x")
    head = await node.get("/extras/media", method="HEAD", headers={"Origin": "https://pages.example"})
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len('["x"]')))
    assert head.headers["Access-Control-Allow-Origin"] == "*"
    for method in ("POST", "PUT", "DELETE"):
        assert (await node.get("/extras/media", method=method)).status == 405


async def test_there_is_a_bound_to_what_is_listed(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extra_files, "_MOST_LISTED", 3)
    for number in range(5):
        put_file(store, f"media/{number}/x")
    async with web_node(tmp_path) as node:
        names = listed(await node.get("/extras/media"))
    assert len(names) == 3
    assert names == sorted(names)


class Counting:
    """Extra files that are only listed once they may be."""

    def __init__(self) -> None:
        self.walks: list[str] = []
        self.may_go = asyncio.Event()
        self.began = asyncio.Event()
        self.trouble: Exception | None = None

    async def listed(self, folder: str) -> list[str]:
        """See ``ExtraFiles``."""
        self.walks.append(folder)
        self.began.set()
        await self.may_go.wait()
        if self.trouble is not None:
            raise self.trouble
        return [f"{len(self.walks)}"]

    def begin(self, folder: str, path: str) -> object:
        """See ``ExtraFiles``."""
        raise NotImplementedError


@asynccontextmanager
async def served(files: object) -> AsyncIterator[WebRoutes]:
    async with web_routes(CollectorRegistry(), Extras(files).routes()) as routes:  # type: ignore[arg-type]
        yield routes


async def test_any_number_who_ask_at_once_cost_two_walks() -> None:
    files = Counting()
    async with served(files) as node:
        first = asyncio.create_task(node.get("/extras/media"))
        await files.began.wait()
        rest = [asyncio.create_task(node.get("/extras/media")) for _ in range(20)]
        other = asyncio.create_task(node.get("/extras/emotes"))
        async with asyncio.timeout(10):
            while len(files.walks) < 2:
                await asyncio.sleep(0.01)
        files.may_go.set()
        answers: Sequence[Answer] = await asyncio.gather(first, *rest, other)
    assert all(answer.status == 200 for answer in answers)
    assert files.walks.count("media") <= 3  # those who came later than the second walk began may need a third
    assert files.walks.count("emotes") == 1


async def test_a_disk_that_fails_is_told_in_plain_text_without_its_paths() -> None:
    files = Counting()
    files.may_go.set()
    files.trouble = StoreUnavailable("cannot list an extra folder: the disk fails", where="/srv/store/media")
    async with served(files) as node:
        answer = await node.get("/extras/media")
    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/plain; charset=utf-8")
    assert (answer.headers["Retry-After"], answer.text.strip()) == (
        "5",
        "cannot list an extra folder: the disk fails",
    )


async def test_a_folder_that_may_not_be_read_hides_itself_alone(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system of its own has a folder ``lost+found``, which is root's."""
    put_file(store, "media/x")
    put_file(store, "media/lost+found/y")
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if path.name == "lost+found":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert await DiskExtraFiles(store, ["media"]).listed("media") == ["x"]
    with pytest.raises(StoreUnavailable):
        await DiskExtraFiles(store, ["lost+found"]).listed("lost+found")
