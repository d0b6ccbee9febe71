"""Which database a node has: by its settings, a file, the environment, or the one in its own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from longtake.adapters.db.nodes import Added, NodeRow
from longtake.app.config import load_settings
from longtake.app.settings import Settings
from longtake.app.wiring.database import (
    add,
    database_url,
    has_database,
    nodes_of,
    remove,
    revisions,
    upgraded,
)
from longtake.core.errors import DatabaseUnavailable, InvalidInput

NORTH = NodeRow(name="north", url="https://north.example.org", pulled_from=True)
SERVER = "postgresql://team:very-secret@db.example.org:5433/team"


def settings_of(folder: Path, **database: object) -> Settings:
    return load_settings(None, {"database": database}, base=folder)


def test_by_default_it_is_a_file_in_the_nodes_folder(tmp_path: Path) -> None:
    assert database_url(settings_of(tmp_path)) == f"sqlite:///{tmp_path}/longtake.db"
    assert database_url(settings_of(tmp_path, url="", url_file="")) == f"sqlite:///{tmp_path}/longtake.db"


def test_a_nodes_folder_that_is_relative_gives_a_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert database_url(settings_of(Path("node"))) == f"sqlite:///{tmp_path}/node/longtake.db"
    assert database_url(settings_of(Path())) == f"sqlite:///{tmp_path}/longtake.db"


@pytest.mark.parametrize(
    ("told", "file"),
    [
        ("sqlite:///team.db", "node/team.db"),
        ("sqlite:///data/team.db", "node/data/team.db"),
        ("sqlite:///../team of 100% ä.db", "node/../team of 100% ä.db"),
    ],
)
def test_a_file_is_relative_to_the_nodes_folder(tmp_path: Path, told: str, file: str) -> None:
    assert database_url(settings_of(tmp_path / "node", url=told)) == f"sqlite:///{tmp_path}/{file}"


def test_a_whole_path_and_a_server_stay_as_they_are(tmp_path: Path) -> None:
    assert database_url(settings_of(tmp_path, url="sqlite:////srv/team.db")) == "sqlite:////srv/team.db"
    assert database_url(settings_of(tmp_path, url=SERVER)) == SERVER


def test_the_url_may_be_in_a_file_of_the_nodes_folder(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"  {SERVER}\n\n")
    assert database_url(settings_of(tmp_path, url_file="url")) == SERVER
    (tmp_path / "url").write_text("sqlite:///team.db\n")
    assert database_url(settings_of(tmp_path, url_file="url")) == f"sqlite:///{tmp_path}/team.db"


def test_the_environment_counts_more_than_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "longtake.toml"
    config.write_text('[database]\nurl = "sqlite:///of-config.db"\n')
    assert database_url(load_settings(config, base=tmp_path)) == f"sqlite:///{tmp_path}/of-config.db"
    monkeypatch.setenv("LONGTAKE_DATABASE__URL", SERVER)
    assert database_url(load_settings(config, base=tmp_path)) == SERVER


def test_the_environment_may_name_the_file_of_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text(SERVER)
    monkeypatch.setenv("LONGTAKE_DATABASE__URL_FILE", "url")
    assert database_url(settings_of(tmp_path)) == SERVER


def test_settings_show_no_password(tmp_path: Path) -> None:
    assert "very-secret" not in repr(settings_of(tmp_path, url=SERVER))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "cannot be read", id="not there"),
        pytest.param(b"very-secret \xff", "is not UTF-8", id="not UTF-8"),
        pytest.param(b"", "begins with", id="empty"),
        pytest.param(b"mysql://me:very-secret@db/x", "begins with", id="another kind"),
        pytest.param(b"postgresql://me:very-secret", "not readable", id="half a URL"),
    ],
)
async def test_a_file_that_holds_no_url_is_told_and_not_shown(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "url").write_bytes(content)
    with pytest.raises(InvalidInput, match=words) as refusal:
        await nodes_of(settings_of(tmp_path, url_file="url"))
    assert "very-secret" not in str(refusal.value)


def test_a_url_in_the_settings_that_is_none_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"database\.url.*begins with") as refusal:
        settings_of(tmp_path, url="mysql://me:very-secret@db/x")
    assert "very-secret" not in str(refusal.value)


async def test_who_names_no_database_has_none_until_it_is_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert not await has_database(settings)
    assert await nodes_of(settings) == []
    assert not await remove(settings, "north")
    assert list(tmp_path.iterdir()) == []
    assert await add(settings, NORTH) == (Added.NEW, True)
    assert await has_database(settings)
    assert await nodes_of(settings) == [NORTH]
    assert await add(settings, NORTH) == (Added.SAME, False)
    assert await remove(settings, "north")
    assert await nodes_of(settings) == []


async def test_a_named_file_that_is_not_there_is_told_and_not_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, url="sqlite:///team.db")
    for asked in (has_database(settings), nodes_of(settings)):
        with pytest.raises(DatabaseUnavailable, match=r"no database .*team\.db.*longtake db upgrade"):
            await asked
    assert list(tmp_path.iterdir()) == []


async def test_an_upgrade_says_what_it_found_and_which_database_it_is(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, url="sqlite:///team.db")
    newest = (await revisions(settings)).newest
    first, second = await upgraded(settings), await upgraded(settings)
    assert (first.before, second.before) == (None, newest)
    assert first.shown == f"{tmp_path}/team.db"
    assert await revisions(settings) == second


# Red at bdd7396; append to tests/app/test_database.py with the fix of app/wiring/database.py.


def test_a_store_elsewhere_does_not_take_the_database_along(tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk" / "recordings"
    told = {"store": {"dir": str(elsewhere)}}
    settings = load_settings(None, told, base=tmp_path / "node")
    assert database_url(settings) == f"sqlite:///{tmp_path}/node/longtake.db"


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:"])
async def test_a_url_without_a_file_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInput, match="needs the name of a file"):
        await nodes_of(settings_of(tmp_path, url=url))
