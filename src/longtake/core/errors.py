"""Every error of longtake, in one tree, split by what the caller does next.

::

    LongtakeError
    ├── InvalidInput            tell the user what to change      HTTP 400   exit 2
    │   ├── InvalidName         a channel, quality, hour or file name
    │   ├── InvalidTime         a time, duration or range
    │   └── InvalidPlaylist     text that is no HLS playlist, or breaks a rule we need
    ├── NotFound                no such thing                     HTTP 404   exit 1
    ├── Incomplete              holes where none are allowed      HTTP 406   exit 1
    ├── Unsupported             a later version may do it         HTTP 501   exit 1
    │   └── NotUnderstood       media that we cannot take apart
    ├── Unauthorized            not signed as nodes of the team do HTTP 401   exit 1
    ├── Corrupt                 bytes do not match their name     HTTP 500   exit 1
    ├── MediaFailed             work on media broke down          HTTP 500   exit 1
    ├── Retryable               wait and try again                HTTP 503   exit 1
    │   ├── Busy                too much at once
    │   ├── StoreUnavailable    disk full, read-only, failing
    │   ├── DatabaseUnavailable no connection, or none in time
    │   └── SourceError         the stream's source
    │       ├── SourceDown      answered: not live now
    │       ├── SourceRefused   answered: not for us, or its answer is not understood
    │       └── SourceUnreachable   no answer: network, DNS, TLS, timeout
    └── Fatal                   give up; a restart will not help             exit 78
        └── AlreadyRunning      another process holds the lock               exit 75

HTTP statuses and exit codes are applied at the edges alone: ``adapters.web.problems`` and ``cli.exits``.
"""

from __future__ import annotations


class LongtakeError(Exception):
    """The root. ``str(error)`` is a sentence for people: what happened, and what to do about it."""

    @property
    def told(self) -> str:
        """The same for people elsewhere, who should not see where things are on this machine."""
        return str(self)


class InvalidInput(LongtakeError):
    """What was asked for makes no sense; the message says what to change."""


class InvalidName(InvalidInput):
    """A channel, quality, hour or file name that cannot be one."""


class InvalidTime(InvalidInput):
    """A time, duration or range that cannot be read or makes no sense."""


class InvalidPlaylist(InvalidInput):
    """A text that is not an HLS playlist, or breaks a rule that we depend on."""


class NotFound(LongtakeError):
    """No such channel, quality, file or recording."""


class Incomplete(LongtakeError):
    """Something in the range was not recorded, and holes were not allowed."""


class Unsupported(LongtakeError):
    """Known and well-formed, but this version does not do it."""


class NotUnderstood(Unsupported):
    """Media that is recorded as it was sent, but that we cannot take apart: damaged, or of an unknown kind."""


class Unauthorized(LongtakeError):
    """The request is for nodes that share this node's secret, and does not show that it comes from one."""


class Corrupt(LongtakeError):
    """Bytes on disk are not those that their name promises."""


class MediaFailed(LongtakeError):
    """Work on media broke down by a fault of ours or of a library, or its process was killed; the log has the cause.

    Not Retryable: the same media most likely breaks it again.
    """


class Retryable(LongtakeError):
    """It did not work now; the same request may work later."""


class Busy(Retryable):
    """Too many heavy requests at once."""


class StoreUnavailable(Retryable):
    """The disk is full, read-only or failing. ``where``: the file or folder, for the people of this machine."""

    def __init__(self, message: str, *, where: str | None = None) -> None:
        super().__init__(f"{message} ({where})" if where else message)
        self._told = message

    @property
    def told(self) -> str:
        """See ``LongtakeError``."""
        return self._told


class DatabaseUnavailable(Retryable):
    """The database does not answer, or not as it should; the message shows no password."""


class SourceError(Retryable):
    """The source of a stream did not give what we need. ``retry_after_s``: how long it wants not to be asked, if it says so."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class SourceDown(SourceError):
    """The source answers that the stream is not live (404, an ended or empty playlist)."""


class SourceRefused(SourceError):
    """The source answers, but refuses us or sends something that we do not understand.

    ``passing``: it may think better of it in a moment. Edges of CDNs refuse what is not there yet, too.
    """

    def __init__(self, message: str, *, retry_after_s: float | None = None, passing: bool = False) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
        self.passing = passing


class SourceUnreachable(SourceError):
    """No answer from the source: refused, reset, timed out, DNS or TLS failure."""


class Fatal(LongtakeError):
    """Nothing will get better by trying again."""


class AlreadyRunning(Fatal):
    """Another process already does this, and holds its lock."""
