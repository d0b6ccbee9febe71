"""Logs: an event name plus fields, to standard error, for people or as JSON lines."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from longtake.core.urls import redacted

_URL = re.compile(r"\bhttps?://[^\s'\"<>)]+")


def set_up_logs(level: str = "info", *, json_lines: bool = False, service: str | None = None) -> None:
    """For this process. ``service`` is bound to every line, so that lines of many processes can be told apart."""
    render: Any = (
        structlog.processors.JSONRenderer()
        if json_lines
        # Plain tracebacks: others print the values of variables, and among those are tokens.
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    if service:
        structlog.contextvars.bind_contextvars(service=service)
    # Libraries say what they must; their chatter is not for operators.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(name)s: %(message)s")


def _redact(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cuts short every URL, also those in the words of libraries: stream URLs carry tokens."""
    for key, value in event.items():
        if isinstance(value, str) and "://" in value:
            event[key] = _URL.sub(lambda found: redacted(found[0]), value)
    return event
