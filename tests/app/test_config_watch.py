"""The config of a node that runs: what is new counts, what is wrong is said, and nothing else happens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.fakes.stepped_clock import SteppedClock

from longtake.app.config_watch import ConfigFile, ConfigWatch
from longtake.app.settings import Settings
from longtake.cli.run_cmd import node_config
from longtake.core.errors import StoreUnavailable

ONE = "[channels.one]\nurl = 'https://example.org/one.m3u8?token=SECRET'\n"
TWO = "[channels.two]\nurl = 'https://example.org/two.m3u8?token=SECRET'\n"


class Bench:
    """A watch of DIR/longtake.toml, and what it handed on."""

    def __init__(self, folder: Path, *streams: str) -> None:
        self.path = folder / "longtake.toml"
        self.file: ConfigFile = node_config(None, folder, None, list(streams))
        self.applied: list[Settings] = []
        self.full = False
        self.watch = ConfigWatch(self.file, self.file.read(), self._apply, SteppedClock())

    def _apply(self, settings: Settings) -> None:
        if self.full:
            raise StoreUnavailable("cannot hand on the settings: the disk is full")
        self.applied.append(settings)

    @property
    def trouble(self) -> str:
        return str(self.watch.details()["trouble"] or "")

    @property
    def channels(self) -> list[str]:
        return sorted(self.applied[-1].channels) if self.applied else []

    def write(self, text: str) -> None:
        """As an editor that writes a new file in the place of the old."""
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.path)

    async def looks(self, count: int = 2) -> None:
        for _ in range(count):
            await self.watch.look()


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "longtake.toml").write_text(ONE)
    return Bench(tmp_path)


async def test_a_file_that_stays_as_it_is_changes_nothing(bench: Bench) -> None:
    await bench.looks(5)
    assert bench.applied == []
    assert bench.watch.details()["waiting"] == []
    assert bench.watch.details()["file"] == str(bench.path)


async def test_a_change_counts_once_the_file_was_the_same_for_two_looks(bench: Bench) -> None:
    await bench.looks()
    bench.write(ONE + TWO)
    await bench.looks(1)
    assert bench.channels == []
    await bench.looks(1)
    assert bench.channels == ["one", "two"]
    await bench.looks(5)
    assert len(bench.applied) == 1


async def test_a_file_that_is_half_written_is_not_taken_for_whole(bench: Bench) -> None:
    await bench.looks()
    with bench.path.open("w") as file:
        for part in ("", "[channels.one]\n", "url = 'https://example.org/one.m3u8?token=SECRET'\n", TWO):
            file.write(part)
            file.flush()
            await bench.looks(1)
            assert (bench.channels, bench.trouble) == ([], "")
    await bench.looks()
    assert bench.channels == ["one", "two"]


async def test_whoever_says_that_it_is_worth_reading_does_not_wait(bench: Bench) -> None:
    bench.write(TWO)
    await bench.watch.look(told=True)
    assert bench.channels == ["two"]


async def test_the_same_size_and_time_in_another_file_is_a_change(bench: Bench) -> None:
    await bench.looks()
    stat = bench.path.stat()
    bench.write(ONE.replace("one", "six"))
    os.utime(bench.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    await bench.looks()
    assert bench.channels == ["six"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[channels.one\n", "no valid TOML"),
        (ONE + "qualities = 1\n", "channels.one.qualities: must be a list"),
        ("", "the file is empty"),
        (" \n", "the file is empty"),
    ],
    ids=["no TOML", "a wrong value", "empty", "blank"],
)
async def test_what_is_wrong_is_said_once_until_it_is_mended(bench: Bench, text: str, said: str) -> None:
    with capture_logs() as logs:
        bench.write(text)
        await bench.looks(5)
        assert said in bench.trouble
        assert str(bench.path) in bench.trouble
        assert bench.applied == []
        bench.write(ONE)
        await bench.looks(5)
        assert bench.trouble == ""
        assert bench.applied == []
        bench.write(TWO)
        await bench.looks()
        assert bench.channels == ["two"]
    assert [log["event"] for log in logs] == [
        "the config cannot be used: all goes on as before",
        "the config is right again",
        "the config is read anew",
    ]
    assert "SECRET" not in str(logs)


async def test_a_file_that_is_gone_for_a_moment_is_not_missed_and_one_that_stays_away_is(
    bench: Bench,
) -> None:
    await bench.looks()
    bench.path.unlink()
    await bench.looks(2)
    assert bench.trouble == ""
    bench.write(ONE + TWO)
    await bench.looks()
    assert bench.channels == ["one", "two"]
    bench.path.unlink()
    await bench.looks(4)
    assert "gone" in bench.trouble
    assert len(bench.applied) == 1
    bench.write(ONE + TWO)
    await bench.looks()
    assert bench.trouble == ""


async def test_a_file_that_appears_later_counts(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "named=https://example.org/named.m3u8")
    await bench.looks(5)
    assert (bench.trouble, bench.watch.details()["read"]) == ("", None)
    bench.write(ONE)
    await bench.looks()
    assert bench.channels == ["named", "one"]
    assert bench.watch.details()["read"] is not None


async def test_what_needs_a_restart_is_named_and_does_not_count_by_accident(bench: Bench) -> None:
    with capture_logs() as logs:
        bench.write("[store]\nkeep = '1h'\n[serve]\nlisten = '127.0.0.1:1'\n" + ONE + TWO)
        await bench.looks(4)
    assert bench.watch.details()["waiting"] == ["store.keep", "serve.listen"]
    assert bench.channels == ["one", "two"]
    assert bench.applied[-1].store.keep is None
    warned = [log["keys"] for log in logs if log["log_level"] == "warning"]
    assert warned == [["store.keep", "serve.listen"]]
    bench.write(ONE + TWO)
    await bench.looks()
    assert bench.watch.details()["waiting"] == []


async def test_a_token_of_an_account_counts_at_once(bench: Bench) -> None:
    bench.write("[twitch]\ntoken = 'SECRET'\n" + ONE)
    await bench.looks()
    token = bench.applied[-1].twitch.token
    assert token is not None
    assert token.get_secret_value() == "SECRET"
    assert "SECRET" not in str(bench.watch.details())


async def test_what_the_disk_does_not_take_is_handed_on_when_it_does(bench: Bench) -> None:
    bench.full = True
    bench.write(TWO)
    await bench.looks(3)
    assert "the disk is full" in bench.trouble
    bench.full = False
    await bench.looks(1)
    assert bench.channels == ["two"]
    assert bench.trouble == ""


async def test_peers_count_at_once_but_whether_there_is_a_replicator_needs_a_restart(bench: Bench) -> None:
    bench.write(
        ONE + "[replicate]\nenabled = false\nevery = '10s'\n[replicate.peers]\nnorth = 'http://north'\n"
    )
    await bench.looks()
    assert bench.applied[-1].replicate.peers == {"north": "http://north"}
    assert bench.applied[-1].replicate.enabled
    assert bench.watch.details()["waiting"] == ["replicate.enabled"]
    await bench.looks(3)
    assert len(bench.applied) == 1
