"""Which of our three errors a failed look-up by streamlink is: down, refused or unreachable.

No message shows more of a library's words than its first sentence, scrubbed: they hold URLs, answers and tokens.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import requests
from streamlink import StreamlinkError

from longtake.adapters.sources.watched_session import Watch
from longtake.core.errors import SourceDown, SourceError, SourceRefused, SourceUnreachable
from longtake.core.urls import scrubbed

# What sites and plugins say of a stream that is not on now.
_NOT_LIVE = re.compile(
    r"offline|not (currently )?(live|broadcasting|streaming|started)|will begin|begins in|premieres? (in|will)|has ended"
    r"|isn't live|no longer available|video unavailable|does not exist|VOD content|scheduled|waiting for",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|[\r\n]|: ValidationError")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who was asked. ``shown`` is the page in messages; ``hint`` what may help against a refusal; ``secrets`` never show."""

    shown: str
    hint: str = ""
    secrets: Collection[str] = ()

    def words(self, text: str) -> str:
        """Its first sentence, fit to be shown; empty if nothing is left of it."""
        sentence = _SENTENCE_END.split(text.strip(), maxsplit=1)[0]
        return scrubbed(sentence, secrets=self.secrets).strip(" .:")


def failure(error: Exception, watch: Watch, asked: Asked) -> SourceError:
    """What an exception means. If a request is behind it, that says it."""
    for cause in _causes(error):
        if isinstance(cause, requests.RequestException):
            return _of_request(cause, watch, asked)
    if isinstance(watch.trouble, requests.Response) and watch.trouble.status_code in (401, 403):
        return _of_status(
            watch.trouble, watch, asked
        )  # some plugins go on with such an answer, and then fail
    said = str(error) if isinstance(error, StreamlinkError) else f"{type(error).__name__}: {error}"
    return _of_words(said, asked) or _changed(said, asked)


def nothing_found(watch: Watch, asked: Asked) -> SourceError:
    """What it means that a plugin found no stream, and raised nothing."""
    if isinstance(watch.trouble, requests.Response):
        return _of_status(watch.trouble, watch, asked)
    if watch.trouble is not None:
        return _unreachable(watch.trouble, asked)
    if watch.said:
        return _of_words(watch.said[-1], asked) or _changed(watch.said[-1], asked)
    return SourceDown(f"{asked.shown} is not live now")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception, and what it came from: streamlink keeps that in ``err``, too."""
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        one = left.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            left += [one.__context__, one.__cause__, getattr(one, "err", None)]


def _of_request(error: requests.RequestException, watch: Watch, asked: Asked) -> SourceError:
    if error.response is not None:
        return _of_status(error.response, watch, asked)
    return _unreachable(error, asked)


def _of_status(answer: requests.Response, watch: Watch, asked: Asked) -> SourceError:
    status = answer.status_code
    if status in (404, 410):
        return SourceDown(f"{asked.shown} is not live now (HTTP {status})")
    if status >= 500 or status in (408, 429):
        return SourceUnreachable(f"the site of {asked.shown} fails (HTTP {status})")
    said = asked.words(_reason(answer) or (watch.said[-1] if watch.said else ""))
    hint = asked.hint if status in (401, 403) else ""
    return SourceRefused(
        f"the site refuses {asked.shown} (HTTP {status}{': ' if said else ''}{said}){'; ' if hint else ''}{hint}"
    )


def _reason(answer: requests.Response) -> str:
    """What an API's answer says in JSON: the error or message in it, or in its first item."""
    try:
        said = answer.json()
    except (ValueError, requests.RequestException):
        return ""
    first = said[0] if isinstance(said, list) and said else said
    texts = [first.get(name) for name in ("message", "error", "reason")] if isinstance(first, dict) else []
    return next((text for text in texts if isinstance(text, str)), "")


def _of_words(said: str, asked: Asked) -> SourceError | None:
    if not _NOT_LIVE.search(said):
        return None
    words = asked.words(said)
    return SourceDown(f"{asked.shown} is not live now{f' ({words})' if words else ''}")


def _changed(said: str, asked: Asked) -> SourceRefused:
    words = asked.words(said)
    hint = f"; {asked.hint}" if asked.hint else ""
    return SourceRefused(
        f"the site of {asked.shown} has changed, or refuses{f' ({words})' if words else ''};"
        f" a newer streamlink may help{hint}"
    )


def _unreachable(error: requests.RequestException, asked: Asked) -> SourceUnreachable:
    return SourceUnreachable(f"the site of {asked.shown} {_what_happened(error)}")


def _what_happened(error: requests.RequestException) -> str:
    names = {type(cause).__name__ for cause in _causes(error)}
    for argument in error.args:  # urllib3 wraps its own: MaxRetryError(reason=…)
        names |= {type(getattr(argument, "reason", None)).__name__}
    if isinstance(error, requests.exceptions.SSLError):
        return "has no valid TLS certificate"
    if "NameResolutionError" in names or "gaierror" in names:
        return "has a host name that cannot be found"
    if isinstance(error, requests.Timeout):
        return "gave no answer in time"
    if "ConnectionRefusedError" in names:
        return "cannot be reached: connection refused"
    if isinstance(error, requests.TooManyRedirects):
        return "redirects in a circle, or too often"
    return f"broke the connection ({type(error).__name__})"
