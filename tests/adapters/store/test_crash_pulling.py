"""The power goes at any moment of taking over what peers have, on a disk that forgets what was not synced.

Pulled segments, second names, chat batches, tombstones and extra files: what was acknowledged is there whole under its name in each
state that may be found, what was counted in a digest stays, and nothing wrong has a final name.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.adapters.store.pulled import (
    BIG,
    FOREIGN,
    ONE,
    PICTURE_PATH,
    WRONG,
    Replicating,
    a_pass,
    a_segment,
    check,
    check_that_it_goes_on,
    power_cuts,
)
from tests.contract.place import a_batch, renamed
from tests.fakes.forgetful_disk import ForgetfulDisk

from longtake.adapters.store import extra_files, incoming, named_files
from longtake.adapters.store.hour_digests import HourDigests
from longtake.adapters.store.named_files import NamedFiles
from longtake.core.facts import SegmentFacts
from longtake.core.names import TOMBSTONE_EXTENSION, tombstone_of
from longtake.core.segments import Segment
from longtake.kit.files import DurableFile
from longtake.services.replicate import settling


@pytest.fixture(autouse=True)
def little_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "_ONE_MAY_HOLD", 1000)
    monkeypatch.setattr(extra_files, "_GATHERED_BYTES", 1000)


@pytest.mark.parametrize(
    ("most", "goes_on"),
    [
        pytest.param(250, 9, id="some of them"),
        pytest.param(1_200, 5, id="many", marks=[pytest.mark.soak, pytest.mark.timeout(600)]),
    ],
)
async def test_whatever_a_power_cut_leaves_is_what_was_promised_and_true(most: int, goes_on: int) -> None:
    """It goes on from each ``goes_on``-th state."""
    states = 0
    async for state, promises in power_cuts(a_pass, ForgetfulDisk(), most=most):
        check(state, promises)
        if states % goes_on == 0:
            await check_that_it_goes_on(state, promises)
        states += 1
    assert states >= 5_000


async def test_all_of_it_is_promised_in_the_end() -> None:
    """Else the test above would see nothing wrong in a scenario that does nothing."""
    replicating = Replicating(ForgetfulDisk())
    await a_pass(replicating)
    kept = {path.rpartition("/")[2] for path in replicating.promises.kept}
    one, big = a_segment(ONE), a_segment(BIG, at_s=2)
    assert {
        one.name,
        big.name,
        renamed(one).name,
        renamed(FOREIGN).name,
        a_batch(b"[1, 2]").name,
        tombstone_of(a_segment(b"never seen", at_s=7200).name),
        PICTURE_PATH.rpartition("/")[2],
        "big",
    } <= kept
    assert renamed(WRONG).name not in kept
    assert len(replicating.promises.gone) == 1
    assert replicating.disk.open_files == 0


# What must be found out


class NoFolderSync(ForgetfulDisk):
    def fsync_folder(self, path: Path) -> None:
        pass


class NoSync(ForgetfulDisk):
    def fsync(self, fd: int) -> None:
        pass


class ForgetsFolderOf(ForgetfulDisk):
    """The folder is not synced after the operation that is named."""

    def __init__(self, operation: str) -> None:
        super().__init__()
        self._operation = operation
        self._skip: Path | None = None

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        self._forget("link", target)

    def open_new(self, path: Path) -> int:
        fd = super().open_new(path)
        if path.suffix == TOMBSTONE_EXTENSION:
            self._forget("tombstone", path)
        return fd

    def rename(self, source: Path, target: Path) -> None:
        super().rename(source, target)
        self._forget("rename", target)

    def remove(self, path: Path) -> None:
        super().remove(path)
        if path.suffix == TOMBSTONE_EXTENSION:
            self._forget("remove", path)

    def make_folder(self, path: Path) -> bool:
        made = super().make_folder(path)
        if made:
            self._forget("make_folder", path)
        return made

    def fsync_folder(self, path: Path) -> None:
        if path == self._skip:
            self._skip = None
            return
        super().fsync_folder(path)

    def _forget(self, operation: str, path: Path) -> None:
        if operation == self._operation:
            self._skip = path.parent


class LinksBeforeTheSync(ForgetfulDisk):
    """An extra file gets its name first, and is synced then."""

    def __init__(self) -> None:
        super().__init__()
        self._late: list[int] = []

    def fsync(self, fd: int) -> None:
        self._late.append(fd)

    def link(self, source: Path, target: Path) -> None:
        super().link(source, target)
        for fd in self._late:
            if fd in self._open:
                super().fsync(fd)
        self._late.clear()


class TrustsOthers(ForgetfulDisk):
    """What an older node put there is not synced before it gets a second name."""

    def read_synced(self, path: Path) -> bytes:
        return self.read(path)


CARELESS_DISKS: dict[str, Callable[[], ForgetfulDisk]] = {
    "no folder is synced": NoFolderSync,
    "no content is synced": NoSync,
    "a folder is not synced after a link": lambda: ForgetsFolderOf("link"),
    "a folder is not synced after a tombstone": lambda: ForgetsFolderOf("tombstone"),
    "a folder is not synced after a rename": lambda: ForgetsFolderOf("rename"),
    "a folder is not synced after a tombstone was removed": lambda: ForgetsFolderOf("remove"),
    "a folder is not synced after a folder was made": lambda: ForgetsFolderOf("make_folder"),
    "an extra file is synced after it got its name": LinksBeforeTheSync,
    "a file of an older node is taken to be synced": TrustsOthers,
}


async def look_at(disk: ForgetfulDisk) -> None:
    async for state, promises in power_cuts(a_pass, disk, most=100):
        check(state, promises)


@pytest.mark.parametrize("disk", CARELESS_DISKS.values(), ids=CARELESS_DISKS)
async def test_a_sync_that_is_left_out_is_found_out(disk: Callable[[], ForgetfulDisk]) -> None:
    with pytest.raises(AssertionError):
        await look_at(disk())


async def test_a_pulled_segment_that_is_not_checked_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(segment: Segment, *, now_us: int) -> object:
        return lambda content, digest: (segment, SegmentFacts(name=segment.name, size_bytes=len(content)))

    monkeypatch.setattr(settling, "settled_as", trusting)
    with pytest.raises(AssertionError, match="is not what it says"):
        await look_at(ForgetfulDisk())


async def test_a_second_name_of_a_file_that_is_not_checked_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def trusting(self: NamedFiles, source: Path, digest: bytes) -> bytes:
        return self._ops.read_synced(source)

    monkeypatch.setattr(NamedFiles, "_checked", trusting)
    with pytest.raises(AssertionError, match="is not what it says"):
        await look_at(ForgetfulDisk())


async def test_a_chat_batch_that_is_written_in_its_place_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_place(self: NamedFiles, target: Path, content: bytes, temp: Callable[[], DurableFile]) -> None:
        file = DurableFile(target, self._ops)
        file.write((content,))
        file.commit(target)

    monkeypatch.setattr(named_files.NamedFiles, "_write", in_place)
    with pytest.raises(AssertionError, match="is not what it says"):
        await look_at(ForgetfulDisk())


async def test_what_counts_in_a_digest_before_its_folder_is_synced_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(HourDigests, "_sync", lambda self, folder: None)
    with pytest.raises(AssertionError, match="was acknowledged"):
        await look_at(ForgetfulDisk())
