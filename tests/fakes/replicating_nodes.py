"""Nodes as processes that pull from each other, and stores for them that are filled in a moment."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.compat.stores import put, put_chat, put_file
from tests.fakes.node_process import COMMAND, longtake, wait_for
from tests.fakes.older_node.names import encode_hash

from longtake.app.wiring.demo import free_port

HOURS = ("2024-11-09T22", "2024-11-09T23", "2024-11-10T00")
QUALITIES = ("demo/source", "demo/480p")


def everything(root: Path, *, each: int = 20) -> None:
    """Three hours of two qualities, chat, tombstones, rivals, and extra files."""
    for quality in QUALITIES:
        for hour in HOURS:
            for number in range(each):
                clock = f"{number // 30:02}:{number * 2 % 60:02}.000000"
                put(root, clock, hour=hour, quality=quality, content=content_of(quality, hour, number))
            put(root, "50:00.000000", hour=hour, quality=quality, kind="suspect", duration="1.5")
            dead = put(root, "51:00.000000", hour=hour, quality=quality)
            put_file(root, f"{quality}/{hour}/{dead.removesuffix('.ts')}.tombstone")
    for hour in HOURS:
        put_chat(root, "07:00", f"{hour}\n".encode(), hour=hour)
    picture = b"a picture"
    put_file(root, f"media/{encode_hash(b'http://example.org/a.png')}/{encode_hash(picture)}.png", picture)
    put_file(root, "emotes/25/dark-1.0", b"an emote")


def content_of(quality: str, hour: str, number: int) -> bytes:
    """Of some 20 kB, another one each time."""
    seed = f"{quality} {hour} {number}".encode()
    return hashlib.sha256(seed).digest() * (500 + number)


def make_holes(root: Path, dice: random.Random, share: float) -> int:
    """Removes so much of the visible files, drawn by the dice; how many went."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and ".longtake" not in path.parts]
    gone = [path for path in files if dice.random() < share]
    for path in gone:
        path.unlink()
    return len(gone)


@contextmanager
def serving(store: Path, *, port: int | None = None, **environment: str) -> Iterator[str]:
    """``longtake serve``, and its URL; killed at the end."""
    store.mkdir(parents=True, exist_ok=True)
    listen = f"127.0.0.1:{port or free_port()}"
    process = subprocess.Popen(
        [*COMMAND, "serve", "--store", str(store), "--listen", listen],
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    try:
        wait_for(lambda: _answers(f"http://{listen}/healthz"), "the web process")
        yield f"http://{listen}"
    finally:
        process.kill()
        process.wait(timeout=10)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


def pull_once(store: Path, urls: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """``longtake replicate --once`` to its end."""
    peers = [argument for url in urls for argument in ("--from", url)]
    return longtake("replicate", "--store", str(store), *peers, "--once", *arguments)


@contextmanager
def replicating(
    store: Path, *arguments: str, command: Sequence[str] = COMMAND, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    """``longtake replicate``, killed at the end if it still runs."""
    process = subprocess.Popen(
        [*command, "replicate", "--store", str(store), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        assert process.stdout is not None
        process.stdout.close()


def told_by(store: Path) -> dict[str, object]:
    """What the replicator says in its status; empty while it says nothing."""
    try:
        said = json.loads((store / ".longtake" / "status" / "replicate.json").read_text())
    except (OSError, ValueError):
        return {}
    details = said["details"]["replication"]
    assert isinstance(details, dict)
    return details


def wrong_files(root: Path) -> list[Path]:
    """Files whose names promise other content."""
    return [
        path
        for path in root.rglob("*")
        if path.is_file()
        and ".longtake" not in path.parts
        and path.suffix in (".ts", ".json")
        and encode_hash(path.read_bytes()) not in path.name
    ]
