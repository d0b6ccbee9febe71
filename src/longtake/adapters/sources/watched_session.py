"""A streamlink session that is listened to: what went wrong, what was said, which playlists were read.

streamlink's plugins swallow much of that ("no streams"), while we have to tell a stream that is down from a site that
refuses and from a network that is down. Imported with streamlink, when that is first needed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from streamlink import Streamlink

HTTP_TIMEOUT_S = 10.0
"""Of one connection, and of one silence."""

_OWN_LOGGERS = ("streamlink", "urllib3")


class Watch:
    """What happens during one look-up, which is one thread. ``give_up`` may be called from another."""

    def __init__(self) -> None:
        self.said: list[str] = []
        """Warnings and errors that were logged."""
        self.trouble: requests.Response | requests.RequestException | None = None
        """The last answer of status 400 and above, or failure to get one."""
        self.answers: list[requests.Response] = []
        """Those that are no trouble."""
        self.hangs = False
        """Whether the thread has begun and not ended."""
        self._given_up = False
        self._answering: requests.Response | None = None

    def give_up(self) -> None:
        """Ends the thread soon: nothing more is asked, and a body on its way breaks off."""
        self._given_up = True
        if (answer := self._answering) is not None:
            with suppress(ValueError, RuntimeError, OSError):  # it is whole already
                answer.raw.shutdown()

    def check(self) -> None:
        """Raises requests.Timeout once given up."""
        if self._given_up:
            raise requests.Timeout("given up")

    def heard(self, answer: requests.Response) -> None:
        """An answer's head is there."""
        self._answering = answer
        if answer.status_code >= 400:
            self.trouble = answer
        else:
            self.answers.append(answer)
        self.check()


class _WatchedAdapter(HTTPAdapter):
    """Sends as usual, and tells the watch."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        *args: Any,  # noqa: ANN401 - passed on as they are
        **kwargs: Any,  # noqa: ANN401
    ) -> requests.Response:
        self._watch.check()
        try:
            answer = super().send(request, *args, **kwargs)
        except requests.RequestException as error:
            self._watch.trouble = error
            raise
        self._watch.heard(answer)
        return answer


def open_session(watch: Watch) -> Streamlink:
    """A session that keeps nothing on disk and never starts a browser (Twitch's client-integrity tokens need one)."""
    session = Streamlink(
        {"http-timeout": HTTP_TIMEOUT_S, "no-plugin-cache": True, "webbrowser": False, "locale": "en_US"}
    )
    for scheme in ("https://", "http://"):
        session.http.mount(scheme, _WatchedAdapter(watch))
    return session


@contextmanager
def listening(watch: Watch) -> Iterator[None]:
    """What streamlink logs in this thread goes to the watch, and nowhere else: it shows URLs and tokens."""
    ear = _Ear(watch, threading.get_ident())
    loggers = [logging.getLogger(name) for name in _OWN_LOGGERS]
    for logger in loggers:
        logger.propagate = False
        logger.addHandler(ear)
    try:
        yield
    finally:
        # Whatever is said later, by a thread that was left behind, is not for the last resort (stderr) either.
        for logger in loggers:
            if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
                logger.addHandler(logging.NullHandler())
            logger.removeHandler(ear)


class _Ear(logging.Handler):
    def __init__(self, watch: Watch, thread: int) -> None:
        super().__init__(logging.WARNING)
        self._watch = watch
        self._thread = thread

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self._watch.said.append(str(record.getMessage()))
