"""Paths that try to lead out of what a node serves: each over a bare socket, on a store with all that can lie around.

Whatever is tried, the answer is no 200 with something in it, no 5xx, and names no path of the machine.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import pytest_asyncio
from tests.fakes.raw_http import RawAnswer, raw_answer, raw_request
from tests.fakes.recording import record
from tests.fakes.web_node import WebNode, web_node

HOUR = "2024-11-24T04"
SECRET = b"top secret"
A_NAME = "00:10.000000-2.0-full-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WebNode]:
    folder = tmp_path_factory.mktemp("node")
    async with web_node(folder) as node:
        await record(node.store, count=2)
        fill(folder / "store")
        yield node


def fill(store: Path) -> None:
    """Private files, links, and what is no regular file, at every level."""
    outside = store.parent / "outside"
    for file in (
        outside / "secret.txt",
        outside / f"{A_NAME}.ts",
        outside / HOUR / f"{A_NAME}.ts",
        outside / "source" / HOUR / f"{A_NAME}.ts",
        store / "roles.csv",
        store / ".longtake" / "status" / "x.json",
        store / ".longtake" / "status" / f"{A_NAME}.ts",
        store / "demo" / "source" / ".longtake" / HOUR / f"{A_NAME}.ts",
        store / "demo" / "source" / ".longtake" / "facts" / f"{HOUR}.jsonl",
        store / "demo" / ".longtake" / "ledger" / "source" / "2024-11-09T04.1731124800",
        store / "demo" / "source" / ".longtake" / "temp" / "capture" / "x.ts",
        store / "demo" / "source" / HOUR / f"{A_NAME}.tombstone",
        store / "demo" / "source" / HOUR / ".x.ts",
        store / "demo" / "source" / HOUR / "x.temp",
        store / "demo" / "source" / "x.ts",
        store / "demo" / "x.ts",
        store / "private" / "list.json",
        store / "media" / ".x" / "x.png",
        store / "media" / ".x.png",
    ):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(SECRET)
    hour = store / "demo" / "source" / HOUR
    links = {
        hour / "link.ts": outside / "secret.txt",
        hour / "inside.ts": hour / ".x.ts",
        store / "demo" / "source" / "2024-11-24T05": outside / HOUR,
        store / "demo" / "linked": outside / "source",
        store / "linked": outside,
        store / "media" / "linked": outside,
        store / "media" / "link.txt": outside / "secret.txt",
        store / "emotes": outside,
    }
    for link, target in links.items():
        link.symlink_to(target)
    (hour / "folder.ts").mkdir()
    os.mkfifo(hour / "pipe.ts")
    os.mkfifo(store / "media" / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        folder = os.open(hour, os.O_DIRECTORY)
        try:  # by way of its number, since the address of a socket is at most 107 bytes long
            listening.bind(f"/proc/self/fd/{folder}/socket.ts")
        finally:
            os.close(folder)


GOOD_HOUR = f"/segments/demo/source/{HOUR}"
TRICKS: dict[str, bytes] = {
    "the folder above": b"/segments/../outside/secret.txt",
    "the folder above, encoded": b"/segments/%2e%2e/outside/secret.txt",
    "the folder above, half encoded": b"/segments/.%2E/outside/secret.txt",
    "the folder above, encoded twice": b"/segments/%252e%252e/outside/secret.txt",
    "the folder above, in overlong UTF-8": b"/segments/%c0%ae%c0%ae/outside/secret.txt",
    "back from an hour": f"{GOOD_HOUR}/../../../roles.csv".encode(),
    "back and forth": f"/segments/demo/source/../source/{HOUR}/{A_NAME}.ts".encode(),
    "a dot as a part": f"/segments/./demo/source/{HOUR}/{A_NAME}.ts".encode(),
    "an encoded dot as a part": b"/segments/%2e/roles.csv",
    "an encoded slash": b"/segments/demo%2fsource/x.ts",
    "an encoded slash and dots": f"{GOOD_HOUR}/..%2F..%2F..%2Froles.csv".encode(),
    "a slash encoded twice": b"/segments/..%252f..%252froles.csv",
    "backslashes": b"/segments/..\\..\\outside\\secret.txt",
    "encoded backslashes": b"/segments/..%5c..%5coutside%5csecret.txt",
    "NUL after a name": f"{GOOD_HOUR}/.x.ts%00.ts".encode(),
    "NUL before an extension": b"/segments/roles.csv%00.ts",
    "a line break after a name": b"/segments/roles.csv%0a",
    "a semicolon after a name": b"/segments/roles.csv;x.ts",
    "a semicolon after a dot": b"/segments/..;/outside/secret.txt",
    "a question mark in a name": b"/segments/roles.csv%3fx.ts",
    "an absolute path": b"/segments//etc/passwd",
    "an encoded absolute path": b"/segments/%2fetc%2fpasswd",
    "a path of the file system": b"/etc/passwd",
    "a user's folder": b"/segments/~root/.bashrc",
    "a URL for a path": b"/segments/file:///etc/passwd",
    "a name of 256 bytes": f"{GOOD_HOUR}/{'x' * 253}.ts".encode(),
    "a name of 255 bytes": f"{GOOD_HOUR}/{'x' * 252}.ts".encode(),
    "a path of 6000 bytes": ("/segments/media" + "/x" * 3000).encode(),
    "a path of long names": ("/segments/media" + ("/" + "x" * 250) * 30).encode(),
    "bytes that are no UTF-8": b"/segments/media/%ff%fe",
    "a surrogate": b"/segments/media/%ed%a0%80",
    "raw bytes that are no UTF-8": b"/segments/media/\xff\xfe",
    "a raw NUL": b"/segments/media/\0",
    "a raw line break": b"/segments/media/\nx",
    "an incomplete escape": b"/segments/media/%",
    "a hidden folder in the root": b"/segments/.longtake/status/x.json",
    "a segment in a hidden folder": f"/segments/.longtake/status/{HOUR}/{A_NAME}.ts".encode(),
    "an hour in a quality's hidden folder": f"/segments/demo/source/.longtake/{HOUR}/{A_NAME}.ts".encode(),
    "facts": f"/segments/demo/source/.longtake/facts/{HOUR}.jsonl".encode(),
    "a ledger": b"/segments/demo/.longtake/ledger/source/2024-11-09T04.1731124800",
    "a file in flight": b"/segments/demo/source/.longtake/temp/capture/x.ts",
    "a hidden file in an hour": f"{GOOD_HOUR}/.x.ts".encode(),
    "a hidden file in an hour, its dot encoded": f"{GOOD_HOUR}/%2ex.ts".encode(),
    "an older node's file in flight": f"{GOOD_HOUR}/x.temp".encode(),
    "a tombstone": f"{GOOD_HOUR}/{A_NAME}.tombstone".encode(),
    "a hidden folder in an extra folder": b"/segments/media/.x/x.png",
    "a hidden file in an extra folder": b"/segments/media/.x.png",
    "a file beside the channels": b"/segments/roles.csv",
    "a folder beside the channels": b"/segments/private/list.json",
    "a file beside the qualities": b"/segments/demo/x.ts",
    "a file beside the hours": b"/segments/demo/source/x.ts",
    "a slash after a file": f"{GOOD_HOUR}/inside.ts/".encode(),
    "a dot after a name": b"/segments/roles.csv.",
    "a blank after a name": b"/segments/roles.csv%20",
    "an empty part": f"/segments/demo//source/{HOUR}/{A_NAME}.ts".encode(),
    "an empty part in front": f"//segments/demo/source/{HOUR}/{A_NAME}.ts".encode(),
    "an hour as a file": GOOD_HOUR.encode(),
    "an hour with a slash": f"{GOOD_HOUR}/".encode(),
    "the root": b"/segments/",
    "the root without a slash": b"/segments",
    "an extra folder": b"/segments/media",
    "an extra folder with a slash": b"/segments/media/",
    "a link for a file": f"{GOOD_HOUR}/link.ts".encode(),
    "a link to a file beside it": f"{GOOD_HOUR}/inside.ts".encode(),
    "a link for an hour": f"/segments/demo/source/2024-11-24T05/{A_NAME}.ts".encode(),
    "a link for a quality": f"/segments/demo/linked/{HOUR}/{A_NAME}.ts".encode(),
    "a link for a channel": f"/segments/linked/source/{HOUR}/{A_NAME}.ts".encode(),
    "a link in an extra folder": b"/segments/media/link.txt",
    "a linked folder in an extra folder": b"/segments/media/linked/secret.txt",
    "a link for an extra folder": b"/segments/emotes/secret.txt",
    "a folder that is named like a segment": f"{GOOD_HOUR}/folder.ts".encode(),
    "a pipe": f"{GOOD_HOUR}/pipe.ts".encode(),
    "a pipe in an extra folder": b"/segments/media/pipe",
    "a socket": f"{GOOD_HOUR}/socket.ts".encode(),
    "the name of a device": b"/segments/media/con",
    "the name of a device with a stream": b"/segments/roles.csv::$DATA",
    "a listing of the folder above": b"/files/..",
    "a listing of the folder above, encoded": b"/files/%2e%2e/outside",
    "a listing of a hidden folder": b"/files/.longtake",
    "a listing of hidden files": b"/files/.longtake/status",
    "a listing of a quality's hidden folder": b"/files/demo/source/.longtake",
    "a listing of an encoded slash": b"/files/demo%2fsource",
    "a listing of an empty part": b"/files//",
    "a listing of what is no UTF-8": b"/files/%ff",
    "a listing too deep": f"/files/demo/source/{HOUR}/x".encode(),
    "a playlist of a hidden channel": b"/playlist/.longtake/status.m3u8",
    "a playlist with a line break": b"/playlist/demo.m3u8%0a",
    "a playlist of the folder above": b"/playlist/../outside.m3u8",
    "a page of the folder above": b"/../outside/secret.txt",
    "a page of the folder above, encoded": b"/assets/%2e%2e/%2e%2e/outside/secret.txt",
    "extra files of the folder above": b"/extras/../outside",
    "a target without a slash": b"segments/roles.csv",
    "a host for a target": b"node:80",
    "an asterisk": b"*",
    "nothing": b"",
    "a whole URL with dots": b"http://node/segments/../outside/secret.txt",
    "a whole URL of another host": b"http://elsewhere/segments/roles.csv",
    "a whole URL of another scheme": b"file:///segments/roles.csv",
    "a fragment": b"/segments/roles.csv#x.ts",
}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("name", TRICKS)
async def test_no_trick_leads_to_what_is_not_served(node: WebNode, name: str, method: bytes) -> None:
    answer = await ask(node, raw_request(TRICKS[name], method=method))
    assert answer.status in ((400, 404, 414)), answer
    assert_tells_nothing(node, answer)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("name", TRICKS)
async def test_no_trick_leads_there_by_ranges_or_tags(node: WebNode, name: str) -> None:
    for header in (b"Range: bytes=0-4", b"If-None-Match: *"):
        answer = await ask(node, raw_request(TRICKS[name], header))
        assert answer.status in ((400, 404, 414)), answer
        assert_tells_nothing(node, answer)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/files/linked", id="of a linked channel"),
        pytest.param("/files/private", id="of a private folder"),
        pytest.param("/files/media", id="of an extra folder"),
        pytest.param("/files/demo/source/%252e%252e", id="of dots that are encoded twice"),
        pytest.param("/files/demo/source/..%5c..", id="of backslashes"),
    ],
)
async def test_a_listing_never_tells_of_files_that_are_not_served(node: WebNode, path: str) -> None:
    answer = await ask(node, raw_request(path.encode()))
    assert b"secret" not in answer.body
    assert b".longtake" not in answer.body
    assert b"list.json" not in answer.body
    assert answer.status < 500


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_meant_is_served_however_it_is_written(node: WebNode) -> None:
    name = sorted(path.name for path in store_of(node).glob(f"demo/source/{HOUR}/00:00*.ts"))[0]
    content = (store_of(node) / "demo" / "source" / HOUR / name).read_bytes()
    targets = (
        f"{GOOD_HOUR}/{name}",
        f"{GOOD_HOUR}/{quote(name, safe='')}",
        f"/segments/%64emo/source/{HOUR}/{name}",
        f"http://elsewhere{GOOD_HOUR}/{name}",
        f"{GOOD_HOUR}/{name}?x=/../..",
    )
    for target in targets:
        answer = await ask(node, raw_request(target.encode()))
        assert (answer.status, answer.body) == (200, content), target


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("host", [b"", b"[::1", b"a/b", b"\xff", b"node:port", b"a" * 5000, b"x@y#z?"])
async def test_what_the_host_header_says_changes_nothing(node: WebNode, host: bytes) -> None:
    listing = await ask(node, raw_request(b"/files/.x", host=host))
    assert (listing.status, listing.headers["content-type"]) == (400, "text/plain; charset=utf-8")
    page = await ask(node, raw_request(b"/nothing", host=host))
    assert (page.status, page.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(node: WebNode) -> None:
    folder = store_of(node) / "media" / "later"
    folder.mkdir()
    (folder / "secret.txt").write_bytes(b"public")
    path = b"/segments/media/later/secret.txt"
    assert (await ask(node, raw_request(path))).body == b"public"
    folder.rename(folder.with_name("away"))
    folder.symlink_to(store_of(node).parent / "outside")
    assert (await ask(node, raw_request(path))).status == 404


def store_of(node: WebNode) -> Path:
    return node.store.layout.root


async def ask(node: WebNode, request: bytes) -> RawAnswer:
    port = urlsplit(node.url).port
    assert port is not None
    return await raw_answer(port, request)


def assert_tells_nothing(node: WebNode, answer: RawAnswer) -> None:
    assert SECRET not in answer.body
    assert str(store_of(node).parent).encode() not in answer.body
    assert str(Path.cwd()).encode() not in answer.body
    assert b"Traceback" not in answer.body
