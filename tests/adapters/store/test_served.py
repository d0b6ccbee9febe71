from __future__ import annotations

import asyncio
import os
import resource
import threading
from pathlib import Path

import pytest

from longtake.adapters.store.served import DiskFiles
from longtake.adapters.store.threads import DiskThreads, MountPoints
from longtake.core.errors import InvalidName, NotFound, StoreUnavailable

SEGMENT = "10:00.000000-2.0-full-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.ts"
BATCH = "10:00-47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU.json"
HOUR = "2024-11-09T23"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A store with all that can lie around in one."""
    root = tmp_path / "store"
    for path in (
        f"demo/source/{HOUR}/{SEGMENT}",
        f"demo/source/{HOUR}/{SEGMENT.removesuffix('.ts')}.tombstone",
        f"demo/source/{HOUR}/notes.txt",
        f"demo/source/{HOUR}/.hidden.ts",
        f"demo/source/{HOUR}/folder.ts/x.ts",
        f"demo/source/.longtake/facts/{HOUR}.jsonl",
        f"demo/source/.longtake/{HOUR}/x.ts",
        "demo/source/latest/x.ts",
        "demo/source/x.ts",
        "demo/x.ts",
        f"demo/chat/{HOUR}/{BATCH}",
        f"a b/480p%20/{HOUR}/{SEGMENT}",
        f"{HOUR}/{HOUR}/{HOUR}/x.ts",
        "media/abc/picture.png",
        "media/abc/picture.metadata.json",
        "media/abc/.b4b1c3f0.temp",
        "media/flat.png",
        "emotes/17/dark-1.0",
        "nodes.csv",
        "roles.json",
        "archive-temp-1.mkv",
        "demo_source_cut_0.mkv",
        ".longtake/status/capture.json",
        "private/passwords/list.json",
        "private/deep/2024-11-09T23.json/x.json",
        "uploads/title-1.ts",
    ):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(path.encode())
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.json").write_bytes(b"secret")
    (tmp_path / "secret" / HOUR).mkdir()
    (tmp_path / "secret" / HOUR / "key.ts").write_bytes(b"secret")
    return root


async def served(root: Path, path: str) -> bytes | None:
    files = disk_files(root)
    found = await files.servable(path)
    if found is None:
        return None
    content = Path(found.path).read_bytes()
    assert found.size_bytes == len(content)
    assert await files.read(found, [(0, found.size_bytes)]) == [content]
    return content


def disk_files(root: Path) -> DiskFiles:
    return DiskFiles(root, extra_folders=["media", "emotes"])


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"demo/source/{HOUR}/{SEGMENT}", id="a segment"),
        pytest.param(f"demo/chat/{HOUR}/{BATCH}", id="a chat batch"),
        pytest.param(f"a b/480p%20/{HOUR}/{SEGMENT}", id="names with a blank and a percent sign"),
        pytest.param(f"{HOUR}/{HOUR}/{HOUR}/x.ts", id="a channel that is named like an hour"),
        pytest.param("media/abc/picture.png", id="a file of an extra folder"),
        pytest.param("media/abc/picture.metadata.json", id="what is known of it"),
        pytest.param("media/flat.png", id="a file right in an extra folder"),
        pytest.param("emotes/17/dark-1.0", id="a file without an extension in an extra folder"),
    ],
)
async def test_what_is_meant_for_others_is_served(root: Path, path: str) -> None:
    assert await served(root, path) == path.encode()


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(f"demo/source/{HOUR}/none.ts", id="a segment that is not there"),
        pytest.param(f"none/source/{HOUR}/{SEGMENT}", id="an unknown channel"),
        pytest.param(f"demo/source/{HOUR}", id="an hour"),
        pytest.param("demo/source", id="a quality"),
        pytest.param("demo", id="a channel"),
        pytest.param("media", id="an extra folder"),
        pytest.param("media/abc", id="a folder in an extra folder"),
        pytest.param("media/none", id="nothing in an extra folder"),
        pytest.param(f"demo/source/{HOUR}/{SEGMENT.removesuffix('.ts')}.tombstone", id="a tombstone"),
        pytest.param(f"demo/source/{HOUR}/notes.txt", id="another file in an hour"),
        pytest.param(f"demo/source/{HOUR}/folder.ts", id="a folder that is named like a segment"),
        pytest.param(f"demo/source/{HOUR}/folder.ts/x.ts", id="a file too deep"),
        pytest.param(f"demo/source/{HOUR}/{SEGMENT}/x.ts", id="a file below a file"),
        pytest.param("demo/source/latest/x.ts", id="a file in what is no hour"),
        pytest.param("demo/source/x.ts", id="a file beside the hours"),
        pytest.param("demo/x.ts", id="a file beside the qualities"),
        pytest.param("nodes.csv", id="an operator's list"),
        pytest.param("roles.json", id="a JSON file beside the channels"),
        pytest.param("archive-temp-1.mkv", id="an archive being made"),
        pytest.param("demo_source_cut_0.mkv", id="a cut video"),
        pytest.param("private/passwords/list.json", id="a private file beside the channels"),
        pytest.param("private/deep/2024-11-09T23.json/x.json", id="a private folder that is nearly an hour"),
        pytest.param("uploads/title-1.ts", id="an upload"),
        pytest.param(f"demo/source/{HOUR}/%2e%2e", id="dots that are still encoded"),
        pytest.param(f"demo/source/{HOUR}/x%2f..%2fkey.ts", id="a path that is still encoded"),
        pytest.param("demo\\source\\x.ts", id="a path with backslashes"),
        pytest.param("/".join(["media", *["x" * 250] * 30]), id="a path longer than any can be"),
        pytest.param(f"{'x' * 255}/source/{HOUR}/x.ts", id="a name of 255 bytes"),
    ],
)
async def test_what_is_not_meant_for_others_is_not_there(root: Path, path: str) -> None:
    assert await served(root, path) is None


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="nothing"),
        pytest.param("/", id="a slash"),
        pytest.param("/etc/passwd", id="an absolute path"),
        pytest.param(f"demo/source/{HOUR}/", id="a slash at the end"),
        pytest.param(f"demo//{HOUR}/x.ts", id="an empty part"),
        pytest.param("../secret/key.json", id="the folder above the store"),
        pytest.param("media/../nodes.csv", id="back from an extra folder"),
        pytest.param("media/../../secret/key.json", id="back from an extra folder and out"),
        pytest.param(f"demo/source/{HOUR}/../../../nodes.csv", id="back from an hour"),
        pytest.param(f"./demo/source/{HOUR}/{SEGMENT}", id="a dot as a part"),
        pytest.param(".longtake/status/capture.json", id="our own state"),
        pytest.param(f"demo/source/.longtake/facts/{HOUR}.jsonl", id="our own facts"),
        pytest.param(f"demo/source/.longtake/{HOUR}/x.ts", id="an hour in our own folder"),
        pytest.param(f"demo/source/{HOUR}/.hidden.ts", id="a hidden file"),
        pytest.param("media/abc/.b4b1c3f0.temp", id="a hidden file of an extra folder"),
        pytest.param(f"demo/source/{HOUR}/x\0.ts", id="NUL"),
        pytest.param("media/a\nb", id="a line break"),
        pytest.param(f"demo/source/{HOUR}/{'x' * 253}.ts", id="a name of 256 bytes"),
        pytest.param(f"demo/source/{HOUR}/{'ä' * 127}.ts", id="a name of 257 bytes and 130 letters"),
        pytest.param("media/\udcff.png", id="what is no Unicode"),
    ],
)
async def test_what_no_path_can_be_is_refused(root: Path, path: str) -> None:
    with pytest.raises(InvalidName):
        await served(root, path)


async def test_a_link_is_no_file(root: Path) -> None:
    hour = root / "demo" / "source" / HOUR
    (hour / "link.ts").symlink_to(root.parent / "secret" / "key.json")
    (hour / "inside.ts").symlink_to(hour / SEGMENT)
    (root / "media" / "link.json").symlink_to(root.parent / "secret" / "key.json")
    for path in (f"demo/source/{HOUR}/link.ts", f"demo/source/{HOUR}/inside.ts", "media/link.json"):
        assert await served(root, path) is None


async def test_a_linked_folder_does_not_lead_out_of_the_store(root: Path) -> None:
    secret = root.parent / "secret"
    (root / "media" / "out").symlink_to(secret)
    (root / "media" / "up").symlink_to("../..")
    (root / "demo" / "linked").symlink_to(secret)
    (root / "linked").symlink_to(root.parent)
    (root / "demo" / "source" / "2024-11-10T00").symlink_to(secret / HOUR)
    for path in (
        "media/out/key.json",
        "media/up/secret/key.json",
        f"demo/linked/{HOUR}/key.ts",
        f"linked/secret/{HOUR}/key.ts",
        "demo/source/2024-11-10T00/key.ts",
    ):
        assert await served(root, path) is None


async def test_what_begins_like_the_store_is_not_in_it(root: Path) -> None:
    beside = root.with_name("store2") / HOUR
    beside.mkdir(parents=True)
    (beside / "x.ts").write_bytes(b"secret")
    (root / "demo" / "linked").symlink_to(beside.parent)
    assert await served(root, f"demo/linked/{HOUR}/x.ts") is None


async def test_a_store_may_be_behind_a_link_itself(root: Path) -> None:
    linked = root.with_name("linked")
    linked.symlink_to(root)
    path = f"demo/source/{HOUR}/{SEGMENT}"
    assert await served(linked, path) == path.encode()


async def test_what_is_no_regular_file_is_not_opened(root: Path) -> None:
    os.mkfifo(root / "demo" / "source" / HOUR / "pipe.ts")
    assert await served(root, f"demo/source/{HOUR}/pipe.ts") is None


async def test_an_empty_store_serves_nothing(tmp_path: Path) -> None:
    assert await served(tmp_path / "none", f"demo/source/{HOUR}/{SEGMENT}") is None


async def test_a_disk_that_hangs_holds_up_only_who_needs_it(root: Path, tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"27 1 8:1 / / rw - ext4 a rw\n30 27 8:2 / {root}/media rw - ext4 b rw\n")
    threads = DiskThreads("store-serve", 2, MountPoints(table))
    files = DiskFiles(root, extra_folders=["media"], threads=threads)
    go = threading.Event()
    try:
        hung = [asyncio.ensure_future(threads.at(root / "media")(go.wait, 30)) for _ in range(2)]
        waiting = asyncio.ensure_future(files.servable("media/flat.png"))
        async with asyncio.timeout(10):
            assert await files.servable(f"demo/source/{HOUR}/{SEGMENT}") is not None
            assert not waiting.done()
            go.set()
            assert await waiting is not None
            assert await asyncio.gather(*hung) == [True, True]
    finally:
        go.set()
        threads.close(0)


async def test_of_a_file_that_was_replaced_nothing_is_read(root: Path) -> None:
    files = disk_files(root)
    path = "media/flat.png"
    found = await files.servable(path)
    assert found is not None
    for again in range(2):
        other = root / f"other{again}"
        other.write_bytes(path.encode())
        other.replace(root / path)
        with pytest.raises(NotFound, match="has changed"):
            await files.read(found, [(0, 1)])
    (root / path).unlink()
    with pytest.raises(NotFound, match="is gone"):
        await files.read(found, [(0, 1)])
    (root / path).symlink_to(root / "nodes.csv")
    with pytest.raises(NotFound, match="is gone"):
        await files.read(found, [(0, 1)])


async def test_trouble_of_the_machine_is_told_without_its_paths(root: Path) -> None:
    files = disk_files(root)
    found = await files.servable("media/flat.png")
    assert found is not None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))  # nothing more can be opened
        with pytest.raises(StoreUnavailable) as trouble:
            await files.read(found, [(0, 1)])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert str(trouble.value) == "cannot read a file: too many open files"
