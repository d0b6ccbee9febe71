"""``longtake config``, and where settings come from."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from tests.cli.test_bad_input import run

from longtake.app.config import load_settings
from longtake.app.schema import as_toml
from longtake.app.settings import Settings
from longtake.cli.arguments import channel_overrides


def test_flags_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "longtake.toml"
    file.write_text("[serve]\nlisten = '127.0.0.1:1'\ncuts_at_once = 1\nrecent_cutoff = '1m'\n")
    monkeypatch.setenv("LONGTAKE_SERVE__LISTEN", "127.0.0.1:2")
    monkeypatch.setenv("LONGTAKE_SERVE__CUTS_AT_ONCE", "2")
    settings = load_settings(file, {"serve": {"listen": "127.0.0.1:3"}})
    assert settings.serve.listen == "127.0.0.1:3"
    assert settings.serve.cuts_at_once == 2
    assert settings.serve.recent_cutoff == timedelta(minutes=1)


def test_a_channel_can_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGTAKE_CHANNELS__main__URL", "https://example.org/x.m3u8")
    monkeypatch.setenv("LONGTAKE_CHANNELS__main__QUALITIES", '["source", "480p"]')
    settings = load_settings(None)
    assert settings.channels["main"].qualities == ("source", "480p")


def test_paths_are_relative_to_the_nodes_folder(tmp_path: Path) -> None:
    assert load_settings(None, base=tmp_path).store.dir == tmp_path / "store"
    assert load_settings(None, {"store": {"dir": "/elsewhere"}}, base=tmp_path).store.dir == Path(
        "/elsewhere"
    )


def test_settings_survive_the_way_to_a_child_process(tmp_path: Path) -> None:
    settings = load_settings(
        None,
        {"store": {"keep": "90m"}, "channels": {"a": {"url": "https://example.org/x.m3u8?token=1"}}},
        base=tmp_path,
    )
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_the_sample_file_is_valid_also_with_everything_uncommented() -> None:
    sample = as_toml()
    assert tomllib.loads(sample)
    keys = [
        line.removeprefix("# ")
        for line in sample.splitlines()
        if " = " in line or line.startswith(("[", "# ["))
    ]
    assert Settings.model_validate(tomllib.loads("\n".join(keys))).channels["example"].qualities == (
        "source",
    )


def test_show_prints_what_is_in_force_without_tokens(tmp_path: Path) -> None:
    (tmp_path / "longtake.toml").write_text(
        "[channels.a]\nurl = 'https://example.org/live/x.m3u8?token=SECRET'\n"
    )
    ended = run("config", "show", "--dir", str(tmp_path))
    assert ended.code == 0
    shown = json.loads(ended.out)
    assert shown["serve"]["listen"] == "127.0.0.1:8700"
    assert "SECRET" not in ended.out


def test_check_says_which_file_it_read_and_what_is_in_it(tmp_path: Path) -> None:
    file = tmp_path / "longtake.toml"
    file.write_text(
        "[channels.a]\nurl = 'https://example.org/live/x.m3u8?token=SECRET'\nqualities = ['source', '480p']\n"
        "important = true\n[store]\nkeep = '14d'\n"
    )
    for words in (["--dir", str(tmp_path)], ["--config", str(file)], [str(file)]):
        ended = run("config", "check", *words)
        assert (ended.code, ended.out.splitlines()) == (
            0,
            [
                f"{file}: the settings are right",
                f"recordings: {tmp_path / 'store'}, kept for 14d",
                "pages: http://127.0.0.1:8700/",
                "peers: those in the database, if there are any",
                "channel a: source, 480p from https://example.org/…/x.m3u8, important",
            ],
        )


def test_check_says_that_there_is_no_file(tmp_path: Path) -> None:
    ended = run("config", "check", "--dir", str(tmp_path))
    assert ended.code == 0
    assert ended.out.splitlines()[0] == f"{tmp_path / 'longtake.toml'}: there is no such file"
    assert ended.out.splitlines()[-1] == "channels: none yet"


def test_a_token_of_an_account_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "longtake.toml").write_text("[twitch]\ntoken = 'SECRET'\n")
    for command in ("show", "check"):
        ended = run("config", command, "--dir", str(tmp_path))
        assert ended.code == 0
        assert "SECRET" not in ended.out


def test_the_file_of_a_token_is_relative_to_the_nodes_folder(tmp_path: Path) -> None:
    settings = load_settings(None, {"twitch": {"token_file": "twitch.token"}}, base=tmp_path)
    assert settings.twitch.token_file == tmp_path / "twitch.token"


def test_an_exclamation_mark_makes_a_channel_important() -> None:
    channels = channel_overrides(["a!=https://example.org/x.m3u8?a!=b", "b=https://example.org/x.m3u8"])
    assert channels == {
        "a": {"url": "https://example.org/x.m3u8?a!=b", "important": True},
        "b": {"url": "https://example.org/x.m3u8"},
    }


@pytest.mark.parametrize("form", ["toml", "json", "markdown"])
def test_schema_explains_every_key(form: str) -> None:
    ended = run("config", "schema", "--format", form)
    assert ended.code == 0
    for key in ("listen", "keep", "reserve", "qualities", "json_lines"):
        assert key in ended.out


def test_check_reads_the_files_that_secrets_are_in(tmp_path: Path) -> None:
    file = tmp_path / "longtake.toml"
    file.write_text("[node]\nsecret_file = 'secret'\n[replicate.peers]\nnorth = 'http://north:8700'\n")
    ended = run("config", "check", str(file))
    assert ended.code == 2
    assert "secret" in ended.err
    (tmp_path / "secret").write_text("a secret of the whole team\n")
    ended = run("config", "check", str(file))
    assert ended.code == 0
    assert "peers: north, those in the database, if there are any" in ended.out
