"""Logs: no token, whatever is logged."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from longtake.app.logs import set_up_logs

URL = "https://user:SECRET@example.org/live/SECRET-0123456789abcdef0123456789abcdef?token=SECRET"


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("json_lines", [False, True], ids=["for people", "as JSON"])
def test_no_token_is_logged_neither_in_fields_nor_in_tracebacks(
    capsys: pytest.CaptureFixture[str], json_lines: bool
) -> None:
    set_up_logs("info", json_lines=json_lines, service="capture")
    log = structlog.get_logger()
    token = "SECRET"  # a local variable, as tracebacks of some kinds show them
    log.warning("trouble", url=URL, reason=f"cannot ask {URL}")
    try:
        raise RuntimeError(f"failed at {URL}")
    except RuntimeError:
        log.exception("a bug", channel="demo")
    told = capsys.readouterr().err
    assert token not in told
    assert "example.org" in told
    assert "RuntimeError" in told
    assert "service" in told


def test_what_is_below_the_level_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning")
    structlog.get_logger().info("chatter")
    assert capsys.readouterr().err == ""
