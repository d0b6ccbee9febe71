"""The docs are true: every command, setting and route is in them, and what is generated is up to date."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import typer
from prometheus_client import CollectorRegistry
from starlette.routing import Mount, Route

from longtake.adapters.media.processed import ProcessedMedia
from longtake.adapters.media.workers import MediaWorkers
from longtake.adapters.store.disk import DiskStore
from longtake.adapters.store.status_words import ServiceStatus
from longtake.app.config import load_settings
from longtake.app.openapi import openapi_text
from longtake.app.schema import as_markdown, sections
from longtake.app.wiring.serve import web_routes
from longtake.cli.main import app
from longtake.kit.clock import SystemClock
from longtake.services.cutting.frame_times import StoredFrameTimes
from longtake.services.cutting.insides import Insides
from longtake.services.serve.api import Api
from longtake.services.serve.frame_times import FrameTimesApi

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def commands() -> list[str]:
    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found += [f"longtake {name} {one}" for one in inner] if inner else [f"longtake {name}"]
    return found


@pytest.mark.parametrize("command", commands())
def test_every_command_is_described(command: str) -> None:
    assert f"`{command}`" in (DOCS / "commands.md").read_text()


def test_no_command_is_described_that_does_not_exist() -> None:
    described = re.findall(r"^\| `(longtake [^`]+)` \|", (DOCS / "commands.md").read_text(), re.MULTILINE)
    assert sorted(described) == sorted(commands())


def test_the_configuration_page_is_up_to_date() -> None:
    assert (DOCS / "configuration.md").read_text() == as_markdown(), "`make format` renews it"


@pytest.mark.parametrize(("section", "key"), [(s, k) for s, model in sections() for k in model.model_fields])
def test_every_setting_says_what_it_is(section: str, key: str) -> None:
    model = dict(sections())[section]
    assert len(model.model_fields[key].description or "") > 20
    assert f"| `{key}` |" in (DOCS / "configuration.md").read_text()


async def _nothing_said() -> list[ServiceStatus]:
    return []


def test_every_route_is_described(tmp_path: Path) -> None:
    store, settings = DiskStore(tmp_path), load_settings(None, base=tmp_path)
    idle = MediaWorkers(warm=0, at_most=1, nice=0)
    media = ProcessedMedia(store.layout.quality, cutters=idle, painters=idle)
    insides = Insides(store)
    routes = web_routes(settings, store, media, insides, CollectorRegistry(), SystemClock())
    store.close()
    api = Api(store, _nothing_said, SystemClock()).router().routes
    frames = FrameTimesApi(store, StoredFrameTimes(store, insides)).router().routes
    paths = [route.path for route in [*routes, *api, *frames] if isinstance(route, Route)]
    assert all(isinstance(route, Route | Mount) for route in routes)
    text = (DOCS / "http-api.md").read_text()
    for path in paths:
        assert re.search(rf"`(?:GET |POST )?{re.escape(path.replace(':path}', '}'))}`", text), path


def test_the_pages_types_are_made_from_this_very_api() -> None:
    kept = ROOT / "web" / "src" / "lib" / "api" / "openapi.json"
    assert kept.read_text() == openapi_text(), "`make format` renews it"


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.glob("**/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_make_target_in_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    text = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert named >= {"demo", "run", "test", "check"}
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_lock_files_name_no_registry() -> None:
    for lock in [*ROOT.glob("requirements/*.lock"), ROOT / "web" / "package-lock.json"]:
        assert not re.search(r"https?://", lock.read_text()), lock.name


def test_what_is_built_is_not_in_git() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert not re.search(r"^(src/longtake/pages|web/node_modules|\.venv)/", listed, re.MULTILINE)
