from __future__ import annotations

import pytest

from longtake.core.errors import InvalidName
from longtake.core.extra_paths import check_extra_path, digest_in, is_extra_name
from longtake.core.names import hash_text

URL_HASH, DIGEST = hash_text(bytes(32)), bytes(range(32))
NAME = f"{hash_text(DIGEST)}.png"


def test_a_path_is_its_parts() -> None:
    assert check_extra_path("a/b c/d.png") == ("a", "b c", "d.png")
    assert check_extra_path("/".join("abcdefgh")) == tuple("abcdefgh")
    assert check_extra_path("temp") == ("temp",)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="nothing"),
        pytest.param("/a", id="from the root"),
        pytest.param("a/", id="a folder"),
        pytest.param("a//b", id="an empty part"),
        pytest.param("../a", id="the folder above"),
        pytest.param("a/../b", id="a way around"),
        pytest.param("./a", id="the folder itself"),
        pytest.param(".longtake-temp/a", id="a hidden folder"),
        pytest.param("a/.b", id="a hidden file"),
        pytest.param("a/b\0", id="NUL"),
        pytest.param("a/b\n", id="a line break"),
        pytest.param("a/\udcff", id="no Unicode"),
        pytest.param("a/" + "ä" * 128, id="a name that is too long"),
        pytest.param("a/b.png.0b4d.temp", id="a file in flight"),
        pytest.param("/".join("abcdefghi"), id="too deep"),
    ],
)
def test_what_cannot_be_there_is_refused(path: str) -> None:
    with pytest.raises(InvalidName):
        check_extra_path(path)


def test_hidden_names_and_temps_are_no_files_to_show() -> None:
    assert is_extra_name("light-1.0")
    assert not any(map(is_extra_name, (".x", "x.temp", ".0b4d.temp", "", "\udcff")))


@pytest.mark.parametrize(
    ("folder", "parts", "digest"),
    [
        pytest.param("media", (URL_HASH, NAME), DIGEST, id="media"),
        pytest.param("media", (URL_HASH, f"{hash_text(DIGEST)}.tar.gz"), DIGEST, id="an ending of two"),
        pytest.param("media", (URL_HASH, f"{hash_text(DIGEST)}.json"), DIGEST, id="a list of pictures"),
        pytest.param(
            "media", (URL_HASH, f"{hash_text(DIGEST)}.metadata.json"), None, id="what is said of it"
        ),
        pytest.param("media", (URL_HASH, hash_text(DIGEST)), None, id="no ending"),
        pytest.param("media", (URL_HASH, "a.png"), None, id="another name"),
        pytest.param("media", ("pictures", NAME), None, id="another folder"),
        pytest.param("media", (URL_HASH, "deeper", NAME), None, id="deeper"),
        pytest.param("media", (NAME,), None, id="not deep enough"),
        pytest.param("emotes", (URL_HASH, NAME), None, id="emotes"),
    ],
)
def test_media_carry_the_hash_of_their_content(
    folder: str, parts: tuple[str, ...], digest: bytes | None
) -> None:
    assert digest_in(folder, parts) == digest
