"""The secret that the nodes of a team share, from the settings or from its file."""

from __future__ import annotations

from pathlib import Path

from longtake.app.settings import Settings
from longtake.core.errors import InvalidInput

_SHORTEST = 16


def node_secret(settings: Settings) -> bytes | None:
    """As bytes, without white space at its ends; None if there is none. Raises InvalidInput, which never shows it.

    A file is read now: a process that has the secret keeps it until it starts again.
    """
    node = settings.node
    if node.secret_file is not None:
        return _checked(_read(node.secret_file), f"the file {node.secret_file}")
    return None if node.secret is None else _checked(node.secret.get_secret_value(), "node.secret")


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise InvalidInput(f"node.secret_file: cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidInput(f"node.secret_file: {file} is not UTF-8") from error


def _checked(text: str, where: str) -> bytes:
    secret = text.strip()
    if len(secret) < _SHORTEST:
        raise InvalidInput(f"{where} holds no secret: it should have at least {_SHORTEST} characters")
    return secret.encode()
