"""What a command prints on: a terminal with a width and colours, or a pipe, which gets plain lines, however long.

Names in a store come from others: what is no printable character in them is shown by its code, so that no name can
steer a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

Run: TypeAlias = tuple[str, str]
"""A text, and its style as rich names it; ``""`` is none."""


class Screen:
    """Standard output. Opens nothing."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    @property
    def width(self) -> int | None:
        """Cells in a line of the terminal; None for a pipe, which takes all."""
        return self._console.width if self._console.is_terminal else None

    @property
    def has_shapes(self) -> bool:
        """Whether it takes more than ASCII."""
        return self._console.encoding.lower().replace("-", "").startswith("utf")

    def show(self, runs: Iterable[Run] = (), *, wrap: bool = False) -> None:
        """Prints one line; ``wrap``: it is prose, and a terminal may have it as several.

        Raises BrokenPipeError, or SystemExit on a terminal, if nobody reads any more.
        """
        if self._console.is_terminal:
            text = Text.assemble(*((self._takes(text), style) for text, style in runs))
            self._console.print(text, soft_wrap=not wrap)
        else:
            sys.stdout.write(self._takes("".join(text for text, _ in runs)).rstrip() + "\n")

    def _takes(self, text: str) -> str:
        encoding = self._console.encoding
        return printable(text).encode(encoding, "backslashreplace").decode(encoding)


def printable(text: str) -> str:
    """The text with the codes of what cannot be printed: ``\\x9b`` for the character that begins commands to a terminal."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
