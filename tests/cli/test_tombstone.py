"""``longtake tombstone`` as people use it: with whatever names a file, while the node runs, and with peers that take it over."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio
from tests.builders import a_run
from tests.cli.laid_out import lay_out
from tests.fakes.older_peer import OlderPeer
from tests.fakes.web_node import WebNode, web_node
from typer.testing import CliRunner

from longtake.cli.main import app
from longtake.core.errors import InvalidInput, LongtakeError
from longtake.core.names import hash_text, tombstone_of
from longtake.core.segments import SegmentType, named_segment

BYTES = b"G" * 188
DIGEST = hashlib.sha256(BYTES).digest()
RUN = [
    named_segment(start_us=one.start_us, duration_s=2.0, type=SegmentType.FULL, digest=DIGEST)
    for one in a_run("04:00:00", 3)
]
FIRST, SECOND, THIRD = RUN
HOUR = FIRST.hour
BATCH = f"10:00-{hash_text(hashlib.sha256(b'[]').digest())}.json"
RANGE = "start=2024-11-09T04:00:00&end=2024-11-09T04:00:06"
PLAYLIST = f"/playlist/demo/source.m3u8?{RANGE}"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    store = tmp_path / "store"
    lay_out(store, RUN, size_bytes=len(BYTES))
    lay_out(store, RUN, quality="480p", size_bytes=len(BYTES))
    chat = store / "demo" / "chat" / HOUR
    chat.mkdir(parents=True)
    (chat / BATCH).write_bytes(b"[]")
    return store


@pytest_asyncio.fixture
async def node(store: Path, tmp_path: Path) -> AsyncIterator[WebNode]:
    async with web_node(tmp_path) as node:
        yield node


def run(store: Path, *words: str, exit_code: int = 0) -> tuple[str, str]:
    """What the real command says, and what it complains of."""
    command = [sys.executable, "-m", "longtake", "tombstone", *words, "--store", str(store)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == exit_code, ended.stderr
    return ended.stdout, ended.stderr


def at_once(store: Path, *words: str, exit_code: int = 0) -> str:
    """The same in this process."""
    ended = CliRunner().invoke(app, ["tombstone", *words, "--store", str(store)])
    assert ended.exit_code == exit_code, ended.exception
    return ended.output


def refused(store: Path, *words: str) -> LongtakeError:
    ended = CliRunner().invoke(app, ["tombstone", *words, "--store", str(store)])
    assert isinstance(ended.exception, LongtakeError), ended.output
    return ended.exception


def tombstones(store: Path) -> list[str]:
    return sorted(str(path.relative_to(store)) for path in store.rglob("*.tombstone"))


def tombstone(path: str) -> str:
    above, _, name = path.rpartition("/")
    return f"{above}/{tombstone_of(name)}"


class TestWhileANodeRuns:
    async def test_it_goes_from_playlists_and_listings_and_its_file_stays(
        self, node: WebNode, store: Path
    ) -> None:
        before = (await node.get(PLAYLIST)).body.decode()
        assert before.count("#EXTINF") == 3
        said, complaints = await asyncio.to_thread(run, store, "demo", SECOND.path)
        assert (said, complaints) == (f"out of sight now: demo/source/{SECOND.path}\n", "")
        after = (await node.get(PLAYLIST)).body.decode()
        assert quote(SECOND.name) not in after
        assert SECOND.name not in after
        assert after.count("#EXTINF") == before.count("#EXTINF") - 1 or "#EXT-X-GAP" in after
        listed = json.loads((await node.get(f"/files/demo/source/{HOUR}")).body)
        assert listed == [FIRST.name, THIRD.name]
        both = json.loads((await node.get(f"/files/demo/source/{HOUR}?tombstones=true")).body)
        assert sorted(both) == sorted([FIRST.name, THIRD.name, tombstone_of(SECOND.name)])
        assert (store / "demo" / "source" / SECOND.path).read_bytes() == BYTES
        assert (store / "demo" / "source" / tombstone(SECOND.path)).read_bytes() == b""

    async def test_a_url_from_a_playlist_says_all(self, node: WebNode, store: Path) -> None:
        text = (await node.get(PLAYLIST)).body.decode()
        url = next(line for line in text.splitlines() if line and not line.startswith("#"))
        await asyncio.to_thread(run, store, "demo", url)
        assert tombstones(store) == [tombstone(f"demo/source/{FIRST.path}")]

    async def test_a_peer_takes_it_over_and_what_it_has_goes_out_of_sight_there(
        self, node: WebNode, store: Path, tmp_path: Path
    ) -> None:
        there = tmp_path / "there"
        there.mkdir()
        peer = OlderPeer(folder=there, url=node.url, now=datetime(2024, 11, 10, tzinfo=UTC))
        first = await peer.run()
        assert (first.error, first.tombstones) == (None, [])
        assert f"demo/source/{SECOND.path}" in first.fetched
        await asyncio.to_thread(run, store, "demo", SECOND.path, f"{HOUR}/{BATCH}")
        second = await peer.run()
        assert (second.error, second.fetched) == (None, [])
        assert tombstones(there) == tombstones(store) != []
        assert (there / "demo" / "source" / SECOND.path).read_bytes() == BYTES

    async def test_undone_it_is_shown_again(self, node: WebNode, store: Path) -> None:
        await asyncio.to_thread(run, store, "demo", SECOND.path)
        said, _ = await asyncio.to_thread(run, store, "demo", SECOND.path, "--undo")
        assert said == (
            f"tombstone removed: demo/source/{SECOND.path}; "
            "nodes that have it will bring it back: remove it there too\n"
        )
        assert json.loads((await node.get(f"/files/demo/source/{HOUR}")).body) == [one.name for one in RUN]
        assert tombstones(store) == []


class TestHowAFileIsTold:
    @pytest.mark.parametrize(
        "told",
        [
            FIRST.path,
            f"source/{FIRST.path}",
            f"demo/source/{FIRST.path}",
            f"./demo/source/{FIRST.path}",
            f"/srv/store/demo/source/{FIRST.path}",
            f"/segments/demo/source/{FIRST.path}",
            f"/srv/segments/demo/source/{FIRST.path}",
            f"../../segments/demo/source/{HOUR}/{quote(FIRST.name)}",
            f"http://node:8700/segments/demo/source/{HOUR}/{quote(FIRST.name)}",
            f"https://example.org/longtake/segments/demo/source/{FIRST.path}?from=1#there",
            f"/segments/demo/source/{HOUR}/{quote(FIRST.name)}?init=0",
            tombstone(FIRST.path),
        ],
    )
    def test_whatever_a_person_has_at_hand(self, store: Path, told: str) -> None:
        assert at_once(store, "demo", told) == f"out of sight now: demo/source/{FIRST.path}\n"
        assert tombstones(store) == [tombstone(f"demo/source/{FIRST.path}")]

    @pytest.mark.parametrize("told", [f"480p/{FIRST.path}", f"/segments/demo/480p/{FIRST.path}"])
    def test_it_may_say_the_quality(self, store: Path, told: str) -> None:
        at_once(store, "demo", told)
        assert tombstones(store) == [tombstone(f"demo/480p/{FIRST.path}")]

    def test_or_an_option_does(self, store: Path) -> None:
        at_once(store, "demo", FIRST.path, f"480p/{SECOND.path}", "--quality", "480p")
        assert tombstones(store) == [tombstone(f"demo/480p/{one.path}") for one in (FIRST, SECOND)]

    @pytest.mark.parametrize("told", [f"{HOUR}/{BATCH}", f"chat/{HOUR}/{BATCH}"])
    def test_a_chat_batch_is_known_by_its_name(self, store: Path, told: str) -> None:
        assert at_once(store, "demo", told) == f"out of sight now: demo/chat/{HOUR}/{BATCH}\n"
        assert tombstones(store) == [tombstone(f"demo/chat/{HOUR}/{BATCH}")]

    def test_a_channel_that_is_quoted_in_a_url(self, store: Path) -> None:
        lay_out(store, RUN, channel="a b", size_bytes=1)
        at_once(store, "a b", f"http://node/segments/a%20b/source/{HOUR}/{quote(FIRST.name)}")
        assert tombstones(store) == [tombstone(f"a b/source/{FIRST.path}")]

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["demo", FIRST.name], "is not HOUR/NAME"),
            (["demo", ""], "is not HOUR/NAME"),
            (["demo", f"{HOUR}/notes.txt"], "notes.txt"),
            (["demo", f"lately/{FIRST.name}"], "lately"),
            (["demo", f"other/source/{FIRST.path}"], "is a file of 'other', not of 'demo'"),
            (["demo", f"http://n/segments/other/source/{FIRST.path}"], "is a file of 'other'"),
            (
                ["demo", f"480p/{FIRST.path}", "--quality", "source"],
                "of the quality '480p', not of 'source'",
            ),
            (["demo", f"{HOUR}/{BATCH}", "--quality", "source"], BATCH[:9]),
            (["demo", FIRST.path, "--quality", "../x"], "begins with a dot"),
            (["a/b", FIRST.path], "contains '/'"),
            (["demo", FIRST.path.replace("-full-", "-temp-")], "temp"),
            (["demo", FIRST.path, "--undo", "--unseen"], "one of them"),
        ],
        ids=[
            "a name alone",
            "nothing",
            "a name that is none",
            "an hour that is none",
            "another channel's path",
            "another channel's URL",
            "another quality",
            "a chat batch among segments",
            "a bad quality",
            "a bad channel",
            "a file in flight",
            "two that do not go together",
        ],
    )
    def test_what_makes_no_sense_is_refused_and_nothing_is_done(
        self, store: Path, words: list[str], said: str
    ) -> None:
        error = refused(store, *words[:1], SECOND.path, *words[1:])
        assert isinstance(error, InvalidInput)
        assert said in str(error)
        assert tombstones(store) == []

    def test_bad_names_end_it_with_2(self, store: Path) -> None:
        said, complaints = run(store, "demo", f"{HOUR}/notes.txt", exit_code=2)
        assert said == ""
        assert complaints.startswith("error: ")


class TestWhatIsNotHere:
    def test_it_is_told_and_stops_no_other(self, store: Path) -> None:
        unknown = FIRST.path.replace("00:00.", "33:33.")
        said, complaints = run(store, "demo", unknown, FIRST.path, exit_code=1)
        assert said == f"out of sight now: demo/source/{FIRST.path}\n"
        assert complaints == (
            f"error: there is no demo/source/{unknown} here; --unseen makes its tombstone all the same\n"
        )
        assert tombstones(store) == [tombstone(f"demo/source/{FIRST.path}")]

    def test_it_can_be_done_all_the_same(self, store: Path) -> None:
        unknown = FIRST.path.replace("2024-11-09", "2024-11-10")
        assert at_once(store, "demo", unknown, "--unseen") == f"out of sight now: demo/source/{unknown}\n"
        assert tombstones(store) == [tombstone(f"demo/source/{unknown}")]

    def test_a_tombstone_without_its_file_is_out_of_sight_already(self, store: Path) -> None:
        unknown = FIRST.path.replace("00:00.", "33:33.")
        at_once(store, "demo", unknown, "--unseen")
        assert at_once(store, "demo", unknown) == f"out of sight already: demo/source/{unknown}\n"

    def test_what_is_out_of_sight_is_so_already(self, store: Path) -> None:
        at_once(store, "demo", FIRST.path, FIRST.path)
        assert at_once(store, "demo", FIRST.path) == f"out of sight already: demo/source/{FIRST.path}\n"

    def test_what_is_in_sight_cannot_be_undone(self, store: Path) -> None:
        _, complaints = run(store, "demo", FIRST.path, "--undo", exit_code=1)
        assert complaints == f"error: there is no tombstone of demo/source/{FIRST.path} here\n"

    def test_a_store_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        _, complaints = run(tmp_path / "none", "demo", FIRST.path, exit_code=1)
        assert "there is no store at" in complaints


def test_its_help_says_that_nothing_is_deleted() -> None:
    said = CliRunner().invoke(app, ["tombstone", "--help"]).output
    assert "Nothing is deleted" in " ".join(said.split())
