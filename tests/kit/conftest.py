from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

CHILD = Path(__file__).with_name("child.py")


@pytest.fixture
async def start_child() -> AsyncIterator[Callable[..., Awaitable[Process]]]:
    """Starts ``child.py`` with arguments; ends it with the test."""
    started: list[Process] = []

    async def start(*arguments: str) -> Process:
        started.append(
            await asyncio.create_subprocess_exec(
                sys.executable, CHILD, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE
            )
        )
        return started[-1]

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()
