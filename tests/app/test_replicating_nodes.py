"""Two and three real nodes fill each other's holes, whatever happens to them meanwhile."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from tests.compat.stores import put
from tests.fakes.node_process import COMMAND, longtake, running, wait_for
from tests.fakes.replicate_bench import files_of, in_flight
from tests.fakes.replicating_nodes import (
    HOURS,
    everything,
    make_holes,
    pull_once,
    replicating,
    serving,
    told_by,
    wrong_files,
)
from tests.fakes.small_disk import small_disk

from longtake.adapters.db.nodes import NodeRow
from longtake.app.config import load_settings
from longtake.app.process import SERVICE_STOPS_WITHIN_S
from longtake.app.wiring.database import add
from longtake.app.wiring.demo import free_port
from longtake.app.wiring.replicate import peer_list
from longtake.core.replication.addresses import Peer
from longtake.kit.clock import SystemClock


def visible(root: Path) -> dict[str, bytes]:
    """What a node has, without what a tombstone suppresses, which others need not have."""
    files = files_of(root)
    return {
        path: body
        for path, body in files.items()
        if path.endswith(".tombstone") or f"{path.rpartition('.')[0]}.tombstone" not in files
    }


def test_two_nodes_fill_each_others_holes_to_the_byte(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    dice = random.Random(8)
    for root in (one, two):
        everything(root)
    whole = visible(one)
    holes = set()
    for root in (one, two):
        for path in sorted(whole):
            if dice.random() < 0.4 and path not in holes:  # what is lost on both is lost
                (root / path).unlink()
                holes.add(path)
    with serving(one) as url_of_one, serving(two) as url_of_two:
        first, second = pull_once(one, [url_of_two]), pull_once(two, [url_of_one])
        assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
        assert "pulled" in first.stdout
        assert visible(one) == visible(two) == whole
        again = pull_once(one, [url_of_two])
        assert again.returncode == 0
        assert "pulled 0 segments" in again.stdout
    assert wrong_files(one) == wrong_files(two) == []


def test_three_nodes_end_with_the_same_files_though_one_is_killed_again_and_again(tmp_path: Path) -> None:
    names = ("north", "south", "west")
    ports = {name: free_port() for name in names}
    everything(tmp_path / "whole")
    whole = visible(tmp_path / "whole")
    dice = random.Random(5)
    for path in whole:
        holders = dice.sample(names, dice.randint(1, 3))
        for name in holders:
            file = tmp_path / name / "store" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(whole[path])
    for name in names:
        peers = "\n".join(f'{other} = "http://127.0.0.1:{ports[other]}"' for other in names)
        config = f'[node]\nname = "{name}"\n[capture]\nenabled = false\n[replicate]\nevery = "1s"\n[replicate.peers]\n{peers}\n'
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "longtake.toml").write_text(config)
    with ExitStack() as stack:
        nodes = {
            name: stack.enter_context(running(tmp_path / name, "run", listen=f"127.0.0.1:{ports[name]}"))
            for name in names
        }
        killed = wait_for(lambda: nodes["west"].children().get("replicate"), "the replicator of west")
        os.kill(killed, signal.SIGKILL)
        for name in names:
            wait_for(lambda name=name: visible(nodes[name].store) == whole, f"all files at {name}")  # type: ignore[misc]
        late = put(nodes["north"].store, "55:00.000000", hour=HOURS[1], content=b"late")
        for name in ("south", "west"):
            file = nodes[name].store / "demo" / "source" / HOURS[1] / late
            wait_for(file.exists, f"a late file at {name}")
        told = told_by(nodes["west"].store)
        assert {peer["name"] for peer in told["peers"]} == {"north", "south"}  # type: ignore[attr-defined]
        assert all(wrong_files(node.store) == [] for node in nodes.values())


@pytest.mark.parametrize("kills", [4, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])])
def test_a_replicator_that_is_killed_at_any_moment_leaves_nothing_wrong_and_goes_on(
    tmp_path: Path, kills: int
) -> None:
    everything(tmp_path / "peer", each=15 * kills)
    here, dice = tmp_path / "here", random.Random(3)
    here.mkdir()
    with serving(tmp_path / "peer") as url:
        counts = []
        for _ in range(kills):
            before = len(files_of(here))
            with replicating(here, "--from", url, "--bandwidth", "2MiB", "--once") as process:
                wait_for(lambda before=before: len(files_of(here)) > before, "some files")  # type: ignore[misc]
                time.sleep(
                    dice.random() / 5
                )  # the moment of the kill is drawn by the dice: any may be the worst
                process.send_signal(signal.SIGKILL)
            assert wrong_files(here) == []
            counts.append(len(files_of(here)))
        assert counts == sorted(counts)
        assert pull_once(here, [url]).returncode == 0
    assert visible(here) == visible(tmp_path / "peer")
    assert in_flight(here) == []


def test_a_full_disk_is_told_and_loses_nothing_and_is_gone_on_with_once_there_is_room(tmp_path: Path) -> None:
    everything(tmp_path / "peer", each=60)
    mount = tmp_path / "disk"
    mount.mkdir()
    arguments = ("replicate", "--from")
    with small_disk(mount, size="4m") as disk, serving(tmp_path / "peer") as url:
        command = disk.inside(*_command(*arguments, url, "--store", str(mount / "store"), "--once"))

        def pull(reserve: str) -> subprocess.CompletedProcess[str]:
            environment = {**_environment(), "LONGTAKE_STORE__RESERVE": reserve}
            return subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=60, check=False
            )

        full = pull("0")
        assert full.returncode == 1
        assert "the disk is full" in full.stderr
        assert wrong_files(disk.seen / "store") == []
        reserved = pull("3MiB")
        assert reserved.returncode == 1
        assert "nothing is pulled below 3.8 MiB" in reserved.stderr
        subprocess.run(disk.inside("mount", "-o", "remount,size=64m", str(mount)), check=True, timeout=10)
        assert pull("1MiB").returncode == 0
        assert visible(disk.seen / "store") == visible(tmp_path / "peer")


def _command(*arguments: str) -> tuple[str, ...]:
    return (*COMMAND, *arguments)


def _environment() -> dict[str, str]:
    return {**os.environ, "COLUMNS": "160"}


def test_a_node_is_told_that_it_cannot_pull_from_itself(tmp_path: Path) -> None:
    everything(tmp_path / "store", each=1)
    with serving(tmp_path / "store") as url:
        done = pull_once(tmp_path / "store", [url])
        assert done.returncode == 2
        assert "cannot pull from itself" in done.stderr
        named = longtake(
            "replicate",
            "--store",
            str(tmp_path / "store"),
            "--from",
            "me=http://127.0.0.1:1",
            "--once",
            LONGTAKE_NODE__NAME="me",
        )
        assert named.returncode == 2
        assert "me is this node itself" in named.stderr


def test_the_exit_code_of_once_is_honest(tmp_path: Path) -> None:
    everything(tmp_path / "peer", each=2)
    rotten = next((tmp_path / "peer" / "demo" / "source").rglob("*-full-*.ts"))
    rotten.write_bytes(b"rot")
    with serving(tmp_path / "peer") as url:
        done = pull_once(tmp_path / "here", [url, f"http://127.0.0.1:{free_port()}"])
        assert done.returncode == 1
        assert "failed 2: 1 unreachable, 1 wrong bytes" in done.stdout
        assert len(visible(tmp_path / "here")) == len(visible(tmp_path / "peer")) - 1
    nobody = longtake("replicate", "--store", str(tmp_path / "here"), "--once")
    assert nobody.returncode == 2
    assert "there is no peer to pull from" in nobody.stderr


def test_what_nobody_has_is_told(tmp_path: Path) -> None:
    everything(tmp_path / "peer", each=1)
    with serving(tmp_path / "peer") as url:
        done = pull_once(tmp_path / "here", [url], "demoo", "demo", "--quality", "source")
        assert done.returncode == 1
        assert "no peer has the channel demoo" in done.stdout
        assert files_of(tmp_path / "here", "demo/source")


def test_two_peers_of_one_name_are_refused(tmp_path: Path) -> None:
    done = pull_once(tmp_path / "here", ["a=http://one", "a=http://two"])
    assert done.returncode == 2
    assert "two peers are called a" in done.stderr


async def test_a_database_that_vanishes_takes_no_peers_with_it(tmp_path: Path) -> None:
    settings = load_settings(None, base=tmp_path)
    await add(settings, NodeRow(name="north", url="http://north:8700", pulled_from=True))
    peers = peer_list(settings, (), SystemClock(), None)
    north = [Peer(name="north", url="http://north:8700")]
    assert await peers.peers() == north
    (tmp_path / "longtake.db").rename(tmp_path / "elsewhere.db")
    assert await peers.peers() == north
    assert "the database is gone" in str(peers.trouble)


async def test_a_database_that_is_named_and_not_there_is_trouble(tmp_path: Path) -> None:
    settings = load_settings(None, {"database": {"url": "sqlite:///mistyped.db"}}, base=tmp_path)
    peers = peer_list(settings, (), SystemClock(), None)
    assert await peers.peers() == []
    assert "there is no database" in str(peers.trouble)


@pytest.mark.parametrize(
    "url", ["north", "ftp://north", "http://", "http://north/?a=1", "http://north:99999"]
)
def test_what_is_no_url_of_a_node_is_refused(tmp_path: Path, url: str) -> None:
    done = pull_once(tmp_path / "here", [url])
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert not (tmp_path / "here").exists()


def test_a_database_that_is_down_stops_nothing_and_is_said_without_its_password(tmp_path: Path) -> None:
    everything(tmp_path / "peer", each=2)
    database = f"postgresql://team:very-secret@127.0.0.1:{free_port()}/longtake"
    with serving(tmp_path / "peer") as url:
        once = pull_once(tmp_path / "once", [url], "--database", database)
        assert once.returncode == 1  # not all peers are known
        assert "not all peers are known: " in once.stdout
        assert visible(tmp_path / "once") == visible(tmp_path / "peer")
        with replicating(tmp_path / "here", "--from", url, "--database", database):
            wait_for(lambda: visible(tmp_path / "here") == visible(tmp_path / "peer"), "all files")
            trouble = wait_for(
                lambda: told_by(tmp_path / "here").get("peers_trouble"), "a word on the database"
            )
    assert "very-secret" not in f"{once.stdout}{once.stderr}{trouble}"


@contextmanager
def listening() -> Iterator[int]:
    """A port that takes connections, and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_sigterm_ends_it_in_time_though_a_peer_hangs(tmp_path: Path) -> None:
    with (
        listening() as port,
        replicating(tmp_path / "here", "--from", f"http://127.0.0.1:{port}") as process,
    ):
        wait_for(lambda: told_by(tmp_path / "here").get("peers"), "a status")
        began_s = time.monotonic()
        process.terminate()
        process.wait(timeout=SERVICE_STOPS_WITHIN_S + 1)
        assert time.monotonic() - began_s < SERVICE_STOPS_WITHIN_S + 0.5
        assert process.returncode in (0, -signal.SIGTERM)


def test_two_replicators_on_one_store_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    everything(tmp_path / "peer", each=40)
    with (
        serving(tmp_path / "peer") as url,
        replicating(tmp_path / "here", "--from", url, "--bandwidth", "1MiB"),
    ):
        wait_for(lambda: len(files_of(tmp_path / "here")) > 3, "some files")
        second = pull_once(tmp_path / "here", [url])
        assert second.returncode == 1
        assert "already being written (replicate)" in second.stderr
    assert wrong_files(tmp_path / "here") == []


def test_holes_cut_at_random_are_filled_while_both_pull_at_once(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    everything(one)
    everything(two)
    whole = visible(one)
    assert make_holes(two, random.Random(1), 0.5) > 20
    with (
        serving(one) as url_of_one,
        serving(two) as url_of_two,
        replicating(one, "--from", url_of_two, LONGTAKE_REPLICATE__EVERY="1s"),
        replicating(two, "--from", url_of_one, LONGTAKE_REPLICATE__EVERY="1s"),
    ):
        wait_for(lambda: visible(two) == whole, "all files at two")
        assert visible(one) == whole


def test_a_node_that_runs_follows_the_peers_in_its_config_and_in_its_database(tmp_path: Path) -> None:
    for name in ("first", "second"):
        put(tmp_path / name, "05:10.000000", content=name.encode())
    node = tmp_path / "node"
    node.mkdir()
    config = node / "longtake.toml"
    config.write_text("[capture]\nenabled = false\n")
    with (
        serving(tmp_path / "first") as first,
        serving(tmp_path / "second") as second,
        running(node, "run", listen=f"127.0.0.1:{free_port()}") as process,
    ):
        wait_for(lambda: "peers" in told_by(process.store), "the replicator")
        config.write_text(f'[capture]\nenabled = false\n[replicate.peers]\nfirst = "{first}"\n')
        wait_for(lambda: len(files_of(process.store)) == 1, "what the first has")
        assert longtake("nodes", "add", "second", second, "--dir", str(node)).returncode == 0
        config.write_text("[capture]\nenabled = false\n[replicate]\nevery = '1s'\n")  # it looks at once
        wait_for(lambda: len(files_of(process.store)) == 2, "what the second has")
        wait_for(lambda: names_of_peers(process.store) == ["second"], "a status of the second alone")


def names_of_peers(store: Path) -> list[str]:
    peers = told_by(store).get("peers", [])
    assert isinstance(peers, list)
    return [peer["name"] for peer in peers]
